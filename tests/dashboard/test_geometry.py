"""The map document: whole numbers, every boundary once, missing ones told, the same version under the same hash."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from dashboard.geometry import SIDE, Geometry
from schemas.packs import Pack, load_pack
from tests.support.tiny_pack import tiny_pack


@pytest.fixture
def geometry(pack: Pack) -> Geometry:
    return Geometry(pack)


def test_the_leaves_of_a_district_lie_in_the_outlines_of_its_towns(geometry: Geometry) -> None:
    sheet = geometry.sheet("D", "leaves")
    document = orjson.loads(sheet.body)
    assert sheet.codes == ("T1-1", "T1-2", "T2-1", "T2-2")
    assert sheet.unplaced == 1
    assert document["size"] == [SIDE, SIDE]
    columns = document["features"]
    assert list(zip(columns["code"], columns["into"], columns["at"], strict=True)) == [
        ("T1-1", "T1", [2500, 7500]),
        ("T1-2", "T1", [7500, 7500]),
        ("T2-1", "T2", [2500, 2500]),
        ("T2-2", "T2", [7500, 2500]),
    ]
    assert document["outlines"]["code"] == ["T1", "T2"]


def test_a_square_is_a_corner_and_three_steps_in_whole_numbers(geometry: Geometry) -> None:
    document = orjson.loads(geometry.sheet("T1", "children").body)
    assert document["features"]["path"] == [
        "M0 5000l5000 0 0-5000-5000 0z",
        "M5000 5000l5000 0 0-5000-5000 0z",
    ]
    assert document["border"] == "M0 5000l5000 0 5000 0 0-5000-5000 0-5000 0z"


def test_a_hole_is_a_ring_that_runs_the_other_way_round_and_corners_on_one_point_are_one(
    tmp_path: Path,
) -> None:
    plain = tiny_pack(tmp_path)
    path = plain.folder / "areas.geojson"
    given = orjson.loads(path.read_bytes())
    west, south, east, north = 117.0, 0.0, 117.01, 0.01
    hole = [[117.002, 0.002], [117.008, 0.002], [117.008, 0.008], [117.002, 0.008], [117.002, 0.002]]
    outer = [[west, south], [east, south], [east + 1e-9, south], [east, north], [west, north], [west, south]]
    for feature in given["features"]:
        if feature["properties"]["code"] == "T1-1":
            feature["geometry"]["coordinates"] = [outer, hole]
    path.write_bytes(orjson.dumps(given))
    document = orjson.loads(Geometry(load_pack(str(plain.folder))).sheet("T1-1", "leaves").body)
    assert document["features"]["path"] == [
        "M0 10000l10000 0 0-10000-10000 0zM2000 8000l0-6000 6000 0 0 6000z"
    ]


@pytest.mark.parametrize(
    ("west", "upon"),
    [
        pytest.param(117.01, [], id="neighbours"),
        pytest.param(117.009998, [], id="a line as thick as rounding makes it"),
        pytest.param(117.0099, [1, 3], id="a strip that is seen"),
        pytest.param(117.0, [1, 3], id="as large as what it covers"),
    ],
)
def test_an_area_upon_an_earlier_one_is_told(tmp_path: Path, west: float, upon: list[int]) -> None:
    plain = tiny_pack(tmp_path)
    path = plain.folder / "areas.geojson"
    given = orjson.loads(path.read_bytes())
    for feature in given["features"]:
        if feature["properties"]["code"] in ("T1-2", "T2-2"):
            for ring in feature["geometry"]["coordinates"]:
                ring[:] = [[west if x < 117.015 else x, y] for x, y in ring]
    path.write_bytes(orjson.dumps(given))
    sheet = Geometry(load_pack(str(plain.folder))).sheet("D", "leaves")
    assert sheet.codes == ("T1-1", "T1-2", "T2-1", "T2-2")
    assert orjson.loads(sheet.body)["upon"] == upon


def test_children_without_a_boundary_are_what_theirs_cover(geometry: Geometry) -> None:
    sheet = geometry.sheet("D", "children")
    assert sheet.codes == ("T1", "T2")
    assert sheet.unplaced == 0


def test_an_area_alone_is_its_own_map(geometry: Geometry) -> None:
    assert geometry.sheet("T1-1", "leaves").codes == ("T1-1",)
    empty = geometry.sheet("T2-3", "leaves")
    assert (empty.codes, empty.places, empty.unplaced) == ((), {}, 1)


def test_a_place_is_the_areas_own_or_its_nearest_drawn_ancestors(geometry: Geometry) -> None:
    leaves, children = geometry.sheet("D", "leaves"), geometry.sheet("D", "children")
    assert geometry.place(leaves, "T1-1") == (2500, 7500)
    assert geometry.place(children, "T1-1") == (5000, 7500)
    assert geometry.place(leaves, "T2-3") == (5000, 2500)
    assert geometry.place(children, "D") is None


def test_rings_that_enclose_nothing_are_left_out(tmp_path: Path) -> None:
    plain = tiny_pack(tmp_path)
    path = plain.folder / "areas.geojson"
    before = Geometry(plain).sheet("D", "leaves").body
    given = orjson.loads(path.read_bytes())
    for feature in given["features"]:
        rings = feature["geometry"]["coordinates"]
        point = rings[0][0]
        flat = [point, point, point]
        feature["geometry"] = {"type": "MultiPolygon", "coordinates": [[*rings, flat], [flat]]}
    path.write_bytes(orjson.dumps(given))
    assert Geometry(load_pack(str(plain.folder))).sheet("D", "leaves").body == before


def test_a_version_of_a_map_has_one_hash(pack: Pack) -> None:
    assert Geometry(pack).sheet("D", "leaves").etag == Geometry(pack).sheet("D", "leaves").etag
    assert Geometry(pack).sheet("D", "leaves").etag != Geometry(pack).sheet("D", "children").etag


@pytest.mark.parametrize("name", ["boston", "xuecheng"])
def test_a_shipped_pack_draws_every_leaf(name: str) -> None:
    shipped = load_pack(name)
    sheet = Geometry(shipped).sheet(shipped.areas.root.code, "leaves")
    leaves = [area.code for area in shipped.areas.areas if not shipped.areas.children(area.code)]
    assert list(sheet.codes) == leaves
    assert len(sheet.body) < 1_500_000
