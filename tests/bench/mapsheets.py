"""The polygons of the map benchmark: a district's grids, the election districts of a city, and a made province."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboard.geometry import Geometry, Sheet, enclosing
from schemas.areas import Area, AreaTree
from schemas.packs import Entry, Pack, PackFile, Text, load_pack
from tests.support.published import DATA

Collection = dict[str, Any]


def collections() -> Iterator[tuple[str, Collection]]:
    """Named GeoJSON collections; the city's only where its file is at hand."""
    yield "925", _of_district()
    districts = DATA / "areas" / "nyc" / "election_districts.geojson.gz"
    if districts.exists():
        with gzip.open(districts) as opened:
            yield "5199", _numbered(json.load(opened)["features"])
    yield "12000", lattice(120, 100)


def sheet_of(collection: Collection, folder: Path) -> Sheet:
    """The document the product makes of these polygons."""
    codes = [feature["properties"]["code"] for feature in collection["features"]]
    areas = [Area("root", "全域", "All", None, "root", None, None)]
    areas += [Area(code, code, code, "root", "leaf", None, None) for code in codes]
    levels = (Entry("root", "全域", "All"), Entry("leaf", "网格", "Grid"))
    settings = PackFile("bench", Text("图", "Map"), "root", "UTC", levels, (), ())
    (folder / "areas.geojson").write_text(json.dumps(collection), "utf-8")
    return Geometry(Pack(settings, AreaTree(areas), folder)).sheet("root", "children")


def _of_district() -> Collection:
    pack = load_pack("xuecheng")
    base = [f for f in pack.geometry["features"] if pack.areas[f["properties"]["code"]].kind == "base"]
    return _numbered(base)


def _numbered(features: list[Any]) -> Collection:
    """With codes; without rings that enclose nothing, which not every peer survives."""
    kept = [f for f in features if f["geometry"] is not None]
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": f"c{at}"}, "geometry": enclosing(f["geometry"])}
            for at, f in enumerate(kept)
        ],
    }


def lattice(columns: int, rows: int, seed: int = 1) -> Collection:
    """Cells between the points of a shaken lattice, each side bent once: eight corners a cell."""
    chance = random.Random(seed)
    points = {
        (x, y): [117 + (x + chance.uniform(-0.3, 0.3)) / 160, 34 + (y + chance.uniform(-0.3, 0.3)) / 200]
        for x in range(2 * columns + 1)
        for y in range(2 * rows + 1)
    }
    around = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1), (0, 0)]
    rings = [
        [points[2 * column + x, 2 * row + y] for x, y in around]
        for row in range(rows)
        for column in range(columns)
    ]
    return _numbered([{"geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in rings])
