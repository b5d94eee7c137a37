"""What districts usually use: EARS C2, a Poisson rule of 28 days, an expectation-based scan, Getis-Ord Gi*.

Each gives scores by level ("grid" [GRIDS, C], "town" [towns, C]), the higher the stranger, from the incidents of the
last thirty spans of 24 hours [30, GRIDS, C].
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np
from scipy import sparse, special

from streams.risk.counts import Floats, Places

Peer = Callable[[Floats, Places], dict[str, Floats]]


def _towns(days: Floats, places: Places) -> Floats:
    """Days [30, towns, C]."""
    member = sparse.csr_array(
        (np.ones(places.grids), (places.town, np.arange(places.grids))), shape=(places.towns, places.grids)
    )
    return np.stack([np.asarray(member @ day) for day in days])


def ears_c2(days: Floats, places: Places) -> dict[str, Floats]:
    """(today − mean) / deviation of seven days, two days left out (10.1007/PL00022317)."""

    def one(table: Floats) -> Floats:
        base = table[-10:-3]
        return np.asarray((table[-1] - base.mean(axis=0)) / np.maximum(base.std(axis=0, ddof=1), 0.2))

    return {"grid": one(days), "town": one(_towns(days, places))}


def poisson_rule(days: Floats, places: Places) -> dict[str, Floats]:
    """−log10 of the Poisson tail of today against the mean of the 28 days before."""

    def one(table: Floats) -> Floats:
        mean = np.maximum(table[-29:-1].mean(axis=0), 1 / 56)
        today = table[-1]
        return np.where(
            today > 0, -np.log10(np.maximum(special.gammainc(np.maximum(today, 1), mean), 1e-300)), 0.0
        )

    return {"grid": one(days), "town": one(_towns(days, places))}


def scan(days: Floats, places: Places) -> dict[str, Floats]:
    """Expectation-based Poisson scan (Neill 2009, 10.1016/j.ijforecast.2008.12.002) over rings, 1–3 days.

    Log-likelihood ratio c·log(c/b) + b − c where c > b, b the mean of the 27 days before; the best centred on a grid.
    """
    usual = np.maximum(days[:-3].mean(axis=0), 1e-3).astype(np.float64)
    best = np.zeros(usual.shape)
    for ring in (None, places.ring1, places.ring2):
        base = usual if ring is None else np.asarray(ring @ usual)
        for window in (1, 2, 3):
            seen = days[-window:].sum(axis=0).astype(np.float64)
            c = seen if ring is None else np.asarray(ring @ seen)
            b = base * window
            ratio = np.where(c > b, c * np.log(np.maximum(c, 1e-9) / b) + b - c, 0.0)
            np.maximum(best, ratio, out=best)
    return {"grid": best}


def getis_ord(days: Floats, places: Places) -> dict[str, Floats]:
    """Gi* of today over grids that touch, binary weights (Ord & Getis 1995, 10.1111/j.1538-4632.1995.tb00912.x)."""
    today = days[-1].astype(np.float64)
    n, ring = places.grids, places.ring1
    many = np.diff(ring.indptr)[:, None]
    mean, deviation = today.mean(axis=0), np.maximum(today.std(axis=0), 1e-9)
    spread = deviation * np.sqrt((n * many - many**2) / (n - 1))
    return {"grid": np.asarray((np.asarray(ring @ today) - mean * many) / spread)}


def esda_gi(days: Floats, places: Places) -> Floats:
    """Gi* of today by esda [GRIDS, C], a package of `make bench`: `getis_ord` is the same, far faster."""
    esda, weighing = importlib.import_module("esda"), importlib.import_module("libpysal.weights")
    ring = places.ring1
    near = {
        grid: [int(one) for one in ring.indices[ring.indptr[grid] : ring.indptr[grid + 1]] if one != grid]
        for grid in range(places.grids)
    }
    weights = weighing.W(near, silence_warnings=True)
    today = days[-1].astype(np.float64)
    return np.stack(
        [
            esda.G_Local(column, weights, transform="B", star=True, permutations=0).Zs
            if column.any()
            else np.zeros(places.grids)
            for column in today.T
        ],
        axis=1,
    )


PEERS: dict[str, Peer] = {
    "ears_c2": ears_c2,
    "poisson_28": poisson_rule,
    "scan": scan,
    "getis_ord": getis_ord,
}
