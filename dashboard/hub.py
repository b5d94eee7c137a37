"""One snapshot a tick and scope, shared by its viewers: at once where there is news, else once a second.

Scopes nobody sees cost nothing; outages heal.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import orjson

from dashboard.changes import changes
from dashboard.geometry import Geometry
from dashboard.mailbox import Mailbox, Message
from dashboard.readings import Board, Only, Readings
from dashboard.scope import Scope, Scopes
from dashboard.settings import DashboardSettings
from dashboard.snapshot import snapshot, staleness
from dashboard.tick import Tick
from schemas.clock import Clock
from schemas.emergency import Emergency
from schemas.windows import WindowName, floor_ms

log = logging.getLogger(__name__)

#: After so many seconds without news it is looked for so many times more rarely.
QUIET_SECONDS, QUIET_TIMES = 10.0, 3.0
#: Threads that read for a tick beside its own.
READERS = 2


@dataclass(frozen=True, slots=True)
class Good:
    """The last good snapshot of a scope: as it is and as sent, true for `as_of`, made at `made` (monotonic seconds)."""

    plain: Mapping[str, Any]
    message: Message
    as_of: datetime
    made: float


def look_after(quiet: float, look_seconds: float) -> float:
    """Seconds until the next look for news, `quiet` seconds after the last."""
    return look_seconds * (QUIET_TIMES if quiet > QUIET_SECONDS else 1.0)


class Hub:
    """Viewers join with a scope and a mailbox. All runs on one event loop but `_compute`, in its own thread."""

    def __init__(
        self,
        readings: Readings,
        scopes: Scopes,
        geometry: Geometry,
        clock: Clock,
        settings: DashboardSettings,
        build: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._readings, self._scopes, self._geometry, self._clock = readings, scopes, geometry, clock
        self._settings, self._build, self._monotonic = settings, build, monotonic
        self._viewers: dict[Scope, set[Mailbox]] = {}
        self._good: dict[Scope, Good] = {}
        self._reason: dict[Scope, str] = {}
        self._joined: dict[Scope, float] = {}
        self._fresh: set[Scope] = set()
        self._numbers = count(1)
        self._tick: Tick | None = None
        self._news: Hashable = None
        self._news_at = float("-inf")
        self._tick_made = float("-inf")
        self._work: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub")
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="reader")

    @property
    def viewers(self) -> int:
        """How many mailboxes are joined."""
        return sum(len(boxes) for boxes in self._viewers.values())

    def join(self, scope: Scope, box: Mailbox) -> None:
        """From now on the mailbox gets the scope's snapshots; the last one at once, if it is of this tick."""
        boxes = self._viewers.setdefault(scope, set())
        boxes.add(box)
        self._joined.setdefault(scope, self._monotonic())
        good = self._good.get(scope)
        if good is not None and self._monotonic() - good.made <= self._settings.tick_seconds:
            box.put(good.message)
        else:
            self._fresh.add(scope)
            self._wake.set()

    def leave(self, scope: Scope, box: Mailbox) -> None:
        """The last viewer to leave takes the scope along."""
        boxes = self._viewers.get(scope, set())
        boxes.discard(box)
        if not boxes:
            for known in (self._viewers, self._good, self._reason, self._joined):
                known.pop(scope, None)
            self._fresh.discard(scope)

    def latest_board(self, window: WindowName, only: Only | None = None) -> Board | None:
        """The board of the last tick, if anybody looks at this window."""
        return self._tick.known_board(window, only) if self._tick is not None and self._viewers else None

    def emergencies(self) -> Mapping[str, Emergency]:
        """The emergency modes as of the last tick."""
        return self._tick.emergencies() if self._tick is not None else {}

    async def run(self) -> None:
        """Ticks until cancelled."""
        try:
            while True:
                await self._turn()
        finally:
            for threads in (self._thread, self._readers):
                threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self) -> None:
        """One tick for every scope in view, or an early look for those that just joined."""
        due = self._tick is None or self._left(self._settings.tick_seconds) <= 0 or await self._has_news()
        wanted = set(self._viewers) if due else self._fresh & set(self._viewers)
        if wanted and self._work is None:
            self._fresh -= wanted
            self._start(wanted, due)
        if self._work is not None:
            await asyncio.wait({self._work}, timeout=self._settings.tick_seconds)
            if self._work.done():
                self._work = None
            else:
                self._reason |= dict.fromkeys(self._viewers, "slow")
        self._tell_stale()
        await self._pause()

    async def _has_news(self) -> bool:
        """Whether there is more to show than the last tick did, and it lies long enough back."""
        if not self._viewers or self._work is not None or self._left(self._settings.news_seconds) > 0:
            return False
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._readings.news) != self._news
        except Exception:
            return False  # the next tick tells what is wrong

    def _left(self, seconds: float) -> float:
        """How many of so many seconds after the last tick are left."""
        return self._tick_made + seconds - self._monotonic()

    def _start(self, wanted: set[Scope], renew: bool) -> None:
        if renew:
            now = floor_ms(self._clock.now())
            self._tick_made = self._monotonic()
            tick = Tick(self._readings, self._scopes, self._geometry, now, self._clock.replay, self._readers)
        else:
            assert self._tick is not None  # noqa: S101
            tick = self._tick
        loop = asyncio.get_running_loop()
        before = {scope: self._good.get(scope) for scope in sorted(wanted, key=str)}
        job = loop.run_in_executor(self._thread, self._compute, tick, before, renew)
        self._work = asyncio.ensure_future(self._publish(job, tick))

    async def _pause(self) -> None:
        """Until the next tick or look for news is due, or somebody joins."""
        self._wake.clear()
        if self._fresh and self._work is None and self._tick is not None:
            return
        settings = self._settings
        look = look_after(self._monotonic() - self._news_at, settings.look_seconds)
        looks = max(look, self._left(settings.news_seconds))
        left = min(looks, self._left(settings.tick_seconds)) if self._viewers else 3600.0
        if left > 0:
            try:
                await asyncio.wait_for(self._wake.wait(), left)
            except TimeoutError:
                return

    def _compute(
        self, tick: Tick, wanted: Mapping[Scope, Good | None], renew: bool
    ) -> dict[Scope, Good | Exception]:
        """In the hub's thread: the snapshot of each scope after the one there was, or what went wrong with it."""
        found: dict[Scope, Good | Exception] = {}
        made = self._monotonic()
        if renew:
            with suppress(Exception):  # the readings tell what is wrong
                news = self._readings.news()
                self._news_at = self._news_at if news == self._news else made
                self._news = news
        for scope, before in wanted.items():
            try:
                found[scope] = self._good_one(snapshot(tick.view(scope)), tick.at, made, before)
            except Exception as error:
                found[scope] = error
        return found

    def _good_one(self, plain: dict[str, Any], as_of: datetime, made: float, before: Good | None) -> Good:
        """The snapshot, and what it changes in the one before."""
        number, whole = next(self._numbers), self._sealed(plain, "live")
        if before is None:
            return Good(plain, Message(whole, number), as_of, made)
        change = orjson.dumps(changes(before.plain, plain)).decode()
        return Good(plain, Message(whole, number, before.message.number, change), as_of, made)

    def _sealed(self, message: dict[str, Any], state: str) -> str:
        return orjson.dumps({**message, "state": state, "build": self._build}).decode()

    async def _publish(self, job: asyncio.Future[dict[Scope, Good | Exception]], tick: Tick) -> None:
        for scope, found in (await job).items():
            if scope not in self._viewers:
                continue
            if isinstance(found, Exception):
                if self._reason.get(scope) != "store":
                    log.warning("no snapshot for %s: %s: %s", scope.area, type(found).__name__, found)
                self._reason[scope] = "store"
                continue
            self._tick = tick
            self._reason.pop(scope, None)
            self._good[scope] = found
            for box in self._viewers[scope]:
                box.put(found.message)

    def _tell_stale(self) -> None:
        """Viewers whose screen is older than the limit, or who never got one, are told so and why."""
        now = self._monotonic()
        for scope, reason in self._reason.items():
            boxes, good = self._viewers.get(scope, ()), self._good.get(scope)
            age = None if good is None else now - good.made
            waited = now - self._joined.get(scope, now) if age is None else age
            if waited < self._settings.stale_after_s and (good is not None or reason == "slow"):
                continue
            as_of = None if good is None else good.as_of
            words = staleness(scope, self._scopes, self._clock, as_of, age, reason)
            message = Message(self._sealed(words, "stale"))
            for box in boxes:
                box.put(message)
