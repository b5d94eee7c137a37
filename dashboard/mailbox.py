"""A queue of one: the latest message wins, so a slow viewer skips snapshots and never holds the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """What a viewer is sent: the `whole`, or the `change` alone where it has the message numbered `since`.

    Numbers tell the snapshots of a hub apart; 0 is that of a word which is none, and leaves what a viewer has.
    """

    whole: str
    number: int = 0
    since: int = 0
    change: str = ""


class Mailbox:
    """Belongs to one viewer and one event loop. `put` never waits; `changes` whether the viewer understands them."""

    def __init__(self, changes: bool = False) -> None:
        self.changes = changes
        self._message: Message | None = None
        self._has = 0
        self._filled = asyncio.Event()

    def put(self, message: Message) -> None:
        """Replaces a message that was not yet taken."""
        self._message = message
        self._filled.set()

    async def take(self) -> str:
        """The latest message, as this viewer needs it; waits for one."""
        await self._filled.wait()
        self._filled.clear()
        message, self._message = self._message, None
        assert message is not None  # noqa: S101  (set before the event)
        known = self.changes and message.since and message.since == self._has
        self._has = message.number or self._has
        return message.change if known else message.whole
