"""The risk matrix: a row a category, a column a child area, heat 0–100; unknown areas are hatched, never calm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.figures import theme
from dashboard.figures.cells import column_name, short_name
from dashboard.format import compact
from dashboard.readings import HeatScore, RiskHeat
from dashboard.texts import text
from schemas.packs import Pack

#: Rows beside the one of the areas' own score.
ROWS = 7
#: Calm in the panel's own colour, then the judged ramp.
COLOURS = ("#0b2444", *theme.JUDGED)


def risk_step(score: float | None) -> int:
    """-1 unknown, 0 calm, then 1 to 9 for each eleven of a hundred.

    >>> risk_step(None), risk_step(0), risk_step(1), risk_step(55), risk_step(100)
    (-1, 0, 1, 5, 9)
    """
    if score is None:
        return -1
    return 0 if score <= 0 else min(len(COLOURS) - 1, 1 + int(score / 100 * (len(COLOURS) - 1)))


def risk_matrix(
    heat: RiskHeat, areas: Sequence[str], common: Sequence[str], pack: Pack, language: str
) -> dict[str, Any]:
    """The hottest categories of these areas first, then the common ones, under the areas' composite score."""
    cells = {(area, cell.category): cell for area in areas for cell in heat.cells.get(area, ())}
    hottest: dict[str, float] = {}
    for (_, category), cell in cells.items():
        hottest[category] = max(hottest.get(category, 0.0), cell.score or 0.0)
    order = sorted(hottest, key=lambda category: (-hottest[category], category))
    order = list(dict.fromkeys([*order, *common]))[:ROWS]
    names = [pack.areas[code].label(language) for code in areas]
    scores = [[heat.score(area) for area in areas]]
    told = [[_told(heat.areas.get(area), language) for area in areas]]
    for category in order:
        line = [cells.get((area, category)) for area in areas]
        known = [heat.score(area) is not None for area in areas]
        scores.append(
            [(cell.score if cell else 0.0) if here else None for cell, here in zip(line, known, strict=True)]
        )
        told.append([_told(cell, language, calm=here) for cell, here in zip(line, known, strict=True)])
    return {
        "rows": [
            text("risk_all", language),
            *(short_name(pack.label("categories", code, language)) for code in order),
        ],
        "columns": names,
        "ticks": [column_name(name) for name in names],
        "colours": list(COLOURS),
        "steps": [[risk_step(score) for score in row] for row in scores],
        "counts": told,
    }


def _told(cell: HeatScore | None, language: str, calm: bool = False) -> str:
    """Score, and what was seen beside what was expected."""
    if cell is None or cell.score is None:
        return text("risk_calm" if calm else "risk_unknown", language)
    if cell.expected is None:
        return f"{cell.score:.0f}"
    return text(
        "risk_told",
        language,
        score=f"{cell.score:.0f}",
        observed=compact(cell.observed),
        expected=compact(round(cell.expected, 1)),
    )
