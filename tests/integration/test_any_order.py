"""Any permutation, duplication and batching of any messages gives the oracle's figures, at any time, everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random
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
from streams.decoding import decode
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


#: Ways to write an instant: the offset, and digits below the millisecond.
FORMS = [
    (timezone(timedelta(hours=hours)), below) for hours in (0, -5, 8, 5.75) for below in ("", "999", "000001")
]


def instant(chance: Random) -> datetime:
    """Whole milliseconds near a turn of the calendar."""
    turn = chance.choice(TURNS).astimezone(UTC)
    step = chance.choice([*STEPS, timedelta(seconds=chance.randint(0, 40 * 86_400))])
    return turn + chance.choice([1, -1]) * step + chance.choice([0, -1, 1]) * MILLISECOND


def written(chance: Random, moment: datetime) -> str:
    """One of the ways to write it."""
    zone, below = chance.choice(FORMS)
    text = moment.astimezone(zone).isoformat(timespec="milliseconds")
    return f"{text[:23]}{below}{text[23:]}".replace("+00:00", "Z" if below else "+00:00")


def cases(
    chance: Random, count: int, began: str, stages: list[str], fields: dict[str, list[Any]]
) -> list[Message]:
    """The messages of some cases, each at few instants, so that ties are common. What is None is absent or null."""
    messages = []
    for number in range(count):
        clock = [instant(chance) for _ in range(3)]
        clock += [clock[0] + chance.randint(-3, 30) * timedelta(hours=7), clock[0] + timedelta(days=2)]
        for _ in range(chance.randint(1, 8)):
            due_at = chance.choice([None, *clock])
            body = {
                "source": "s",
                "id": str(number // 2),  # two cases of one id differ by when they began
                began: written(chance, clock[0]),
                "stage": chance.choice(stages),
                "round": chance.choice([0, 0, 1, 2]),
                "at": written(chance, chance.choice(clock)),
                "area": chance.choice(CODES),
                **{name: chance.choice(choices) for name, choices in fields.items()},
                "due_at": due_at and written(chance, due_at),
            }
            keep_null = chance.random() < 0.3
            messages.append({name: value for name, value in body.items() if value is not None or keep_null})
    return messages


def events(chance: Random, count: int) -> list[Message]:
    fields: dict[str, list[Any]] = {
        "category": ["one", "二"],
        "channel": ["web"],
        "rating": [None, 1, 2, 5],
        "handling_level": [None, "grid", "village"],
        "urgency": ["normal", "emergency"],
        "unknown": [None, "é", "\u007f/", 1.5, [{"b": 1, "a": 2}]],
    }
    often = ["reported", "closed", "closed", "closed", "reopened", "reopened", "withdrawn"]
    return cases(chance, count, "reported_at", [*EVENT_STAGES, *often], fields)


def mediations(chance: Random, count: int) -> list[Message]:
    fields: dict[str, list[Any]] = {
        "dispute_type": ["wages", "邻里"],
        "origin": ["platform"],
        "body_level": [None, "village", "town"],
        "triage": [None, "blue", "red"],
    }
    often = ["registered", "succeeded", "succeeded", "failed", "failed", "reopened", "escalated", "withdrawn"]
    return cases(chance, count, "registered_at", [*MEDIATION_STAGES, *often], fields)


def heartbeats(chance: Random, count: int) -> list[Message]:
    """Messages of some devices; the first stands outside the tree, and at ties all others are in known areas."""
    messages = []
    for device in range(count):
        clock = [instant(chance) for _ in range(4)]
        clock += [clock[0] + chance.randint(-500, 500) * timedelta(seconds=60) for _ in range(4)]
        messages += [
            {
                "device_id": str(device),
                "at": written(chance, chance.choice(clock)),
                "status": chance.choice(["online", "online", "offline", "fault"]),
                "area": chance.choice(KNOWN) if device else "999999",
            }
            for _ in range(chance.randint(1, 12))
        ]
    return messages


@dataclass(frozen=True, repr=False)
class Example:
    """Batches as they arrive, messages twice and in any order among them, and times to evaluate at."""

    said: dict[Topic, list[Message]]
    batches: list[tuple[Topic, list[Message], bool]]
    offline_after_s: float | None
    asked: list[tuple[WindowName, datetime]]

    def __repr__(self) -> str:
        """Sizes; the messages of a small example, for the figures of a large one say more."""
        few = (
            self.said if sum(map(len, self.said.values())) < 20 else {t: len(m) for t, m in self.said.items()}
        )
        return f"Example({few}, {len(self.batches)} batches, {self.offline_after_s} s, {self.asked})"


@st.composite
def examples(draw: st.DrawFn) -> Example:
    counts = st.integers(0, 25)
    chance = draw(st.randoms(use_true_random=True))
    said: dict[Topic, list[Message]] = {
        "events": events(chance, draw(counts)),
        "mediation": mediations(chance, draw(counts)),
        "cameras": heartbeats(chance, draw(counts)),
    }
    batches = []
    for topic, messages in said.items():
        arriving = messages + [chance.choice(messages) for _ in messages[::4]]
        chance.shuffle(arriving)
        while arriving:
            size = chance.randint(1, 60)
            batches.append((topic, arriving[:size], chance.random() < 0.2))
            arriving = arriving[size:]
    chance.shuffle(batches)
    happened = [datetime.fromisoformat(m["at"]) for messages in said.values() for m in messages]
    asked = []
    for window in chance.sample(WINDOWS, 3):
        later = chance.choice(
            [timedelta(), MILLISECOND, timedelta(hours=1), timedelta(days=1), timedelta(days=366)]
        )
        asked.append((window, chance.choice([*happened, instant(chance)]) + later))
    return Example(said, batches, chance.choice([180, None, 3600, 93_600]), asked)


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


@settings(max_examples=25)
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
