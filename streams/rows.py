"""Typed messages become rows of the store.

In two steps: `Intake.pick` reads the fields of some hundred messages into columns, `Intake.table` makes the rows of all
that were picked. Which words are alike, which area a code means and which day a time lies in is found on whole columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.areas import AreaTree
from schemas.contracts import DEVICE_STATUSES, EVENT_STAGES, MEDIATION_STAGES, Topic
from streams.columns import (
    EPOCH,
    Field,
    codes,
    combined,
    days,
    greatest,
    instants,
    laid,
    listed,
    milliseconds,
    numbers,
    optional,
    ranks,
    relabelled,
    stamps,
    texts,
    times,
    together,
    units,
    words,
)
from streams.ledger import Case

_EVENT_RANK = {stage: rank for rank, stage in enumerate(EVENT_STAGES, start=1)}
_MEDIATION_RANK = {stage: rank for rank, stage in enumerate(MEDIATION_STAGES, start=1)}
#: More than there are ranks.
_RANKS = 16
_STATUS_RANK = {status: rank for rank, status in enumerate(DEVICE_STATUSES, start=1)}


def _each(field: Callable[[str], Field], *names: str) -> dict[str, Field]:
    return {name: field(name) for name in names}


_FIELDS: dict[Topic, dict[str, Field]] = {
    "events": {
        **_each(texts, "source", "id", "stage", "area", "category", "channel"),
        **_each(optional, "handling_level"),
        **_each(stamps, "reported_at", "at", "due_at"),
        "urgency": optional("urgency", "normal"),
        "round": numbers("round", pa.uint16()),
        "rating": numbers("rating", pa.uint8()),
    },
    "mediation": {
        **_each(texts, "source", "id", "stage", "area", "dispute_type", "origin"),
        **_each(optional, "body_level", "triage"),
        **_each(stamps, "registered_at", "at", "due_at"),
        "round": numbers("round", pa.uint16()),
    },
    "cameras": {
        **_each(texts, "device_id", "status", "area"),
        **_each(optional, "network"),
        **_each(stamps, "at"),
        "kind": optional("kind", "camera"),
    },
    "statistics": {
        **_each(texts, "area", "name", "period", "source"),
        **_each(instants, "at"),
        "value": numbers("value", pa.float64()),
    },
    "actions": {
        **_each(texts, "warning_id", "action", "by"),
        **_each(optional, "note"),
        **_each(instants, "at", "until"),
    },
    "warnings": {
        **_each(texts, "warning_id", "area", "rule", "colour", "state"),
        **_each(instants, "updated_at", "raised_at"),
        "found": listed(lambda messages: [int(message.found) for message in messages], pa.uint8()),
        "message": listed(lambda messages: [msgspec.json.encode(each) for each in messages], pa.string()),
    },
}

#: What was read of a run of messages, by field.
Picked = Mapping[str, Any]
Columns = Mapping[str, pa.Array]


def event_rows(of: Columns, areas: AreaTree) -> pa.Table:
    """Rows of `event_messages`."""
    reported, at, due = times(of["reported_at"]), times(of["at"]), times(of["due_at"])
    source, stage, level = words(of["source"]), words(of["stage"]), words(of["handling_level"])
    rank = ranks(stage, _EVENT_RANK)
    case, order = (
        together(source, words(of["id"]), words(reported)),
        milliseconds(at) * _RANKS + rank.to_numpy(),
    )
    says = (due.is_valid(), pc.not_equal(of["handling_level"], ""), pc.not_equal(of["rating"], 0))
    edge = greatest(case, order)
    for said in says:
        edge |= greatest(case, order, said.to_numpy(zero_copy_only=False))
    return pa.table(
        {
            "day": days(reported),
            "source": source,
            "id": of["id"],
            "reported_at": reported,
            "stage": stage,
            "rank": rank,
            "round": of["round"],
            "at": at,
            "area": relabelled(words(of["area"]), areas.resolve),
            "category": words(of["category"]),
            "channel": words(of["channel"]),
            "urgency": words(of["urgency"]),
            "due_at": due,
            "level": level,
            "rating": of["rating"],
            "canonical": of["canonical"],
            "edge": pa.array(edge.astype(np.uint8)),
        }
    )


def mediation_rows(of: Columns, areas: AreaTree) -> pa.Table:
    """Rows of `mediation_messages`."""
    registered, stage = times(of["registered_at"]), words(of["stage"])
    return pa.table(
        {
            "day": days(registered),
            "source": words(of["source"]),
            "id": of["id"],
            "registered_at": registered,
            "stage": stage,
            "rank": ranks(stage, _MEDIATION_RANK),
            "round": of["round"],
            "at": times(of["at"]),
            "area": relabelled(words(of["area"]), areas.resolve),
            "dispute_type": words(of["dispute_type"]),
            "origin": words(of["origin"]),
            "body_level": words(of["body_level"]),
            "triage": words(of["triage"]),
            "due_at": times(of["due_at"]),
            "canonical": of["canonical"],
        }
    )


def camera_rows(of: Columns, areas: AreaTree) -> pa.Table:
    """Rows of `device_messages`."""
    at, device, status = times(of["at"]), words(of["device_id"]), words(of["status"])
    rank = relabelled(status, lambda word: chr(_STATUS_RANK[word]) + word)
    area = relabelled(words(of["area"]), areas.resolve)
    moment, owner = milliseconds(at), codes(device)
    online = codes(status) == status.dictionary.index("online").as_py()
    edge = greatest(owner, moment) | greatest(owner, -moment) | greatest(owner, moment, online)
    return pa.table(
        {
            "hour": pa.array((units(at, timedelta(hours=1)) * 3600).astype(np.uint32), pa.uint32()),
            "device_id": device,
            "at": at,
            "state": combined([rank, area, words(of["network"]), words(of["kind"])], "\0"),
            "edge": pa.array(edge.astype(np.uint8)),
        }
    )


def statistic_rows(of: Columns, areas: AreaTree) -> pa.Table:
    """Rows of `statistics`; a figure of an area the pack does not know is refused, for it would count elsewhere."""
    figure = pa.StructArray.from_arrays([of["canonical"], of["value"]], names=["canonical", "value"])
    return pa.table(
        {
            "area": of["area"],
            "name": of["name"],
            "period": of["period"],
            "source": of["source"],
            "at": times(of["at"]),
            "figure": figure,
        }
    )


def action_rows(of: Columns, areas: AreaTree) -> pa.Table:
    """Rows of `actions`."""
    return pa.table(
        {
            "warning_id": of["warning_id"],
            "at": times(of["at"]),
            "action": of["action"],
            "actor": of["by"],
            "note": of["note"],
            "until": times(of["until"]).fill_null(EPOCH),
        }
    )


def warning_rows(of: Columns, areas: AreaTree) -> pa.Table:
    """Rows of `warning_words`."""
    updated = pc.coalesce(times(of["updated_at"]), times(of["raised_at"]))
    return pa.table(
        {
            "warning_id": of["warning_id"],
            "area": relabelled(words(of["area"]), areas.resolve),
            "rule": of["rule"],
            "updated_at": updated,
            "raised_at": times(of["raised_at"]),
            "found": of["found"],
            "colour": of["colour"],
            "state": of["state"],
            "message": of["message"],
        }
    )


RowBuilder = Callable[[Columns, AreaTree], pa.Table]


def day_units(rows: pa.Table) -> list[datetime]:
    """The UTC days the rows touch."""
    return [EPOCH + timedelta(days=int(d)) for d in np.unique(rows["day"].cast(pa.int32()).to_numpy())]


def day_cases(rows: pa.Table, most: int | None = None) -> dict[datetime, frozenset[Case]]:
    """The cases the rows touch, by the UTC day of their report; days with more than `most` rows are left out."""
    if most is not None:
        _, of, counts = np.unique(
            rows["day"].cast(pa.int32()).to_numpy(), return_inverse=True, return_counts=True
        )
        rows = rows.filter(pa.array((counts <= most)[of]))
    columns = {  # numbers and text: days as objects and words of a dictionary take four times as long
        "day": rows["day"].cast(pa.int32()),
        "source": rows["source"].cast(pa.string()),
        "id": rows["id"],
    }
    distinct = pa.table(columns).group_by(list(columns), use_threads=False).aggregate([]).to_pydict()
    found: dict[int, set[Case]] = {}
    for day, source, id_ in zip(*distinct.values(), strict=True):
        found.setdefault(day, set()).add((source, id_))
    return {EPOCH + timedelta(days=day): frozenset(cases) for day, cases in found.items()}


def hour_units(rows: pa.Table) -> list[datetime]:
    """The hours the rows touch."""
    return [EPOCH + timedelta(seconds=int(s)) for s in np.unique(rows["hour"].to_numpy())]


def no_cases(rows: pa.Table, most: int | None = None) -> dict[datetime, frozenset[Case]]:
    """Units that are always recomputed whole need no list of cases."""
    return {}


def no_units(rows: pa.Table) -> list[datetime]:
    """Topics without rollups touch nothing."""
    return []


@dataclass(frozen=True, slots=True)
class Intake:
    """How one topic is taken in: its table, its rows, and the units and cases of its rollup a batch touches."""

    topic: Topic
    into: str
    build: RowBuilder
    units: Callable[[pa.Table], list[datetime]] = no_units
    cases: Callable[[pa.Table, int | None], dict[datetime, frozenset[Case]]] = no_cases

    def pick(self, messages: Sequence[Any], canonical: Sequence[bytes]) -> Picked:
        """What is read of a run of messages, one at least, with their canonical bytes where the topic has such."""
        picked = {name: field.read(messages) for name, field in _FIELDS[self.topic].items()}
        return picked | ({"canonical": canonical} if canonical else {})

    def table(self, picked: Sequence[Picked], areas: AreaTree) -> pa.Table:
        """Rows of all that was picked, one run at least."""
        fields = _FIELDS[self.topic]
        runs = {name: [run[name] for run in picked] for name in picked[0]}
        return self.build(
            {name: fields[name].column(of) if name in fields else laid(of) for name, of in runs.items()},
            areas,
        )


INTAKES: dict[Topic, Intake] = {
    intake.topic: intake
    for intake in (
        Intake("events", "event_messages", event_rows, day_units, day_cases),
        Intake("mediation", "mediation_messages", mediation_rows, day_units),
        Intake("cameras", "device_messages", camera_rows, hour_units),
        Intake("statistics", "statistics", statistic_rows),
        Intake("actions", "actions", action_rows),
        Intake("warnings", "warning_words", warning_rows),
    )
}
