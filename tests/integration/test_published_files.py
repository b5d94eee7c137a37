"""Published files through the whole chain: figures are those a few lines of pandas get from the raw file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pandas as pd
import pytest

from dashboard.readings import Number
from schemas.packs import Pack, load_pack
from schemas.windows import WINDOWS, WindowName
from streams.sources import load_mapping, messages_of, raw_payload
from tests.support.chain import Chain
from tests.support.compare import assert_as_the_oracle, oracle_of
from tests.support.published import PACKS, REPOSITORY, published, station_pack
from tests.support.store import fresh_store

pytestmark = [pytest.mark.broker, pytest.mark.data]

Messages = list[dict[str, Any]]
Figures = dict[tuple[str, str], Number | None]


def table(*files: str) -> pd.DataFrame:
    tables = [pd.read_csv(published(file), dtype=str, keep_default_na=False) for file in files]
    return pd.concat(tables, ignore_index=True)


def messages(mapping: str, pack: Pack, *files: str) -> Messages:
    path = REPOSITORY / "streams" / "sources" / "mappings" / f"{mapping}.toml"
    return messages_of(load_mapping(path), [published(file) for file in files], pack)[0]


@contextlib.contextmanager
def told_by(engine: Path, pack: Pack, topic: Any, said: Messages) -> Iterator[Chain]:
    """The chain once it has taken in these messages."""
    with fresh_store(engine) as store, Chain(pack, store) as chain:
        chain.send(topic, said)
        chain.settle()
        yield chain


def values(chain: Chain, window: WindowName, at: datetime, *names: str) -> Figures:
    """(area or own part, indicator) → value."""
    board = chain.readings.board(chain.pack.areas.root.code, window, at)
    return {(slot, name): figures[name].value for slot, figures in board.figures.items() for name in names}


def assert_as_the_oracle_says(chain: Chain, topic: str, said: Messages, at: datetime) -> None:
    oracle = oracle_of(chain.pack)
    oracle.add(topic, said)
    for window in WINDOWS:
        assert_as_the_oracle(chain.pack, oracle, chain.readings, window, at)


def rounded(minutes: pd.Series[int]) -> list[int]:
    """Cut down to three digits and sorted."""
    return sorted(int(str(m)[:3].ljust(len(str(m)), "0")) for m in minutes)


def element(ordered: list[int], share: float) -> int | None:
    return ordered[int(np.ceil(share * len(ordered))) - 1] if ordered else None


# Events ----------------------------------------------------------------------------------------------------------

LA = ("events/la311_2017.csv.gz", "events/la311_2018b.csv.gz")
NAMES = ("events_reported", "closing_rate", "handling_time_median", "handling_time_p90", "backlog")


def la_by_pandas(rows: pd.DataFrame, start: datetime, at: datetime) -> Figures:
    """The five figures of every area that has rows. `rows` has one row a case, an area for each of its levels."""
    found: Figures = {}
    ended = rows["ClosedDate"] < at
    withdrawn = ended & (rows["Status"] == "Cancelled") & (rows["ClosedDate"] > rows["CreatedDate"])
    closed = ended & rows["Status"].isin(["Closed", "Referred Out"])
    known = rows[["CreatedDate", "ServiceDate", "ClosedDate"]].min(axis=1) < at
    in_window = (rows["CreatedDate"] >= start) & (rows["CreatedDate"] < at) & ~withdrawn
    minutes = (rows["ClosedDate"] - rows["CreatedDate"]).dt.total_seconds() // 60
    timed = in_window & closed & (rows["ClosedDate"] >= rows["CreatedDate"])
    for area, place in rows.groupby("area").groups.items():
        here = rows.index.isin(place)
        cohort, durations = in_window & here, rounded(minutes[timed & here].astype(int))
        found |= {
            (str(area), "events_reported"): int(cohort.sum()),
            (str(area), "closing_rate"): int((closed & cohort).sum()) / int(cohort.sum())
            if cohort.any()
            else None,
            (str(area), "handling_time_median"): element(durations, 0.5),
            (str(area), "handling_time_p90"): element(durations, 0.9),
            (str(area), "backlog"): int((known & here & ~withdrawn & ~closed).sum()),
        }
    return found


def test_los_angeles_regions_and_councils_are_as_pandas_counts_them(engine: Path) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    pack = load_pack(PACKS / "la")
    rows = table(*LA)
    for column in ("CreatedDate", "ServiceDate", "ClosedDate"):
        times = pd.to_datetime(rows[column], format="%m/%d/%Y %I:%M:%S %p")
        rows[column] = times.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    region = rows["APC"].str.removesuffix(" APC")
    council = (region + "-" + rows["NC"]).where((region != "") & (rows["NC"] != ""))
    levels = [rows.assign(area=area)[area.notna() & (area != "")] for area in (region, council)]
    everywhere = pd.concat([rows.assign(area="la"), *levels], ignore_index=True)
    asked: list[tuple[WindowName, datetime, datetime]] = [
        ("7d", datetime(2017, 12, 28, tzinfo=zone), datetime(2018, 1, 3, 9, 30, tzinfo=zone)),
        ("ytd", datetime(2018, 1, 1, tzinfo=zone), datetime(2018, 12, 31, 23, tzinfo=zone)),
    ]
    with told_by(engine, pack, "events", messages("la311", pack, *LA)) as chain:
        for window, start, at in asked:
            expected = la_by_pandas(everywhere, start, at)
            found = values(chain, window, at, *NAMES)
            assert len(expected) > 5 * 100
            assert {key: found[key] for key in expected} == expected
            silent = {key for key in found.keys() - expected.keys() if "unassigned" not in key[0]}
            assert {found[key] for key in silent} <= {0, None}


def test_st_louis_counts_a_repeated_row_once_and_a_state_in_any_case(engine: Path) -> None:
    zone, file = ZoneInfo("America/Chicago"), "events/stl_csb_2018_01.csv"
    pack = load_pack(PACKS / "stl")
    rows = table(file)
    assert {"CLOSED", "Closed"} <= set(rows["status"])
    columns = {
        "init": "datetimeinit",
        "closed": "datetimeclosed",
        "cancelled": "datecancelled",
        "due": "prjcompletedate",
    }
    for name, column in columns.items():
        text = rows[column].where(rows[column] != "")
        rows[name] = pd.to_datetime(text, format="%Y-%m-%d %H:%M:%S.%f").dt.tz_localize(zone)
    rows["area"] = ("W" + rows["ward"].str.zfill(2)).where(rows["ward"] != "", "stl/unassigned")
    cases = rows.drop_duplicates(["requestid", "init"])
    assert len(cases) == len(rows) - 22
    expected: Figures = {}
    at = datetime(2018, 1, 6, 12, tzinfo=zone)
    state = cases["status"].str.lower()
    withdrawn = (state == "cancel") & (cases["cancelled"] < at) & (cases["cancelled"] > cases["init"])
    closed = (state == "closed") & (cases["closed"] < at)
    reported = (cases["init"] < at) & ~withdrawn
    for area, place in [*cases.groupby("area").groups.items(), ("stl", cases.index)]:
        here = cases.index.isin(place)
        cohort = reported & here
        waiting = cohort & ~closed
        expected |= {
            (str(area), "events_reported"): int(cohort.sum()),
            (str(area), "closing_rate"): (cohort & closed).sum() / cohort.sum() if cohort.any() else None,
            (str(area), "events_withdrawn"): int((withdrawn & here).sum()),
            (str(area), "backlog"): int(waiting.sum()),
            (str(area), "overdue_open"): int((waiting & (cases["due"] < at)).sum()),
        }
    said = messages("stl_csb", pack, file)
    with told_by(engine, pack, "events", said) as chain:
        found = values(chain, "ytd", at, *{name for _, name in expected})
        assert len(expected) == 5 * (1 + 28 + 1)
        assert {key: found[key] for key in expected} == expected
        assert_as_the_oracle_says(chain, "events", said, at)


# Mediation -------------------------------------------------------------------------------------------------------


def test_new_york_success_is_by_result_as_the_agency_judges_it(engine: Path) -> None:
    zone, file = ZoneInfo("America/New_York"), "mediation/nyc_dca_mediated_2014_2016.csv"
    pack = load_pack(PACKS / "nyc_dca")
    rows = table(file)
    for column in ("Start", "Close"):
        times = pd.to_datetime(rows[f"Mediation {column} Date"], format="%m/%d/%Y")
        rows[column] = times.dt.tz_localize(zone)
    escrow = rows["Complaint Result"].str.contains("Escrow")
    succeeded, failed = (rows["Satisfaction"] == "Yes") | escrow, rows["Satisfaction"] == "No"
    boroughs = {
        "112": "brooklyn",
        "103": "staten-island",
        "104": "bronx",
        "100": "manhattan",
        "101": "manhattan",
    }
    boroughs |= dict.fromkeys(["111", "113", "114", "116"], "queens")
    digits = rows["Business Zip"].str[:3].mask(rows["Business Zip"].isin(["11004", "11005"]), "111")
    borough = digits.map(boroughs).fillna("elsewhere")
    said = messages("nyc_dca_mediation", pack, file)
    with told_by(engine, pack, "mediation", said) as chain:
        for at in (datetime(2015, 6, 15, 12, tzinfo=zone), datetime(2015, 12, 31, 23, tzinfo=zone)):
            started = (rows["Start"] >= datetime(2015, 1, 1, tzinfo=zone)) & (rows["Start"] < at)
            ended = rows["Close"] < at
            expected: Figures = {}
            for area in ("nyc_dca", *set(boroughs.values())):
                here = started & ended & ((borough == area) if area != "nyc_dca" else True)
                good, bad = int((here & succeeded).sum()), int((here & failed).sum())
                expected |= {
                    (area, "mediation_succeeded"): good,
                    (area, "mediation_failed"): bad,
                    (area, "mediation_success_rate"): good / (good + bad),
                }
            found = values(chain, "ytd", at, *{name for _, name in expected})
            assert {key: found[key] for key in expected} == expected
            assert_as_the_oracle_says(chain, "mediation", said, at)


# Devices ---------------------------------------------------------------------------------------------------------

BIKE_SHARE = "devices/station_status_first_half.csv.gz"


def test_austin_has_485_of_758_cameras_online(engine: Path) -> None:
    file, pack = "devices/austin_traffic_cameras.csv", load_pack(PACKS / "austin")
    rows = table(file)
    online = rows["IP Comm Status"] == "ONLINE"
    since = pd.to_datetime(rows["IP Comm Status Date and Time"], format="%m/%d/%Y %I:%M:%S %p %z")
    first = rows["Council District"].str.split(",").str[0]
    districts = first.map(lambda text: f"D{int(text):02d}" if text else "austin/unassigned")
    at = (since.max() + pd.Timedelta(minutes=1)).to_pydatetime()
    said = messages("austin_cameras", pack, file)
    with told_by(engine, pack, "cameras", said) as chain:
        figures = chain.readings.board("austin", "today", at).figures
        assert [figures["austin"][name].value for name in ("cameras_registered", "cameras_online")] == [
            758,
            485,
        ]
        assert figures["austin"]["online_rate"].value == 485 / 758
        assert {
            district: (
                figures[district]["cameras_registered"].value,
                figures[district]["cameras_online"].value,
            )
            for district in set(districts)
        } == {
            district: (int((districts == district).sum()), int((online & (districts == district)).sum()))
            for district in set(districts)
        }
        assert_as_the_oracle_says(chain, "cameras", said, at)


def online_ms(
    ats: np.ndarray[Any, np.dtype[np.int64]], online: np.ndarray[Any, np.dtype[np.bool_]],
    start: int, end: int, holds: int | None,
) -> int:  # fmt: skip
    """Milliseconds online in [start, end) of one device: its messages in order of time."""
    until = np.append(ats[1:], end)
    if holds is not None:
        until = np.minimum(until, ats + holds)
    return int((np.minimum(until, end) - np.maximum(ats, start)).clip(0)[online].sum())


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def test_metro_availability_of_each_unit_and_day_is_that_of_its_intervals(
    engine: Path, tmp_path: Path
) -> None:
    zone, file = ZoneInfo("America/New_York"), "devices/unit_statuses.csv.gz"
    rows = table(file)
    rows = rows[rows["time"].between("2014-03", "2014-08")].copy()  # five of the 21 months
    rows["ms"] = pd.to_datetime(rows["time"], format="ISO8601", utc=True).dt.as_unit("ms").astype("int64")
    units = {str(unit): part.sort_values("ms") for unit, part in rows.groupby("unit_id")}
    assert not rows.duplicated(["unit_id", "ms"]).any()
    pack = station_pack(tmp_path, "metro", "America/New_York", units, None)
    said = [
        m | {"area": m["device_id"]}
        for m in messages("metro_units", pack, file)
        if "2014-03" <= m["at"] < "2014-08"
    ]  # a unit is an area of its own
    days = [
        datetime(2014, 3, 9, 23, tzinfo=zone),  # of 23 hours
        datetime(2014, 7, 8, 23, tzinfo=zone),
    ]
    with told_by(engine, pack, "cameras", said) as chain:
        for at in days:
            start, end = milliseconds(at.replace(hour=0)), milliseconds(at)
            expected: Figures = {}
            for unit, part in units.items():
                ats, on = part["ms"].to_numpy(), (part["symptom_category"] == "ON").to_numpy()
                ats, on = ats[ats < end], on[: int((ats < end).sum())]
                known = end - max(start, int(ats[0])) if len(ats) else 0
                expected[unit, "availability"] = (
                    online_ms(ats, on, start, end, None) / known if known else None
                )
            found = values(chain, "today", at, "availability")
            assert {key: found[key] for key in expected} == expected
            assert len({value for value in expected.values() if value is not None}) > 50


@pytest.fixture(scope="module")
def polls(tmp_path_factory: pytest.TempPathFactory) -> Messages:
    pack = station_pack(tmp_path_factory.mktemp("pack"), "bikeshare", "America/Mexico_City", (), None)
    return messages("bikeshare_status", pack, BIKE_SHARE)


@pytest.mark.parametrize("rule", [180, 3600, None], ids=["180 s", "1 h", "a status holds"])
def test_bike_share_heartbeats_under_each_offline_rule(
    rule: int | None, polls: Messages, engine: Path, tmp_path: Path
) -> None:
    zone = ZoneInfo("America/Mexico_City")
    pack = station_pack(tmp_path, "bikeshare", "America/Mexico_City", (), rule)
    malformed = raw_payload(published("devices/malformed_poll_20240412140435.json"))
    rows = table(BIKE_SHARE)
    rows["ms"] = rows["last_reported"].astype("int64") * 1000
    rows["online"] = rows["is_renting"] == "1"
    # Of several polls of one heartbeat, one that says offline counts.
    heartbeats = rows.groupby(["station_id", "ms"])["online"].all().reset_index()
    stations = [part.sort_values("ms") for _, part in heartbeats.groupby("station_id")]
    at = datetime(2024, 4, 10, 18, tzinfo=zone)
    start, end = milliseconds(datetime(2024, 4, 4, tzinfo=zone)), milliseconds(at)
    holds = None if rule is None else rule * 1000
    registered = online = long_offline = up = known = 0
    for part in stations:
        heard = part[part["ms"] < end]
        if heard.empty:
            continue
        ats, on = heard["ms"].to_numpy(), heard["online"].to_numpy()
        is_online = bool(on[-1]) and (holds is None or end - int(ats[-1]) <= holds)
        registered += 1
        online += is_online
        long_offline += not is_online and (not on.any() or end - int(ats[on][-1]) > 86_400_000)
        up += online_ms(ats, on, start, end, holds)
        known += end - max(start, int(ats[0]))
    with told_by(engine, pack, "cameras", polls) as chain:
        assert malformed is not None
        chain.send_raw("cameras", malformed, key=b"bikeshare")
        chain.settle()
        figures = chain.readings.board("bikeshare", "7d", at).figures["bikeshare"]
        assert [
            figures[name].value for name in ("cameras_registered", "cameras_online", "offline_over_24h")
        ] == [
            registered,
            online,
            long_offline,
        ]
        assert figures["availability"].numerator == up
        assert figures["availability"].denominator == known
        (quarantined,) = chain.store.rows("SELECT topic, partition, offset, reason, payload FROM quarantine")
        (value,) = chain.values("quarantine")
        (message,) = msgspec.json.decode(value)
        where = (
            message["topic"],
            message["partition"],
            message["offset"],
            message["reason"],
            message["payload"],
        )
        assert tuple(quarantined) == where
        assert (where[0], where[3], where[4]) == ("cameras", "not_json", "404 Not Found")
        assert_as_the_oracle_says(chain, "cameras", polls, at)
