"""Where things happen: how likely each grid is for a kind of event, and the codes records are located at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from schemas.areas import AreaTree
from streams.simulate.rhythm import Floats, Ints

#: What an institution's or a trade's grid attracts, beside a base grid's 1; others 0.3.
_INSTITUTIONS = {"patrol": 1.1, "publicity": 0.7, "hazard": 2.5, "epidemic": 1.8, "order": 1.2}
_UNEVEN = {"patrol": 0.3, "publicity": 0.35, "flood": 1.3, "hazard": 0.9, "epidemic": 0.7}


class Places:
    """Numbers for area codes: first the leaves of the tree (grids), then everything above them, then a few codes the
    pack does not know (grids given up), one below each parent of leaves.

    `codes[number]` is the code, `parent[number]` the number of the area above, `key[number]` the number in `keys` of
    the child of the root it lies in: the message key.
    """

    def __init__(self, tree: AreaTree, seed: int) -> None:
        leaves = [area for area in tree.areas if not tree.children(area.code)]
        above = [area for area in tree.areas if tree.children(area.code)]
        number = {area.code: n for n, area in enumerate([*leaves, *above])}
        hosts = sorted({leaf.parent or tree.root.code for leaf in leaves})
        self.grids = len(leaves)
        self.codes = [*number, *(f"{host}{'9' * tree.grid_suffix}" for host in hosts)]
        self.parent = np.array(
            [number[area.parent or area.code] for area in [*leaves, *above]]
            + [number[host] for host in hosts]
        )
        self._gone = {number[host]: len(number) + n for n, host in enumerate(hosts)}
        keys = [area.code for area in tree.children(tree.root.code)] or [tree.root.code]
        self.keys = [code.encode() for code in keys]
        place = {code: n for n, code in enumerate(keys)}
        path = [tree.ancestors(code) for code in number] + [tree.ancestors(host) for host in hosts]
        self.key = np.array([place.get(p[1].code, 0) if len(p) > 1 else 0 for p in path])
        self._people = np.array([leaf.population or 0 for leaf in leaves], dtype=np.float64)
        self._base = np.array([leaf.kind in (None, "base") for leaf in leaves])
        self._seed = seed

    def weights(self, group: str) -> Floats:
        """How likely each grid is for the group: by population, and by habits of the place that last."""
        rng = np.random.default_rng((self._seed, *group.encode()))
        people = self._people / max(float(self._people[self._base].mean()), 1.0)
        pull = np.where(self._base, np.where(people > 0, people, 1.0), _INSTITUTIONS.get(group, 0.3))
        return np.asarray(pull * rng.lognormal(0, _UNEVEN.get(group, 0.55), self.grids), dtype=np.float64)

    def draw(self, weights: Floats, count: int, rng: np.random.Generator) -> Ints:
        """Numbers of `count` grids."""
        steps = np.cumsum(weights)
        return np.minimum(np.searchsorted(steps / steps[-1], rng.random(count)), self.grids - 1)

    def beside(self, grid: int, wide: bool) -> Ints:
        """The grids of the same parent, or of the same message key where `wide`."""
        level = self.key if wide else self.parent
        return np.flatnonzero(level[: self.grids] == level[grid])

    def gone(self, parents: Ints) -> Ints:
        """For each area above grids the number of a code below it that the pack does not know."""
        return np.array([self._gone.get(int(parent), int(parent)) for parent in parents], dtype=np.int64)


def apportion(total: int, weights: Floats | Sequence[float]) -> Ints:
    """Whole shares of a total in proportion to the weights, by largest remainder: they add up exactly."""
    parts = np.asarray(weights, dtype=np.float64)
    exact = total * parts / parts.sum()
    shares = np.floor(exact).astype(np.int64)
    shares[np.argsort(shares - exact, kind="stable")[: total - int(shares.sum())]] += 1
    return np.asarray(shares, dtype=np.int64)
