"""Seeded messages for a run: cases in all their stages, told twice, late, moved and out of order, and devices."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
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


def traffic(seed: int, size: int, until: datetime = LAST, days: float = 45.0, pace: float = 1.0) -> Traffic:
    """About `size` messages: nine of ten are of events, a tenth of all are told twice, and their order is lost.

    Reports lie in the `days` before `until`; the stages after them come `pace` times as far apart as usual.
    """
    dice = random.Random(seed)
    span = Span(until, timedelta(days=days), pace)
    found: Traffic = {"events": [], "mediation": [], "cameras": []}
    number = 0
    while sum(map(len, found.values())) < size * 10 // 11:
        number += 1
        found["events"] += _event(dice, span, f"{seed}-{number}")
        if number % 12 == 0:
            found["mediation"] += _dispute(dice, span, f"{seed}-{number}")
        if number % 8 == 0:
            found["cameras"].append(_beat(dice, span))
    for messages in found.values():
        messages.extend(dice.choices(messages, k=len(messages) // 10))
        dice.shuffle(messages)
    return found


def split(whole: Mapping[Topic, list[Message]], parts: int) -> list[Traffic]:
    """The same messages in so many waves."""
    return [{topic: messages[n::parts] for topic, messages in whole.items()} for n in range(parts)]


@dataclass(frozen=True, slots=True)
class Span:
    """When things happen: reports in a stretch of time, their stages at a pace."""

    until: datetime
    length: timedelta
    pace: float

    def moment(self, dice: random.Random) -> datetime:
        return self.until - timedelta(milliseconds=dice.randrange(self.length // timedelta(milliseconds=1)))

    def later(self, dice: random.Random, hours: int) -> timedelta:
        """At least a millisecond and less than so many hours at the usual pace."""
        return timedelta(milliseconds=max(1, int(self.pace * dice.randrange(1, hours * 3600 * 1000))))


def _event(dice: random.Random, span: Span, number: str) -> list[Message]:
    reported = span.moment(dice)
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
        at += span.later(dice, 40)
    if dice.random() < 0.08:
        again: Message = {"reported_at": reported.isoformat(), "area": area, "round": 1}
        found.append(small.event(number, "reopened", at.isoformat(), **again))
        at += span.pace * timedelta(hours=3)
        found.append(small.event(number, "closed", at.isoformat(), **again))
    return found


def _dispute(dice: random.Random, span: Span, number: str) -> list[Message]:
    registered = span.moment(dice)
    at, area = registered, dice.choice(AREAS)
    found = []
    for stage in (*COURSE[: dice.randint(1, 4)], dice.choice(("succeeded", "failed", "mediating"))):
        fields: Message = {"registered_at": registered.isoformat(), "area": area}
        found.append(small.dispute(number, stage, at.isoformat(), **fields))
        at += span.later(dice, 90)
    return found


def _beat(dice: random.Random, span: Span) -> Message:
    status = dice.choice(("online", "online", "online", "offline", "fault"))
    device = dice.randrange(30)
    return small.beat(f"camera{device}", span.moment(dice).isoformat(), status, area=AREAS[device % 11])
