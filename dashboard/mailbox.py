"""A queue of one: the latest message wins, so a slow viewer skips snapshots and never holds the others."""

from __future__ import annotations

import asyncio


class Mailbox:
    """Belongs to one viewer and one event loop. `put` never waits."""

    def __init__(self) -> None:
        self._message: str | None = None
        self._filled = asyncio.Event()

    def put(self, message: str) -> None:
        """Replaces a message that was not yet taken."""
        self._message = message
        self._filled.set()

    async def take(self) -> str:
        """The latest message; waits for one."""
        await self._filled.wait()
        self._filled.clear()
        message, self._message = self._message, None
        assert message is not None  # noqa: S101  (set before the event)
        return message
