"""The Boston pack: areas that fit, a recording that is the published file, no free text in any message."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from shapely.geometry import shape

from schemas.packs import Pack, load_pack
from streams.sources import Report, load_mapping, messages_of
from tests.support.published import personal_findings, published

Messages = list[dict[str, Any]]


@pytest.fixture(scope="module")
def boston() -> Pack:
    return load_pack("boston")


@pytest.fixture(scope="module")
def recorded(boston: Pack) -> tuple[Messages, Report]:
    recording = boston.settings.recording
    assert recording is not None
    mapping = load_mapping(boston.folder / recording.mapping)
    return messages_of(mapping, [boston.folder / name for name in recording.files], boston)


@pytest.fixture(scope="module")
def raw() -> Path:
    return published("events/boston311_2015_H1.csv.gz")


@pytest.fixture(scope="module")
def table(raw: Path) -> pd.DataFrame:
    return pd.read_csv(raw, dtype=str, keep_default_na=False)


def test_the_pack_is_one_city_of_22_wards_and_255_precincts(boston: Pack) -> None:
    assert Counter(area.level for area in boston.areas.areas) == {"city": 1, "ward": 22, "precinct": 255}
    assert {area.population for area in boston.areas.areas} == {None}
    assert {area.code for area in boston.areas.areas} == {
        feature["properties"]["code"] for feature in boston.geometry["features"]
    }


def test_precincts_fit_their_neighbours_and_make_up_their_ward(boston: Pack) -> None:
    outlines = {f["properties"]["code"]: shape(f["geometry"]) for f in boston.geometry["features"]}
    precincts = [outlines[area.code] for area in boston.areas.areas if area.level == "precinct"]
    assert all(outline.is_valid for outline in outlines.values())
    assert shapely.coverage_is_valid(precincts)
    for ward in boston.areas.children("boston"):
        parts = shapely.union_all([outlines[part.code] for part in boston.areas.children(ward.code)])
        assert parts.symmetric_difference(outlines[ward.code]).area < 1e-12


def test_the_pack_stays_light(boston: Pack) -> None:
    assert (boston.folder / "areas.geojson").stat().st_size < 600_000
    assert (boston.folder / "recorded" / "boston311_2015_H1.csv.gz").stat().st_size < 1_500_000


def test_every_category_and_channel_of_the_recording_is_in_the_pack(
    boston: Pack, recorded: tuple[Messages, Report]
) -> None:
    messages, report = recorded
    assert {message["category"] for message in messages} <= set(boston.entries("categories"))
    assert {message["channel"] for message in messages} == set(boston.entries("channels"))
    assert (set(report.unknown), set(report.lost_areas)) == (set(), {"precinct"})
    for entry in boston.settings.categories:
        assert entry.zh != entry.en
        assert entry.parent is None or entry.parent in boston.entries("categories")


def test_five_precincts_contradict_their_ward_and_are_counted(recorded: tuple[Messages, Report]) -> None:
    assert recorded[1].lost_areas["precinct"] == {
        "W02-P04 (not within W07)": 2,
        "W02-P05 (not within W15)": 1,
        "W16-P06 (not within W03)": 1,
        "W18-P19 (not within W10)": 1,
    }


def test_a_message_is_as_the_row_tells(recorded: tuple[Messages, Report]) -> None:
    message = next(m for m in recorded[0] if m["id"] == "101001418645" and m["stage"] == "closed")
    assert message == {
        "source": "boston311",
        "id": "101001418645",
        "reported_at": "2015-06-27T13:20:00-04:00",
        "due_at": "2015-06-30T08:30:00-04:00",
        "category": "Street Cleaning > Pick up Dead Animal",
        "channel": "hotline",
        "stage": "closed",
        "at": "2015-06-27T15:45:20-04:00",
        "area": "W20-P15",
    }


def test_no_message_holds_anything_shaped_like_a_personal_number(recorded: tuple[Messages, Report]) -> None:
    assert personal_findings(recorded[0]) == []


@pytest.mark.data
def test_the_recording_gives_the_very_messages_of_the_published_file(
    raw: Path, boston: Pack, recorded: tuple[Messages, Report]
) -> None:
    mapping = load_mapping(boston.folder / "mappings" / "boston311.toml")
    assert messages_of(mapping, [raw], boston)[0] == recorded[0]


@pytest.mark.data
def test_stages_and_wards_are_those_counted_in_the_published_file(
    table: pd.DataFrame, recorded: tuple[Messages, Report]
) -> None:
    messages, report = recorded
    closed = (table["CASE_STATUS"] == "Closed") & (table["CLOSED_DT"] != "")
    assert report.stages == {"reported": len(table), "closed": int(closed.sum())}
    ward = table["ward"].str.extract(r"(\d+)")[0]
    expected = Counter(f"W{int(number):02d}" for number in ward.dropna())
    expected["boston"] = int(ward.isna().sum())
    found = Counter(message["area"].split("-")[0] for message in messages if message["stage"] == "reported")
    assert found == expected


@pytest.mark.data
def test_cases_closed_before_they_were_opened_stay(
    table: pd.DataFrame, recorded: tuple[Messages, Report]
) -> None:
    form = "%m/%d/%Y %I:%M:%S %p"
    opened, closed = (pd.to_datetime(table[c], format=form) for c in ("OPEN_DT", "CLOSED_DT"))
    found = sum(m["at"] < m["reported_at"] for m in recorded[0] if m["stage"] == "closed")
    assert found == int((closed < opened).sum()) > 0


@pytest.mark.data
def test_nothing_but_the_mapped_columns_leaves_the_published_file(
    table: pd.DataFrame, recorded: tuple[Messages, Report], boston: Pack
) -> None:
    with gzip.open(boston.folder / "recorded" / "boston311_2015_H1.csv.gz", "rt", encoding="utf-8") as lines:
        kept = next(csv.reader(lines))
    assert sorted(kept) == sorted(load_mapping(boston.folder / "mappings" / "boston311.toml").columns)
    told = io.StringIO()
    json.dump(recorded[0], told)
    values = {str(value) for message in recorded[0] for value in message.values()}
    for column in ("CLOSURE_REASON", "CASE_TITLE", "Location", "LOCATION_STREET_NAME", "Geocoded_Location"):
        texts = set(table[column]) - {""}
        # A title is often the very name of the request's type, which is what was mapped.
        assert not {text for text in texts & values if text not in set(table["TYPE"])}
    for column in ("CLOSURE_REASON", "LOCATION_STREET_NAME", "Geocoded_Location", "ClosedPhoto"):
        longest = sorted({text for text in table[column] if len(text) > 11}, key=len)[-200:]
        assert longest
        assert not [text for text in longest if json.dumps(text)[1:-1] in told.getvalue()]
