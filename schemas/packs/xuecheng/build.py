"""Regenerates areas.csv and areas.geojson from `source/`; with `--check` only tells whether they are equal.

    python -m schemas.packs.xuecheng.build [--check]

Towns fill the real outline by number and kind of their villages, about where they lie in the district;
villages fill towns and grids fill villages. All are made of the same fine cells, so they nest and touch
without gap or overlap. The inner borders are invented: for demonstration, they say nothing of the real ones.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry

from schemas.packs.xuecheng.cells import Cells, to_degrees, to_plane
from schemas.packs.xuecheng.layout import lay_out
from schemas.packs.xuecheng.register import Node, make_grids, read_codes

FOLDER = Path(__file__).parent
SEED = 370403
CELLS = 22_000
TOLERANCE = 0.065  # kilometres: what may be cut off a border's corners


def shapes(cells: Cells, codes: Sequence[str]) -> dict[str, Any]:
    """Polygons in degrees of every grid and of all above it, each the exact union of what it contains."""
    names = np.array(codes)
    order = sorted(set(codes))
    raw = np.array([shapely.coverage_union_all(cells.polygons[names == code]) for code in order])
    smooth = shapely.coverage_simplify(raw, TOLERANCE, simplify_boundary=False)
    found = {code: shapely.transform(shape, to_degrees) for code, shape in zip(order, smooth, strict=True)}
    for length in (12, 9, 6):
        longer = [code for code in found if len(code) > 12]
        for parent in sorted({code[:length] for code in longer}):
            inside = np.array([found[code] for code in longer if code.startswith(parent)])
            found[parent] = shapely.coverage_union_all(inside)
    return found


def _geojson(found: dict[str, Any], order: Sequence[Node]) -> str:
    lines = []
    for node in order:
        geometry = json.dumps(shapely.geometry.mapping(found[node.code]), separators=(",", ":"))
        lines.append(f'{{"type":"Feature","properties":{{"code":"{node.code}"}},"geometry":{geometry}}}')
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _csv(order: Sequence[Node], grids: Sequence[Node]) -> str:
    levels = {6: "district", 9: "town", 12: "village", 15: "grid"}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("code", "name", "name_en", "parent", "level", "kind", "population"))
    for node in order:
        length = len(node.code)
        people = (
            node.population
            if node.kind
            else sum(g.population or 0 for g in grids if g.code.startswith(node.code))
        )
        parent = "" if length == 6 else node.code[: length - 3]
        rows.writerow((node.code, node.name, node.name_en, parent, levels[length], node.kind, people))
    return text.getvalue()


def build() -> dict[str, str]:
    """The text of both files by name."""
    nodes = read_codes(FOLDER / "source" / "codes.csv", np.random.default_rng(SEED))
    collection = json.loads((FOLDER / "source" / "outline.geojson").read_text("utf-8"))
    outline = shapely.transform(shapely.geometry.shape(collection["features"][0]["geometry"]), to_plane)
    villages = [node for node in nodes if len(node.code) == 12]
    grids = make_grids(villages, np.random.default_rng(SEED))
    cells, codes = lay_out(outline, nodes, grids, CELLS, SEED)
    order = sorted([*nodes, *grids], key=lambda node: node.code)
    return {
        "areas.csv": _csv(order, grids),
        "areas.geojson": _geojson(shapes(cells, codes), order),
    }


def main(arguments: Sequence[str]) -> int:
    """Write both files, or with `--check` compare them; 1 when they differ."""
    files = build()
    if "--check" not in arguments:
        for name, text in files.items():
            (FOLDER / name).write_text(text, "utf-8")
        return 0
    different = [
        name
        for name, text in files.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != text
    ]
    for name in different:
        sys.stderr.write(f"{FOLDER / name} differs: run python -m schemas.packs.xuecheng.build\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
