"""Bar C: real series. Labelled outbreaks, the calls after hurricane Sandy, Boston's snow of February 2015."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from streams.risk.baseline import fit
from streams.risk.counts import Counts, Flags, Floats, Places, hour_of
from streams.risk.explain import Finding, warnings_of
from streams.risk.incidents import first_of_incidents
from streams.risk.policy import Policy
from streams.risk.scan import look
from streams.risk.series import daily, score, weekly
from tests.bench.report import Goal, Row, row
from tests.bench.risk import ears, farrington

_YEARS, _FIRST = 3, 159  # of reference for Farrington; the first judged week's index
#: Hours before which each storm's snow began to fall in Boston (local): Juno, 2 Feb, 7–9 Feb, 14–15 Feb 2015.
STORMS = ("2015-01-27", "2015-02-02", "2015-02-09", "2015-02-15")
_QUIET = (("2015-01-08", "2015-01-24"), ("2015-04-01", "2015-06-30"))


def run(folder: Path) -> tuple[list[Row], dict[str, float], dict[str, Goal]]:
    """Rows and goals of the three data sets; those whose files are absent are left out."""
    rows: list[Row] = []
    goals: dict[str, Goal] = {}
    for part in (_labelled, _sandy, _boston):
        try:
            more, reached = part(folder)
        except FileNotFoundError:
            continue
        rows += more
        goals |= reached
    return rows, {}, goals


def _one(name: str, unit: str, value: float) -> Row:
    return row(f"C {name}", unit, [value])


def _labelled(folder: Path) -> tuple[list[Row], dict[str, Goal]]:
    counts, state = _labels(folder / "aberration")
    ours = score(counts, _FIRST, weekly(52)).p
    theirs = farrington.score(counts, _FIRST, _YEARS)[1]
    truth = state[:, _FIRST:]
    rows = []
    got: dict[str, float] = {}
    for level in (0.01, 0.005):
        for name, p in (("ours", ours), ("farrington", theirs)):
            alarm = p < level
            got[f"{name} {level}"] = float(alarm[truth].mean())
            rows.append(_one(f"labelled {name} sensitivity, p < {level:g}", "share", got[f"{name} {level}"]))
            rows.append(
                _one(f"labelled {name} false positives, p < {level:g}", "share", float(alarm[~truth].mean()))
            )
    equal = {name: _at_equal_rate(p, truth, 0.02) for name, p in (("ours", ours), ("farrington", theirs))}
    rows += [
        _one(f"labelled {name} sensitivity at 2 % false", "share", value) for name, value in equal.items()
    ]
    ahead = equal["ours"] - equal["farrington"]
    return rows, {"C labelled sensitivity over Farrington at 2 % false": Goal(">= 0", ahead, ahead >= 0)}


def _at_equal_rate(p: Floats, truth: Flags, rate: float) -> float:
    outside = np.sort(p[~truth])
    return float((p[truth] < outside[int(rate * len(outside))]).mean())


def _labels(folder: Path) -> tuple[Floats, Flags]:
    """Counts and outbreak weeks [S, 209] of nine series and the Berlin districts' last 209 weeks."""
    counts, state = [], []
    for name in ("k1", "m1", "m2", "m3", "m4", "m5", "n1", "n2"):
        table = pd.read_csv(folder / f"{name}.csv")
        counts.append(table["observed"].to_numpy(dtype=float))
        state.append(table["state"].to_numpy() == 1)
    berlin = pd.read_csv(folder / "ha.csv").tail(209)
    for column in berlin.columns:
        if column.startswith("observed."):
            counts.append(berlin[column].to_numpy(dtype=float))
            state.append(berlin[column.replace("observed", "state")].to_numpy() == 1)
    return np.stack(counts), np.stack(state)


