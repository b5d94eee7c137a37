"""Heat told to the screens: the engine's scores of every area, with their parts, and the cells that are not calm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
import pyarrow as pa

from schemas.clickhouse import Store
from streams.risk.counts import Floats
from streams.risk.heat import heat
from streams.watch.ground import hottest
from streams.watch.statistical import Judged

#: Heat is told so often in real time, and at once where a place becomes known or unknown.
TELL_SECONDS = 60.0
#: A cell whose chance is greater than this is calm.
_CALM = 0.01

Row = tuple[str, str, float | None, float | None, float | None, float, float, float | None, int]
Milliseconds = pa.timestamp("ms", tz="UTC")


class HeatTeller:
    """Writes heat to the store. Used by one caller at a time."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._told = float("-inf")
        self._known: bytes = b""

    def tell(self, store: Store, judged: Judged) -> bool:
        """Write the look's heat if it is time to; returns whether it did. Raises `StoreError`."""
        known = judged.scanned.known.tobytes()
        if known == self._known and self._seconds() - self._told < TELL_SECONDS:
            return False
        store.insert("heat", heat_rows(judged.look.at, [*area_rows(judged), *cell_rows(judged)]))
        self._told, self._known = self._seconds(), known
        return True


def area_rows(judged: Judged) -> Iterator[Row]:
    """One row an area: its score, or unknown."""
    ground, tree = judged.learnt.ground, judged.look.pack.areas
    scores = heat(judged.scanned)
    day = judged.scanned
    town_of = day.cells["town"]
    categories = len(ground.categories)
    observed, expected = (
        np.asarray(one[0]).reshape(-1, categories).sum(axis=1) for one in (town_of.observed, town_of.expected)
    )
    recent = judged.coverage.recent
    found: dict[str, Floats] = {}
    for n, code in enumerate(ground.areas):
        if code not in ground.towns or not tree.children(code):
            found[code] = np.array(
                [
                    scores.score[n],
                    scores.surge[n],
                    scores.burden[n],
                    recent[n],
                    day.events[n].sum(),
                    np.nan,
                    168,
                ]
            )
    for n, code in enumerate(ground.towns):
        heard = float(recent[ground.town == n].mean())
        if code != tree.root.code:
            found[code] = np.array(
                [
                    scores.town_score[n],
                    scores.town_surge[n],
                    scores.town_burden[n],
                    heard,
                    observed[n],
                    expected[n],
                    24,
                ]
            )
    for code, row in hottest(tree, found).items():
        yield _row(code, "", row)


def cell_rows(judged: Judged) -> Iterator[Row]:
    """One row an area and category that is not calm, the least chance over the levels centred there."""
    ground, root = judged.learnt.ground, judged.look.pack.areas.root.code
    least: dict[tuple[str, str], tuple[float, Row]] = {}
    for level, cells in judged.scanned.cells.items():
        for n in np.flatnonzero(cells.p < _CALM):
            place, p, window = int(cells.place[n]), float(cells.p[n]), int(cells.window[n])
            area = root if level == "district" else (ground.towns if level == "town" else ground.areas)[place]
            category = ground.categories[int(cells.category[n])]
            surge = float(np.clip((-np.log10(max(p, 1e-300)) - 3) / 6, 0, 1))
            figures = np.array(
                [
                    100 * surge, surge, np.nan, float(judged.coverage.recent.mean()),
                    cells.observed[window, n], cells.expected[window, n],
                    judged.learnt.baseline.policy.windows[window],
                ]
            )  # fmt: skip
            if p < least.get((area, category), (1.0,))[0]:
                least[area, category] = p, _row(area, category, figures)
    for _, row in least.values():
        yield row


def _row(area: str, category: str, figures: Floats) -> Row:
    score, surge, burden, heard, observed, expected, window = (
        None if np.isnan(value) else round(float(value), 4) for value in figures
    )
    if score is None:
        surge = burden = None
    return area, category, score, surge, burden, heard or 0.0, observed or 0.0, expected, int(window or 0)


def heat_rows(at: datetime, rows: list[Row]) -> pa.Table:
    """Rows of `heat`."""
    names = ("area", "category", "score", "surge", "burden", "coverage", "observed", "expected")
    columns = list(zip(*rows, strict=True))
    table = {"at": pa.array([at] * len(rows), Milliseconds)}
    for name, column in zip(names, columns, strict=False):
        table[name] = pa.array(column, pa.string() if name in ("area", "category") else pa.float64())
    table["window"] = pa.array(columns[-1], pa.uint16())
    return pa.table(table)
