"""From courses to stage rows, and to their delivery: late, doubled and out of order like a real feed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schemas.contracts import EVENT_STAGES, EventStage
from streams.simulate.cases import Cases, Kinds
from streams.simulate.course import NEVER, Course
from streams.simulate.rhythm import HOUR, Flags, Floats, Ints, Numbers

STAGE: dict[EventStage, int] = {stage: number for number, stage in enumerate(EVENT_STAGES)}


@dataclass(frozen=True)
class Rows:
    """One row a message: the case's position, stage, round, when it happened and when it is delivered (Unix s)."""

    case: Numbers
    stage: Numbers
    round: Numbers
    at: Ints
    delivered: Ints

    def __len__(self) -> int:
        return len(self.case)


class RowList:
    """Collects stages; each call adds those that ever happen of the cases given."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, int, int, Ints]] = []

    def add(self, cases: Ints, stage: int, times: Ints, number: int = 0) -> None:
        happens = times < NEVER
        self._parts.append((cases[happens], stage, number, times[happens]))

    def columns(self) -> tuple[Numbers, Numbers, Numbers, Ints]:
        """case, stage, round, at."""
        sizes = [len(part[0]) for part in self._parts]
        return (
            np.concatenate([part[0] for part in self._parts]).astype(np.int32),
            np.repeat(np.array([part[1] for part in self._parts], dtype=np.int8), sizes),
            np.repeat(np.array([part[2] for part in self._parts], dtype=np.int8), sizes),
            np.concatenate([part[3] for part in self._parts]),
        )


def _between(low: Ints, high: Ints, share: Floats) -> Ints:
    return low + ((high - low) * share).astype(np.int64)


def event_rows(cases: Cases, course: Course, kinds: Kinds, rng: np.random.Generator) -> RowList:
    """All stages of all cases. Quick cases: reported, accepted, handled, closed; in the grid verified besides; above
    it dispatched, too. A case that takes months is accepted and dispatched in its first days."""
    rows, size = RowList(), len(cases)
    every = np.arange(size)
    quick = kinds.quick[cases.leaf]
    goes_on = ~cases.withdrawn | (rng.random(size) < 0.5)
    stop = np.where(cases.withdrawn, course.withdrawn, course.closed)
    accepted = np.minimum(
        _between(cases.reported, stop, rng.uniform(0.02, 0.12, size)), cases.reported + 3 * HOUR
    )
    dispatched = np.minimum(
        _between(cases.reported, stop, rng.uniform(0.14, 0.3, size)), cases.reported + 9 * HOUR
    )
    handled = _between(cases.reported, stop, rng.uniform(0.6, 0.84, size))
    verified = _between(cases.reported, stop, rng.uniform(0.88, 0.98, size))
    rows.add(every, STAGE["reported"], cases.reported)
    rows.add(every[goes_on], STAGE["accepted"], accepted[goes_on])
    up = (course.level > 0) & ~quick & ~cases.withdrawn
    rows.add(every[up], STAGE["dispatched"], dispatched[up])
    shut = ~cases.withdrawn
    rows.add(every[shut], STAGE["handled"], handled[shut])
    rows.add(every[shut & ~quick], STAGE["verified"], verified[shut & ~quick])
    rows.add(every, STAGE["closed"], course.closed)
    rows.add(every, STAGE["extended"], course.extended)
    rows.add(every, STAGE["withdrawn"], course.withdrawn)
    _reopenings(rows, course.reopened, course.closed_again, 1)
    _reopenings(rows, course.reopened_twice, course.closed_at_last, 2)
    again = np.flatnonzero((rng.random(size) < 0.002) & (course.closed < NEVER))
    rows.add(again, STAGE["closed"], course.closed[again] + rng.integers(60, 4 * HOUR, len(again)))
    return rows


def _reopenings(rows: RowList, reopened: Ints, closed: Ints, number: int) -> None:
    where = np.flatnonzero(reopened < NEVER)
    opened, shut = reopened[where], closed[where]
    rows.add(where, STAGE["reopened"], opened, number)
    rows.add(where, STAGE["handled"], _between(opened, shut, np.full(len(where), 0.8)), number)
    rows.add(where, STAGE["closed"], shut, number)


def deliver(rows: RowList, end: int | None, rng: np.random.Generator) -> Rows:
    """The rows in order of delivery: seconds after they happened; 2.5 % minutes, 0.4 % hours late, 0.6 % twice.

    What happened before `end` is delivered before it.
    """
    case, stage, number, at = rows.columns()
    size = len(at)
    dice = rng.random(size)
    lag = np.where(dice < 0.004, 7.0 * HOUR, np.where(dice < 0.029, 900.0, 4.0))
    delivered = at + (rng.exponential(1.0, size) * lag).astype(np.int64)
    double = np.flatnonzero(rng.random(size) < 0.006)
    later = delivered[double] + 1 + rng.exponential(600, len(double)).astype(np.int64)
    chosen = np.concatenate([np.arange(size), double])
    delivered = np.concatenate([delivered, later])
    if end is not None:
        delivered = np.where(at[chosen] < end, np.minimum(delivered, end - 1), delivered)
    order = np.argsort(delivered, kind="stable")
    chosen = chosen[order]
    return Rows(case[chosen], stage[chosen], number[chosen], at[chosen], delivered[order])


def within(at: Ints, low: int, high: int) -> Flags:
    """Which instants lie in the half-open range."""
    return np.asarray((at >= low) & (at < high))