def _sandy(folder: Path) -> tuple[list[Row], dict[str, Goal]]:
    table = pd.read_csv(folder / "aberration" / "sandy_311_calls_by_day.csv")
    dates = pd.to_datetime(table["date"], format="%m/%d/%y")
    counts = table.drop(columns=["date", "total"]).to_numpy(dtype=float).T
    p = score(counts, 5, daily()).p
    day = dates.to_numpy()[5:]
    landfall = float(p[:, day == np.datetime64("2012-10-29")].min())
    week = np.stack([np.convolve(one, np.ones(7))[: len(one)] for one in counts])[:, 5:]
    red = (p * len(counts) <= 1 / Policy().red) & (week >= 5)
    quiet = float(red[:, day >= np.datetime64("2015-01-01")].sum())
    year_2014 = float(
        red[:, (day >= np.datetime64("2014-01-01")) & (day < np.datetime64("2015-01-01"))].sum()
    )
    rows = [
        _one("Sandy p on the day of landfall", "p", landfall),
        _one("Sandy red series-days in 2014 (a tax office's June)", "days", year_2014),
        _one("Sandy red series-days 2015 to 2017", "days", quiet),
    ]
    return rows, {
        "C Sandy alarm on the day of landfall": Goal("p < 0.005", landfall, landfall < 0.005),
        "C Sandy red in the quiet years": Goal("0", quiet, quiet == 0),
    }


def _boston(folder: Path) -> tuple[list[Row], dict[str, Goal]]:
    table = _requests(folder / "events" / "boston311_2015_H1.csv.gz")
    places, counts, snow = _as_counts(table)
    found = _watch_boston(counts, places)
    rows, goals = [], {}
    for storm in STORMS:
        begin = hour_of(pd.Timestamp(storm).to_pydatetime())
        for window, what in ((168, "any window"), (24, "strongest over 24 h")):
            hours = [
                at - begin
                for at, each in found
                if 0 < at - begin <= 48 and any(_red(one, snow) and one.window <= window for one in each)
            ]
            late = min(hours, default=float("nan"))
            rows.append(_one(f"Boston red for snow after {storm} 00:00, {what}", "h", late))
            if window == 168:
                goals[f"C Boston red within a day of {storm}"] = Goal("<= 24 h", late, late <= 24)
    right = _right_wards(found, table, places, snow)
    rows.append(_one("Boston snow warnings of wards above their share", "share", right))
    goals["C Boston in the right wards"] = Goal(">= 0.9", right, right >= 0.9)
    ours, theirs = _quiet_days(found), _c2_quiet(counts, places)
    rows += [_one("Boston warnings a day, quiet weeks, ours", "a day", ours)]
    rows += [_one("Boston warnings a day, quiet weeks, EARS C2", "a day", theirs)]
    goals["C Boston fewer false than EARS C2"] = Goal(f"< {theirs:.3g} a day", ours, ours < theirs)
    return rows, goals


def _requests(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, usecols=["OPEN_DT", "TYPE", "ward", "precinct"], dtype=str)
    table["at"] = pd.to_datetime(table["OPEN_DT"])
    table["ward"] = table["ward"].str.extract(r"(\d+)", expand=False).astype(float)
    table["precinct"] = pd.to_numeric(table["precinct"], errors="coerce")
    table = table.dropna(subset=["ward", "precinct", "TYPE"])
    return table.sort_values("at").reset_index(drop=True)


