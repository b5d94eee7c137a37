"""A pack loads whole or not at all, and says which file to mend; the shipped ones are sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.errors import PackError
from schemas.examples import EXAMPLES
from schemas.indicators import BY_NAME
from schemas.packs import SHIPPED, Pack, load_pack

SHIPPED_NAMES = sorted(path.parent.name for path in SHIPPED.glob("*/pack.toml"))
DICTIONARIES = ("levels", "categories", "channels", "dispute_types", "origins", "networks", "grid_kinds")

SETTINGS = """
name = "small"
title = { zh = "小", en = "Small" }
root = "a"
time_zone = "Asia/Shanghai"
levels = [{ code = "top", zh = "顶", en = "Top" }, { code = "low", zh = "底", en = "Low" }]
categories = [{ code = "snow", zh = "雪", en = "Snow", hours = 4 }]
channels = [{ code = "patrol", zh = "巡查", en = "Patrol" }]
"""
AREAS = "code,name,name_en,parent,level,kind,population\na,甲,A,,top,,1000\nb,乙,,a,low,base,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pack.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "areas.csv").write_text(AREAS, "utf-8")
    return tmp_path


def test_a_folder_is_a_pack_without_any_code(folder: Path) -> None:
    pack = load_pack(folder)
    assert (pack.name, pack.folder, str(pack.zone)) == ("small", folder, "Asia/Shanghai")
    assert pack.offline_after is None
    assert [(area.code, area.kind, area.population) for area in pack.areas.areas] == [
        ("a", None, 1000),
        ("b", "base", None),
    ]
    assert pack.areas["b"].label("en") == "乙"
    assert pack.geometry == {"type": "FeatureCollection", "features": []}


def test_labels_come_from_the_dictionaries_or_are_the_code_itself(folder: Path) -> None:
    pack = load_pack(folder)
    assert pack.label("categories", "snow", "zh") == "雪"
    assert pack.label("categories", "snow", "en") == "Snow"
    assert pack.label("categories", "sleet", "zh") == "sleet"
    assert pack.settings.title.label("en") == "Small"
    assert pack.entries("channels")["patrol"].hours is None


def test_the_offline_rule_is_a_setting(folder: Path) -> None:
    (folder / "pack.toml").write_text(SETTINGS + "[devices]\noffline_after_s = 90\n", "utf-8")
    assert load_pack(folder).offline_after == timedelta(seconds=90)


def test_a_byte_order_mark_of_a_spreadsheet_is_no_matter(folder: Path) -> None:
    (folder / "areas.csv").write_text(AREAS, "utf-8-sig")
    assert len(load_pack(folder).areas) == 2


def settings(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "pack.toml").write_text(SETTINGS.replace(old, new), "utf-8")


def areas(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "areas.csv").write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (settings("Asia/Shanghai", "Asia/Nowhere"), r"pack\.toml: time_zone 'Asia/Nowhere'"),
        (settings("Asia/Shanghai", "Asia"), r"pack\.toml: time_zone 'Asia'"),
        (settings("Asia/Shanghai", "../Shanghai"), r"pack\.toml: time_zone"),
        (settings('root = "a"', 'root = "b"'), r"root is 'b', but the root of areas\.csv is 'a'"),
        (settings('root = "a"', "root = 5"), r"pack\.toml: Expected `str`, got `int` - at `\$\.root`"),
        (settings("hours = 4", "hour = 4"), r"pack\.toml: .*unknown field `hour`"),
        (settings("name = ", "name : "), r"pack\.toml: "),
        (lambda folder: (folder / "pack.toml").write_bytes(b'name = "\xff"'), r"pack\.toml: "),
        (lambda folder: (folder / "areas.csv").unlink(), r"areas\.csv: .*No such file"),
        (lambda folder: (folder / "areas.csv").write_bytes(b"code,name\n\xff,a\n"), r"areas\.csv: .*utf-8"),
        (areas("code,name\na,b\n"), r"areas\.csv, line 2: 'parent'; needs code,name"),
        (areas(AREAS.replace("1000", "many")), r"areas\.csv, line 2: .*many"),
        (areas(AREAS.replace("low", "lower")), r"areas\.csv, line 3: level 'lower'"),
        (areas(AREAS + "b,丙,,a,low,,\n"), r"areas\.csv: area 'b' appears twice"),
        (areas(AREAS + "c,丙,,z,low,,\n"), r"areas\.csv: .*parent 'z'"),
        (areas(AREAS + "c,丙,,,low,,\n"), r"areas\.csv: .*exactly one root"),
        (areas(AREAS + "c\n"), r"areas\.csv, line 4: "),
        (areas(AREAS.splitlines()[0]), r"areas\.csv: .*exactly one root"),
    ],
)
def test_a_broken_pack_names_the_file_and_what_is_wrong(
    folder: Path, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(folder)
    with pytest.raises(PackError, match=message):
        load_pack(folder)


def test_an_unknown_name_lists_the_shipped_packs() -> None:
    with pytest.raises(PackError, match="one of boston, xuecheng"):
        load_pack("atlantis")


# The shipped packs -----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=SHIPPED_NAMES)
def shipped(request: pytest.FixtureRequest) -> Pack:
    return load_pack(str(request.param))


def test_two_packs_ship() -> None:
    assert SHIPPED_NAMES == ["boston", "xuecheng"]


def test_a_shipped_pack_speaks_both_languages(shipped: Pack) -> None:
    for kind in DICTIONARIES:
        entries = getattr(shipped.settings, kind)
        assert len(shipped.entries(kind)) == len(entries), f"{kind} has a code twice"
        assert all(entry.zh and entry.en for entry in entries)
    assert all(area.name and area.name_en for area in shipped.areas.areas)


def test_the_categories_of_a_shipped_pack_are_trees(shipped: Pack) -> None:
    categories = shipped.entries("categories")
    for entry in categories.values():
        path = [entry.code]
        while (parent := categories[path[-1]].parent) is not None:
            assert parent not in path
            path.append(parent)


def test_a_shipped_pack_draws_every_area_once(shipped: Pack) -> None:
    drawn = [feature["properties"]["code"] for feature in shipped.geometry["features"]]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) <= {area.code for area in shipped.areas.areas}
    leaves = {area.code for area in shipped.areas.areas if not shipped.areas.children(area.code)}
    assert leaves <= set(drawn)


def test_a_shipped_pack_refers_only_to_what_exists(shipped: Pack) -> None:
    configured = shipped.settings
    assert configured.name == shipped.folder.name
    assert set(configured.thresholds) <= BY_NAME.keys()
    assert set(configured.index_weights) <= BY_NAME.keys()
    assert {area.kind for area in shipped.areas.areas if area.kind} <= shipped.entries("grid_kinds").keys()
    if configured.recording:
        names = [*configured.recording.files, configured.recording.mapping]
        assert [name for name in names if not (shipped.folder / name).is_file()] == []
    assert configured.platform_origin is None or configured.platform_origin in shipped.entries("origins")


def test_the_documented_examples_use_the_codes_of_a_shipped_pack() -> None:
    pack = load_pack("xuecheng")
    fields = {
        "category": "categories", "channel": "channels", "dispute_type": "dispute_types",
        "origin": "origins", "network": "networks",
    }  # fmt: skip
    used = {
        (kind, example[name])
        for example in EXAMPLES.values()
        for name, kind in fields.items()
        if name in example
    }
    assert [(kind, code) for kind, code in used if code not in pack.entries(kind)] == []
    places = [str(example["area"]) for example in EXAMPLES.values() if "area" in example]
    assert [code for code in places if code not in pack.areas] == []
