"""The heat of an area: one score from 0 to 100, with the two parts it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.risk.counts import Flags, Floats
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
    there, of a neighbourhood only where the middle has such an event itself, of the district where the town has risen;
    burden = clip(log2(rate ratio)/3, 0, 1) of the empirical-Bayes rate against the mean grid (town: per grid).
    A feed that covers under half leaves the area unknown (NaN), never calm.
    """
    places = look.places
    surge = 1 - np.prod(1 - _grids(look), axis=1)
    town_surge = 1 - np.prod(1 - _towns(look), axis=1)
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


def _strength(p: Floats) -> Floats:
    return np.asarray(np.clip((-np.log10(np.maximum(p, 1e-300)) - 3) / 6, 0, 1))


def _grids(look: Look) -> Floats:
    """Strength [grids, C], the strongest level counting."""
    strength = np.zeros((look.places.grids, look.places.categories))
    for level in ("grid", "ring1", "ring2"):
        cells = look.cells[level]
        here = _strength(cells.p) * (look.events[cells.place, cells.category] > 0)
        np.maximum.at(strength, (cells.place, cells.category), here)
    return strength


def _towns(look: Look) -> Floats:
    """Strength [towns, C], that of the district where the town has risen with it."""
    own, whole = look.cells["town"], look.cells["district"]
    strength = np.zeros(look.town_risen.shape)
    np.maximum.at(strength, (own.place, own.category), _strength(own.p))
    everywhere = np.zeros(look.places.categories)
    everywhere[whole.category] = _strength(whole.p)
    return np.maximum(strength, everywhere * look.town_risen)


def _burden(ratio: Floats) -> Floats:
    return np.asarray(np.clip(np.log2(np.maximum(ratio, 1e-12)) / 3, 0, 1))


def _score(surge: Floats, burden: Floats, known: Flags) -> Floats:
    return np.where(known, 100 * (1 - (1 - surge) * (1 - 0.5 * burden)), np.nan)
