"""Boston's half year through the whole chain: every figure of every area is the oracle's; no free text comes along."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd
import pytest

from dashboard.readings import Reading
from schemas.indicators import indicators
from schemas.packs import Pack
from schemas.windows import WINDOWS
from streams.verify import verify
from tests.support.chain import Chain
from tests.support.compare import assert_as_the_oracle, oracle_of, told
from tests.support.oracle import Oracle
from tests.support.published import published
from tests.support.store import fresh_store

pytestmark = pytest.mark.broker

Messages = list[dict[str, Any]]
EVENTS = tuple(indicator.name for indicator in indicators("events"))
FORM = "%m/%d/%Y %I:%M:%S %p"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


BEFORE_THE_START = local("2014-12-31T23:59:59.999")
END = local("2015-07-01T00:00")
YEARS_END = local("2015-12-31T23:00")
TIMES = [
    BEFORE_THE_START,
    local("2015-02-09T20:00"),  # in the snow
    local("2015-03-08T03:00"),  # the hour before does not exist
    local("2015-04-01T00:00"),  # a day, a month and a quarter begin, and nothing has happened in them
    local("2015-05-31T15:04:05.678"),  # April had no 31st
    END,
    local("2016-02-29T12:00"),  # beside the 28th a year before
]


@pytest.fixture(scope="module")
def chain(boston: Pack, boston_messages: Messages, engine: Path) -> Iterator[Chain]:
    with fresh_store(engine) as store, Chain(boston, store) as chain:
        chain.send("events", boston_messages)
        chain.settle()
        yield chain


@pytest.fixture(scope="module")
def oracle(boston: Pack, boston_messages: Messages) -> Oracle:
    oracle = oracle_of(boston)
    oracle.add("events", boston_messages)
    return oracle


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The published file, with its times and its wards as numbers."""
    path = published("events/boston311_2015_H1.csv.gz")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in ("OPEN_DT", "TARGET_DT", "CLOSED_DT"):
        table[column] = pd.to_datetime(table[column], format=FORM)
    table["number"] = pd.to_numeric(table["ward"].str.extract(r"(\d+)")[0])
    table["is_closed"] = (table["CASE_STATUS"] == "Closed") & table["CLOSED_DT"].notna()
    return table


def at_the_end(chain: Chain) -> dict[str, dict[str, Reading]]:
    """The year to date at the end of the year."""
    return told(chain.readings.board("boston", "ytd", YEARS_END), EVENTS)


@pytest.mark.parametrize("at", TIMES, ids=lambda at: f"{at:%Y-%m-%dT%H:%M}")
def test_every_figure_of_every_area_in_every_window_is_the_oracles(
    at: datetime, chain: Chain, boston: Pack, oracle: Oracle
) -> None:
    slots = 1 + 22 + 255 + 1 + 22
    indicators_of_all_topics = 14 + 8 + 5
    for window in WINDOWS:
        compared = assert_as_the_oracle(boston, oracle, chain.readings, window, at)
        assert compared == slots * indicators_of_all_topics


@pytest.mark.data
def test_before_the_first_message_there_is_no_figure_and_after_the_last_a_zero(
    chain: Chain, table: pd.DataFrame
) -> None:
    first = min(table["OPEN_DT"].min(), table["CLOSED_DT"][table["is_closed"]].min())
    at_first = first.to_pydatetime().replace(tzinfo=ZoneInfo("America/New_York"))
    before = chain.readings.board("boston", "ytd", at_first).figures["boston"]
    assert {before[name].value for name in EVENTS} == {None}
    after = chain.readings.board("boston", "today", local("2018-01-01T12:00")).figures["boston"]
    assert (after["events_reported"].value, after["closing_rate"].value) == (0, None)


@pytest.mark.data
def test_a_ward_is_one_however_it_is_written_and_rows_without_one_count_in_the_city(
    chain: Chain, table: pd.DataFrame
) -> None:
    assert {"1", "01", "Ward 1"} <= set(table["ward"].str.strip())
    wards = table["number"].dropna().map("W{:02.0f}".format)
    expected = {str(ward): int(count) for ward, count in wards.value_counts().items()}
    expected["boston"] = len(table)
    expected["boston/unassigned"] = int(table["number"].isna().sum())
    figures = at_the_end(chain)
    assert {slot: figures[slot]["events_reported"].value for slot in expected} == expected
    assert len(expected) == 24
    assert expected["boston/unassigned"] > 5000


