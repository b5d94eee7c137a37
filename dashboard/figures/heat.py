"""The heatmap's figure: a row a category, a column an hour, each cell a step of one ramp."""

from __future__ import annotations

import math
from typing import Any

from dashboard.figures import theme
from dashboard.readings import Heat
from schemas.packs import Pack


def heatmap(heat: Heat, pack: Pack, language: str) -> dict[str, Any]:
    """Counts as they are for the hover text, and as steps for the colour; see `heat_step`."""
    top = max((count for row in heat.counts for count in row), default=0)
    return {
        "rows": [short_name(pack.label("categories", code, language)) for code in heat.categories],
        "colours": list(theme.HEAT),
        "counts": [list(row) for row in heat.counts],
        "steps": [[heat_step(count, top) for count in row] for row in heat.counts],
    }


def heat_step(count: int, top: int) -> int:
    """0 for none, then 1 to the last step by the square root of the share of the greatest."""
    if count <= 0 or top <= 0:
        return 0
    return max(1, min(len(theme.HEAT) - 1, math.ceil(math.sqrt(count / top) * (len(theme.HEAT) - 1))))


def short_name(label: str) -> str:
    """The last part of a nested category's name: "A > B" becomes "B"."""
    return label.rsplit(" > ", 1)[-1]
