"""The one place where the bytes of a message become rows of the store, or a reason why they cannot.

Pure: bytes in, `Decoded` out. A value is one JSON object or an array of them; a bad item of an array does not harm
the others. Everything is decided here that makes a record acceptable: form, types, times, personal numbers, area.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from schemas.areas import AreaTree
from schemas.contracts import (
    CONTRACTS,
    DEVICE_STATUSES,
    EVENT_STAGES,
    MEDIATION_STAGES,
    Action,
    Camera,
    Event,
    Mediation,
    Statistic,
    Topic,
    Warning,
)
from schemas.errors import RecordError
from schemas.privacy import masked, may_hold_personal, personal_field

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Times outside are mistakes of a clock or a format, not events.
EARLIEST, LATEST = EPOCH, datetime(2100, 1, 1, tzinfo=UTC)
#: A payload in quarantine is cut to this many characters.
PAYLOAD_LIMIT = 4096
#: A single message larger than this is refused whole.
VALUE_LIMIT = 8 * 1024 * 1024

#: Reasons to refuse a message whole, not single items of it.
WHOLE_MESSAGE = frozenset({"empty", "too_large", "not_utf8", "not_json", "too_deep"})

_EVENT_RANK = {stage: rank for rank, stage in enumerate(EVENT_STAGES, start=1)}
_MEDIATION_RANK = {stage: rank for rank, stage in enumerate(MEDIATION_STAGES, start=1)}
_STATUS_RANK = {status: rank for rank, status in enumerate(DEVICE_STATUSES, start=1)}
_TIMES: dict[Topic, tuple[str, ...]] = {
    "events": ("at", "reported_at", "due_at"),
    "mediation": ("at", "registered_at", "due_at"),
    "cameras": ("at",),
    "statistics": ("at",),
    "actions": ("at",),
    "warnings": ("at", "raised_at", "updated_at"),
}
_FINE_FRACTION = re.compile(r"(\.\d{6})\d+")
_AT_FIELD = re.compile(r"`\$\.([A-Za-z_]+)")

_decode = msgspec.json.Decoder().decode
_canonical = msgspec.json.Encoder(order="sorted").encode

Milliseconds = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was not taken: which item of which message, why, and its text with personal numbers masked."""

    offset: int
    item: int
    reason: str
    field: str | None
    payload: str


@dataclass(slots=True)
class Decoded:
    """The good and the bad of a batch: typed messages with their canonical bytes, and rejects."""

    messages: list[Any] = field(default_factory=list)
    canonical: list[bytes] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def decode(topic: Topic, records: Iterable[tuple[int, bytes | None]], codes: Container[str] = ()) -> Decoded:
    """Decode (offset, value) pairs of one topic. Never raises for what a record holds.

    `codes` are known area codes: a long one may look like a number of a person and is none.
    """
    decoded = Decoded()
    contract = CONTRACTS[topic]
    times = _TIMES[topic]
    for offset, value in records:
        try:
            items = _items(value)
            wary = may_hold_personal(value or b"")
        except RecordError as error:
            decoded.rejects.append(Reject(offset, 0, error.reason, error.field, _payload(value)))
            continue
        for index, item in enumerate(items):
            try:
                message = _message(item, contract, times, codes if wary else None)
            except RecordError as error:
                decoded.rejects.append(
                    Reject(offset, index, error.reason, error.field, _payload(_plain(item, value)))
                )
            else:
                decoded.messages.append(message)
                decoded.canonical.append(_canonical(item))
    return decoded


