"""Where everything lies: towns by the compass, communities near the city, and every fine cell's grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.packs.xuecheng.cells import Cells, Density, Floats, Ints, make_cells
from schemas.packs.xuecheng.division import bend, connect, power_diagram, scatter
from schemas.packs.xuecheng.register import Node

#: Where a town lies, in tenths of the district's extent from west and south: nothing finer is known or meant.
COMPASS: dict[str, tuple[float, float]] = {
    "370403001": (3, 5.5), "370403002": (4, 6.5), "370403003": (6, 6), "370403004": (8.5, 6),
    "370403005": (1.5, 5), "370403006": (5, 5.5), "370403101": (5, 4), "370403102": (7, 2),
    "370403103": (8.5, 8.5), "370403104": (4.5, 7.5),
}  # fmt: skip
URBAN = (3.6, 5.8)
SKETCH = 6_000  # cells of the first pass, which only finds where the villages lie
Places = Mapping[str, Floats]
Codes = NDArray[np.str_]


@dataclass(frozen=True)
class Plan:
    """Who is to be placed: the outline in kilometres and the nodes of each level in order of code."""

    outline: Any
    towns: Sequence[Node]
    villages: Sequence[Node]
    grids: Sequence[Node]
    seed: int

    def inside(self, tenths: Floats) -> Floats:
        west, south, east, north = self.outline.bounds
        return np.asarray(
            (west, south) + tenths / 10 * np.array((east - west, north - south)), dtype=np.float64
        )

    @property
    def urban(self) -> Floats:
        return self.inside(np.array(URBAN))


def below(nodes: Sequence[Node], code: str) -> list[Node]:
    """The nodes whose code begins with this one."""
    return [node for node in nodes if node.code.startswith(code)]


def _town_of(cells: Cells, plan: Plan) -> Ints:
    sizes = np.array(
        [sum(village.size for village in below(plan.villages, town.code)) for town in plan.towns]
    )
    seeds = plan.inside(np.array([COMPASS[town.code] for town in plan.towns]))
    bent = bend(np.vstack([cells.centroids, seeds]), (8.0, 4.0, 2.0), 0.065, np.random.default_rng(plan.seed))
    points, seeds = bent[: len(cells.areas)], bent[len(cells.areas) :]
    labels = power_diagram(points, cells.areas, seeds, sizes, rounds=120, rate=0.25, hold=0.6)
    return connect(np.arange(len(points)), labels, cells)


def _seeds(
    points: Floats, areas: Floats, parts: Sequence[Node], urban: Floats, rng: np.random.Generator
) -> Floats:
    """First places: communities gather from the middle somewhat towards the city, the rest spreads out."""
    centre = np.average(points, axis=0, weights=areas)
    core = centre + 0.3 * (urban - centre)
    core = points[((points - core) ** 2).sum(axis=1).argmin()]
    close = np.array([part.is_community for part in parts])
    seeds = np.empty((len(parts), 2))
    small = scatter(points, int(close.sum()), core, 0.35 * np.sqrt(1 + close.sum()), rng)
    seeds[close] = points[small]
    away = np.setdiff1d(np.arange(len(points)), small)
    seeds[~close] = points[away][scatter(points[away], int((~close).sum()), centre, 100.0, rng)]
    return seeds


def _divide(cells: Cells, members: Ints, parts: Sequence[Node], plan: Plan, places: Places) -> Ints:
    """Which of the parts each member cell belongs to."""
    rng = np.random.default_rng((plan.seed, int(parts[0].code)))
    points, areas = bend(cells.centroids[members], (2.6, 1.1), 0.045, rng), cells.areas[members]
    if parts[0].code in places:
        seeds = np.array([places[part.code] for part in parts])
    else:
        seeds = _seeds(points, areas, parts, plan.urban, rng)
    rounds, rate = (120, 0.2) if len(parts) > 12 else (80, 0.1)
    sizes = np.array([part.size for part in parts])
    return connect(members, power_diagram(points, areas, seeds, sizes, rounds=rounds, rate=rate), cells)


def _villages(cells: Cells, plan: Plan, places: Places) -> Codes:
    found = np.full(len(cells.areas), "", dtype="U12")
    town_of = _town_of(cells, plan)
    for number, town in enumerate(plan.towns):
        members, inside = np.flatnonzero(town_of == number), below(plan.villages, town.code)
        codes = np.array([village.code for village in inside])
        found[members] = codes[_divide(cells, members, inside, plan, places)]
    return found


def _sketch(plan: Plan) -> tuple[Places, Density]:
    """A first pass on even cells: where each village lies, and how many cells its grids need to be shaped."""
    even = np.array([plan.outline]), np.ones(1)
    cells = make_cells(plan.outline, even, SKETCH, np.random.default_rng(plan.seed))
    found = _villages(cells, plan, {})
    places: dict[str, Floats] = {}
    wanted = np.zeros(len(found))
    for village in plan.villages:
        held = found == village.code
        places[village.code] = np.average(cells.centroids[held], axis=0, weights=cells.areas[held])
        each = 13 * len(below(plan.grids, village.code)) / cells.areas[held].sum() + 14
        wanted[held] = each * cells.areas[held]
    return places, (cells.polygons, wanted)


def lay_out(
    outline: Any, nodes: Sequence[Node], grids: Sequence[Node], count: int, seed: int
) -> tuple[Cells, list[str]]:
    """The cells and the grid code of each."""
    towns = [node for node in nodes if len(node.code) == 9]
    plan = Plan(outline, towns, [node for node in nodes if len(node.code) == 12], grids, seed)
    places, density = _sketch(plan)
    cells = make_cells(outline, density, count, np.random.default_rng(seed))
    villages = _villages(cells, plan, places)
    found = np.full(len(villages), "", dtype="U15")
    for village in plan.villages:
        held, own = np.flatnonzero(villages == village.code), below(grids, village.code)
        codes = np.array([grid.code for grid in own])
        found[held] = codes[_divide(cells, held, own, plan, {})]
    return cells, [str(code) for code in found]
