"""Figures made of cells: a ramp step each, with the count behind it; a step of -1 is unknown and hatched."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from dashboard.figures import theme
from dashboard.readings import Heat, Hours
from dashboard.texts import text
from schemas.packs import Pack

#: Ends of names that tell siblings nothing, for narrow columns.
_ENDINGS = re.compile(r"(街道办事处|街道|镇|乡|社区|村| Subdistrict| Town| Street)$")


def cells(rows: Sequence[str], columns: Sequence[str], counts: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Counts as they are for the hover text, and as steps for the colour; see `heat_step`.

    `ticks[j]` is what stands under column j, `columns[j]` what it is called in full.
    """
    top = max((count for row in counts for count in row), default=0)
    return {
        "rows": list(rows),
        "columns": list(columns),
        "ticks": list(columns),
        "colours": list(theme.HEAT),
        "counts": [list(row) for row in counts],
        "steps": [[heat_step(count, top) for count in row] for row in counts],
    }


def _hourly(rows: Sequence[str], counts: Sequence[Sequence[int]]) -> dict[str, Any]:
    spans = [f"{hour:02d}:00–{hour + 1:02d}:00" for hour in range(24)]
    return cells(rows, spans, counts) | {"ticks": ["" if hour % 3 else str(hour) for hour in range(24)]}


def heatmap(heat: Heat, pack: Pack, language: str) -> dict[str, Any]:
    """A row a category, a column an hour."""
    names = [short_name(pack.label("categories", code, language)) for code in heat.categories]
    return _hourly(names, heat.counts)


def week(hours: Hours, language: str) -> dict[str, Any]:
    """A row a weekday, a column an hour: the last four weeks."""
    return _hourly(text("weekdays_short", language).split(), hours.week)


def column_name(name: str) -> str:
    """What tells an area from its siblings, as short as can be.

    >>> column_name("临城街道"), column_name("第12区"), column_name("Ward 12"), column_name("Shagou Town")
    ('临城', '12', '12', 'Shagou')
    """
    number = re.search(r"\d+", name)
    return number.group() if number else _ENDINGS.sub("", name) or name


def heat_step(count: int, top: int) -> int:
    """0 for none, then 1 to the last step by the square root of the share of the greatest."""
    if count <= 0 or top <= 0:
        return 0
    return max(1, min(len(theme.HEAT) - 1, math.ceil(math.sqrt(count / top) * (len(theme.HEAT) - 1))))


def short_name(label: str) -> str:
    """The last part of a nested category's name: "A > B" becomes "B"."""
    return label.rsplit(" > ", 1)[-1]
