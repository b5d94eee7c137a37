"""The heat of an area: one score from 0 to 100, with the two parts it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.risk.counts import Flags, Floats
from streams.risk.policy import LEVELS
from streams.risk.scan import Look


@dataclass(frozen=True)
class Heat:
    """Scores [grids] and [towns], NaN where unknown, with surge and burden (0 to 1 each)."""

    score: Floats
    surge: Floats
    burden: Floats
    town_score: Floats
    town_surge: Floats
    town_burden: Floats


def heat(look: Look) -> Heat:
    """Score 100·(1 − (1 − surge)(1 − ½·burden)) for every grid and town.

    surge = 1 − Π over categories (1 − clip((−log10 p − 3)/6, 0, 1)), p the least over the levels centred
    there, of a neighbourhood only where the middle has such an event itself;
    burden = clip(log2(rate ratio)/3, 0, 1) of the empirical-Bayes rate against the mean grid (town: per grid).
    A feed that covers under half leaves the area unknown (NaN), never calm.
    """
    places = look.places
    surge = 1 - _calm(look, places.grids, LEVELS[1:])
    town_surge = 1 - _calm(look, places.towns, LEVELS[:1])
    daily = look.baseline.daily(look.at)
    rate = (look.baseline.share * daily[places.town]).sum(axis=1)
    size = np.bincount(places.town, minlength=places.towns)
    town_rate = daily.sum(axis=1) / np.maximum(size, 1)
    usual = max(float(rate.mean()), 1e-12) if len(rate) else 1.0
    burden, town_burden = _burden(rate / usual), _burden(town_rate / usual)
    return Heat(
        _score(surge, burden, look.known), surge, burden,
        _score(town_surge, town_burden, look.town_known), town_surge, town_burden,
    )  # fmt: skip


def _calm(look: Look, size: int, levels: tuple[str, ...]) -> Floats:
    """Π over categories of 1 − strength, the strongest level of a category counting."""
    strength = np.zeros((size, look.places.categories))
    for level, cells in look.cells.items():
        if level in levels:
            here = np.clip((-np.log10(np.maximum(cells.p, 1e-300)) - 3) / 6, 0, 1)
            if level != "town":
                here = here * (look.events[cells.place, cells.category] > 0)
            np.maximum.at(strength, (cells.place, cells.category), here)
    return np.asarray(np.prod(1 - strength, axis=1))


def _burden(ratio: Floats) -> Floats:
    return np.asarray(np.clip(np.log2(np.maximum(ratio, 1e-12)) / 3, 0, 1))


def _score(surge: Floats, burden: Floats, known: Flags) -> Floats:
    return np.where(known, 100 * (1 - (1 - surge) * (1 - 0.5 * burden)), np.nan)
