"""Reports of one thing become one incident: bursts of duplicates would drown what is new."""

from __future__ import annotations

import numpy as np

from streams.risk.counts import Flags, Floats, Ints


def first_of_incidents(
    at: Floats, grid: Ints, category: Ints, gap: float = 1.0, last: Floats | None = None
) -> Flags:
    """Which reports open an incident: none of that grid and category in the `gap` hours before.

    at [N] in hours, grid [N], category [N], in any order; the answer [N] is in the order given. Equal reports at
    equal times: the first given stands. A chain of reports closer than `gap` is one incident, however long.

    Reports that come piece by piece, each piece later than those before, share one `last` [grids, C]: the last report
    of each, −inf at first; it is read and brought up to date.
    """
    order = np.lexsort((np.arange(len(at)), at, category, grid))
    g, c, t = grid[order], category[order], at[order]
    before = np.full(len(t), -np.inf) if last is None else last[g, c]
    again = (g[1:] == g[:-1]) & (c[1:] == c[:-1])
    before[1:][again] = t[:-1][again]
    if last is not None:
        last[g, c] = t  # the last of equal places is the latest
    answer = np.empty(len(at), dtype=bool)
    answer[order] = t - before > gap
    return answer
