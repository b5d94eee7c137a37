"""Screens without a browser: connections to `/live` that look, leave and come back for ever, and what they saw."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from dataclasses import dataclass

import aiohttp
import msgspec

#: What the screens look at, in turn.
SCOPES: tuple[dict[str, str], ...] = (
    {},
    {"page": "wall"},
    {"area": "370403001", "window": "30d"},
    {"area": "370403001001", "window": "today"},
    {"window": "ytd", "indicator": "closing_rate"},
    {"page": "warnings", "lang": "en"},
)
#: A screen is closed and opened anew after so many messages, as tabs are.
MESSAGES_A_VISIT = 200
#: Between two tries to reach the server.
PAUSE_SECONDS = 1.0


@dataclass
class Seen:
    """What one screen got: messages, visits, the longest time between two messages in seconds."""

    messages: int = 0
    visits: int = 0
    silence: float = 0.0
    last: float = 0.0

    def heard(self, now: float) -> None:
        if self.messages:
            self.silence = max(self.silence, now - self.last)
        self.messages, self.last = self.messages + 1, now


class Screens:
    """So many screens on a thread of their own, from `start` to `stop`."""

    def __init__(self, url: str, count: int) -> None:
        self._url = url
        self.seen = [Seen() for _ in range(count)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)

    async def _run(self) -> None:
        watching = [asyncio.create_task(self._watch(n, seen)) for n, seen in enumerate(self.seen)]
        while not self._stop.is_set():
            await asyncio.sleep(0.5)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)

    async def _watch(self, number: int, seen: Seen) -> None:
        scope = msgspec.json.encode({"scope": SCOPES[number % len(SCOPES)]}).decode()
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                await self._visit(scope, seen)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _visit(self, scope: str, seen: Seen) -> None:
        async with (
            aiohttp.ClientSession(self._url) as session,
            session.ws_connect("/live", max_msg_size=0) as socket,
        ):
            seen.visits += 1
            await socket.send_str(scope)
            for _ in range(MESSAGES_A_VISIT):
                message = await socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return
                seen.heard(time.monotonic())
