"""Courses of tiles against the oracle: what stood at the end of a day, whatever came in which order afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dashboard.queries import StoreReadings
from schemas.contracts import Topic
from schemas.indicators import CATALOGUE
from schemas.packs import Pack
from streams import rollups
from tests.support import small
from tests.support.compare import oracle_of
from tests.support.small import Message, beat, dispute, event
from tests.support.store import fresh_store

STANDING = [i.name for i in CATALOGUE if i.over in ("stock", "device")]
LEAVES = ["370403001001", "370403001002", "370403002", "370403"]
DAYS = 6


def near(chance: Random, midnights: list[datetime]) -> str:
    """Around the end of a day, to either side and at times on it."""
    steps = [
        timedelta(),
        timedelta(milliseconds=1),
        timedelta(minutes=1),
        timedelta(minutes=50),
        timedelta(hours=9),
    ]
    at = chance.choice(midnights) + chance.choice([-1, 1]) * chance.choice(steps)
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def said(chance: Random, midnights: list[datetime]) -> dict[Topic, list[Message]]:
    """Messages of a few cases and devices, corrections and moves to other areas among them."""

    def one(stages: list[str]) -> tuple[int, str, str, str]:
        return chance.randint(1, 9), chance.choice(stages), near(chance, midnights), chance.choice(LEAVES)

    found: dict[Topic, list[Message]] = {"events": [], "mediation": [], "cameras": []}
    began = {number: near(chance, midnights) for number in range(10)}
    for _ in range(60):
        number, stage, at, area = one(["reported", "reported", "closed", "reopened", "withdrawn"])
        due = {"due_at": near(chance, midnights), "reported_at": began[number]}
        found["events"].append(event(number, stage, at, area=area, **due))
        number, stage, at, area = one(["registered", "registered", "accepted", "succeeded", "failed"])
        found["mediation"].append(dispute(number, stage, at, area=area, registered_at=began[number]))
        number, status, at, area = one(["online", "online", "offline", "fault"])
        found["cameras"].append(beat(str(number), at, status, area=area))
    return found


def in_zone(zone: str, offline_after_s: float | None) -> Pack:
    pack = small.pack(offline_after_s=offline_after_s)
    return Pack(msgspec.structs.replace(pack.settings, time_zone=zone), pack.areas, pack.folder)


@pytest.mark.parametrize(
    ("zone", "offline_after_s"),
    [("Asia/Shanghai", 180), ("Asia/Kolkata", 7200), ("America/New_York", None)],
)
def test_what_stands_is_told_as_it_stood_at_the_end_of_each_day(
    engine: Path, zone: str, offline_after_s: float | None
) -> None:
    pack, chance = in_zone(zone, offline_after_s), Random(zone)
    at = datetime(2026, 3, 11, 10, tzinfo=ZoneInfo(zone))  # New York's clocks go forward on the 8th
    ends = [datetime(2026, 3, 12 - back, tzinfo=at.tzinfo) for back in range(DAYS, 0, -1)]
    oracle = oracle_of(pack)
    with fresh_store(engine) as store:
        for topic, messages in said(chance, ends[1:]).items():
            oracle.add(topic, messages)
            for message in messages:
                small.stored(store, topic, [message], pack)
        rollups.refresh(store, pack)
        readings = StoreReadings(store, pack)
        for area in ("370403", "370403001", "370403001002"):
            courses = readings.courses(area, at, DAYS)
            stood = [oracle.figures("today", end)[area] for end in ends]
            assert {name: courses[name] for name in STANDING} == {
                name: tuple(figures[name].value for figures in stood) for name in STANDING
            }
            people = pack.areas[area].population
            assert courses["events_per_10k"] == tuple(
                None if reported is None or people is None else reported * 10_000 / people
                for reported in courses["events_reported"]
            )
            if zone != "Asia/Kolkata":  # whose days begin amid an hour of the rollup
                begins = [datetime(2026, 3, 11 - back, tzinfo=at.tzinfo) for back in range(DAYS, 0, -1)]
                of_days = map(oracle.availability, begins, ends)
                assert courses["availability"] == tuple(figures[area] for figures in of_days)
