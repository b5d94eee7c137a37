"""A user's file in, judged steps out; what cannot be judged is refused with line and mend."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from schemas.errors import HistoryError
from streams.risk.backtest import Backtest, backtest, season_of
from streams.risk.history import read_history
from streams.risk.series import score, weekly


def _file(folder: Path, lines: list[str]) -> Path:
    path = folder / "in.csv"
    path.write_text("\n".join(["series,t,count", *lines]) + "\n", encoding="utf-8")
    return path


def _rows(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_step_from_the_chosen_one_on_is_written_with_what_the_engine_says(tmp_path: Path) -> None:
    counts = np.random.default_rng(2).poisson(7, (2, 130)).astype(float)
    counts[1, 127:] += 30
    lines = [f"{name},{t + 1},{int(counts[n, t])}" for t in range(130) for n, name in enumerate(("b", "a"))]
    done = backtest(_file(tmp_path, lines), tmp_path / "out.csv", 52, "126")
    rows = _rows(tmp_path / "out.csv")
    scored = score(counts, 125, weekly(52))
    assert rows[0] == ["series", "t", "expected", "p", "alarm"]
    assert [row[:2] for row in rows[1:]] == [[name, str(t)] for name in "ba" for t in range(126, 131)]
    np.testing.assert_allclose([float(row[2]) for row in rows[1:]], scored.expected.ravel(), rtol=1e-7)
    np.testing.assert_allclose([float(row[3]) for row in rows[1:]], scored.p.ravel(), rtol=1e-7)
    assert [row[4] for row in rows[1:]] == [str(int(p < 0.005)) for p in scored.p.ravel()]
    assert (scored.p[1, -3:] < 0.005).all()
    assert done == Backtest(2, 10, int((scored.p < 0.005).sum()), "126", 52)


def test_steps_between_the_spans_of_two_series_are_no_obstacle(tmp_path: Path) -> None:
    lines = [f"a,{t},3" for t in range(40)] + [f"b,{t},3" for t in range(60, 100)]
    done = backtest(_file(tmp_path, lines), tmp_path / "out.csv", 12, "50")
    assert (done.start, done.steps, done.series) == ("60", 40, 2)


@pytest.mark.parametrize(
    ("step", "season"),
    [(timedelta(hours=1), 168.0), (timedelta(days=1), 365.25), (timedelta(days=7), 365.25 / 7)],
)
def test_times_tell_the_season(tmp_path: Path, step: timedelta, season: float) -> None:
    begin = datetime(2025, 3, 3)  # noqa: DTZ001 - naive on purpose
    lines = [f"s,{(begin + n * step).isoformat()},{n % 3}" for n in range(200)]
    done = backtest(_file(tmp_path, lines), tmp_path / "out.csv", None, (begin + 190 * step).isoformat())
    assert (done.season, done.steps) == (season, 10)


def test_hours_across_a_change_of_the_clock_have_no_gap(tmp_path: Path) -> None:
    hours = ["2026-03-29T00:00:00+01:00", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"]
    assert read_history(_file(tmp_path, [f"s,{t},1" for t in hours])).counts.tolist() == [[1, 1, 1]]


def test_days_are_days_whatever_the_clock_does(tmp_path: Path) -> None:
    days = ["2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"]
    assert read_history(_file(tmp_path, [f"s,{t},1" for t in days])).counts.tolist() == [[1, 1, 1]]


def test_lines_may_come_in_any_order(tmp_path: Path) -> None:
    lines = [f"{name},{n},{n % 5}" for n in range(20) for name in "ab"]
    shuffled = [lines[0], *reversed(lines[1:])]
    ordered, other = read_history(_file(tmp_path, lines)), read_history(_file(tmp_path, shuffled))
    assert (other.names, other.labels) == (ordered.names, ordered.labels)
    assert other.counts.tolist() == ordered.counts.tolist()


def test_integers_show_their_season_in_the_past() -> None:
    t = np.arange(300)
    rng = np.random.default_rng(4)
    for season in (7, 24, 52):
        counts = rng.poisson(20 * np.exp(0.5 * np.cos(2 * np.pi * t / season)), (3, 300)).astype(float)
        assert season_of(counts) == season
    assert season_of(rng.poisson(20, (3, 300)).astype(float)) == 52


def test_a_series_that_starts_later_is_judged_when_it_has_history(tmp_path: Path) -> None:
    lines = [f"old,{n},4" for n in range(60)] + [f"new,{n},4" for n in range(55, 60)]
    backtest(_file(tmp_path, lines), tmp_path / "out.csv", 52, "57")
    rows = [row for row in _rows(tmp_path / "out.csv") if row[0] == "new"]
    assert rows == [["new", str(t), "", "1", "0"] for t in range(57, 60)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty: it needs a head line"),
        ("series,t,count\n", "has a head line and no steps"),
        ("series,time,count\na,1,2\n", "has no column t: its head line must name series, t and count"),
        ("series,t,count\na,1,2\na,3,2\na,4,0\n", "series 'a' has no line between t 1 and 3: write 0"),
        ("series,t,count\na,1,2\na,2,-1\n", "line 3: count is negative (series 'a', t '2', count '-1')"),
        ("series,t,count\na,1,2\na,2,\n", "line 3: count is not a number (write 0"),
        ("series,t,count\na,1,2\na,2,1.5\n", "line 3: count is not a whole number"),
        ("series,t,count\na,1,2\na,2,1\na,2,1\n", "line 4: this series has this step already"),
        ("series,t,count\na,1,2\n,2,1\n", "line 3: no series"),
        ("series,t,count\na,yesterday,2\n", "t 'yesterday' is neither an integer step nor a time"),
        ("series,t,count\na,2026-01-01,2\na,2026-01-04,2\n", "must be one hour, one day or one week"),
        ("series,t,count\na,2026-01-01,2\na,2026-01-02T00:00Z,2\n", "some times in t tell their offset"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_mend(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HistoryError) as refused:
        backtest(path, tmp_path / "out.csv")
    assert says in str(refused.value)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("start", "says"), [("99", "no step at or after 99"), ("2026-01-01", "t is an integer in this file")]
)
def test_a_start_outside_the_file_is_refused(tmp_path: Path, start: str, says: str) -> None:
    with pytest.raises(HistoryError, match=says):
        backtest(_file(tmp_path, [f"s,{n},1" for n in range(60)]), tmp_path / "out.csv", 52, start)