def _items(value: bytes | None) -> Sequence[Any]:
    if not value:
        raise RecordError("empty", "the message has no value")
    if len(value) > VALUE_LIMIT:
        raise RecordError("too_large", f"the message has {len(value)} bytes, at most {VALUE_LIMIT} are taken")
    try:
        decoded = _decode(value)
    except msgspec.DecodeError as error:
        reason = "not_json" if _is_utf8(value) else "not_utf8"
        raise RecordError(reason, str(error)) from error
    except (RecursionError, UnicodeDecodeError) as error:
        reason = "too_deep" if isinstance(error, RecursionError) else "not_utf8"
        raise RecordError(reason, str(error)) from error
    return decoded if isinstance(decoded, list) else [decoded]


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _message(
    item: Any, contract: type[msgspec.Struct], times: Sequence[str], codes: Container[str] | None
) -> msgspec.Struct:
    if not isinstance(item, dict):
        raise RecordError("not_an_object", "a record is a JSON object")
    if codes is not None:
        found = personal_field(item, codes)
        if found is not None:
            raise RecordError(
                "personal_number", f"holds something shaped like a number of a person ({found[1]})", found[0]
            )
    for name in times:
        text = item.get(name)
        if isinstance(text, str) and text[26:27].isdigit():
            item = {
                **item,
                name: _FINE_FRACTION.sub(r"\1", text),
            }  # finer than a microsecond: cut, never rounded
    try:
        message = msgspec.convert(item, contract)
    except msgspec.ValidationError as error:
        raise _explained(str(error), item) from error
    for name in times:
        at = getattr(message, name, None)
        if at is not None and not EARLIEST <= at < LATEST:
            raise RecordError("time_out_of_range", f"{name} {at.isoformat()} is not from 1970 to 2099", name)
    return message


def _explained(text: str, item: Mapping[str, Any]) -> RecordError:
    match = _AT_FIELD.search(text)
    if match is None:
        missing = re.search(r"missing required field `(\w+)`", text)
        return RecordError(
            "missing_field" if missing else "wrong_type", text, missing[1] if missing else None
        )
    name = match[1]
    if name in ("at", "reported_at", "registered_at", "due_at") and isinstance(item.get(name), str):
        naive = re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?", item[name])
        return RecordError("naive_time" if naive else "bad_time", text, name)
    return RecordError("wrong_type" if "`, got `" in text else "bad_value", text, name)


def _plain(item: Any, value: bytes | None) -> bytes | None:
    try:
        return msgspec.json.encode(item)
    except (RecursionError, msgspec.EncodeError):
        return value


def _payload(value: bytes | None) -> str:
    return masked((value or b"").decode("utf-8", errors="backslashreplace"))[:PAYLOAD_LIMIT]


# Rows -----------------------------------------------------------------------------------------------------------


def _times(values: Iterable[datetime | None]) -> pa.Array:
    """Milliseconds, cut down and never rounded."""
    micros = pa.array(list(values), pa.timestamp("us", tz="UTC"))
    return pa.compute.cast(micros, Milliseconds, safe=False)


def _units(times: pa.Array, step: timedelta) -> np.ndarray[Any, np.dtype[np.int64]]:
    length = step // timedelta(milliseconds=1)
    milliseconds: np.ndarray[Any, np.dtype[np.int64]] = times.cast(pa.int64()).to_numpy()
    return milliseconds // length


def _days(times: pa.Array) -> pa.Array:
    return pa.array(_units(times, timedelta(days=1)).astype(np.int32), pa.int32()).cast(pa.date32())


def event_rows(messages: Sequence[Event], canonical: Sequence[bytes], areas: AreaTree) -> pa.Table:
    """Rows of `event_messages`."""
    reported = _times(m.reported_at for m in messages)
    return pa.table(
        {
            "day": _days(reported),
            "source": [m.source for m in messages],
            "id": [m.id for m in messages],
            "reported_at": reported,
            "stage": [m.stage for m in messages],
            "rank": pa.array([_EVENT_RANK[m.stage] for m in messages], pa.uint8()),
            "round": pa.array([m.round for m in messages], pa.uint16()),
            "at": _times(m.at for m in messages),
            "area": [areas.resolve(m.area) for m in messages],
            "category": [m.category for m in messages],
            "channel": [m.channel for m in messages],
            "urgency": [m.urgency for m in messages],
            "due_at": _times(m.due_at for m in messages),
            "level": [m.handling_level or "" for m in messages],
            "rating": pa.array([m.rating or 0 for m in messages], pa.uint8()),
            "canonical": pa.array(canonical, pa.binary()).cast(pa.string()),
        }
    )


def mediation_rows(messages: Sequence[Mediation], canonical: Sequence[bytes], areas: AreaTree) -> pa.Table:
    """Rows of `mediation_messages`."""
    registered = _times(m.registered_at for m in messages)
    return pa.table(
        {
            "day": _days(registered),
            "source": [m.source for m in messages],
            "id": [m.id for m in messages],
            "registered_at": registered,
            "stage": [m.stage for m in messages],
            "rank": pa.array([_MEDIATION_RANK[m.stage] for m in messages], pa.uint8()),
            "round": pa.array([m.round for m in messages], pa.uint16()),
            "at": _times(m.at for m in messages),
            "area": [areas.resolve(m.area) for m in messages],
            "dispute_type": [m.dispute_type for m in messages],
            "origin": [m.origin for m in messages],
            "body_level": [m.body_level or "" for m in messages],
            "triage": [m.triage or "" for m in messages],
            "due_at": _times(m.due_at for m in messages),
            "canonical": pa.array(canonical, pa.binary()).cast(pa.string()),
        }
    )


