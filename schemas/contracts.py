"""The messages on the topics, as types. JSON Schema and AsyncAPI are generated from them.

Contracts evolve by rule: a new field has a default, a field never changes its type, unknown fields are
ignored. Times are RFC 3339 with an offset. A message value is one JSON object or an array of them; its key is
the area code.
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
    "registered",
    "accepted",
    "assigned",
    "mediating",
    "escalated",
    "succeeded",
    "failed",
    "reopened",
    "withdrawn",
]
HandlingLevel = Literal["grid", "village", "town", "district"]
Urgency = Literal["normal", "urgent", "emergency"]
BodyLevel = Literal["village", "town", "district"]
Colour = Literal["blue", "yellow", "red"]
DeviceStatus = Literal["online", "offline", "fault"]
ActionKind = Literal["acknowledge", "handle", "clear", "comment", "begin_emergency", "end_emergency"]
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

Source = Annotated[Word, Meta(description="the upstream system the record comes from")]
CaseId = Annotated[Word, Meta(description="the case's id in its source")]
StageTime = Annotated[Time, Meta(description="when the stage happened, RFC 3339 with offset")]
Deadline = Annotated[
    Time | None, Meta(description="deadline in force, RFC 3339 with offset; absent: as the last one said")
]
ReportedAt = Annotated[Time, Meta(description="when the case began: part of its identity, on every message")]


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """One stage of one grid event. The case is (source, id, reported_at); the stage adds (stage, round)."""

    source: Source
    id: CaseId
    stage: EventStage
    at: StageTime
    reported_at: ReportedAt
    area: AreaCode
    category: Annotated[Word, Meta(description="code of a category of the pack")]
    channel: Annotated[Word, Meta(description="code of a channel of the pack: who reported")]
    due_at: Deadline = None
    handling_level: Annotated[HandlingLevel | None, Meta(description="the tier that closed the loop")] = None
    rating: Annotated[
        Annotated[int, Meta(ge=1, le=5)] | None, Meta(description="rating given at verification, 5 is best")
    ] = None
    urgency: Urgency = "normal"
    round: Round = 0


class Mediation(Struct, frozen=True, kw_only=True, gc=False):
    """One stage of one mediation case. The case is (source, id, registered_at)."""

    source: Source
    id: CaseId
    stage: MediationStage
    at: StageTime
    registered_at: ReportedAt
    area: AreaCode
    dispute_type: Annotated[Word, Meta(description="code of a dispute type of the pack")]
    origin: Annotated[Word, Meta(description="code of an origin of the pack: which body brought the case")]
    body_level: Annotated[BodyLevel | None, Meta(description="level of the mediating body")] = None
    triage: Annotated[
        Colour | None, Meta(description="blue simple, yellow complex, red major or with stability risk")
    ] = None
    due_at: Deadline = None
    round: Round = 0


class Camera(Struct, frozen=True, kw_only=True, gc=False):
    """One status or heartbeat of one device: its health, never footage."""

    device_id: Annotated[Word, Meta(description="20 digits of GB/T 28181, or the id of another system")]
    at: Annotated[Time, Meta(description="when the status was true, RFC 3339 with offset")]
    status: DeviceStatus
    area: AreaCode
    network: Annotated[str, Meta(max_length=200, description="code of a camera network of the pack")] = ""
    kind: Literal["camera", "terminal"] = "camera"


class Statistic(Struct, frozen=True, kw_only=True):
    """A periodic figure no stream carries, such as population or court filings of a quarter."""

    area: AreaCode
    name: Annotated[Word, Meta(description="what is counted, such as population or court_filings")]
    period: Annotated[
        str,
        Meta(
            pattern=r"^(19|20)[0-9]{2}(-(Q[1-4]|0[1-9]|1[0-2]))?$(?!\n)",
            description="2026, 2026-Q1 or 2026-03",
        ),
    ]
    value: Annotated[float, Meta(description="the figure itself, in units, not in thousands")]
    at: Annotated[Time, Meta(description="when the figure became known, RFC 3339 with offset")]
    source: Source


class Action(Struct, frozen=True, kw_only=True):
    """What an operator did about a warning, or about an area's emergency mode, whose id is `emergency:` and the area's
    code. `by` is a role or desk, never a person's name."""

    warning_id: Annotated[Word, Meta(description="id of the warning, or emergency: and the area's code")]
    action: ActionKind
    by: Annotated[Word, Meta(description="role or desk that acted, never a person's name")]
    at: Annotated[Time, Meta(description="when it was done, RFC 3339 with offset")]
    note: Annotated[str, Meta(max_length=2000, description="a remark")] = ""
    until: Annotated[
        Time | None,
        Meta(description="begin_emergency: when it ends by itself, RFC 3339 with offset; absent: by hand"),
    ] = None


