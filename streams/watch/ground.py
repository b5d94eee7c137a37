"""The district as the risk engine sees it: indices for areas and categories, towns, and which areas touch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from schemas.areas import AreaTree
from schemas.packs import Pack
from streams.risk.counts import Floats, Ints, Places
from streams.watch.finding import second_level


@dataclass(frozen=True)
class Ground:
    """`areas` are the places records lie at: every leaf, and whatever else has records of its own; `categories` those
    that occur. `towns` are the areas below the root (the root itself for what lies in none); `pairs` touch."""

    areas: tuple[str, ...]
    categories: tuple[str, ...]
    towns: tuple[str, ...]
    town: Ints
    pairs: Ints

    @cached_property
    def places(self) -> Places:
        """As the engine takes it."""
        return Places(self.town, self.pairs, len(self.categories))

    @cached_property
    def area_index(self) -> dict[str, int]:
        return {code: n for n, code in enumerate(self.areas)}

    @cached_property
    def category_index(self) -> dict[str, int]:
        return {code: n for n, code in enumerate(self.categories)}

    def codes(self, grids: Iterable[int]) -> tuple[str, ...]:
        """Area codes of grid indices, in the order of the indices."""
        return tuple(self.areas[n] for n in sorted(grids))


def ground(pack: Pack, occurring: Iterable[str], categories: Iterable[str]) -> Ground:
    """The ground of a pack with the areas and categories that occur in its records."""
    tree = pack.areas
    own = set(occurring)
    areas = tuple(area.code for area in tree.areas if not tree.children(area.code) or area.code in own)
    lies_in = [second_level(tree, code) for code in areas]
    towns = tuple(dict.fromkeys(lies_in))
    place = {code: n for n, code in enumerate(towns)}
    return Ground(
        areas,
        tuple(sorted(set(categories))) or ("",),
        towns,
        np.array([place[code] for code in lies_in], dtype=np.int64),
        touching(pack.geometry, {code: n for n, code in enumerate(areas) if not tree.children(code)}),
    )


def touching(geometry: Mapping[str, Any], index: Mapping[str, int]) -> Ints:
    """Index pairs [n, 2] of the areas (indices by code) whose outlines meet; those without an outline touch nothing.
    An area that holds others must not be among them: its outline meets all of theirs."""
    outlines = {
        index[feature["properties"]["code"]]: shapely.geometry.shape(feature["geometry"])
        for feature in geometry["features"]
        if feature["properties"].get("code") in index and feature.get("geometry")
    }
    if not outlines:
        return np.zeros((0, 2), dtype=np.int64)
    numbers, shapes = np.array(list(outlines)), list(outlines.values())
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    kept = left < right
    return np.stack([numbers[left[kept]], numbers[right[kept]]], axis=1).astype(np.int64)


def indices(column: pa.ChunkedArray, of: Mapping[str, int]) -> Ints:
    """Index of each value, −1 where there is none: the few distinct values are looked up, not every row."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], pa.string())
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    known = np.array([of.get(value, -1) for value in values.dictionary.to_pylist()] or [-1], dtype=np.int64)
    places: NDArray[np.int64] = values.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return known[places] if len(places) else np.zeros(0, dtype=np.int64)


def hottest(tree: AreaTree, scores: Mapping[str, Floats]) -> dict[str, Floats]:
    """Rows [k] for every area, the first figure of which is a score: areas without one of their own take that of the
    hottest child that is known; an area more than half of whose children are unknown is unknown (NaN)."""
    found = dict(scores)
    for area in reversed(tree.areas):
        children = [found[child.code] for child in tree.children(area.code) if child.code in found]
        if area.code in scores or not children:
            continue
        known = [row for row in children if not np.isnan(row[0])]
        unknown = np.full(len(children[0]), np.nan)
        found[area.code] = max(known, key=lambda row: row[0]) if 2 * len(known) >= len(children) else unknown
    return found
