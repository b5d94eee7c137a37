"""A backtest over a user's own history: every step judged as it would have been when it was the newest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from schemas.errors import HistoryError
from streams.risk.counts import Floats
from streams.risk.history import History, read_history
from streams.risk.series import Rhythm, Scored, daily, hourly, score, weekly

#: The combined p below which the `alarm` column says 1.
ALARM_BELOW = 0.005
_CANDIDATES = (52, 7, 12, 24, 168)


@dataclass(frozen=True)
class Backtest:
    """What a backtest did: how many series and steps it judged from label `start` on, and how many alarmed."""

    series: int
    steps: int
    alarms: int
    start: str
    season: float


def backtest(source: Path, target: Path, season: float | None = None, start: str | None = None) -> Backtest:
    """Judge `source` (series,t,count) and write `target` (series,t,expected,p,alarm); HistoryError where it cannot.

    `season` in steps, else as found; from step `start` on, else from the first season on. `expected` is of the
    step alone; p joins it with the steps before (see `series.score`); alarm is 1 where p < 0.005. A step with too
    little history has no expected and p = 1.
    """
    history = read_history(source)
    steps = history.counts.shape[1]
    first = None if start is None else history.index(start)
    rhythm = rhythm_of(history, season, steps if first is None else first)
    if first is None:
        first = min(int(np.ceil(rhythm.cycles[0][0])) + rhythm.guard, steps // 2)
    scored = score(history.counts, first, rhythm)
    alarms = scored.p < ALARM_BELOW
    judged = _write(target, history, first, scored)
    return Backtest(len(history.names), judged, int(alarms.sum()), history.labels[first], rhythm.cycles[0][0])


def rhythm_of(history: History, season: float | None, first: int) -> Rhythm:
    """By the distance of the steps; integers by `season`, or by the season found before index `first`."""
    if season is not None and not 2 <= season <= 100_000:
        raise HistoryError(f"a season of {season:g} steps makes no sense: give 2 or more")
    if history.step is not None:
        kind = {timedelta(hours=1): hourly, timedelta(days=1): daily, timedelta(days=7): weekly}[history.step]
        return kind() if season is None else kind(season)
    season = season or season_of(history.counts[:, :first])
    if season in {24, 168}:
        return hourly(season)
    return daily(season) if season == 7 or 364 <= season <= 366 else weekly(season)


def season_of(past: Floats) -> float:
    """The candidate season (52, 7, 12, 24, 168 steps) whose two waves explain most, if more than noise; else 52.

    F-test of the harmonic regression on square roots, trend removed, over all series with two seasons or more.
    """
    steps = past.shape[1]
    found = 52.0, 4.0
    for season in _CANDIDATES:
        if steps < max(2 * season, 20):
            continue
        angles = 2 * np.pi * np.arange(steps)[:, None] * np.arange(1, 3) / season
        trend = np.stack((np.ones(steps), np.arange(steps) / steps), axis=1)
        full = np.concatenate((trend, np.cos(angles), np.sin(angles)), axis=1)
        roots = np.sqrt(np.nan_to_num(past)).T
        without, rest = (_residual(roots, part) for part in (trend, full))
        ratio = (without - rest) / 4 / max(rest / max(past.shape[0] * (steps - 6), 1), 1e-12) / past.shape[0]
        if ratio > found[1]:
            found = float(season), ratio
    return found[0]


def _residual(values: Floats, design: Floats) -> float:
    return float(((values - design @ np.linalg.lstsq(design, values, rcond=None)[0]) ** 2).sum())


def _write(target: Path, history: History, first: int, scored: Scored) -> int:
    """Write the judged steps of every series in order of the file; return how many."""
    series, step = np.nonzero(np.isfinite(history.counts[:, first:]))
    p = scored.p[series, step]
    table = pd.DataFrame(
        {
            "series": np.array(history.names, dtype=object)[series],
            "t": np.array(history.labels[first:], dtype=object)[step],
            "expected": scored.expected[series, step],
            "p": p,
            "alarm": (p < ALARM_BELOW).astype(int),
        }
    )
    table.to_csv(target, index=False, float_format="%.8g", lineterminator="\n")
    return len(table)