class Warning(Struct, frozen=True, kw_only=True):
    """The system's own output: an area × category above expectation, or a deadline or device rule broken."""

    warning_id: Annotated[str, Meta(description="id of the warning")]
    area: Annotated[str, Meta(description="code of the area that is warned about")]
    category: Annotated[str, Meta(description="code of the category, or empty where the rule knows none")]
    colour: Colour
    state: WarningState
    raised_at: Annotated[Time, Meta(description="when it was raised, RFC 3339 with offset")]
    window: Annotated[str, Meta(description="the span of time the observed count is over")]
    observed: Annotated[float, Meta(description="what was counted")]
    expected: Annotated[float | None, Meta(description="what was expected; absent for a rule")] = None
    recurrence_days: Annotated[
        float | None, Meta(description="once in how many days chance alone raises as much")
    ] = None
    rule: Annotated[str, Meta(description="name of the rule broken; empty for a statistical warning")] = ""
    updated_at: Annotated[Time | None, Meta(description="time of this state, RFC 3339 with offset")] = None
    subject: Annotated[str, Meta(description="what of the area and category the rule looks at")] = ""
    found: Annotated[bool, Meta(description="whether what it warns of still held at updated_at")] = True
    reopened: Annotated[int, Meta(ge=0, description="how often it was opened again")] = 0
    escalated: Annotated[
        int, Meta(ge=0, description="levels it went up because nobody acknowledged it in time")
    ] = 0
    level: Annotated[str, Meta(description="code of the level whose desk it goes to now")] = ""
    departments: Annotated[tuple[str, ...], Meta(description="codes of the departments it goes to")] = ()
    areas: Annotated[tuple[str, ...], Meta(description="areas it was found in, where they are several")] = ()
    explanation_zh: Annotated[str, Meta(description="why it was raised, in Chinese")] = ""
    explanation_en: Annotated[str, Meta(description="why it was raised, in English")] = ""
    window_from: Annotated[Time | None, Meta(description="start of the window counted")] = None
    window_to: Annotated[Time | None, Meta(description="end of the window counted")] = None
    baseline_from: Annotated[Time | None, Meta(description="first time of what the expectation rests on")] = (
        None
    )
    baseline_to: Annotated[Time | None, Meta(description="end of what the expectation rests on")] = None
    p: Annotated[float | None, Meta(description="probability of as much by chance")] = None
    q: Annotated[
        float | None, Meta(description="the same after Benjamini and Hochberg, over all cells of the look")
    ] = None
    category_share: Annotated[
        float | None, Meta(description="share of the area's events in the window that are of the category")
    ] = None
    certainty: Annotated[
        Literal["", "low", "fair", "good"], Meta(description="how much history the expectation rests on")
    ] = ""
    rise: Annotated[
        float | None, Meta(description="times the usual that the places beside it have, which p allows for")
    ] = None
    arrived: Annotated[
        float | None, Meta(description="share of the window's events known by now, which p allows for")
    ] = None


class Quarantined(Struct, frozen=True, kw_only=True):
    """A record that could not be taken, with where it stood and why; personal numbers in it are masked."""

    topic: Annotated[str, Meta(description="topic the record came on")]
    partition: int
    offset: int
    reason: Annotated[str, Meta(description="a short machine-readable word")]
    at: Annotated[Time, Meta(description="when it was rejected, RFC 3339 with offset")]
    payload: Annotated[str, Meta(description="the record as it came, personal numbers masked")]
    field: Annotated[str | None, Meta(description="path of the field at fault")] = None
    index: Annotated[int, Meta(description="place of the record in its message, where that is an array")] = 0


CONTRACTS: dict[Topic, type[Struct]] = {
    "events": Event,
    "mediation": Mediation,
    "cameras": Camera,
    "statistics": Statistic,
    "actions": Action,
    "warnings": Warning,
    "quarantine": Quarantined,
}
