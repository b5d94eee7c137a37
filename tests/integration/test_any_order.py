"""Any permutation, duplication and batching of any messages gives the oracle's figures, at any time, everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.queries import StoreReadings
from schemas.areas import Area, AreaTree
from schemas.clickhouse import Store
from schemas.contracts import EVENT_STAGES, MEDIATION_STAGES, Topic
from schemas.packs import Devices, Entry, Pack, PackFile, Text
from schemas.windows import WINDOWS, WindowName
from streams import rollups
from streams.rows import decode
from streams.sink import store_batch
from tests.support.compare import assert_as_the_oracle, oracle_of
from tests.support.store import empty, fresh_store

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
Message = dict[str, Any]

AREAS = (
    Area("370403", "district", "", None, "district", population=30_000),
    Area("370403001", "town", "", "370403", "town", population=20_000),
    Area("370403001001", "village", "", "370403001", "village", population=7),
    Area("370403001002", "village", "", "370403001", "village", population=0),
    Area("370403002", "town", "", "370403", "town"),
)
KNOWN = [area.code for area in AREAS]
#: A grid of a known village, a village of a known town, an area of nowhere.
CODES = [*KNOWN, "370403001001007", "370403002009", "999999"]

#: Where calendars turn: midnights of days, months, quarters and years, a leap day, both changes of the clocks.
TURNS = [
    datetime(2015, 1, 1, tzinfo=NEW_YORK),
    datetime(2015, 3, 1, tzinfo=NEW_YORK),
    datetime(2015, 3, 8, 2, tzinfo=NEW_YORK),
    datetime(2015, 3, 9, tzinfo=NEW_YORK),
    datetime(2015, 4, 1, tzinfo=NEW_YORK),
    datetime(2015, 11, 1, 1, tzinfo=NEW_YORK),
    datetime(2015, 11, 1, 1, tzinfo=NEW_YORK, fold=1),
    datetime(2015, 12, 31, 12, tzinfo=NEW_YORK),
    datetime(2016, 1, 1, tzinfo=UTC),
    datetime(2016, 2, 29, 12, tzinfo=NEW_YORK),
    datetime(2016, 3, 1, tzinfo=NEW_YORK),
]
#: Steps that matter: the offline rules, a day, whole minutes and hours, and one millisecond to either side.
STEPS = [
    timedelta(),
    timedelta(minutes=1),
    timedelta(seconds=180),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=31),
]


@st.composite
def instants(draw: st.DrawFn) -> datetime:
    """Whole milliseconds near a turn of the calendar."""
    turn = draw(st.sampled_from(TURNS)).astimezone(UTC)
    step = draw(st.sampled_from(STEPS) | st.timedeltas(timedelta(), timedelta(days=40)))
    moment = turn + draw(st.sampled_from([1, -1])) * step + draw(st.sampled_from([0, -1, 1])) * MILLISECOND
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@st.composite
def texts(draw: st.DrawFn, moments: st.SearchStrategy[datetime]) -> str:
    """One of the ways to write an instant: any offset, and more digits than a millisecond has."""
    offset = draw(st.sampled_from([0, -5, 8, 5.75]))
    moment = draw(moments) + draw(st.sampled_from([0, 0, 999])) * timedelta(microseconds=1)
    text = moment.astimezone(timezone(timedelta(hours=offset))).isoformat()
    return text.replace("+00:00", "Z") if draw(st.booleans()) else text


@st.composite
def cases(
    draw: st.DrawFn, /, began: str, stages: tuple[str, ...], **fields: st.SearchStrategy[Any]
) -> list[Message]:
    """The messages of a few cases; times come from few instants, so that ties are common."""
    clock = st.sampled_from(draw(st.lists(instants(), min_size=1, max_size=6)))
    begins = [draw(clock) for _ in range(2)]
    messages = []
    for _ in range(draw(st.integers(0, 20))):
        message = {
            "source": draw(st.sampled_from("ab")),
            "id": draw(st.sampled_from("12")),
            began: draw(texts(st.sampled_from(begins))),
            "stage": draw(st.sampled_from(stages)),
            "round": draw(st.sampled_from([0, 0, 1, 2])),
            "at": draw(texts(clock)),
            "area": draw(st.sampled_from(CODES)),
            **{name: draw(values) for name, values in fields.items()},
            "due_at": draw(st.none() | texts(clock)),
        }
        given_none = draw(st.booleans())
        messages.append({k: v for k, v in message.items() if v is not None or given_none})
    return messages


EVENTS = cases(
    "reported_at",
    EVENT_STAGES,
    category=st.sampled_from(["one", "二"]),
    channel=st.just("web"),
    rating=st.none() | st.integers(1, 5),
    handling_level=st.none() | st.sampled_from(["grid", "village", "district"]),
    urgency=st.sampled_from(["normal", "emergency"]),
    unknown=st.none() | st.sampled_from(["é", "\u007f/", 1.5, [{"b": 1, "a": 2}]]),
)
MEDIATIONS = cases(
    "registered_at",
    MEDIATION_STAGES,
    dispute_type=st.sampled_from(["wages", "邻里"]),
    origin=st.just("platform"),
    body_level=st.none() | st.sampled_from(["village", "town"]),
    triage=st.none() | st.sampled_from(["blue", "red"]),
)


@st.composite
def heartbeats(draw: st.DrawFn) -> list[Message]:
    """Messages of three devices; one stands outside the tree, and at ties all others are in known areas."""
    clock = st.sampled_from(draw(st.lists(instants(), min_size=1, max_size=8)))
    return [
        {
            "device_id": device,
            "at": draw(texts(clock)),
            "status": draw(st.sampled_from(["online", "online", "offline", "fault"])),
            "area": "999999" if device == "outside" else draw(st.sampled_from(KNOWN)),
        }
        for device in draw(st.lists(st.sampled_from(["one", "two", "outside"]), max_size=24))
    ]


@dataclass(frozen=True)
class Example:
    """Batches as they arrive, messages twice and in any order among them, and times to evaluate at."""

    said: dict[Topic, list[Message]]
    batches: list[tuple[Topic, list[Message], bool]]
    offline_after_s: float | None
    asked: list[tuple[WindowName, datetime]]


@st.composite
def examples(draw: st.DrawFn) -> Example:
    said: dict[Topic, list[Message]] = {
        "events": draw(EVENTS),
        "mediation": draw(MEDIATIONS),
        "cameras": draw(heartbeats()),
    }
    batches = []
    for topic, messages in said.items():
        again = draw(st.lists(st.sampled_from(messages), max_size=8)) if messages else []
        arriving = draw(st.permutations([*messages, *again]))
        while arriving:
            size = draw(st.integers(1, len(arriving)))
            batches.append((topic, arriving[:size], draw(st.integers(0, 3)) == 3))
            arriving = arriving[size:]
    ats = [datetime.fromisoformat(m["at"]) for messages in said.values() for m in messages]
    moments = st.sampled_from(ats) | instants() if ats else instants()
    asked = [
        (draw(st.sampled_from(WINDOWS)), draw(moments) + draw(st.sampled_from([0, 0, 1])) * MILLISECOND)
        for _ in range(2)
    ]
    return Example(
        said, draw(st.permutations(batches)), draw(st.sampled_from([180, None, 3600, 93_600])), asked
    )


def pack_of(offline_after_s: float | None) -> Pack:
    file = PackFile(
        name="small",
        title=Text("小", "small"),
        root="370403",
        time_zone="America/New_York",
        levels=tuple(Entry(level, level, level) for level in ("district", "town", "village")),
        categories=(),
        channels=(),
        nested_codes=True,
        devices=Devices(offline_after_s),
    )
    return Pack(file, AreaTree(AREAS, nested=True), Path())


@pytest.fixture(scope="module")
def own_store(engine: Path) -> Iterator[Store]:
    with fresh_store(engine) as store:
        yield store


@settings(max_examples=50)
@given(example=examples())
def test_any_order_repetition_and_batching_gives_the_figures_of_the_oracle(
    own_store: Store, example: Example
) -> None:
    empty(own_store)
    pack = pack_of(example.offline_after_s)
    for offset, (topic, messages, recompute_now) in enumerate(example.batches):
        decoded = decode(topic, [(offset, msgspec.json.encode(messages))])
        assert decoded.rejects == []
        store_batch(own_store, pack.areas, topic, 0, decoded, NOW)
        if recompute_now:
            rollups.refresh(own_store, pack)
    rollups.refresh(own_store, pack)
    oracle = oracle_of(pack)
    for topic, messages in example.said.items():
        oracle.add(topic, messages)
    readings = StoreReadings(own_store, pack)
    for window, at in example.asked:
        assert_as_the_oracle(pack, oracle, readings, window, at)