def _as_counts(table: pd.DataFrame) -> tuple[Places, Counts, frozenset[int]]:
    """Incidents: wards as towns, precincts as grids, the sixty largest types; which of these speak of snow.

    A request of a precinct and type less than an hour after another is the same incident, as in the product.
    """
    types = table["TYPE"].value_counts().index[:60]
    types = types.union(
        pd.Index(["Misc. Snow Complaint", "Request for Snow Plowing (Emergency Responder)"]), sort=False
    )
    table.drop(table.index[~table["TYPE"].isin(types)], inplace=True)
    precinct = table["ward"] * 100 + table["precinct"] % 100
    codes, grid = np.unique(precinct.to_numpy(), return_inverse=True)
    _, town = np.unique(codes // 100, return_inverse=True)
    category = types.get_indexer(pd.Index(table["TYPE"]))
    at = np.array([hour_of(one.to_pydatetime()) for one in table["at"]])
    opens = first_of_incidents(at, grid, category)
    table["town"], table["category"] = town[grid], category
    table.drop(table.index[~opens], inplace=True)
    hour, grid, category = np.floor(at[opens]).astype(np.int64), grid[opens], category[opens].astype(np.int64)
    order = np.argsort(codes)
    beside = np.stack((order[:-1], order[1:]), axis=1)
    pairs = beside[town[beside[:, 0]] == town[beside[:, 1]]]
    snow = frozenset(n for n, name in enumerate(types) if "Snow" in name)
    return (
        Places(town, pairs, len(types)),
        Counts(hour, grid, category, np.ones(len(hour))),
        snow,
    )


def _watch_boston(counts: Counts, places: Places) -> list[tuple[float, list[Finding]]]:
    """Findings of every third hour from 8 January to 30 June, a new baseline each night."""
    begin = hour_of(pd.Timestamp("2015-01-08").to_pydatetime())
    end = hour_of(pd.Timestamp("2015-06-30").to_pydatetime())
    found = []
    for at in np.arange(begin, end, 3.0):
        if at % 24 == 0:
            baseline = fit(counts, places, at)
        found.append((float(at), warnings_of(look(baseline, counts.between(at - 169, at), at))))
    return found


def _red(one: Finding, snow: frozenset[int]) -> bool:
    return one.tier == "red" and one.category in snow


def _right_wards(
    found: list[tuple[float, list[Finding]]], table: pd.DataFrame, places: Places, snow: frozenset[int]
) -> float:
    """Share of ward warnings for snow in wards whose last three days had at least twice their days' mean so far."""
    times = table["at"].map(lambda at: hour_of(at.to_pydatetime())).to_numpy()
    town, category = table["town"].to_numpy(), table["category"].to_numpy()
    right = []
    for at, each in found[::8]:
        for one in each:
            if one.level == "town" and one.category in snow:
                mine = (town == one.place) & (category == one.category)
                recent = (mine & (times > at - 72) & (times <= at)).sum() / 3
                before = (mine & (times <= at - 168)).sum() / max((at - 168 - times[0]) / 24, 1)
                right.append(recent >= 2 * before)
    return float(np.mean(right)) if right else float("nan")


def _quiet_days(found: list[tuple[float, list[Finding]]]) -> float:
    """Warnings newly raised a day in the weeks without a storm (category and ward, once in two days)."""
    return _rate(
        {(one.category, one.place, one.level, at // 48) for at, each in found if _quiet(at) for one in each}
    )


def _rate(raised: set[tuple[object, ...]]) -> float:
    days = sum((pd.Timestamp(end) - pd.Timestamp(begin)).days for begin, end in _QUIET)
    return len(raised) / days


def _quiet(at: float) -> bool:
    return any(
        hour_of(pd.Timestamp(begin).to_pydatetime()) <= at < hour_of(pd.Timestamp(end).to_pydatetime())
        for begin, end in _QUIET
    )


def _c2_quiet(counts: Counts, places: Places) -> float:
    """EARS C2 over 3 deviations on daily counts of wards and precincts, counted in the same way."""
    first = int(counts.hour.min() // 24)
    days = int(counts.hour.max() // 24) - first + 1
    raised: set[tuple[object, ...]] = set()
    for level, place, many in (
        ("town", places.town[counts.grid], places.towns),
        ("grid", counts.grid, places.grids),
    ):
        cells = (place * places.categories + counts.category) * days + counts.hour // 24 - first
        table = (
            np.bincount(cells, counts.count, many * places.categories * days)
            .astype(np.float64)
            .reshape(-1, days)
        )
        p = ears.score(table, 12)["ears_c2"]
        for series, day in np.argwhere((p < 0.00135) & (table[:, 12:] >= 3)):
            at = (first + 12 + day) * 24.0 + 23
            if _quiet(at):
                raised.add((series % places.categories, series // places.categories, level, at // 48))
    return _rate(raised)
