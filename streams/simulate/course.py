"""How cases go on: closed, reopened, closed again, and how the year's end comes out to the digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.simulate.cases import Cases, Kinds
from streams.simulate.rhythm import DAY, HOUR, Flags, Floats, Ints, Numbers
from streams.simulate.worktime import WorkTime

#: Later than any instant: what has not happened and will not.
NEVER = np.int64(1 << 60)


@dataclass
class Course:
    """One row a case. Times (Unix seconds or `NEVER`) of round 0's closing and of rounds 1 and 2's reopening and
    closing, the due time set by an extension and when that was granted, when a case was withdrawn, the level that
    closed it (0 grid, 1 village, 2 town, 3 district) and the rating given (0 none)."""

    closed: Ints
    reopened: Ints
    closed_again: Ints
    reopened_twice: Ints
    closed_at_last: Ints
    extended: Ints
    due: Ints
    withdrawn: Ints
    level: Numbers
    rating: Numbers

    def open_at(self, end: int) -> Flags:
        """Whether a case is open at `end`: never closed, or reopened since."""
        shut = self.closed < end
        shut &= ~(self.reopened < end) | (self.closed_again < end)
        shut &= ~(self.reopened_twice < end) | (self.closed_at_last < end)
        return np.asarray(~shut)


def _work(cases: Cases, kinds: Kinds, rng: np.random.Generator) -> Floats:
    """Seconds of work until closing; some cases take months."""
    hours = np.array([leaf.hours for leaf in kinds.leaves])[cases.leaf]
    spread = np.array([leaf.spread for leaf in kinds.leaves])[cases.leaf]
    pace = np.array([1.0, 0.5, 0.3])[cases.urgency]
    work = hours * pace * HOUR * np.exp(spread * rng.standard_normal(len(cases)))
    slow = ~kinds.quick[cases.leaf]
    long = slow & (rng.random(len(cases)) < kinds.plan.long_share) & (cases.urgency == 0)
    work = np.where(long, work + rng.exponential(kinds.plan.long_days * DAY, len(cases)), work)
    return np.asarray(np.clip(work, 150, 900 * DAY), dtype=np.float64)


def _levels(cases: Cases, kinds: Kinds, rng: np.random.Generator) -> Numbers:
    inside = np.array([leaf.in_grid for leaf in kinds.leaves])[cases.leaf]
    dice = rng.random(len(cases))
    share = (dice - inside) / np.maximum(1 - inside, 1e-9)
    return np.select([dice < inside, share < 0.52, share < 0.88], [0, 1, 2], 3).astype(np.int8)


def draw_course(cases: Cases, kinds: Kinds, clock: WorkTime, rng: np.random.Generator) -> Course:
    """How every case goes by itself, before any quota; `extend` follows."""
    never = np.full(len(cases), NEVER)
    closed = clock.add(cases.reported, _work(cases, kinds, rng))
    slow = ~kinds.quick[cases.leaf]
    reopened, again, twice, last = never.copy(), never.copy(), never.copy(), never.copy()
    some = np.flatnonzero(rng.random(len(cases)) < np.where(slow, 0.012, 0.0012))
    reopened[some] = clock.add(closed[some] + 60, rng.exponential(1.5 * DAY, len(some)))
    again[some] = clock.add(reopened[some] + 60, rng.lognormal(0, 0.6, len(some)) * 0.7 * DAY)
    few = some[rng.random(len(some)) < 0.06]
    twice[few] = clock.add(again[few] + 60, rng.exponential(2.5 * DAY, len(few)))
    last[few] = clock.add(twice[few] + 60, rng.lognormal(0, 0.6, len(few)) * 0.8 * DAY)
    rating = rng.choice(6, len(cases), p=(0.45, 0.002, 0.006, 0.025, 0.105, 0.412)).astype(np.int8)
    course = Course(
        closed=closed,
        reopened=reopened,
        closed_again=again,
        reopened_twice=twice,
        closed_at_last=last,
        extended=never.copy(),
        due=cases.due,
        withdrawn=never.copy(),
        level=_levels(cases, kinds, rng),
        rating=rating,
    )
    _withdraw(cases, course, clock, rng)
    return course


def _withdraw(cases: Cases, course: Course, clock: WorkTime, rng: np.random.Generator) -> None:
    gone = np.flatnonzero(cases.withdrawn)
    rounds = (
        course.closed,
        course.reopened,
        course.closed_again,
        course.reopened_twice,
        course.closed_at_last,
    )
    for times in rounds:
        times[gone] = NEVER
    course.withdrawn[gone] = clock.add(cases.reported[gone] + 90, rng.exponential(5 * HOUR, len(gone)))


def _choose(where: Ints, count: int, weights: Floats, rng: np.random.Generator) -> Ints:
    """`count` of the numbers, likelier the greater the weight, without replacement."""
    keys = rng.exponential(1.0, len(where)) / np.maximum(weights, 1e-12)
    return where[np.argpartition(keys, count)[:count]] if count < len(where) else where


def settle(
    cases: Cases, course: Course, who: Flags, target: int, *, slow: Flags, end: int, rng: np.random.Generator
) -> None:
    """Exactly `target` of the cases `who` are open at `end`: some are closed sooner, or slow ones take longer."""
    plain = who & (course.reopened == NEVER) & ~cases.withdrawn
    open_now = course.open_at(end) & who & ~cases.withdrawn
    missing = target - int(open_now.sum())
    age = (end - cases.reported).astype(np.float64)
    if missing < 0:
        where = np.flatnonzero(plain & open_now & (age > 2 * HOUR))
        chosen = _choose(where, -missing, age[where], rng)
        course.closed[chosen] = cases.reported[chosen] + (
            age[chosen] * rng.uniform(0.2, 0.95, len(chosen))
        ).astype(np.int64)
    elif missing > 0:
        where = np.flatnonzero(plain & ~open_now & slow & (course.closed < end))
        chosen = _choose(where, missing, np.exp(-age[where] / (120 * DAY)), rng)
        course.closed[chosen] = end + 60 + rng.exponential(40 * DAY, len(chosen)).astype(np.int64)


def settle_year(cases: Cases, course: Course, kinds: Kinds, end: int, rng: np.random.Generator) -> None:
    """The plan's figures at the end of the year: open cases, disputes settled in the grid, no withdrawal pending."""
    plan, slow = kinds.plan, ~kinds.quick[cases.leaf]
    late = course.withdrawn >= end
    gone = cases.withdrawn & late
    course.withdrawn[gone] = np.maximum(cases.reported[gone], end - 1 - rng.integers(0, 60, int(gone.sum())))
    fixed = {n: group for n, group in enumerate(plan.groups.values()) if group.open is not None}
    for number, group in fixed.items():
        settle(cases, course, cases.group == number, group.open or 0, slow=slow, end=end, rng=rng)
    rest = plan.total - plan.closed - sum(group.open or 0 for group in fixed.values())
    settle(cases, course, ~np.isin(cases.group, list(fixed)), rest, slow=slow, end=end, rng=rng)
    for number, group in enumerate(plan.groups.values()):
        if group.settled is not None:
            shut = np.flatnonzero((cases.group == number) & ~cases.withdrawn & ~course.open_at(end))
            inside = rng.permutation(shut)[: group.settled]
            course.level[shut] = np.maximum(course.level[shut], 1)
            course.level[inside] = 0


