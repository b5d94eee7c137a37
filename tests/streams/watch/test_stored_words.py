"""Words of the watch that another version stored are read by this one."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from schemas.clickhouse import Store
from schemas.clickhouse.warnings import read_word, standing
from schemas.contracts import Warning

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
WORD = Warning(
    warning_id="w-1", area="370403", category="litter", colour="blue", state="raised", raised_at=AT, window="24h",
    observed=5, updated_at=AT,
)  # fmt: skip
STORED: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(WORD))


def stored(store: Store, *messages: str) -> None:
    size, times = len(messages), pa.timestamp("ms", tz="UTC")
    text = {"area": "370403", "rule": "", "colour": "blue", "state": "raised"}
    store.insert(
        "warning_words",
        pa.table(
            {
                "warning_id": [f"w-{n}" for n in range(size)],
                **{name: [value] * size for name, value in text.items()},
                "updated_at": pa.array([AT] * size, times), "raised_at": pa.array([AT] * size, times),
                "found": pa.array([1] * size, pa.uint8()), "message": list(messages),
            }
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        dict.fromkeys(("certainty", "areas", "level", "explanation_zh")),
        {"of_a_later_version": [1, 2]},
    ],
    ids=["nulls of an earlier version", "a field of a later one"],
)
def test_a_word_of_another_version_is_read_with_defaults(fields: dict[str, Any]) -> None:
    assert read_word(msgspec.json.encode(STORED | fields).decode()) == WORD


def test_a_word_without_fields_added_since_is_read_with_defaults() -> None:
    needed = {name: STORED[name] for name in Warning.__struct_fields__ if STORED[name] not in (None, "", [])}
    assert read_word(msgspec.json.encode(needed).decode()) == WORD


def test_a_word_that_cannot_be_read_stops_no_other_and_is_told(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    good = msgspec.json.encode(STORED).decode()
    stored(store, good, '{"colour": "violet"}', "[]", good)
    with caplog.at_level(logging.WARNING):
        found = standing(store, datetime(2026, 3, 11, tzinfo=UTC))
    assert {key: facts.words for key, facts in found.items()} == {"w-0": (WORD,), "w-3": (WORD,)}
    assert sum("cannot be read" in message for message in caplog.messages) == 2
