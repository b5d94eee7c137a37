"""Reads the facts of warnings from the store: the words of the watch and the actions on them. Both the watch and the
screens read them here and make lives of them (`schemas.lifecycle`), so that both tell the same."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from schemas.clickhouse import Store
from schemas.contracts import Action, Warning
from schemas.emergency import PREFIX, Emergency, emergencies

log = logging.getLogger(__name__)

#: Words that change nothing and are not the newest tell nothing of the life: they are left in the store.
_WORDS = """
    SELECT warning_id, message FROM (
        SELECT warning_id, message, updated_at,
               lagInFrame(tuple(found, colour)) OVER said AS before, tuple(found, colour) AS now,
               row_number() OVER said AS place, max(updated_at) OVER (PARTITION BY warning_id) AS newest
        FROM warning_words
        WHERE updated_at < {at:DateTime64(3, 'UTC')} AND warning_id IN (%s)
        WINDOW said AS (PARTITION BY warning_id ORDER BY updated_at, message
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ) WHERE place = 1 OR before != now OR updated_at = newest
"""
_STANDING = """
    SELECT warning_id FROM warning_words
    WHERE updated_at < {at:DateTime64(3, 'UTC')} AND ({everywhere:UInt8} OR area IN {areas:Array(String)})
    GROUP BY warning_id
    HAVING argMax(found, (updated_at, message)) OR max(updated_at) >= {since:DateTime64(3, 'UTC')}
"""
_ONE = "SELECT {warning_id:String}"
_EMERGENCIES = """
    SELECT DISTINCT warning_id, at, action, actor, note, until FROM actions
    WHERE startsWith(warning_id, {prefix:String}) AND at < {at:DateTime64(3, 'UTC')}
"""
_ACTIONS = """
    SELECT DISTINCT warning_id, at, action, actor, note FROM actions
    WHERE at < {at:DateTime64(3, 'UTC')} AND warning_id IN {ids:Array(String)}
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one warning: what the watch said, and what operators did."""

    words: tuple[Warning, ...] = ()
    actions: tuple[Action, ...] = ()


def read_word(message: str) -> Warning | None:
    """A word as it was stored, by whatever version: a null where the contract has no null any more is its default. One
    that cannot be read even so is told in the log and left aside, since it must not stop what came after it."""
    try:
        return msgspec.json.decode(message, type=Warning)
    except msgspec.ValidationError:
        pass
    try:
        known = {name: value for name, value in msgspec.json.decode(message).items() if value is not None}
        return msgspec.convert(known, Warning)
    except (msgspec.ValidationError, AttributeError) as error:
        log.warning("a stored warning cannot be read and is left aside: %s: %.200s", error, message)
        return None


def _gathered(store: Store, which: str, bound: Mapping[str, Any]) -> dict[str, Facts]:
    words: dict[str, list[Warning]] = defaultdict(list)
    for warning_id, message in store.rows(_WORDS % which, bound):
        if (word := read_word(message)) is not None:
            words[warning_id].append(word)
    actions: dict[str, list[Action]] = defaultdict(list)
    if words:
        for warning_id, at, action, by, note in store.rows(_ACTIONS, {"at": bound["at"], "ids": list(words)}):
            done = {"warning_id": warning_id, "at": at.replace(tzinfo=UTC), "action": action, "by": by}
            actions[warning_id].append(msgspec.convert({**done, "note": note}, Action))
    return {warning_id: Facts(tuple(said), tuple(actions[warning_id])) for warning_id, said in words.items()}


def standing(
    store: Store, at: datetime, areas: Sequence[str] | None = None, since: datetime | None = None
) -> dict[str, Facts]:
    """By id, the facts of the warnings of these areas (None: everywhere) whose cause still holds at T, and of those
    that were spoken of at or after `since`. Blocks; raises `StoreError`."""
    scope = {"everywhere": int(areas is None), "areas": list(areas or ())}
    return _gathered(store, _STANDING, {"at": at, "since": since or at} | scope)


def facts(store: Store, warning_id: str, at: datetime) -> Facts:
    """The facts of one warning known at T, none where there is no such. Blocks; raises `StoreError`."""
    return _gathered(store, _ONE, {"at": at, "warning_id": warning_id}).get(warning_id, Facts())


def emergencies_at(store: Store, at: datetime) -> dict[str, Emergency]:
    """The emergencies in force at T, by area. Blocks; raises `StoreError`."""
    actions = []
    for warning_id, told, action, by, note, until in store.rows(_EMERGENCIES, {"at": at, "prefix": PREFIX}):
        said = {"warning_id": warning_id, "at": told.replace(tzinfo=UTC), "action": action, "by": by}
        end = until.replace(tzinfo=UTC) if until.timestamp() > 0 else None
        actions.append(msgspec.convert({**said, "note": note, "until": end}, Action))
    return emergencies(actions, at)
