"""How long a reading holds: until what it stands on is written to, or the same rows would tell something else by then.

A row tells other figures at a time that is stored with it: a state that begins or ends, a deadline, the age at which a
device counts as silent. The least such time at or after T is the last moment at which the reading of T is exact. What
moves with the calendar (a window's first day, an hour) is part of a reading's name.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from schemas.clickhouse import Store

log = logging.getLogger(__name__)

T = TypeVar("T")
NEVER = datetime.max.replace(tzinfo=UTC)
_KEPT = 512
_AT = "{at:DateTime64(3, 'UTC')}"


@dataclass(frozen=True, slots=True)
class Holding(Generic[T]):
    """A value, and the last moment for which it is exact while the rows it stands on stay the same; or how to find that
    out, which is not done for a value that new rows displace before it is asked for again. `rows`: which rows these
    were, where that is known for certain."""

    value: T
    until: datetime | Callable[[], datetime] = NEVER
    rows: Any = None

    @property
    def last(self) -> datetime:
        """The last moment for which it is exact. May block and raise `StoreError`."""
        return self.until() if callable(self.until) else self.until


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found at a time, upon what."""

    ground: Hashable
    at: datetime
    holding: Holding[Any]

    def holds(self, at: datetime) -> bool:
        """Whether it is exact at T by the same rows."""
        return self.at == at or (self.at < at <= self.holding.last)


class Holdings:
    """Readings remembered by name. Safe to share between threads; nothing is locked while one is read."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def tell(self, name: Hashable, ground: Hashable, at: datetime, read: Callable[[], Holding[T]]) -> T:
        """The value of this name at `at`: the remembered one where it is exact, else what `read` finds."""
        known: Holding[T] | None = self.known(name, ground, at)
        if known is not None:
            return known.value
        found = read()
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.at <= at:  # a look at the past does not displace that of now
                self._kept[name] = Kept(ground, at, found)
                self._kept.move_to_end(name)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return found.value

    def known(self, name: Hashable, ground: Hashable, at: datetime) -> Holding[Any] | None:
        """What is remembered of this name, if it is exact at `at`."""
        kept = self.kept(name)
        return kept.holding if kept is not None and kept.ground == ground and kept.holds(at) else None

    def kept(self, name: Hashable) -> Kept | None:
        """What was found of this name last, whatever has been written since."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                self._kept.move_to_end(name)
            return kept


def _least(moments: Iterable[datetime | None], at: datetime) -> datetime:
    """The least of the moments at or after `at`; the epoch stands for none."""
    aware = (moment.replace(tzinfo=UTC) for moment in moments if moment is not None)
    return min((moment for moment in aware if moment >= at), default=NEVER)


_TURN = f"""
    SELECT min(turn), minIf(valid_from, valid_from >= {_AT}) FROM %s_history WHERE turn >= {_AT}
"""
#: Of states that end, and of states that go on. Apart: in one query, all rows would be read.
_DUE = (
    f"SELECT min(due_at) FROM event_history WHERE turn >= {_AT} AND basis = 'open' AND due_at >= {_AT}",
    f"SELECT min(due_at) FROM event_history WHERE superseded = 0 AND basis = 'open' AND due_at >= {_AT}",
)


def next_turn(store: Store, prefix: str, at: datetime) -> datetime:
    """The next moment at which a state of one of a topic's cases begins or ends."""
    return _least(store.rows(_TURN % prefix, {"at": at})[0], at)


def next_deadline(store: Store, at: datetime) -> datetime:
    """The next deadline of an event."""
    return _least((store.rows(due, {"at": at})[0][0] for due in _DUE), at)


_NEXT = {
    "statistics": f"SELECT min(at) FROM statistics WHERE at >= {_AT}",
    "heat": f"SELECT min(at) FROM heat WHERE at >= {_AT}",
    "warnings": f"""
        SELECT min(updated_at) FROM warning_words WHERE updated_at >= {_AT}
        UNION ALL SELECT min(at) FROM actions WHERE at >= {_AT}
    """,
}


def next_row(store: Store, ground: str, at: datetime) -> datetime:
    """The time of the next row that is not known at `at` yet."""
    return _least((row[0] for row in store.rows(_NEXT[ground], {"at": at})), at)


class Lately:
    """Readings that may be told again for a while: at most `keep` of the clock they are evaluated by, or
    some times it.

    One that is two thirds as old is read anew behind the scenes, one at a time, while the known one is told: nobody
    waits for it. Only where none is known yet, or it could not be renewed in time, does the asker wait.
    """

    def __init__(self, keep: timedelta) -> None:
        self._keep = keep
        self._kept: OrderedDict[Hashable, tuple[datetime, Any]] = OrderedDict()
        self._renewing: set[Hashable] = set()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lately")

    def tell(self, name: Hashable, at: datetime, read: Callable[[], T], times: int = 1) -> T:
        """The value of this name, read at `at` or within `times` the keep before."""
        keep = times * self._keep
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None and timedelta() <= at - kept[0] < keep:
                if at - kept[0] >= keep * 2 / 3 and name not in self._renewing:
                    self._renewing.add(name)
                    self._thread.submit(self._renew, name, at, read)
                known: T = kept[1]
                return known
        return self._read(name, at, read)

    def _read(self, name: Hashable, at: datetime, read: Callable[[], T]) -> T:
        value = read()
        with self._lock:
            kept = self._kept.get(name)
            if self._keep and (kept is None or kept[0] <= at):
                self._kept[name] = at, value
                self._kept.move_to_end(name)
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return value

    def _renew(self, name: Hashable, at: datetime, read: Callable[[], Any]) -> None:
        try:
            self._read(name, at, read)
        except Exception as error:  # once the known value is too old, the asker is told what is wrong
            log.debug("renewing %s: %s", name, error)
        finally:
            with self._lock:
                self._renewing.discard(name)
