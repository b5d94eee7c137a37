"""What sources send by mistake, of every kind, and the reason each is to be held for."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

from tests.support import small

Kind = Callable[[random.Random], bytes]
REPORTED = "2026-03-01T08:00:00+08:00"


def _event(dice: random.Random, **fields: Any) -> dict[str, Any]:
    return small.event(f"bad-{dice.randrange(10**6)}", "reported", REPORTED) | fields


def _sent(**fields: Any) -> Kind:
    return lambda dice: msgspec.json.encode(_event(dice, **fields))


def _without(name: str) -> Kind:
    return lambda dice: msgspec.json.encode({k: v for k, v in _event(dice).items() if k != name})


def _cut(dice: random.Random) -> bytes:
    whole = msgspec.json.encode(_event(dice))
    return whole[: dice.randrange(1, len(whole) - 1)]


#: Name of a kind → a message of it, and the reason it is held for.
KINDS: dict[str, tuple[Kind, str]] = {
    "not UTF-8": (lambda dice: b'{"source":"\xff\xfe%d"}' % dice.randrange(10**6), "not_utf8"),
    "not JSON": (_cut, "not_json"),
    "empty": (lambda dice: b"", "empty"),
    "not an object": (lambda dice: b"[%d]" % dice.randrange(10**6), "not_an_object"),
    "wrong type": (_sent(round="one"), "wrong_type"),
    "unknown stage": (_sent(stage="eaten"), "bad_value"),
    "missing field": (_without("source"), "missing_field"),
    "naive time": (_sent(at="2026-03-01T08:00:00"), "naive_time"),
    "far future": (_sent(at="2203-03-01T08:00:00Z"), "time_out_of_range"),
    "far past": (_sent(reported_at="1901-03-01T08:00:00Z"), "time_out_of_range"),
    "deep nesting": (lambda dice: b"[" * 5000 + b"]" * 5000, "too_deep"),
    "personal number": (_sent(note="call 13812345678"), "personal_number"),
}
#: Few of these make a lot.
HUGE = b'{"source":"' + b"x" * (10 * 1024 * 1024) + b'"}'


def poisoned(dice: random.Random, each: int) -> list[tuple[bytes, str]]:
    """So many messages of every kind, and two of 10 MB, with their reasons, in any order."""
    found = [(make(dice), reason) for make, reason in KINDS.values() for _ in range(each)]
    found += [(HUGE, "too_large")] * 2
    dice.shuffle(found)
    return found


def array_with_one_bad_item(dice: random.Random, good: list[dict[str, Any]]) -> bytes:
    """Good messages packed around one that is not."""
    place = dice.randrange(len(good) + 1)
    return msgspec.json.encode([*good[:place], _event(dice, stage="eaten"), *good[place:]])
