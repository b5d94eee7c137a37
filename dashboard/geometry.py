"""The pack's boundaries as compact JSON: whole numbers on a square of 10,000, a document an area and detail.

Areas come as columns, their boundaries as paths of SVG whose corners are each told from the one before: half the text,
and half the work for a browser.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from dashboard.scope import Detail, own_name
from schemas.packs import Pack

#: The longer side of a map in its own units; a wall of 4K pixels shows less than half of them.
SIDE = 10_000
#: Neighbours whose boundaries were drawn one by one share lines of this width in map units, which nobody sees.
SLIVER = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """One map: the codes of its features in drawing order, the document, and a hash that names this version."""

    codes: tuple[str, ...]
    places: dict[str, tuple[int, int]]
    unplaced: int
    body: bytes
    etag: str


class _Projection:
    """Longitude and latitude to map units: equirectangular, true at the middle of the area."""

    def __init__(self, bounds: Sequence[float]) -> None:
        west, south, east, north = bounds
        self.west, self.north = west, north
        self.squeeze = math.cos(math.radians((south + north) / 2))
        self.width, self.height = (east - west) * self.squeeze, north - south
        self.unit = SIDE / max(self.width, self.height, 1e-9)

    def point(self, lon: float, lat: float) -> tuple[int, int]:
        return round((lon - self.west) * self.squeeze * self.unit), round((self.north - lat) * self.unit)

    def ring(self, points: Iterable[Sequence[float]]) -> list[tuple[int, int]]:
        """The corners of a closed ring in map units, none twice in a row."""
        corners = [self.point(lon, lat) for lon, lat, *_ in points]
        return [corner for corner, after in pairwise(corners) if corner != after]

    @property
    def size(self) -> tuple[int, int]:
        return round(self.width * self.unit), round(self.height * self.unit)


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    if isinstance(geometry, Polygon):
        return [geometry]
    if isinstance(geometry, MultiPolygon):
        return list(geometry.geoms)
    return [part for part in getattr(geometry, "geoms", ()) if isinstance(part, Polygon)]


def _middle(form: BaseGeometry, projection: _Projection) -> tuple[int, int]:
    """A point inside the area, its centre where that is one."""
    largest = max(_polygons(form), key=lambda part: part.area, default=form)
    middle = largest.centroid
    if not largest.contains(middle):
        middle = largest.representative_point()
    return projection.point(middle.x, middle.y)


def _path(form: BaseGeometry, projection: _Projection) -> str:
    """The rings of an area as a path: `M` the first corner, `l` the steps to the others, `z`.

    Holes run the other way round than what they are holes of, so that paths may be joined and filled by winding.
    """
    rings = (
        projection.ring(ring.coords)
        for part in _polygons(shapely.orient_polygons(form))
        for ring in (part.exterior, *part.interiors)
    )
    return "".join(_ring(corners) for corners in rings if len(corners) >= 3)


def _ring(corners: Sequence[tuple[int, int]]) -> str:
    (x, y), *_ = corners
    steps = " ".join(f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(corners))
    return f"M{x} {y}l{steps}z".replace(" -", "-")


def _upon(forms: Iterable[BaseGeometry], sliver: float) -> list[int]:
    """Which areas lie upon an earlier one, by their places; what two share is more than a line as thick as a sliver."""
    areas = np.array(list(forms), dtype=object)
    later, earlier = shapely.STRtree(areas).query(areas, predicate="intersects")
    later, earlier = later[later > earlier], earlier[later > earlier]
    shared = shapely.intersection(areas[later], areas[earlier])
    thick = ~shapely.is_empty(shapely.buffer(shared, -sliver / 2))
    found: list[int] = np.unique(later[thick]).tolist()
    return found


def enclosing(geometry: dict[str, Any]) -> dict[str, Any]:
    """GeoJSON without rings of fewer than four positions: they enclose nothing, and published files have them."""
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        return geometry
    given = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    kept = [[ring for ring in rings if len(ring) >= 4] for rings in given if len(rings[0]) >= 4]
    return {"type": "MultiPolygon", "coordinates": kept}


class Geometry:
    """Every map of a pack, made when first asked for, which may take a second. Safe to call from any thread."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._sheets: dict[tuple[str, Detail], Sheet] = {}
        self._unions: dict[str, BaseGeometry | None] = {}
        self._lock = threading.RLock()

    @cached_property
    def _given(self) -> dict[str, BaseGeometry]:
        shapes = {}
        for feature in self._pack.geometry["features"]:
            if feature["geometry"] is not None:
                whole = shape(enclosing(feature["geometry"]))
                shapes[str(feature["properties"]["code"])] = (
                    whole if whole.is_valid else shapely.make_valid(whole)
                )
        return shapes

    def sheet(self, code: str, detail: Detail) -> Sheet:
        """The map of an area that has children, or of the area alone."""
        with self._lock:
            key = (code, detail)
            if key not in self._sheets:
                self._sheets[key] = self._draw(code, detail)
            return self._sheets[key]

    def _shape(self, code: str) -> BaseGeometry | None:
        """The area's own boundary, or what its children cover together."""
        if code in self._given:
            return self._given[code]
        if code not in self._unions:
            parts = [self._shape(child.code) for child in self._pack.areas.children(code)]
            found = [part for part in parts if part is not None]
            self._unions[code] = unary_union(found) if found else None
        return self._unions[code]

    def _members(self, code: str, detail: Detail) -> tuple[str, ...]:
        tree = self._pack.areas
        if detail == "leaves":
            low, high = tree.span(code)
            return tuple(area.code for area in tree.areas[low:high] if not tree.children(area.code))
        return tuple(area.code for area in tree.children(code)) or (code,)

    def _draw(self, code: str, detail: Detail) -> Sheet:
        members = self._members(code, detail)
        shapes = {member: found for member in members if (found := self._shape(member)) is not None}
        outline = self._shape(code)
        drawn = [*shapes.values(), *([] if outline is None else [outline])]
        bounds = shapely.total_bounds(drawn) if drawn else (0.0, 0.0, 1.0, 1.0)
        projection = _Projection(bounds)
        frames = self._pack.areas.children(code) if detail == "leaves" else ()
        outlines = {
            frame.code: form
            for frame in frames
            if frame.code not in shapes and (form := self._shape(frame.code)) is not None
        }
        columns = [self._columns(code, forms, projection) for forms in (shapes, outlines)]
        places = {area: at for found in columns for area, at in zip(found["code"], found["at"], strict=True)}
        document = {
            "area": code,
            "size": projection.size,
            "features": columns[0],
            "upon": _upon(shapes.values(), SLIVER / projection.unit),
            "outlines": columns[1],
            "border": "" if outline is None else _path(outline, projection),
        }
        body = orjson.dumps(document)
        etag = hashlib.sha256(body).hexdigest()[:20]
        return Sheet(tuple(shapes), places, len(members) - len(shapes), body, etag)

    def _columns(
        self, frame: str, forms: Mapping[str, BaseGeometry], projection: _Projection
    ) -> dict[str, list[Any]]:
        """Code, names, the area a click goes to, the middle and the path of each area."""
        columns: dict[str, list[Any]] = {name: [] for name in ("code", "zh", "en", "into", "at", "path")}
        for code, form in forms.items():
            area = self._pack.areas[code]
            parent = self._pack.areas[area.parent] if area.parent and code != frame else area
            columns["code"].append(code)
            columns["zh"].append(own_name(area.name, parent.name))
            columns["en"].append(own_name(area.name_en, parent.name_en))
            columns["into"].append(self._child_towards(frame, code))
            columns["at"].append(_middle(form, projection))
            columns["path"].append(_path(form, projection))
        return columns

    def _child_towards(self, frame: str, code: str) -> str:
        """The child of the frame a click on the feature goes to."""
        path = [area.code for area in self._pack.areas.ancestors(code)]
        position = path.index(frame) + 1
        return path[position] if position < len(path) else code

    def place(self, sheet: Sheet, code: str) -> tuple[int, int] | None:
        """Where an area is on a sheet: itself, or its nearest ancestor that is drawn there."""
        for area in reversed(self._pack.areas.ancestors(code)):
            if area.code in sheet.places:
                return sheet.places[area.code]
        return None
