"""Fine cells that cover the district without gap or overlap: the bricks of every town, village and grid."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Polygons, and how many cells each is to have relative to the others.
Density = tuple[NDArray[np.object_], Floats]

#: Kilometres a degree at the latitude of Xuecheng; the plane is only used to build, never published.
ORIGIN = (117.32, 34.78)
SCALE = (111.32 * float(np.cos(np.radians(ORIGIN[1]))), 110.94)


@dataclass(frozen=True)
class Cells:
    """Polygons (km), their centroids (n, 2) and areas (n,), and the cells each shares an edge with."""

    polygons: NDArray[np.object_]
    centroids: Floats
    areas: Floats
    neighbours: Sequence[Sequence[int]]


def to_plane(lonlat: Floats) -> Floats:
    """Degrees (n, 2) to kilometres east and north of the origin."""
    return np.asarray((lonlat - np.array(ORIGIN)) * np.array(SCALE), dtype=np.float64)


def to_degrees(plane: Floats) -> Floats:
    """Kilometres (n, 2) back to degrees, rounded to 6 decimals (0.1 m)."""
    return np.asarray(np.round(plane / np.array(SCALE) + np.array(ORIGIN), 6), dtype=np.float64)


def _sample(density: Density, count: int, rng: np.random.Generator) -> Floats:
    """Points in the polygons, each polygon with its weight's share of them."""
    polygons, weights = density
    bounds = shapely.bounds(polygons)
    shapely.prepare(polygons)
    kept: list[Floats] = []
    while sum(map(len, kept)) < count:
        chosen = rng.choice(len(polygons), size=2 * count, p=weights / weights.sum())
        points = rng.uniform(bounds[chosen, :2], bounds[chosen, 2:])
        kept.append(points[shapely.contains_xy(polygons[chosen], points[:, 0], points[:, 1])])
    return np.concatenate(kept)[:count]


def _relax(outline: Any, points: Floats, rounds: int) -> Floats:
    """Lloyd relaxation: every point moves to the centre of its Voronoi cell."""
    for _ in range(rounds):
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=outline, ordered=True)
        )
        outer = ~shapely.contains_properly(outline, cells)
        cells[outer] = shapely.intersection(cells[outer], outline)
        points = shapely.get_coordinates(shapely.centroid(cells))
    return points


def _neighbours(polygons: NDArray[np.object_]) -> list[list[int]]:
    owners: dict[tuple[float, ...], list[int]] = defaultdict(list)
    for index, polygon in enumerate(polygons):
        ring = list(polygon.exterior.coords)
        for start, end in itertools.pairwise(ring):
            owners[(*min(start, end), *max(start, end))].append(index)
    beside: list[set[int]] = [set() for _ in polygons]
    for pair in owners.values():
        if len(pair) == 2:
            beside[pair[0]].add(pair[1])
            beside[pair[1]].add(pair[0])
    return [sorted(cells) for cells in beside]


def make_cells(outline: Any, density: Density, count: int, rng: np.random.Generator) -> Cells:
    """About `count` Voronoi cells of the outline, spread over the polygons of `density`."""
    points = _relax(outline, _sample(density, count, rng), rounds=2)
    edges = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=outline, only_edges=True)
    lines = shapely.union_all([edges, outline.boundary])
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    pieces = pieces[shapely.contains(outline, shapely.point_on_surface(pieces))]
    return Cells(
        polygons=pieces,
        centroids=shapely.get_coordinates(shapely.centroid(pieces)),
        areas=shapely.area(pieces),
        neighbours=_neighbours(pieces),
    )
