"""The xuecheng pack: counts, exact nesting, areas that cover the district without gap or overlap."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from schemas.packs import SHIPPED, Pack, load_pack
from schemas.packs.xuecheng import build

SOURCE = SHIPPED / "xuecheng" / "source"
CHANNELS = {
    "grid_app", "resident_app", "web", "hotline", "superior", "leader", "patrol", "camera", "petition",
}  # fmt: skip


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("xuecheng")


@pytest.fixture(scope="module")
def shapes(pack: Pack) -> Mapping[str, Any]:
    return {f["properties"]["code"]: shape(f["geometry"]) for f in pack.geometry["features"]}


def under(shapes: Mapping[str, Any], prefix: str, length: int) -> Any:
    return np.array([shapes[code] for code in shapes if len(code) == length and code.startswith(prefix)])


def test_counts_are_the_published_ones(pack: Pack) -> None:
    levels = Counter(area.level for area in pack.areas.areas)
    assert levels == {"district": 1, "town": 10, "village": 294, "grid": 1196}
    kinds = Counter(area.kind for area in pack.areas.areas if area.level == "grid")
    assert kinds == {"base": 925, "exclusive": 185, "professional": 86}


def test_population_adds_up_on_every_node(pack: Pack) -> None:
    assert pack.areas.root.population == 484_000
    for area in pack.areas.areas:
        children = pack.areas.children(area.code)
        if children:
            assert area.population == sum(child.population or 0 for child in children)
    assert all(area.population for area in pack.areas.areas if area.kind in (None, "base"))


def test_codes_nest_and_names_are_unique_in_a_town(pack: Pack) -> None:
    for area in pack.areas.areas:
        assert area.parent is None or area.code.startswith(area.parent)
        assert area.level != "grid" or len(area.code) == 15
        assert area.name
        assert area.name_en.isascii()
    names = Counter((area.code[:9], area.name) for area in pack.areas.areas if len(area.code) > 9)
    assert max(names.values()) == 1


def test_a_grid_that_is_unknown_falls_back_to_its_village(pack: Pack) -> None:
    assert pack.areas.resolve("370403001001999") == "370403001001"


def test_every_area_has_one_valid_polygon(pack: Pack, shapes: Mapping[str, Any]) -> None:
    assert list(shapes) == [area.code for area in pack.areas.areas]
    assert all(polygon.is_valid and polygon.geom_type == "Polygon" for polygon in shapes.values())


@pytest.mark.parametrize("length", [9, 12, 15])
def test_a_level_covers_the_district_without_gap_or_overlap(shapes: Mapping[str, Any], length: int) -> None:
    level = under(shapes, "370403", length)
    assert shapely.coverage_is_valid(level)
    assert shapely.area(level).sum() == pytest.approx(shapes["370403"].area, rel=1e-12)


@pytest.mark.parametrize("length", [6, 9, 12])
def test_an_area_is_the_union_of_its_children(shapes: Mapping[str, Any], length: int) -> None:
    for code in [code for code in shapes if len(code) == length]:
        assert shapely.coverage_union_all(under(shapes, code, length + 3)).equals(shapes[code])


def test_the_district_keeps_the_published_outline(shapes: Mapping[str, Any]) -> None:
    published = shape(json.loads((SOURCE / "outline.geojson").read_text("utf-8"))["features"][0]["geometry"])
    assert published.symmetric_difference(shapes["370403"]).area / published.area < 1e-5


def test_grids_are_of_sizes_a_map_can_show(shapes: Mapping[str, Any]) -> None:
    square_metres = shapely.area(under(shapes, "370403", 15)) * 111_320 * 110_940 * np.cos(np.radians(34.78))
    assert square_metres.min() > 2_000
    assert (SHIPPED / "xuecheng" / "areas.geojson").stat().st_size < 1_500_000


def test_dictionaries_hold_the_words_of_the_domain(pack: Pack) -> None:
    assert {channel.code for channel in pack.settings.channels} == CHANNELS
    assert set(pack.entries("networks")) == {"xueliang", "tianwang", "huiyan"}
    assert pack.settings.platform_origin in pack.entries("origins")
    assert pack.offline_after is not None
    assert pack.offline_after.total_seconds() == 180
    assert sum(pack.settings.index_weights.values()) == pytest.approx(1)


def test_every_category_has_a_deadline_and_a_known_parent(pack: Pack) -> None:
    categories = pack.entries("categories")
    assert all(entry.hours for entry in categories.values())
    assert all(
        entry.parent is None or categories[entry.parent].parent is None for entry in categories.values()
    )
    urgent = {entry.code for entry in categories.values() if entry.emergency and entry.parent is None}
    assert urgent == {"hazard", "flood", "epidemic"}


def test_the_build_gives_the_same_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--check"]) == 0, capsys.readouterr().err


def test_a_changed_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    monkeypatch.setattr(build, "build", lambda: {"areas.csv": "code\n"})
    assert build.main(["--check"]) == 1
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
