"""The area of a row: by code, name or point; the first step that finds one wins, the root takes the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.errors import MappingError
from schemas.packs import Pack
from streams.sources.report import Report
from tests.streams.sources.small import EVENTS, REPORTED, ROW, imported, pack_of

WARD = r"""
[[area]]
column = "WARD"
pattern = '(?:Ward )?0*(\d{1,2})'
format = "W{1:0>2}"
"""
PRECINCT = r"""
[[area]]
column = "PRECINCT"
pattern = '(\d{1,2})(\d\d)(?:\.0)?'
format = "W{1:0>2}-P{2}"
within = { column = "WARD", pattern = '(?:Ward )?0*(\d{1,2})', format = "W{1:0>2}" }
"""


def located(
    folder: Path, area: str, cells: list[dict[str, str]], pack: Pack | None = None
) -> tuple[list[str], Report]:
    rows = [{**ROW, **cell} for cell in cells]
    messages, report = imported(folder, EVENTS + REPORTED + area, rows, pack)
    return [message["area"] for message in messages], report


def test_one_ward_written_in_three_ways_is_one_ward(tmp_path: Path) -> None:
    areas, report = located(tmp_path, WARD, [{"WARD": text} for text in ("1", "01", "Ward 1", "WARD 01")])
    assert areas == ["W01"] * 4
    assert report.areas == {"code of WARD": 4}
    assert report.lost_areas == {}


def test_the_first_step_that_finds_an_area_wins_and_the_root_takes_the_rest(tmp_path: Path) -> None:
    cells = [
        {"PRECINCT": "201.0", "WARD": "2"},
        {"PRECINCT": "", "WARD": "02"},
        {"PRECINCT": "299.0", "WARD": "2"},
        {"PRECINCT": "", "WARD": "77"},
        {"PRECINCT": "", "WARD": ""},
    ]
    areas, report = located(tmp_path, PRECINCT + WARD, cells)
    assert areas == ["W02-P01", "W02", "W02", "city", "city"]
    assert report.areas == {"code of PRECINCT": 1, "code of WARD": 2, "root": 2}
    assert report.lost_areas == {"PRECINCT": {"W02-P99": 1}, "WARD": {"W77": 1}}


def test_an_area_that_contradicts_the_one_it_must_lie_in_is_not_believed_and_counted(tmp_path: Path) -> None:
    cells = [{"PRECINCT": "101.0", "WARD": "2"}, {"PRECINCT": "101.0", "WARD": ""}]
    areas, report = located(tmp_path, PRECINCT + WARD, cells)
    assert areas == ["W02", "W01-P01"]
    assert report.lost_areas == {"PRECINCT": {"W01-P01 (not within W02)": 1}}


def test_a_name_finds_its_area_in_either_language(tmp_path: Path) -> None:
    area = '[[area]]\nby = "name"\nlevel = "ward"\ncolumn = "N"\n'
    areas, _ = located(tmp_path, area, [{"N": text} for text in ("north  END", "二区", "Harbour")])
    assert areas == ["W01", "W02", "city"]


def test_a_name_that_two_areas_bear_needs_the_area_it_lies_in(tmp_path: Path) -> None:
    area = '[[area]]\nby = "name"\ncolumn = "N"\nwithin = { column = "W" }\n'
    cells = [{"N": "Harbour", "W": "W02"}, {"N": "Harbour", "W": "W01"}, {"N": "Harbour", "W": ""}]
    areas, report = located(tmp_path, area, cells)
    assert areas == ["W02-P02", "W01-P01", "city"]
    assert report.lost_areas == {"N": {"Harbour": 1}}


def square(code: str, west: float, east: float) -> dict[str, object]:
    ring = [[west, 0.0], [east, 0.0], [east, 1.0], [west, 1.0], [west, 0.0]]
    return {
        "type": "Feature",
        "properties": {"code": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def mapped_pack(tmp_path: Path) -> Pack:
    features = [
        square("W01", 0, 1),
        square("W02", 1, 2),
        square("W02-P01", 1, 1.5),
        square("W02-P02", 1.5, 2),
    ]
    (tmp_path / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return pack_of(tmp_path)


POINT = '[[area]]\nby = "point"\nlon = "X"\nlat = "Y"\n'


def test_a_point_finds_the_polygon_it_lies_in_and_an_edge_belongs_to_the_first(
    tmp_path: Path, mapped_pack: Pack
) -> None:
    points = [("1.2", "0.5"), ("1.5", "0.5"), ("0.5", "0.5"), ("9", "9"), ("", ""), ("east", "")]
    areas, report = located(tmp_path, POINT, [{"X": x, "Y": y} for x, y in points], mapped_pack)
    assert areas == ["W02-P01", "W02-P01", "city", "city", "city", "city"]
    assert report.lost_areas == {"X, Y": {"0.5, 0.5": 1, "9, 9": 1, "east, ": 1}}


def test_a_point_finds_areas_of_the_level_asked_for(tmp_path: Path, mapped_pack: Pack) -> None:
    area = POINT + 'level = "ward"\nignore_points = [[0.5, 0.5]]\n'
    points = [("1.2", "0.5"), ("0.5", "0.5"), ("0.50", "0.4")]
    areas, report = located(tmp_path, area, [{"X": x, "Y": y} for x, y in points], mapped_pack)
    assert areas == ["W02", "city", "W01"]
    assert report.lost_areas == {}


def test_a_code_that_nests_below_a_known_area_is_carried_as_it_is(tmp_path: Path) -> None:
    tree = [
        ("370403", "薛城区", "Xuecheng", None, "district"),
        ("370403001", "临城街道", "Lincheng", "370403", "town"),
    ]
    cells = [{"C": "370403001001007"}, {"C": "110101001"}]
    areas, report = located(tmp_path, '[[area]]\ncolumn = "C"\n', cells, pack_of(tree=tree, nested=True))
    assert areas == ["370403001001007", "370403"]
    assert report.lost_areas == {"C": {"110101001": 1}}


def test_a_level_the_pack_has_not_is_a_mapping_error(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="no level 'borough'; its levels are city, ward, precinct"):
        located(tmp_path, '[[area]]\ncolumn = "C"\nlevel = "borough"\n', [{"C": "x"}])


def test_a_mapping_without_area_steps_leaves_all_with_the_root(tmp_path: Path) -> None:
    assert located(tmp_path, "", [{}])[0] == ["city"]


def test_names_where_codes_are_read_are_told_with_the_key_that_reads_them_and_the_reverse(
    tmp_path: Path,
) -> None:
    cells = [{"N": "North End"}, {"N": "nowhere"}]
    _, by_code = located(tmp_path, '[[area]]\ncolumn = "N"\n', cells)
    assert by_code.lost_areas == {"N": {"North End": 1, "nowhere": 1}}
    assert by_code.hints == {"N": 'these values are names of areas: say by = "name"'}
    _, by_name = located(tmp_path, '[[area]]\nby = "name"\ncolumn = "N"\n', [{"N": "w01"}])
    assert by_name.hints == {"N": 'these values are codes of areas: say by = "code"'}
