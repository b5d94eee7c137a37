"""What is generated is up to date, valid by the standards, and accepts what the reader accepts."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from schemas.asyncapi import document
from schemas.contracts import CONTRACTS, INPUT_TOPICS, TOPICS, DeviceStatus, EventStage, MediationStage, Topic
from schemas.examples import EXAMPLES
from schemas.generate import GENERATED, artefacts, check, message_schema, write

ROOT = Path(__file__).parents[2]
PUBLISHED = Path(__file__).parent / "published" / "asyncapi-3.0.0.schema.json.gz"
VALIDATORS = {
    topic: Draft202012Validator(message_schema(topic), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for topic in TOPICS
}
DECODERS = {topic: msgspec.json.Decoder(contract | list[contract]) for topic, contract in CONTRACTS.items()}  # type: ignore[valid-type]


def accepted(topic: Topic, message: object) -> bool:
    try:
        DECODERS[topic].decode(json.dumps(message))
    except msgspec.ValidationError:
        return False
    return True


def test_the_repository_holds_what_is_generated() -> None:
    assert check(ROOT) == []


def test_check_names_what_is_missing_changed_or_left_over(tmp_path: Path) -> None:
    assert check(tmp_path) == sorted(artefacts())
    assert write(tmp_path) == sorted(artefacts())
    assert check(tmp_path) == []
    (tmp_path / GENERATED / "events.schema.json").unlink()
    (tmp_path / GENERATED / "old.schema.json").write_text("{}")
    (tmp_path / "docs/indicators.md").write_text("edited")
    wrong = ["docs/indicators.md", f"{GENERATED}/events.schema.json", f"{GENERATED}/old.schema.json"]
    assert check(tmp_path) == wrong
    assert write(tmp_path) == wrong
    assert check(tmp_path) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_a_schema_is_valid_and_describes_itself(topic: Topic) -> None:
    schema = message_schema(topic)
    Draft202012Validator.check_schema(schema)
    record = schema["$defs"][CONTRACTS[topic].__name__]
    assert record["description"]
    assert record["required"]


@pytest.mark.parametrize("topic", TOPICS)
def test_the_example_is_a_message(topic: Topic) -> None:
    for message in (EXAMPLES[topic], [EXAMPLES[topic]] * 2):
        assert accepted(topic, message)
        assert VALIDATORS[topic].is_valid(message)


# What the schema says and what the reader takes ---------------------------------------------------

_zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_times = st.datetimes(timezones=_zones).map(datetime.isoformat)
_words = st.one_of(
    st.text(min_size=1, max_size=20),
    st.sampled_from(["", "a" * 64, "a" * 65, "a" * 200, "a" * 201, "格" * 200, "格" * 201, "a" * 2001]),
    st.sampled_from(["2026", "2026-Q1", "2026-Q5", "2026-03", "2026-13", "2026-3", "2026\n", "x2026"]),
    st.sampled_from([*get_args(EventStage), *get_args(MediationStage), *get_args(DeviceStatus)]),
    st.sampled_from(["grid", "village", "red", "normal", "camera", "clear", "raised", "GRID"]),
)
_odd_times = st.sampled_from(["2026-03-01T10:00:00", "2026-03-01", "2026-02-30T10:00:00Z", "10:00", "now"])
_numbers = st.one_of(
    st.integers(-2, 7),
    st.sampled_from([65535, 65536, 10**18]),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
)
_values = st.one_of(
    _times, _words, _odd_times, _numbers, st.none(), st.booleans(), st.just([]), st.just({}), st.just(["a"])
)


@st.composite
def near_messages(draw: st.DrawFn) -> tuple[Topic, object]:
    """The example of a topic with fields dropped, replaced by any value or added; now and then an array."""
    topic = draw(st.sampled_from(TOPICS))
    message: dict[str, object] = dict(EXAMPLES[topic])
    fields = [field.encode_name for field in msgspec.structs.fields(CONTRACTS[topic])]
    for name in draw(st.lists(st.sampled_from(fields), max_size=2)):
        message.pop(name, None)
    message |= draw(st.dictionaries(st.sampled_from([*fields, "unknown"]), _values, max_size=2))
    return topic, draw(st.sampled_from([message, [message], [EXAMPLES[topic], message], [], None, "text"]))


@given(near_messages())
def test_the_schema_accepts_what_the_reader_accepts_and_nothing_else(case: tuple[Topic, object]) -> None:
    topic, message = case
    assert VALIDATORS[topic].is_valid(message) == accepted(topic, message)


@given(st.data())
def test_every_value_of_every_field_is_judged_alike(data: st.DataObject) -> None:
    topic = data.draw(st.sampled_from(TOPICS))
    field = data.draw(st.sampled_from([field.name for field in msgspec.structs.fields(CONTRACTS[topic])]))
    message = EXAMPLES[topic] | {field: data.draw(_values)}
    assert VALIDATORS[topic].is_valid(message) == accepted(topic, message)


# AsyncAPI -----------------------------------------------------------------------------------------


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    return [found for item in value for found in references(item)] if isinstance(value, list) else []


def resolve(whole: dict[str, Any], reference: str) -> object:
    at: Any = whole
    for step in reference.removeprefix("#/").split("/"):
        at = at[step]
    return at


def test_the_document_is_valid_asyncapi() -> None:
    validator = Draft7Validator(json.loads(gzip.decompress(PUBLISHED.read_bytes())))
    assert [error.message for error in validator.iter_errors(document())] == []
    broken = document() | {"operations": {"receive_events": {"action": "read"}}}
    assert not validator.is_valid(broken)


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    assert references(whole)
    assert all(resolve(whole, reference) for reference in references(whole))


def test_every_topic_is_a_channel_with_key_message_and_operations() -> None:
    whole = document()
    assert {name: channel["address"] for name, channel in whole["channels"].items()} == {
        topic: f"gridpulse.{topic}" for topic in TOPICS
    }
    received = {name for name, operation in whole["operations"].items() if operation["action"] == "receive"}
    assert received == {f"receive_{topic}" for topic in INPUT_TOPICS}
    sent = {name for name, operation in whole["operations"].items() if operation["action"] == "send"}
    assert sent == {"send_actions", "send_warnings", "send_quarantine"}
    for message in whole["components"]["messages"].values():
        assert message["bindings"]["kafka"]["key"]["type"] == "string"
        assert [example["payload"] for example in message["examples"]] == [EXAMPLES[message["name"]]]
