"""Reports of one thing become one incident: bursts of duplicates would drown what is new."""

from __future__ import annotations

import numpy as np

from streams.risk.counts import Flags, Floats, Ints


def first_of_incidents(at: Floats, grid: Ints, category: Ints, gap: float = 1.0) -> Flags:
    """Which reports open an incident: none of that grid and category in the `gap` hours before.

    at [N] in hours, grid [N], category [N], in any order; the answer [N] is in the order given. Equal reports at
    equal times: the first given stands. A chain of reports closer than `gap` is one incident, however long.
    """
    order = np.lexsort((np.arange(len(at)), at, category, grid))
    g, c, t = grid[order], category[order], at[order]
    opens = np.ones(len(at), dtype=bool)
    opens[1:] = (g[1:] != g[:-1]) | (c[1:] != c[:-1]) | (t[1:] - t[:-1] > gap)
    answer = np.empty(len(at), dtype=bool)
    answer[order] = opens
    return answer
