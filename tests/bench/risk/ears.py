"""EARS C1, C2 and C3 (Hutwagner et al. 2003, 10.1007/PL00022317; Fricker et al. 2008, 10.1002/sim.3197)."""

from __future__ import annotations

import numpy as np
from scipy import stats

from streams.risk.counts import Floats


def score(counts: Floats, first: int) -> dict[str, Floats]:
    """p [S, T − first] of the normal statistics from index `first` on, seven baseline steps each."""
    c1, c2 = _standard(counts, first - 2, 0), _standard(counts, first - 2, 2)
    excess = np.maximum(c2 - 1, 0)
    c3 = excess[:, 2:] + excess[:, 1:-1] + excess[:, :-2]
    return {
        "ears_c1": stats.norm.sf(c1[:, 2:]),
        "ears_c2": stats.norm.sf(c2[:, 2:]),
        "ears_c3": stats.norm.sf(c3),
    }


def _standard(counts: Floats, first: int, lag: int) -> Floats:
    """(y − mean) / deviation over the seven steps before, `lag` steps left out; a deviation of 0 counts as 0.2."""
    steps = range(first, counts.shape[1])
    base = np.stack([counts[:, t - lag - 7 : t - lag] for t in steps], axis=1)
    deviation = np.maximum(base.std(axis=2, ddof=1), 0.2)
    return np.asarray((counts[:, first:] - base.mean(axis=2)) / deviation)
