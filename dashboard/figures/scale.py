"""From figures to the steps of a colour ramp: bad is hot, and red is kept for a crossed threshold."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.figures import theme
from dashboard.readings import Number
from schemas.indicators import Indicator
from schemas.packs import Threshold

#: Steps below yellow and red where a pack sets thresholds: the last step is red, the two before it yellow.
_YELLOW_STEP, _RED_STEP = 6, 8
#: Without thresholds a ramp of good and bad ends before red: being last is no alarm.
_COMPARED_STEPS = 7


@dataclass(frozen=True, slots=True)
class Scale:
    """Ascending bounds between steps, and the colour of each step from low values to high ones."""

    bounds: tuple[float, ...]
    colours: tuple[str, ...]

    def step(self, value: Number | None) -> int:
        """Which step a value stands on; -1 for no data."""
        return -1 if value is None else bisect_right(self.bounds, value)


def scale(indicator: Indicator, values: Iterable[Number | None], threshold: Threshold | None) -> Scale:
    """The ramp for these values.

    Neutral indicators get the amount ramp; judged ones run from good to bad, anchored on the pack's thresholds
    where it has them. Bounds of counts are whole numbers and never repeat.
    """
    known = sorted(value for value in values if value is not None)
    if not known:
        return Scale((), (theme.AMOUNT[0],))
    if threshold is not None and indicator.direction != "neutral":
        return _anchored(indicator, known, threshold)
    ramp = theme.AMOUNT if indicator.direction == "neutral" else theme.JUDGED[:_COMPARED_STEPS]
    if known[0] == known[-1]:
        return Scale((), (ramp[0],))
    return _between(indicator, known, ramp[::-1] if indicator.direction == "higher" else ramp)


def _between(indicator: Indicator, known: list[Number], colours: tuple[str, ...]) -> Scale:
    low, high = known[len(known) * 2 // 100], known[-1 - len(known) * 2 // 100]
    counted = indicator.unit in ("count", "per_10k")
    bounds = [_spread(low, high, step / len(colours), counted) for step in range(1, len(colours))]
    return _trimmed(Scale(tuple(bounds), colours), indicator)


def _spread(low: Number, high: Number, share: float, rooted: bool) -> float:
    """A point between two values; counts are spread by their square root, for most are small."""
    if rooted and low >= 0:
        return float((math.sqrt(low) + (math.sqrt(high) - math.sqrt(low)) * share) ** 2)
    return low + (high - low) * share


def _anchored(indicator: Indicator, known: list[Number], threshold: Threshold) -> Scale:
    lower = indicator.direction == "lower"
    best = known[0] if lower else known[-1]
    if (best < threshold.yellow) != lower:
        best = 0.0 if lower else max(1.0 if indicator.unit == "percent" else best, threshold.yellow)
    bounds = [best + (threshold.yellow - best) * step / _YELLOW_STEP for step in range(1, _YELLOW_STEP + 1)]
    bounds += [(threshold.yellow + threshold.red) / 2, threshold.red]
    if lower:
        return _trimmed(Scale(tuple(bounds), theme.JUDGED), indicator)
    return _trimmed(Scale(tuple(bounds[::-1]), theme.JUDGED[::-1]), indicator)


def _trimmed(full: Scale, indicator: Indicator) -> Scale:
    """Bounds of counts rounded up to whole numbers; steps that became empty are taken out."""
    bounds: list[float] = []
    colours = [full.colours[0]]
    for bound, colour in zip(full.bounds, full.colours[1:], strict=True):
        edge = _rounded(bound, indicator)
        if bounds and edge <= bounds[-1]:
            colours[-1] = colour
        else:
            bounds.append(edge)
            colours.append(colour)
    return Scale(tuple(bounds), tuple(colours))


def _rounded(bound: float, indicator: Indicator) -> float:
    """A bound as it can be read in a legend: whole counts, tenths of a percent."""
    if indicator.unit == "count":
        return float(math.ceil(bound))
    return round(bound, 3) if indicator.unit == "percent" else float(f"{bound:.3g}")


def alarm(indicator: Indicator, value: Number | None, threshold: Threshold | None) -> str:
    """`red` or `yellow` where the value has reached a threshold in its direction, otherwise ''."""
    if value is None or threshold is None or indicator.direction == "neutral":
        return ""
    for colour, edge in (("red", threshold.red), ("yellow", threshold.yellow)):
        if value >= edge if indicator.direction == "lower" else value <= edge:
            return colour
    return ""


#: Heat 0–100 in equal steps from calm in the map's own ground to red.
RISK = Scale(tuple(100 * step / theme.STEPS for step in range(1, theme.STEPS)), theme.JUDGED)
