"""The shipped mappings over the published files: their figures are those counted in the files directly."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from schemas.packs import Pack, load_pack
from streams.sources import Report, load_mapping, messages_of, raw_payload
from tests.support.published import (
    PACKS,
    REPOSITORY,
    bikeshare_pack,
    metro_pack,
    personal_findings,
    published,
)

pytestmark = pytest.mark.data

MAPPINGS = REPOSITORY / "streams" / "sources" / "mappings"
Messages = list[dict[str, Any]]


def run(mapping: str, files: Iterable[str], pack: Pack) -> tuple[Messages, Report]:
    messages, report = messages_of(
        load_mapping(MAPPINGS / f"{mapping}.toml"), [published(file) for file in files], pack
    )
    assert report.rejects == []
    assert report.rows == report.converted
    assert personal_findings(messages) == []
    return messages, report


def frame(*files: str) -> pd.DataFrame:
    tables = [pd.read_csv(published(file), dtype=str, keep_default_na=False) for file in files]
    return pd.concat(tables, ignore_index=True)


LA = ("events/la311_2017.csv.gz", "events/la311_2018b.csv.gz")


def test_los_angeles_counts_every_row_in_its_region_and_council() -> None:
    pack = load_pack(PACKS / "la")
    messages, report = run("la311", LA, pack)
    table = frame(*LA)
    regions = table["APC"].str.removesuffix(" APC").where(table["APC"] != "", "la")
    councils = regions + ("-" + table["NC"]).where(table["NC"] != "", "")
    reported = [m for m in messages if m["stage"] == "reported"]
    assert Counter(m["area"] for m in reported) == Counter(councils)
    assert Counter(m["area"].split("-")[0] for m in reported) == Counter(regions)
    assert (report.unknown, report.lost_areas) == ({}, {})


def test_los_angeles_stages_are_the_dates_the_files_carry() -> None:
    _, report = run("la311", LA, load_pack(PACKS / "la"))
    table = frame(*LA)
    cancelled, closing = table["Status"] == "Cancelled", table["ClosedDate"] != ""
    assert report.stages == {
        "reported": len(table),
        "dispatched": int((table["ServiceDate"] != "").sum()),
        "closed": int((~cancelled & closing).sum()),
        "withdrawn": int((cancelled & closing).sum()),
    }


def test_st_louis_sends_duplicates_as_they_are_and_reads_states_in_any_case() -> None:
    file = "events/stl_csb_2018_01.csv"
    messages, report = run("stl_csb", [file], load_pack(PACKS / "stl"))
    table = frame(file)
    state = table["status"].str.lower()
    assert report.stages == {
        "reported": len(table),
        "handled": int((table["dateinvtdone"] != "").sum()),
        "closed": int((state == "closed").sum()),
        "withdrawn": int((state == "cancel").sum()),
    }
    reported = [json.dumps(m) for m in messages if m["stage"] == "reported"]
    assert (table.duplicated().sum(), table["requestid"].duplicated().sum()) == (13, 22)
    assert len(reported) - len(set(reported)) >= 13
    assert len({(m["id"], m["reported_at"]) for m in messages}) == len(table) - 22


def test_new_york_mediation_succeeds_where_the_agency_says_so() -> None:
    file = "mediation/nyc_dca_mediated_2014_2016.csv"
    messages, report = run("nyc_dca_mediation", [file], load_pack(PACKS / "nyc_dca"))
    table = frame(file)
    verdict = Counter(table["Satisfaction"])
    escrow = int((table["Complaint Result"] == "Cash Amount - Consumer Restitution from Escrow").sum())
    assert report.stages == {
        "registered": 4495,
        "mediating": 4495,
        "succeeded": verdict["Yes"] + escrow,
        "failed": verdict["No"],
        "withdrawn": verdict[""] - escrow,
    }
    zips = table["Business Zip"].str[:3].where(~table["Business Zip"].isin(["11004", "11005"]), "111")
    brooklyn = sum(m["area"] == "brooklyn" for m in messages if m["stage"] == "registered")
    assert brooklyn == int((zips == "112").sum())


def test_new_york_ids_are_one_a_row_and_the_same_in_every_import() -> None:
    file, pack = "mediation/nyc_dca_mediated_2014_2016.csv", load_pack(PACKS / "nyc_dca")
    messages, _ = run("nyc_dca_mediation", [file], pack)
    assert len({(m["id"], m["registered_at"]) for m in messages}) == 4495
    assert run("nyc_dca_mediation", [file], pack)[0] == messages


def test_austin_has_485_of_758_cameras_online_each_in_the_first_district_named() -> None:
    file = "devices/austin_traffic_cameras.csv"
    messages, report = run("austin_cameras", [file], load_pack(PACKS / "austin"))
    states = Counter(m["status"] for m in messages)
    assert (len({m["device_id"] for m in messages}), states) == (758, {"online": 485, "offline": 273})
    first = frame(file)["Council District"].str.split(",").str[0]
    districts = Counter(f"D{int(d):02d}" if d else "austin" for d in first)
    assert Counter(m["area"] for m in messages) == districts
    assert (report.unknown, report.lost_areas) == ({}, {})


def test_metro_intervals_are_statuses_at_their_beginning_in_their_station(tmp_path: Path) -> None:
    file = "devices/unit_statuses.csv.gz"
    messages, report = run("metro_units", [file], metro_pack(tmp_path))
    table = frame(file)
    words = {"ON": "online", "BROKEN": "fault"}
    assert Counter(m["status"] for m in messages) == Counter(
        words.get(category, "offline") for category in table["symptom_category"]
    )
    assert [m["area"] for m in messages] == list(table["unit_id"].str[:3])
    assert [m["at"] for m in messages] == list(table["time"])
    assert len({m["device_id"] for m in messages}) == 892
    assert (report.unknown, report.lost_areas) == ({}, {})


def test_bike_share_heartbeats_are_the_stations_own_even_at_the_epoch(tmp_path: Path) -> None:
    file = "devices/station_status_first_half.csv.gz"
    messages, _ = run("bikeshare_status", [file], bikeshare_pack(tmp_path))
    table = frame(file)
    ats = [datetime.fromisoformat(m["at"]).timestamp() for m in messages]
    assert ats == [float(at) for at in table["last_reported"]]
    assert Counter(m["status"] for m in messages) == Counter(
        "online" if renting == "1" else "offline" for renting in table["is_renting"]
    )
    assert len({m["device_id"] for m in messages}) == 667
    assert min(datetime.fromisoformat(m["at"]) for m in messages) == datetime(1970, 1, 2, tzinfo=UTC)


def test_a_poll_that_is_an_error_page_is_at_hand_as_it_is() -> None:
    assert raw_payload(published("devices/malformed_poll_20240412140435.json")) == b"404 Not Found"
