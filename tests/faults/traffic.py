"""Seeded messages for a run: cases in all their stages, told twice, late, moved and out of order, and devices."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.contracts import Topic
from tests.support import small

Message = dict[str, Any]
Traffic = dict[Topic, list[Message]]
#: Days of reports end here; stages and corrections come after.
LAST = datetime(2026, 3, 31, 16, tzinfo=UTC)
STAGES = ("reported", "accepted", "dispatched", "handled", "verified", "closed")
COURSE = ("registered", "accepted", "assigned", "mediating")
#: Villages, a town, the district, a grid unknown below its village, and nowhere.
AREAS = (
    *["370403001001"] * 6, *["370403001002"] * 4, "370403002", "370403", "370403001001007", "999999",
)  # fmt: skip


def traffic(seed: int, size: int) -> Traffic:
    """About `size` messages: nine of ten are of events, a tenth of all are told twice, and their order is lost."""
    dice = random.Random(seed)
    found: Traffic = {"events": [], "mediation": [], "cameras": []}
    number = 0
    while sum(map(len, found.values())) < size * 10 // 11:
        number += 1
        found["events"] += _event(dice, f"{seed}-{number}")
        if number % 12 == 0:
            found["mediation"] += _dispute(dice, f"{seed}-{number}")
        if number % 8 == 0:
            found["cameras"].append(_beat(dice))
    for messages in found.values():
        messages.extend(dice.choices(messages, k=len(messages) // 10))
        dice.shuffle(messages)
    return found


def split(whole: Mapping[Topic, list[Message]], parts: int) -> list[Traffic]:
    """The same messages in so many waves."""
    return [{topic: messages[n::parts] for topic, messages in whole.items()} for n in range(parts)]


def _moment(dice: random.Random) -> datetime:
    return LAST - timedelta(milliseconds=dice.randrange(45 * 24 * 3600 * 1000))


def _event(dice: random.Random, number: str) -> list[Message]:
    reported = _moment(dice)
    at, area = reported, dice.choice(AREAS)
    due = reported + timedelta(hours=dice.choice((8, 24, 72)))
    found = []
    for stage in STAGES[: dice.randint(1, len(STAGES))]:
        if dice.random() < 0.1:
            area = dice.choice(AREAS)
        fields: Message = {"reported_at": reported.isoformat(), "area": area, "due_at": due.isoformat()}
        if stage == "closed":
            fields |= {
                "rating": dice.randint(1, 5),
                "handling_level": dice.choice(("grid", "village", "town")),
            }
        found.append(small.event(number, stage, at.isoformat(), **fields))
        at += timedelta(milliseconds=dice.randrange(1, 40 * 3600 * 1000))
    if dice.random() < 0.08:
        again: Message = {"reported_at": reported.isoformat(), "area": area, "round": 1}
        found.append(small.event(number, "reopened", at.isoformat(), **again))
        at += timedelta(hours=3)
        found.append(small.event(number, "closed", at.isoformat(), **again))
    return found


def _dispute(dice: random.Random, number: str) -> list[Message]:
    registered = _moment(dice)
    at, area = registered, dice.choice(AREAS)
    found = []
    for stage in (*COURSE[: dice.randint(1, 4)], dice.choice(("succeeded", "failed", "mediating"))):
        fields: Message = {"registered_at": registered.isoformat(), "area": area}
        found.append(small.dispute(number, stage, at.isoformat(), **fields))
        at += timedelta(milliseconds=dice.randrange(1, 90 * 3600 * 1000))
    return found


def _beat(dice: random.Random) -> Message:
    status = dice.choice(("online", "online", "online", "offline", "fault"))
    device = dice.randrange(30)
    return small.beat(f"camera{device}", _moment(dice).isoformat(), status, area=AREAS[device % 11])
