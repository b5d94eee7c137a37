"""The messages on the topics, as types. JSON Schema and AsyncAPI are generated from them.

Contracts evolve by rule: a new field has a default, a field never changes its type, unknown fields are ignored.
Times are RFC 3339 with an offset. A message value is one JSON object or an array of them; its key is the area code.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

#: The seven topics, in the order documents list them.
Topic = Literal["events", "mediation", "cameras", "statistics", "actions", "warnings", "quarantine"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
#: The topics gridpulse reads; `warnings` and `quarantine` are its own output.
INPUT_TOPICS: tuple[Topic, ...] = ("events", "mediation", "cameras", "statistics", "actions")

EventStage = Literal[
    "reported", "accepted", "dispatched", "handled", "verified", "closed", "reopened", "extended", "withdrawn"
]
MediationStage = Literal[
    "registered", "accepted", "assigned", "mediating", "escalated", "succeeded", "failed", "reopened", "withdrawn"
]
HandlingLevel = Literal["grid", "village", "town", "district"]
Urgency = Literal["normal", "urgent", "emergency"]
BodyLevel = Literal["village", "town", "district"]
Colour = Literal["blue", "yellow", "red"]
DeviceStatus = Literal["online", "offline", "fault"]
ActionKind = Literal["acknowledge", "handle", "clear", "comment"]
WarningState = Literal["raised", "acknowledged", "handled", "cleared"]

#: Stage order breaks ties between messages of one case with the same `at`.
EVENT_STAGES: tuple[EventStage, ...] = get_args(EventStage)
MEDIATION_STAGES: tuple[MediationStage, ...] = get_args(MediationStage)
#: For messages of one device at the same instant the later entry wins.
DEVICE_STATUSES: tuple[DeviceStatus, ...] = ("online", "fault", "offline")

Word = Annotated[str, Meta(min_length=1, max_length=200)]
AreaCode = Annotated[str, Meta(min_length=1, max_length=64, description="code of an area of the pack")]
Time = Annotated[datetime, Meta(tz=True, description="RFC 3339 with offset")]
Round = Annotated[int, Meta(ge=0, le=65535, description="0, then one more each time the case is reopened")]


class Event(Struct, frozen=True, kw_only=True):
    """One stage of one grid event. The case is (source, id, reported_at); the stage adds (stage, round)."""

    source: Word
    id: Word
    stage: EventStage
    at: Time
    reported_at: Time
    area: AreaCode
    category: Word
    channel: Word
    due_at: Time | None = None
    handling_level: HandlingLevel | None = None
    rating: Annotated[int, Meta(ge=1, le=5)] | None = None
    urgency: Urgency = "normal"
    round: Round = 0


class Mediation(Struct, frozen=True, kw_only=True):
    """One stage of one mediation case. The case is (source, id, registered_at)."""

    source: Word
    id: Word
    stage: MediationStage
    at: Time
    registered_at: Time
    area: AreaCode
    dispute_type: Word
    origin: Word
    body_level: BodyLevel | None = None
    triage: Colour | None = None
    due_at: Time | None = None
    round: Round = 0


class Camera(Struct, frozen=True, kw_only=True):
    """One status or heartbeat of one device: its health, never footage."""

    device_id: Word
    at: Time
    status: DeviceStatus
    area: AreaCode
    network: Annotated[str, Meta(max_length=200)] = ""
    kind: Literal["camera", "terminal"] = "camera"


class Statistic(Struct, frozen=True, kw_only=True):
    """A periodic figure no stream carries, such as population or court filings of a quarter."""

    area: AreaCode
    name: Word
    period: Annotated[
        str, Meta(pattern=r"^[0-9]{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$", description="2026, 2026-Q1 or 2026-03")
    ]
    value: float
    at: Time
    source: Word


class Action(Struct, frozen=True, kw_only=True):
    """What an operator did about a warning. `by` is a role or desk, never a person's name."""

    warning_id: Word
    action: ActionKind
    by: Word
    at: Time
    note: Annotated[str, Meta(max_length=2000)] = ""


class Warning(Struct, frozen=True, kw_only=True):  # noqa: A001 - the field's word
    """The system's own output: an area × category above expectation, or a deadline or device rule broken."""

    warning_id: str
    area: str
    category: str
    colour: Colour
    state: WarningState
    raised_at: Time
    window: str
    observed: float
    expected: float | None = None
    recurrence_days: float | None = None
    rule: str = ""
    updated_at: Time | None = None


class Quarantined(Struct, frozen=True, kw_only=True):
    """A record that could not be taken, with where it stood and why; personal numbers in it are masked."""

    topic: str
    partition: int
    offset: int
    reason: str
    at: Time
    payload: str
    field: str | None = None
    index: int = 0


CONTRACTS: dict[Topic, type[Struct]] = {
    "events": Event,
    "mediation": Mediation,
    "cameras": Camera,
    "statistics": Statistic,
    "actions": Action,
    "warnings": Warning,
    "quarantine": Quarantined,
}
