"""A mapping file that does not fit says which file, which key, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import MappingError
from streams.sources import load_mapping
from streams.sources.mapping import Value
from tests.streams.sources.small import EVENTS, REPORTED

SHIPPED = Path(__file__).parents[3] / "streams" / "sources" / "mappings"


def load(folder: Path, text: str) -> object:
    (folder / "m.toml").write_text(text, "utf-8")
    return load_mapping(folder / "m.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("topic = ", "m.toml"),
        (EVENTS.replace('"events"', '"warnings"'), "topic"),
        (EVENTS + REPORTED + "colour = 1", "first [[stages]]: no key `colour`;"),
        (EVENTS + REPORTED + "wen = {}", "first [[stages]]: no key `wen`; did you mean `when`?"),
        (
            EVENTS + REPORTED + "[[area]]\nlevels = 'W'",
            "first [[area]]: no key `levels`; did you mean `level`?",
        ),
        (EVENTS + REPORTED + "[[area]]\n[[area]]\nby = 'names'", "second [[area]], by: Invalid enum value"),
        ("time_zones = 'UTC'\n" + EVENTS, "top of the file: no key `time_zones`; did you mean `time_zone`?"),
        (EVENTS + "due_at = { colum = 'D' }\n", "fields.due_at: no key `colum`; did you mean `column`?"),
        (EVENTS + "due_at = 5\n", "fields: Expected"),
        (EVENTS + "dueat = 'D'\n" + REPORTED, "did you mean `due_at`?"),
        (EVENTS + "time_zone = 'UTC'\n" + REPORTED, "let it stand at the top"),
        (EVENTS + "colour = 'C'\n" + REPORTED, "fields.colour: the fields of events are"),
        (EVENTS + "area = 'W'\n" + REPORTED, "fields.area: use [[area]]"),
        (EVENTS.replace('id = "ID"', "") + REPORTED, "'id' is required by events"),
        (EVENTS, "'stage' is required by events"),
        (EVENTS + "due_at = { pattern = 'x' }\n" + REPORTED, "fields.due_at: give exactly one of column"),
        (EVENTS + "due_at = { column = 'D', pattern = '(' }\n" + REPORTED, "fields.due_at: missing )"),
        (EVENTS + "due_at = { column = 'D', pattern = '(.)(.)' }\n" + REPORTED, "say with format"),
        (EVENTS + "due_at = { column = 'D', format = '{1}' }\n" + REPORTED, "add pattern"),
        (EVENTS + "due_at = { template = '{}' }\n" + REPORTED, "fields.due_at: '{}' has empty braces"),
        (EVENTS + "due_at = { column = 'D', map_file = 'none.csv' }\n" + REPORTED, "fields.due_at.map_file"),
        ("time_zone = 'Boston'\n" + EVENTS + REPORTED, "time_zone: 'Boston' is not an IANA zone"),
        (EVENTS + REPORTED + "[[area]]\nby = 'point'\n", 'first [[area]]: by = "point" needs lon and lat'),
        (
            EVENTS + REPORTED + "[[area]]\ncolumn = 'A'\nwithin = {}\n",
            "first [[area]], within: give exactly one",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_names_file_key_and_mend(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(MappingError) as raised:
        load(tmp_path, text)
    assert str(tmp_path / "m.toml") in str(raised.value)
    assert says in str(raised.value)


def test_a_file_that_is_not_there_is_a_mapping_error(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")


def test_a_map_may_stand_in_a_file_beside_the_mapping_and_the_mapping_goes_before_it(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text("from,to\nCall,hotline\nApp,web\n", "utf-8")
    text = EVENTS.replace(
        'channel = { constant = "web" }',
        'channel = { column = "C", map_file = "map.csv", map = { App = "resident_app" } }',
    )
    mapping = load_mapping_text(tmp_path, text + REPORTED)
    assert mapping.map == {"Call": "hotline", "App": "resident_app"}


def load_mapping_text(folder: Path, text: str) -> Value:
    (folder / "m.toml").write_text(text, "utf-8")
    return load_mapping(folder / "m.toml").fields["channel"]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_loads(path: Path) -> None:
    assert load_mapping(path).path == path


def test_only_the_columns_a_mapping_names_are_read(tmp_path: Path) -> None:
    text = EVENTS + REPORTED + "when = { STATE = ['x'] }\n[[area]]\ncolumn = 'P'\nwithin = { column = 'W' }\n"
    (tmp_path / "m.toml").write_text(text, "utf-8")
    assert load_mapping(tmp_path / "m.toml").columns == ("ID", "OPENED", "P", "W", "STATE")
