"""Messages of every topic, mutated: bytes flipped, cut and joined, and values of every kind where others belong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from schemas.contracts import Topic
from tests.support import small

Value = Any
Change = Callable[[random.Random, bytes], bytes]
AT = "2026-03-09T08:00:00+08:00"
#: A good message of each topic, with every field.
GOOD: dict[Topic, dict[str, Value]] = {
    "events": small.event(1, "closed", AT, due_at=AT, handling_level="grid", rating=5, urgency="urgent", round=2),
    "mediation": small.dispute(1, "succeeded", AT, due_at=AT, body_level="town", triage="red", round=1),
    "cameras": small.beat("34020000001320000001", AT, network="xueliang", kind="camera"),
    "statistics": {
        "area": "370403", "name": "population", "period": "2026-Q1", "value": 1.5, "at": AT, "source": "bureau",
    },
    "actions": {"warning_id": "w1", "action": "comment", "by": "desk", "at": AT, "note": "格脉 \\ \" \n"},
}  # fmt: skip
#: What stands where something else belongs, as it is written in JSON.
ODD: tuple[bytes, ...] = (
    b"null", b"true", b"0", b"-1", b"1e400", b"-0.0", b"65535", b"65536", b"9007199254740993", b"1" * 400, b"1e-400",
    b'""', b'" "', b'"\\u0000"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\ude00"', b'"\\uffff"',
    b'"\xf0\x9f\x98\x80"',
    b'"a\\tb\\nc"', b'"\\""', b'"' + b"x" * 200 + b'"', b'"' + b"y" * 5000 + b'"', "\"格脉'; DROP TABLE\"".encode(),
    b'"2026-03-09T08:00:00"', b'"2026-03-09T08:00:00.123456789+08:00"', b'"1970-01-01T00:00:00+23:59"',
    b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59-12:00"', b'"2026-02-30T08:00:00Z"',
    b'"2026-03-09 08:00:00z"',
    b'"2026-03-09T24:00:00Z"', b'"2026-03-09T23:59:60Z"', b'"1969-12-31T23:59:59.999Z"',
    b'"2099-12-31T23:59:59.9999999Z"',
    b'"13812345678"', b'"11010519491231002X"', b'"370403001001007"', b'"D"', b"[]", b"{}", b'[1,[2,[3]]]',
    b'{"a":{"b":[]}}',
    b"[" * 300 + b"]" * 300, b'{"a":' * 300 + b"1" + b"}" * 300, b"[" * 2000 + b"]" * 2000,
    b"NaN", b"Infinity", b"'x'", b"\xff", b"",
)  # fmt: skip


def _encoded(value: Value) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _object(fields: dict[str, bytes]) -> bytes:
    return b"{" + b",".join(_encoded(name) + b":" + value for name, value in fields.items()) + b"}"


def _fields(good: bytes) -> dict[str, bytes]:
    return {name: bytes(raw) for name, raw in msgspec.json.decode(good, type=dict[str, msgspec.Raw]).items()}


def _odd_value(dice: random.Random, good: bytes) -> bytes:
    fields = _fields(good)
    for name in dice.sample(list(fields), dice.choice((1, 1, 1, 2, 3))):
        fields[name] = dice.choice(ODD)
    return _object(fields)


def _dropped(dice: random.Random, good: bytes) -> bytes:
    fields = _fields(good)
    del fields[dice.choice(list(fields))]
    return _object(fields)


def _added(dice: random.Random, good: bytes) -> bytes:
    return _object(_fields(good) | {dice.choice(("", "x", "at ", "名", "a.b", "$")): dice.choice(ODD)})


def _twice(dice: random.Random, good: bytes) -> bytes:
    name = dice.choice(list(_fields(good)))
    return good[:-1] + b"," + _encoded(name) + b":" + dice.choice(ODD) + b"}"


def _flipped(dice: random.Random, good: bytes) -> bytes:
    found = bytearray(good)
    for _ in range(dice.choice((1, 1, 2, 8))):
        found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found)


def _cut(dice: random.Random, good: bytes) -> bytes:
    start, end = sorted(dice.choices(range(len(good) + 1), k=2))
    return good[:start] + good[end:]


def _packed(dice: random.Random, good: bytes) -> bytes:
    items = [dice.choice((good, dice.choice(ODD), _odd_value(dice, good))) for _ in range(dice.randrange(4))]
    return b"[" + b",".join(items) + b"]"


def _joined(dice: random.Random, good: bytes) -> bytes:
    return good + dice.choice((b"", b"\n", b",", b"\x00", b" ")) + good


def _whitespace(dice: random.Random, good: bytes) -> bytes:
    return dice.choice((b" \n\t", b"\xef\xbb\xbf", b"\x00")) + good


CHANGES: tuple[Change, ...] = (
    _odd_value, _odd_value, _odd_value, _dropped, _added, _added, _twice, _flipped, _flipped, _cut, _packed, _joined,
    _whitespace, lambda dice, good: dice.choice(ODD),
)  # fmt: skip


def mutated(topic: Topic, dice: random.Random, count: int) -> Iterator[bytes]:
    """So many mutated messages of a topic; some of them are good still."""
    for number in range(count):
        good = GOOD[topic] | {
            name: f"{topic}-{number % 5000}" for name in ("id", "device_id") if name in GOOD[topic]
        }
        yield dice.choice(CHANGES)(dice, _encoded(good))
