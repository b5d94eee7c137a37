"""Inserts and figures by turns: while little comes in, the next insert waits for the figures of the last.

Each would otherwise wait for half a round of the other, and both would be slower for sharing the cores: an event would
be on the screens half a second later.
"""

from __future__ import annotations

import asyncio


class Turns:
    """Whose turn it is in one worker: `stored` says that there is something to make figures of."""

    def __init__(self) -> None:
        self._stored = asyncio.Event()
        self._shown = asyncio.Event()
        self._shown.set()

    def stored(self) -> None:
        """Something was stored: figures are to be made."""
        self._stored.set()
        self._shown.clear()

    def begin(self) -> None:
        """Figures are being made of all that is stored by now."""
        self._stored.clear()

    def end(self) -> None:
        """They are made, but those left for later, or it failed; it may be that more was stored meanwhile."""
        if not self._stored.is_set():
            self._shown.set()

    async def until_stored(self, seconds: float) -> None:
        """Until there is something to make figures of, for so many seconds at most."""
        await _for_at_most(self._stored, seconds)

    async def until_shown(self, seconds: float) -> None:
        """Until a round of figures that began after the last insert has ended, for so many seconds at most."""
        await _for_at_most(self._shown, seconds)


async def _for_at_most(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
