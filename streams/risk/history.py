"""A user's own history from a CSV file: series, steps and counts, checked so that no gap passes for a zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from schemas.errors import HistoryError
from streams.risk.counts import Floats, Ints

COLUMNS = ("series", "t", "count")
_EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday
_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class History:
    """Series on one axis of steps.

    `names` in order of appearance; `labels` [T] each step as the file writes it; `counts` [S, T], NaN outside a
    series' span; `step` the time between steps, None where t is an integer; `origin` steps from the epoch's
    Monday to the first one (its own number where t is an integer).
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    counts: Floats
    step: timedelta | None
    origin: int

    def index(self, t: str) -> int:
        """The index of the first step at or after `t`; HistoryError where there is none."""
        there = [n for n, label in enumerate(self.labels) if label]  # none where no series has a line
        if self.step is None:
            try:
                wanted = float(int(t))
            except ValueError:
                raise HistoryError(
                    f"t is an integer in this file, so the first step must be one, not {t!r}"
                ) from None
            at = [float(int(self.labels[n])) for n in there]
        else:
            wanted, at = (
                _place(_time(t), self.step),
                [_place(_time(self.labels[n]), self.step) for n in there],
            )
        found = [n for n, one in zip(there, at, strict=True) if one >= wanted]
        if not found:
            raise HistoryError(f"no step at or after {t}: the file ends at {self.labels[-1]}")
        return found[0]


def read_history(path: Path) -> History:
    """Read a CSV file with the columns series, t and count, its lines in any order.

    HistoryError says which line is wrong and how to mend it.
    """
    table = _table(path)
    counts = _counts(table)
    number, step, origin = _steps(table["t"])
    names, of_series = np.unique(table["series"].to_numpy(dtype=str), return_inverse=True)
    _check_repeats(table, of_series, number)
    first_seen = np.full(len(names), len(table))
    np.minimum.at(first_seen, of_series, np.arange(len(table)))
    order = np.argsort(first_seen, kind="stable")
    rank = np.argsort(order)
    grid = np.full((len(names), int(number.max()) + 1), np.nan)
    grid[rank[of_series], number] = counts
    labels = np.full(grid.shape[1], "", dtype=object)
    labels[number] = table["t"].to_numpy()
    _check_gaps(grid, names[order].tolist(), labels.tolist())
    return History(tuple(names[order]), tuple(labels), grid, step, origin)


def _table(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise HistoryError(
            f"{path} is empty: it needs a head line series,t,count and a line a step"
        ) from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path} is not a CSV file in UTF-8: {error}") from None
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise HistoryError(
            f"{path} has no column {', '.join(missing)}: its head line must name series, t and count, "
            f"it names {', '.join(map(str, table.columns))}"
        )
    if table.empty:
        raise HistoryError(f"{path} has a head line and no steps")
    table = pd.DataFrame({name: table[name].str.strip() for name in COLUMNS})
    for name in ("series", "t"):
        _refuse(table, table[name] == "", f"no {name}")
    return table


def _counts(table: pd.DataFrame) -> Floats:
    values = pd.to_numeric(table["count"], errors="coerce").to_numpy(dtype=float)
    _refuse(table, ~np.isfinite(values), "count is not a number (write 0 for a step without events)")
    _refuse(table, values < 0, "count is negative")
    _refuse(table, values != np.floor(values), "count is not a whole number")
    return values


def _refuse(table: pd.DataFrame, wrong: object, what: str) -> None:
    lines = np.flatnonzero(np.asarray(wrong))
    if len(lines):
        row = table.iloc[int(lines[0])]
        more = f", and {len(lines) - 1} more lines" if len(lines) > 1 else ""
        raise HistoryError(
            f"line {lines[0] + 2}: {what} (series {row['series']!r}, t {row['t']!r}, count {row['count']!r}){more}"
        )


def _steps(column: pd.Series[str]) -> tuple[Ints, timedelta | None, int]:
    """Step numbers from 0 on, the time between steps (None for integers), the first step's own number."""
    each, where = np.unique(column.to_numpy(dtype=str), return_inverse=True)
    if all(one.lstrip("+-").isdecimal() for one in each):
        own = np.array([int(one) for one in each])
        size = int(np.diff(np.unique(own)).min()) if len(np.unique(own)) > 1 else 1
        if ((own - own.min()) % size).any():
            raise HistoryError(
                f"t does not go in equal steps: the smallest is {size}, others are no multiple of it"
            )
        return ((own - own.min()) // size)[where], None, int(own.min()) // size
    times = [_time(str(one)) for one in each]
    step = _step_of(times)
    own = np.array([_place(one, step) for one in times])
    number = np.round(own - own.min()).astype(np.int64)
    if np.abs(own - own.min() - number).max() > 0.2:
        raise HistoryError(f"t does not go in equal steps of {step}: align the times to them")
    return number[where], step, round(float(own.min()))


def _time(text: str) -> datetime:
    """A wall-clock time; its offset from UTC is left aside (it is kept for hours by `_place`)."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise HistoryError(
            f"t {text!r} is neither an integer step nor a time like 2026-01-31 or 2026-01-31T08:00"
        ) from None


def _place(time: datetime, step: timedelta) -> float:
    """Steps since the epoch: by wall clock for days and weeks, by UTC for hours that tell their offset."""
    hours = step < _DAY and time.utcoffset() is not None
    wall = time.astimezone(UTC) if hours else time.replace(tzinfo=UTC)
    return (wall - _EPOCH) / step


def _step_of(times: Sequence[datetime]) -> timedelta:
    """One hour, day or week, whichever the smallest distance between times is nearest to."""
    if len({one.utcoffset() is None for one in times}) > 1:
        raise HistoryError(
            "some times in t tell their offset from UTC and some do not: write all of them one way"
        )
    at = sorted({one.replace(tzinfo=one.tzinfo or UTC) for one in times})
    if len(at) == 1:
        return _DAY if isinstance(times[0], date) and times[0].hour == 0 else _HOUR
    least = min(later - earlier for earlier, later in pairwise(at))
    for step, slack in ((_HOUR, timedelta()), (_DAY, _HOUR), (_WEEK, _HOUR)):
        if abs(least - step) <= slack:
            return step
    raise HistoryError(f"the steps of t are {least} apart; they must be one hour, one day or one week")


def _check_repeats(table: pd.DataFrame, of_series: Ints, number: Ints) -> None:
    order = np.lexsort((np.arange(len(table)), number, of_series))
    same = (np.diff(of_series[order]) == 0) & (np.diff(number[order]) == 0)
    flags = np.zeros(len(table), dtype=bool)
    flags[order[1:]] = same
    _refuse(table, flags, "this series has this step already: add the counts up or remove one")


def _check_gaps(grid: Floats, names: Sequence[str], labels: Sequence[str]) -> None:
    there = np.isfinite(grid)
    inside = np.maximum.accumulate(there, axis=1) & np.maximum.accumulate(there[:, ::-1], axis=1)[:, ::-1]
    series, step = np.nonzero(inside & ~there)
    if len(series):
        name, before = names[int(series[0])], np.flatnonzero(there[series[0], : step[0]])[-1]
        after = step[0] + np.flatnonzero(there[series[0], step[0] :])[0]
        raise HistoryError(
            f"series {name!r} has no line between t {labels[int(before)]} and {labels[int(after)]}: "
            "write 0 for a step without events"
        )