def extend(cases: Cases, course: Course, rng: np.random.Generator) -> None:
    """Grants extensions, before the deadline passes, to part of the cases that will miss it: most of the long ones."""
    over = course.closed - cases.due
    late = (over > 0) & (course.closed < NEVER)
    dice = rng.random(len(cases))
    granted = np.flatnonzero(late & (dice < np.where(over > 5 * DAY, 0.86, 0.4)))
    span = (cases.due - cases.reported)[granted]
    course.extended[granted] = cases.due[granted] - (span * rng.uniform(0.03, 0.3, len(granted))).astype(
        np.int64
    )
    more = over[granted] * rng.uniform(1.02, 1.4, len(granted))
    course.due = cases.due.copy()
    course.due[granted] += np.minimum(more, 400 * DAY).astype(np.int64)


def backdate(cases: Cases, course: Course, kinds: Kinds, start: int, rng: np.random.Generator) -> None:
    """A few logs are entered after the fact: they are closed before they are reported."""
    plain = (
        kinds.quick[cases.leaf] & ~cases.withdrawn & (course.reopened == NEVER) & (course.extended == NEVER)
    )
    few = np.flatnonzero(plain & (rng.random(len(cases)) < 0.00012) & (cases.reported > start + DAY))
    course.closed[few] = cases.reported[few] - rng.integers(300, 5400, len(few))
