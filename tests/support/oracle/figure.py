"""Numbers: how a count, a ratio, a mean and a quantile become a value with its numerator and denominator."""

from collections.abc import Sequence
from dataclasses import dataclass

Number = float | int | None


@dataclass(frozen=True)
class Measure:
    """An indicator of one area at one time."""

    value: Number
    numerator: Number
    denominator: Number


@dataclass(frozen=True)
class Figure:
    """An indicator of one area in one window, beside the window before and the one a year ago."""

    value: Number
    numerator: Number
    denominator: Number
    previous: Number
    year_ago: Number


NO_FEED = Measure(None, None, None)


def if_fed(first_at: int | None, end: int, measures: dict[str, Measure]) -> dict[str, Measure]:
    """No data, not zero, until the first message of the topic lies before the end."""
    if first_at is not None and first_at < end:
        return measures
    return dict.fromkeys(measures, NO_FEED)


def count(number: int) -> Measure:
    return Measure(number, number, None)


def ratio(numerator: int, denominator: int) -> Measure:
    return Measure(numerator / denominator if denominator else None, numerator, denominator)


def mean(values: Sequence[int]) -> Measure:
    return ratio(sum(values), len(values))


def share(chosen: Sequence[bool]) -> Measure:
    return ratio(sum(chosen), len(chosen))


def per_10k(number: int, population: int | None) -> Measure:
    return Measure(number * 10_000 / population if population else None, number, population or None)


def quantile(values: Sequence[int], tenths: int) -> Measure:
    """Element number ⌈n · tenths / 10⌉ of the sorted values, counted from 1."""
    number = -(-len(values) * tenths // 10)
    return Measure(sorted(values)[number - 1] if values else None, None, len(values))


def three_digits(number: int) -> int:
    """1,234 → 1,230: cut down, never up."""
    unit: int = 10 ** max(len(str(number)) - 3, 0)
    return number // unit * unit


def rounded_minutes(milliseconds: int) -> int:
    return three_digits(milliseconds // 60_000)
