"""The map's figure: one ramp step a feature, in the drawing order of its sheet, and where warnings are."""

from __future__ import annotations

from typing import Any

from dashboard.figures import theme
from dashboard.format import short
from dashboard.view import View

#: Places that pulse at most: more would be noise, and the list beside the map has them all.
PULSES = 40


def legend(view: View) -> list[tuple[str, str]]:
    """Colour and lower bound of each step, from low to high; nothing where no area has data."""
    known = [value for value in view.values if value is not None]
    if not known:
        return []
    ramp, unit = view.ramp, "count" if view.scope.page == "risk" else view.indicator.unit
    bounds = [short(bound, unit) for bound in ramp.bounds]
    lowest = f"< {bounds[0]}" if bounds else short(known[0], unit)
    return list(zip(ramp.colours, [lowest, *bounds], strict=True))


def choropleth(view: View) -> dict[str, Any]:
    """What the map module is told each second."""
    ramp = view.ramp
    return {
        "area": view.frame,
        "detail": view.scope.drawn,
        "here": view.scope.area,
        "etag": view.sheet.etag,
        "language": view.language,
        "colours": list(ramp.colours),
        "steps": [ramp.step(value) for value in view.values],
        "pulses": _pulses(view),
    }


def _pulses(view: View) -> list[list[Any]]:
    """Place and colour of each warned area once, the gravest colour first."""
    found: dict[str, list[Any]] = {}
    for warning in view.warnings:
        place = view.places.get(warning.area)
        if place is not None and warning.area not in found:
            found[warning.area] = [*place, theme.COLOURS.get(warning.colour, theme.BLUE), warning.colour]
    return list(found.values())[:PULSES]
