"""One look at the store for one time of evaluation: what was written by then, and readings that are still exact."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeVar

from dashboard.queries import panels, sql
from dashboard.queries.evaluate import started
from dashboard.queries.holding import NEVER, Holding, Holdings, Lately, next_deadline, next_turn
from dashboard.queries.patches import Patched, Patches, RowsMissingError
from dashboard.queries.pulse import Ground, Pulse, Pulses
from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.packs import Pack
from schemas.windows import floor_ms

T = TypeVar("T")
CaseGround = Literal["events", "mediation"]
#: What is asked for one time of evaluation within so many seconds stands on one look.
_SECONDS = 1.0
_KEPT = 8
#: A look that follows upon another one within so many seconds, as that for news before a tick, stands on its pulse.
_SAME_PULSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Stand:
    """What figures of cases stand on: the rows, the local day, and whether the topic has begun."""

    rows: Hashable
    day: date
    started: bool

    def like(self, other: Hashable) -> bool:
        """Whether they differ in their rows alone."""
        return isinstance(other, _Stand) and (self.day, self.started) == (other.day, other.started)


@dataclass(frozen=True, slots=True)
class Look:
    """Readings of `at` by what was written when they were first asked for (`taken`: monotonic seconds). `again` takes
    the pulse of now."""

    at: datetime
    pulse: Pulse
    taken: float
    store: Store
    pack: Pack
    holdings: Holdings
    lately: Lately
    patched: Patched
    again: Callable[[], Pulse]

    def held(self, name: Hashable, ground: Ground, read: Callable[[], Holding[T]]) -> T:
        """What stands on a ground, for as long as `read` says that it holds."""
        return self.holdings.tell((ground, name), self.pulse.of(ground), self.at, read)

    def known(self, name: Hashable, ground: Ground) -> Holding[Any] | None:
        """What is remembered under this name, if it is exact."""
        return self.holdings.known((ground, name), self.pulse.of(ground), self.at)

    def timeless(self, ground: Ground, read: Callable[[], T]) -> T:
        """What stands on the rows alone, whatever the time."""
        return self.holdings.tell((ground, ""), self.pulse.of(ground), NEVER, lambda: Holding(read()))

    def slow(self, name: Hashable, read: Callable[[], T], times: int = 1) -> T:
        """What may be told again for a while, or for some times as long."""
        return self.lately.tell(name, self.at, read, times)

    def cases(
        self,
        name: Hashable,
        ground: CaseGround,
        read: Callable[[], T],
        overdue: bool = False,
        add: Callable[[T, Patches], T] | None = None,
        most: datetime = NEVER,
    ) -> T:
        """What stands on the cases of a topic that are true at T, within one local day; perhaps on their deadlines. It
        holds until `most` at the most.

        Where only patches came since it was found, they are added to it, if `add` can do that.
        """

        @cache
        def until() -> datetime:
            holds = min(most, self._turn(ground))
            return min(holds, self._deadline()) if overdue else holds

        def found() -> Holding[T]:
            if add is None:
                return Holding(read(), until)
            try:
                carried = self._carried((ground, name), stands_on, add)
            except RowsMissingError:
                return Holding(read(), until)  # right but for them, and nothing to add to
            if carried is not None:
                return carried
            value = read()
            holds = until()  # at once: rows of later patches begin later, and would count as turns of these
            sure = self.again().units == self.pulse.units
            return Holding(value, holds, self.pulse.units if sure else None)

        day = self.at.astimezone(self.pack.zone).date()
        stands_on = _Stand(self.pulse.of(ground), day, self.started(ground))
        return self.holdings.tell((ground, name), stands_on, self.at, found)

    def _carried(
        self, name: Hashable, stands_on: _Stand, add: Callable[[T, Patches], T]
    ) -> Holding[T] | None:
        """What was found before with the patches since, where it is exact but for them."""
        kept = self.holdings.kept(name)
        if (
            kept is None
            or kept.holding.rows is None
            or not stands_on.like(kept.ground)
            or not kept.holds(self.at)
        ):
            return None
        patches = self.patched.since(kept.holding.rows, self.pulse.units, self.at)
        if patches is None:
            return None
        until = min(kept.holding.last, patches.until)
        return Holding(add(kept.holding.value, patches), until, self.pulse.units)

    def _turn(self, ground: CaseGround) -> datetime:
        """The next moment at which a state of a case begins or ends."""
        prefix = next(topic.prefix for topic in sql.CASE_TOPICS if topic.topic == ground)

        def read() -> Holding[datetime]:
            turn = next_turn(self.store, prefix, self.at)
            return Holding(turn, turn)

        return self.held("turn", ground, read)

    def _deadline(self) -> datetime:
        """The next deadline of an event."""

        def read() -> Holding[datetime]:
            due = next_deadline(self.store, self.at)
            return Holding(due, due)

        return self.held("deadline", "events", read)

    def ends(self) -> panels.Ends:
        """First and newest message of each topic."""
        return self.timeless("feeds", lambda: panels.ends(self.store))

    def first(self) -> dict[Topic, datetime]:
        """Time of the first message of each topic that has any."""
        return {topic: first for topic, (first, _) in self.ends().items()}

    def started(self, topic: Topic) -> bool:
        """Whether the topic's first message lies before T."""
        return started(self.first(), topic, self.at)


class Looks:
    """Looks at one store, which share what they remember. Safe to share between threads.

    With `keep` 0 every question is a look of its own and nothing is told later than it was read.
    """

    def __init__(self, store: Store, pack: Pack, keep: timedelta, patched: Patched) -> None:
        self._store, self._pack, self._keep, self._patched = store, pack, keep, patched
        self._holdings, self._lately = Holdings(), Lately(keep)
        self._pulses = Pulses(store)
        self._pulse: tuple[float, Pulse] | None = None
        self._looks: OrderedDict[datetime, Look] = OrderedDict()
        self._lock = threading.Lock()

    def news(self) -> Hashable:
        """What differs once there is anything that screens show at once."""
        with self._lock:
            return self._take_pulse()[1].news

    def look(self, at: datetime) -> Look:
        """One look a time of evaluation, so that all that is asked for it agrees."""
        at = floor_ms(at)
        with self._lock:
            known = self._looks.get(at) if self._keep else None
            if known is None or time.monotonic() - known.taken > _SECONDS:
                known = self._take(at)
            return known

    def newest(self) -> Look:
        """For what has no time: the look taken last, if it was just now."""
        with self._lock:
            known = next(reversed(self._looks.values()), None) if self._keep else None
            if known is None or time.monotonic() - known.taken > _SECONDS:
                known = self._take(NEVER)
            return known

    def _take(self, at: datetime) -> Look:
        taken, pulse = self._take_pulse()
        look = Look(
            at,
            pulse,
            taken,
            self._store,
            self._pack,
            self._holdings,
            self._lately,
            self._patched,
            self._again,
        )
        self._looks[at] = look
        self._looks.move_to_end(at)
        if len(self._looks) > _KEPT:
            self._looks.popitem(last=False)
        return look

    def _again(self) -> Pulse:
        with self._lock:
            return self._pulses.take()

    def _take_pulse(self) -> tuple[float, Pulse]:
        """The pulse of now, and when it was taken."""
        now, known = time.monotonic(), self._pulse
        if known is None or not self._keep or now - known[0] > _SAME_PULSE_SECONDS:
            known = self._pulse = now, self._pulses.take()
        return known