def camera_rows(messages: Sequence[Camera], canonical: Sequence[bytes], areas: AreaTree) -> pa.Table:
    """Rows of `camera_messages`."""
    at = _times(m.at for m in messages)
    hours = (_units(at, timedelta(hours=1)) * 3600).astype(np.uint32)
    return pa.table(
        {
            "hour": pa.array(hours, pa.uint32()),
            "device_id": [m.device_id for m in messages],
            "at": at,
            "rank": pa.array([_STATUS_RANK[m.status] for m in messages], pa.uint8()),
            "status": [m.status for m in messages],
            "area": [areas.resolve(m.area) for m in messages],
            "network": [m.network for m in messages],
            "kind": [m.kind for m in messages],
        }
    )


def statistic_rows(messages: Sequence[Statistic], canonical: Sequence[bytes], areas: AreaTree) -> pa.Table:
    """Rows of `statistics`; a figure of an area the pack does not know is refused, for it would count elsewhere."""
    figure = pa.StructArray.from_arrays(
        [
            pa.array(canonical, pa.binary()).cast(pa.string()),
            pa.array([m.value for m in messages], pa.float64()),
        ],
        names=["canonical", "value"],
    )
    return pa.table(
        {
            "area": [m.area for m in messages],
            "name": [m.name for m in messages],
            "period": [m.period for m in messages],
            "source": [m.source for m in messages],
            "at": _times(m.at for m in messages),
            "figure": figure,
        }
    )


def action_rows(messages: Sequence[Action], canonical: Sequence[bytes], areas: AreaTree) -> pa.Table:
    """Rows of `actions`."""
    return pa.table(
        {
            "warning_id": [m.warning_id for m in messages],
            "at": _times(m.at for m in messages),
            "action": [m.action for m in messages],
            "actor": [m.by for m in messages],
            "note": [m.note for m in messages],
        }
    )


def warning_rows(messages: Sequence[Warning], canonical: Sequence[bytes], areas: AreaTree) -> pa.Table:
    """Rows of `warning_words`."""
    return pa.table(
        {
            "warning_id": [m.warning_id for m in messages],
            "area": [areas.resolve(m.area) for m in messages],
            "rule": [m.rule for m in messages],
            "updated_at": _times(m.updated_at or m.raised_at for m in messages),
            "raised_at": _times(m.raised_at for m in messages),
            "found": pa.array([int(m.found) for m in messages], pa.uint8()),
            "colour": [m.colour for m in messages],
            "state": [m.state for m in messages],
            "message": [msgspec.json.encode(m).decode() for m in messages],
        }
    )


RowBuilder = Callable[[Sequence[Any], Sequence[bytes], AreaTree], pa.Table]


def day_units(rows: pa.Table) -> list[datetime]:
    """The UTC days the rows touch."""
    return [EPOCH + timedelta(days=int(d)) for d in np.unique(rows["day"].cast(pa.int32()).to_numpy())]


def hour_units(rows: pa.Table) -> list[datetime]:
    """The hours the rows touch."""
    return [EPOCH + timedelta(seconds=int(s)) for s in np.unique(rows["hour"].to_numpy())]


def no_units(rows: pa.Table) -> list[datetime]:
    """Topics without rollups touch nothing."""
    return []


@dataclass(frozen=True, slots=True)
class Intake:
    """How one topic is taken in: its table, its rows, and the units of its rollup a batch touches."""

    topic: Topic
    table: str
    rows: RowBuilder
    units: Callable[[pa.Table], list[datetime]] = no_units


INTAKES: dict[Topic, Intake] = {
    intake.topic: intake
    for intake in (
        Intake("events", "event_messages", event_rows, day_units),
        Intake("mediation", "mediation_messages", mediation_rows, day_units),
        Intake("cameras", "camera_messages", camera_rows, hour_units),
        Intake("statistics", "statistics", statistic_rows),
        Intake("actions", "actions", action_rows),
        Intake("warnings", "warning_words", warning_rows),
    )
}
