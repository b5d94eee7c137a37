"""The map's figure: one ramp step a feature, in the drawing order of its sheet, and where warnings are."""

from __future__ import annotations

from typing import Any

from dashboard.figures import theme
from dashboard.figures.scale import Scale, scale
from dashboard.format import short
from dashboard.view import View

#: Places that pulse at most: more would be noise, and the list beside the map has them all.
PULSES = 40


def ramp(view: View) -> Scale:
    """The scale of the values on the sheet."""
    return scale(
        view.indicator, [_value(view, code) for code in view.sheet.codes], view.threshold(view.indicator.name)
    )


def _value(view: View, code: str) -> float | None:
    reading = view.reading(code, view.indicator.name)
    return reading.value if reading else None


def legend(view: View) -> list[tuple[str, str]]:
    """Colour and lower bound of each step, from low to high."""
    steps = ramp(view)
    bounds = ["", *(short(bound, view.indicator.unit) for bound in steps.bounds)]
    if not any(_value(view, code) is not None for code in view.sheet.codes):
        return []
    bounds[0] = (
        f"< {bounds[1]}" if len(bounds) > 1 else short(_value(view, view.sheet.codes[0]), view.indicator.unit)
    )
    return list(zip(steps.colours, bounds, strict=True))


def choropleth(view: View) -> dict[str, Any]:
    """What the map module is told each second."""
    steps = ramp(view)
    return {
        "area": view.frame,
        "detail": view.scope.detail,
        "here": view.scope.area,
        "etag": view.sheet.etag,
        "language": view.language,
        "colours": list(steps.colours),
        "steps": [steps.step(_value(view, code)) for code in view.sheet.codes],
        "pulses": _pulses(view),
    }


def _pulses(view: View) -> list[list[Any]]:
    """Place and colour of each warned area once, the gravest colour first."""
    found: dict[str, list[Any]] = {}
    for warning in view.warnings:
        place = view.places.get(warning.area)
        if place is not None and warning.area not in found:
            found[warning.area] = [*place, theme.COLOURS.get(warning.colour, theme.BLUE)]
    return list(found.values())[:PULSES]