@pytest.mark.data
def test_closed_before_opened_stays_out_of_the_handling_times_and_is_told(
    chain: Chain, table: pd.DataFrame
) -> None:
    closed = table[table["is_closed"] & (table["CLOSED_DT"] < YEARS_END.replace(tzinfo=None))]
    # Both times are local; across a change of the clocks the difference is an hour off, so it is taken in UTC.
    opened_at, closed_at = (
        closed[c].dt.tz_localize("America/New_York", ambiguous=True, nonexistent="shift_forward")
        for c in ("OPEN_DT", "CLOSED_DT")
    )
    minutes = ((closed_at - opened_at).dt.total_seconds() // 60).astype(int)
    backdated = closed_at < opened_at
    kept = sorted(
        int(m) // 10 ** max(len(str(m)) - 3, 0) * 10 ** max(len(str(m)) - 3, 0) for m in minutes[~backdated]
    )
    figures = at_the_end(chain)["boston"]
    assert int(backdated.sum()) > 0
    assert {
        name: figures[name].value
        for name in ("closed_before_reported", "events_reported", "handling_time_median", "handling_time_p90")
    } == {
        "closed_before_reported": int(backdated.sum()),
        "events_reported": len(table),
        "handling_time_median": kept[-(-len(kept) // 2) - 1],
        "handling_time_p90": kept[-(-len(kept) * 9 // 10) - 1],
    }
    assert figures["closing_rate"].numerator == len(closed)
    assert figures["handling_time_median"].denominator == len(kept) == len(closed) - int(backdated.sum())


@pytest.mark.data
def test_no_free_text_and_no_address_reaches_the_topic(
    chain: Chain, table: pd.DataFrame, boston: Pack
) -> None:
    values = chain.values("events")
    told = [message for value in values for message in msgspec.json.decode(value)]
    assert len(told) == len(table) + int(table["is_closed"].sum())
    allowed = {
        "source": {"boston311"},
        "id": set(table["CASE_ENQUIRY_ID"]),
        "stage": {"reported", "closed"},
        "area": {area.code for area in boston.areas.areas},
        "category": set(table["REASON"] + " > " + table["TYPE"]),
        "channel": set(boston.entries("channels")),
    }
    times = {"at", "reported_at", "due_at"}
    found: dict[str, set[str]] = {name: set() for name in allowed.keys() | times}
    for message in told:
        for name, value in message.items():
            found[name].add(value)
    assert [name for name, words in allowed.items() if not found[name] <= words] == []
    for name in times:
        assert {datetime.fromisoformat(text).tzname()[:4] for text in found[name]} == {"UTC-"}  # type: ignore[index]
    # And the other way round: what the file says elsewhere is not in the bytes, wherever it might hide.
    everything = b"\n".join(values)
    for column in (
        "CLOSURE_REASON",
        "Location",
        "LOCATION_STREET_NAME",
        "Geocoded_Location",
        "SubmittedPhoto",
    ):
        words = sorted({text for text in table[column] if len(text) > 11}, key=len)[-100:]
        assert words
        assert not [text for text in words if msgspec.json.encode(text)[1:-1] in everything]


def test_everything_again_shuffled_and_packed_differently_changes_no_figure(
    chain: Chain, boston: Pack, boston_messages: Messages
) -> None:
    asked = [("ytd", END), ("30d", TIMES[1]), ("today", TIMES[4])]
    before = [told(chain.readings.board("boston", window, at), EVENTS) for window, at in asked]  # type: ignore[arg-type]
    verdict = verify(chain.store, boston)
    again = random.Random(1).sample(boston_messages, len(boston_messages))
    chain.send("events", again[:5_000], packed=False)
    chain.send("events", again[5_000:], size=173)
    chain.settle()
    readings = type(chain.readings)(chain.store, boston)
    after = [told(readings.board("boston", window, at), EVENTS) for window, at in asked]  # type: ignore[arg-type]
    assert after == before
    assert (verify(chain.store, boston), verdict.differences) == (verdict, ())
    assert chain.store.rows("SELECT count() FROM quarantine") == [(0,)]
