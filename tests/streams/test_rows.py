"""Bytes become rows of the store, or a reason why they cannot; nothing a record holds raises."""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clickhouse import Store
from schemas.contracts import CONTRACTS, EVENT_STAGES, Topic
from schemas.examples import EXAMPLES
from streams import rollups
from streams.decoding import NUMBER_LIMIT, PAYLOAD_LIMIT, VALUE_LIMIT, Reject, decode
from streams.rows import INTAKES
from streams.sink import rows_of, store_batch
from tests.support import small
from tests.support.small import NOW, beat, dispute, event

PACK = small.pack()
MUTATIONS = 20_000
GOOD = event(1, "reported", "2026-03-01T08:00:00+08:00")


def rejects(value: bytes | None, topic: Topic = "events") -> list[tuple[int, str, str | None]]:
    """(item, reason, field) of each reject of one message."""
    return [(r.item, r.reason, r.field) for r in decode(topic, [(7, value)]).rejects]


def changed(**fields: Any) -> bytes:
    """A good event with some fields given otherwise, as bytes."""
    return msgspec.json.encode(GOOD | fields)


def canonical(value: Any) -> bytes:
    """What the canonical bytes are defined as."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# Messages refused whole ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"\xff{}", "not_utf8"),
        (b'{"id":"\xff"}', "not_utf8"),
        ('{"id":"e"}'.encode("utf-16"), "not_utf8"),
        (b"{", "not_json"),
        (b"hello", "not_json"),
        (b'{"id":NaN}', "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"id":"\\ud800"}', "not_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}", "too_deep"),
        (b" " * (VALUE_LIMIT + 1), "too_large"),
    ],
)
def test_a_message_that_is_no_json_is_refused_whole(value: bytes | None, reason: str) -> None:
    decoded = decode("events", [(7, value)])
    text = (value or b"").decode(errors="backslashreplace")[:PAYLOAD_LIMIT]
    assert decoded.rejects == [Reject(7, 0, reason, None, text)]
    assert (decoded.messages, decoded.canonical) == ([], [])


def test_a_message_of_just_the_limit_is_taken() -> None:
    value = changed(padding="x" * 100)
    padded = value[:-1] + b" " * (VALUE_LIMIT - len(value)) + b"}"
    assert (len(padded), len(decode("events", [(7, padded)]).messages)) == (VALUE_LIMIT, 1)


@pytest.mark.parametrize("value", [b"null", b"1", b'"text"', b"true", b"[[]]"])
def test_a_record_is_an_object(value: bytes) -> None:
    assert rejects(value) == [(0, "not_an_object", None)]


def test_an_empty_array_is_no_record() -> None:
    decoded = decode("events", [(7, b"[]")])
    assert (decoded.messages, decoded.rejects) == ([], [])


# Records ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", ["source", "id", "stage", "at", "reported_at", "area", "category", "channel"]
)
def test_a_required_field_that_is_missing_is_named(field: str) -> None:
    value = msgspec.json.encode({name: text for name, text in GOOD.items() if name != field})
    assert rejects(value) == [(0, "missing_field", field)]


@pytest.mark.parametrize(
    ("topic", "fields", "reason", "field"),
    [
        ("events", {"id": 7}, "wrong_type", "id"),
        ("events", {"area": None}, "wrong_type", "area"),
        ("events", {"round": "1"}, "wrong_type", "round"),
        ("events", {"round": 1.5}, "wrong_type", "round"),
        ("events", {"round": True}, "wrong_type", "round"),
        ("events", {"due_at": 12}, "wrong_type", "due_at"),
        ("events", {"at": ["2026-03-01T08:00:00Z"]}, "wrong_type", "at"),
        ("events", {"id": ""}, "bad_value", "id"),
        ("events", {"category": "x" * 201}, "bad_value", "category"),
        ("events", {"category": "a\0b"}, "bad_value", "category"),
        ("mediation", {"origin": "\0"}, "bad_value", "origin"),
        ("cameras", {"network": "a\0"}, "bad_value", "network"),
        ("events", {"stage": "eaten"}, "bad_value", "stage"),
        ("events", {"urgency": "NORMAL"}, "bad_value", "urgency"),
        ("events", {"rating": 6}, "bad_value", "rating"),
        ("events", {"round": -1}, "bad_value", "round"),
        ("events", {"round": 65536}, "bad_value", "round"),
        ("cameras", {"status": "on"}, "bad_value", "status"),
        ("statistics", {"value": "812"}, "wrong_type", "value"),
        ("statistics", {"period": 2026}, "wrong_type", "period"),
        ("statistics", {"period": "2026-13"}, "bad_value", "period"),
        ("statistics", {"period": "2026-Q5"}, "bad_value", "period"),
        ("statistics", {"period": "0000"}, "bad_value", "period"),
        ("statistics", {"period": "9999"}, "bad_value", "period"),
        ("statistics", {"period": "2026\n"}, "bad_value", "period"),
        ("statistics", {"period": "２０２６"}, "bad_value", "period"),
        ("mediation", {"triage": "green"}, "bad_value", "triage"),
        ("actions", {"action": "ignore"}, "bad_value", "action"),
        ("warnings", {"colour": "pink"}, "bad_value", "colour"),
    ],
)
def test_a_field_of_another_type_or_value_is_named(
    topic: Topic, fields: dict[str, Any], reason: str, field: str
) -> None:
    assert rejects(msgspec.json.encode(EXAMPLES[topic] | fields), topic) == [(0, reason, field)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-01T08:00:00", "naive_time"),
        ("2026-03-01 08:00", "naive_time"),
        ("2026-03-01T08:00:00.123456789", "naive_time"),
        ("2026-03-01", "bad_time"),
        ("yesterday", "bad_time"),
        ("", "bad_time"),
        ("2026-02-30T08:00:00Z", "bad_time"),
        ("2026-03-01T24:00:00Z", "bad_time"),
        ("2026-03-01T23:59:60Z", "bad_time"),
        ("2026-03-01T08:00:00+25:00", "bad_time"),
        ("1969-12-31T23:59:59.999Z", "time_out_of_range"),
        ("1970-01-01T00:00:00+00:01", "time_out_of_range"),
        ("2100-01-01T00:00:00Z", "time_out_of_range"),
        ("0001-01-01T00:00:00+23:59", "time_out_of_range"),
        ("9999-12-31T23:59:59.999999999-23:59", "time_out_of_range"),
    ],
)
@pytest.mark.parametrize("field", ["at", "reported_at", "due_at"])
def test_a_time_needs_an_offset_and_a_year_of_our_age(text: str, reason: str, field: str) -> None:
    assert rejects(changed(**{field: text})) == [(0, reason, field)]


@pytest.mark.parametrize(
    ("fields", "field", "payload"),
    [
        ({"id": "13812345678"}, "id", '"id":"1**********"'),
        ({"note": "call 138-1234-5678 now"}, "note", '"note":"call 1**-****-**** now"'),
        ({"x": {"y": ["11010519491231002X"]}}, "x.y[0]", '"x":{"y":["1*****************"]}'),
        ({"phone": 13812345678}, "phone", '"phone":1**********'),
        ({"13812345678": 1}, "1**********", '"1**********":1'),
    ],
)
def test_a_personal_number_is_refused_and_masked(fields: dict[str, Any], field: str, payload: str) -> None:
    (reject,) = decode("events", [(7, msgspec.json.encode(GOOD | fields))]).rejects
    assert (reject.reason, reject.field) == ("personal_number", field)
    assert payload in reject.payload
    assert msgspec.json.encode(GOOD)[:-1].decode() in reject.payload or "id" in fields


def test_the_payload_of_any_reject_is_masked_and_cut() -> None:
    (reject,) = decode("events", [(7, changed(stage="eaten", note="13812345678 " + "x" * 9000))]).rejects
    assert (reject.reason, len(reject.payload)) == ("personal_number", PAYLOAD_LIMIT)


@pytest.mark.parametrize("before", range(-14, 3))
def test_a_number_that_a_cut_goes_through_does_not_show(before: int) -> None:
    for cut in (PAYLOAD_LIMIT, PAYLOAD_LIMIT + NUMBER_LIMIT):
        text = "x" * (cut + before) + " 13812345678" + "y" * 10**6
        (reject,) = decode("events", [(0, text.encode())]).rejects
        assert len(reject.payload) == PAYLOAD_LIMIT
        assert not re.search("[0-9]{2}", reject.payload)
    (broken,) = decode("events", [(7, b'{"phone": "13812345678"')]).rejects
    assert (broken.reason, broken.payload) == ("not_json", '{"phone": "1**********"')


def test_a_bad_item_of_an_array_does_not_harm_the_others() -> None:
    items = [GOOD, GOOD | {"stage": "eaten"}, 5, GOOD | {"id": "2"}, {}]
    decoded = decode("events", [(7, msgspec.json.encode(items)), (9, changed(id="3"))])
    assert [m.id for m in decoded.messages] == ["1", "2", "3"]
    assert decoded.rejects == [
        Reject(7, 1, "bad_value", "stage", msgspec.json.encode(items[1]).decode()),
        Reject(7, 2, "not_an_object", None, "5"),
        Reject(7, 4, "missing_field", "source", "{}"),
    ]


@pytest.mark.parametrize("topic", get_args(Topic))
def test_every_documented_example_is_taken(topic: Topic) -> None:
    decoded = decode(topic, [(0, msgspec.json.encode(EXAMPLES[topic]))]) if topic in INTAKES else None
    assert decoded is None or (len(decoded.messages), decoded.rejects) == (1, [])


# Canonical bytes -------------------------------------------------------------------------------------------------


def test_unknown_fields_are_ignored_but_part_of_the_canonical_bytes() -> None:
    with_more = decode("events", [(0, changed(zeta=[1, {"b": 1, "a": None}]))])
    without = decode("events", [(0, changed())])
    assert (
        list(map(msgspec.structs.asdict, with_more.messages + without.messages))
        == [dict.fromkeys(CONTRACTS["events"].__struct_fields__, msgspec.UNSET) | GOOD] * 2
    )
    assert with_more.canonical == [canonical(GOOD | {"zeta": [1, {"a": None, "b": 1}]})]


def test_a_value_finer_than_a_microsecond_stays_in_the_canonical_bytes() -> None:
    fine = "2026-03-01T08:00:00.123456789+08:00"
    decoded = decode("events", [(0, changed(at=fine))])
    assert decoded.messages[0].at == "2026-03-01T08:00:00.123456+08:00"
    assert decoded.canonical == [canonical(GOOD | {"at": fine})]


ordinary = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.decimals(-1000, 1000, places=3).map(float)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8).map("x_".__add__), ordinary, max_size=5)
)
@settings(max_examples=100)
def test_canonical_bytes_are_sorted_json_without_spaces(fields: dict[str, Any]) -> None:
    record = GOOD | fields
    decoded = decode("events", [(0, json.dumps(record, indent=1).encode())])
    taken = [canonical(record)] if not decoded.rejects else []
    assert decoded.canonical == taken
    assert {reject.reason for reject in decoded.rejects} <= {"personal_number"}


# Rows ------------------------------------------------------------------------------------------------------------


def row(topic: Topic, message: dict[str, Any]) -> dict[str, Any]:
    """The one row a message becomes."""
    decoded = small.decoded(topic, [message])
    rows = rows_of(topic, PACK.areas, [decoded])
    assert rows is not None
    (found,) = rows.to_pylist()
    return found  # type: ignore[no-any-return]


def test_an_event_becomes_a_row() -> None:
    message = event(
        7, "closed", "2026-03-02T00:30:00+08:00", due_at="2026-03-02T08:00:00Z", rating=5,
        handling_level="grid", urgency="urgent", round=2,
    )  # fmt: skip
    assert row("events", message) == {
        "day": datetime(2026, 3, 1).date(),  # noqa: DTZ001
        "source": "desk",
        "id": "7",
        "reported_at": datetime(2026, 3, 1, 0, 0, tzinfo=UTC),
        "stage": "closed",
        "rank": 6,
        "round": 2,
        "at": datetime(2026, 3, 1, 16, 30, tzinfo=UTC),
        "area": "370403001001",
        "category": "litter",
        "channel": "web",
        "urgency": "urgent",
        "due_at": datetime(2026, 3, 2, 8, tzinfo=UTC),
        "level": "grid",
        "rating": 5,
        "canonical": canonical(message).decode(),
        "edge": 1,
    }


def test_what_an_event_does_not_say_is_empty() -> None:
    found = row("events", event(7, "reported", "2026-03-02T00:30:00+08:00"))
    assert {name: found[name] for name in ("urgency", "due_at", "level", "rating", "round")} == {
        "urgency": "normal", "due_at": None, "level": "", "rating": 0, "round": 0,
    }  # fmt: skip


def test_the_unit_of_a_case_is_the_utc_day_of_its_report() -> None:
    late = row("events", event(7, "closed", "2026-04-01T00:00:00Z", reported_at="2026-03-01T07:59:59+08:00"))
    assert str(late["day"]) == "2026-02-28"
    assert str(row("mediation", dispute(7, "failed", "2026-04-01T00:00:00Z"))["day"]) == "2026-03-01"


def test_the_unit_of_a_device_is_the_hour_of_its_message() -> None:
    decoded = small.decoded(
        "cameras", [beat("a", "2026-03-01T08:59:59.999+05:30"), beat("a", "2026-03-01T03:30:00Z")]
    )
    rows = rows_of("cameras", PACK.areas, [decoded])
    assert INTAKES["cameras"].units(rows) == [datetime(2026, 3, 1, 3, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("fraction", "kept"),
    [(".9999999", 999), (".999", 999), (".0009", 0), (".0019999999", 1), (".5", 500), ("", 0)],
)
def test_milliseconds_are_cut_and_never_rounded(fraction: str, kept: int) -> None:
    found = row("events", event(7, "closed", f"2026-03-01T08:00:00{fraction}+08:00"))
    assert found["at"] == datetime(2026, 3, 1, tzinfo=UTC) + timedelta(milliseconds=kept)


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("370403001001", "370403001001"),
        ("370403001001007", "370403001001"),  # a grid of a known village
        ("370403001009", "370403001"),  # an unknown village of a known town
        ("370403009", "370403"),
        ("999999", "370403"),
        ("nowhere", "370403"),
    ],
)
def test_an_unknown_area_becomes_its_nearest_known_ancestor(said: str, known: str) -> None:
    assert row("events", event(7, "reported", "2026-03-01T00:00:00Z", area=said))["area"] == known
    assert row("mediation", dispute(7, "registered", "2026-03-01T00:00:00Z", area=said))["area"] == known
    state = row("cameras", beat("a", "2026-03-01T00:00:00Z", area=said))["state"]
    assert state == f"\1online\0{known}\0\0camera"


def test_a_figure_of_a_period_keeps_the_area_it_was_told_for() -> None:
    statistic = {
        "area": "370403001009", "name": "filings", "period": "2026-Q1", "value": 3,
        "at": "2026-04-01T00:00:00Z", "source": "court",
    }  # fmt: skip
    found = row("statistics", statistic)
    assert (found["area"], found["figure"]) == (
        "370403001009", {"canonical": canonical(statistic).decode(), "value": 3.0},
    )  # fmt: skip


# Whatever comes --------------------------------------------------------------------------------------------------

_TOKENS = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"-1", b"1e400", b"NaN", b"\xff", b"\x00",
    b"\xe4\xb8",
    b"\\u0000", b"\\ud800", b"\\u0031", b"99999999999999999999",
    b"[[[[[[[[", b"Z", b"+99:99", b".999999999", b"13812345678",
    "１".encode(), "临".encode(), b"0000-00-00T00:00:00Z", b'"at":', b'"stage":"closed"', b"2100",
    b"\xef\xbb\xbf", b" ",
]  # fmt: skip


def mutated(value: bytes, random: random.Random) -> bytes:
    """The value with a few bytes flipped, cut out, doubled or put in."""
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(value) + 1)
        end = min(len(value), place + random.randint(1, 12))
        value = random.choice(
            [
                value[:place] + bytes([random.randrange(256)]) + value[place + 1 :],
                value[:place] + random.choice(_TOKENS) + value[place:],
                value[:place] + random.choice(_TOKENS) + value[end:],
                value[:place] + value[end:],
                value[:end] + value[place:],
                value[:place] + str(random.randint(-(10**9), 10**9)).encode() + value[end:],
            ]
        )
    return value


def test_no_mutated_message_raises_and_what_is_taken_can_be_stored(store: Store) -> None:
    chance = random.Random(20260301)  # seeded: the same mutations every time
    each = MUTATIONS // len(INTAKES)
    for topic in INTAKES:
        good = msgspec.json.encode(EXAMPLES[topic])
        packed = msgspec.json.encode([EXAMPLES[topic]] * 2)
        values = [mutated(chance.choice([good, good, good, packed]), chance) for _ in range(each)]
        decoded = decode(topic, enumerate(values))
        told = {reject.offset for reject in decoded.rejects}
        assert len(decoded.messages) > each // 20, topic
        assert len(decoded.messages) + len(told) >= each - values.count(b"[]"), topic
        assert {reject.reason for reject in decoded.rejects} <= {
            "empty", "not_utf8", "not_json", "too_deep", "not_an_object", "missing_field", "wrong_type",
            "bad_value", "naive_time", "bad_time", "time_out_of_range", "personal_number",
        }  # fmt: skip
        store_batch(store, PACK.areas, topic, 0, decoded, NOW)
    rollups.refresh(store, PACK)
    ((kept,),) = store.rows("SELECT count() FROM quarantine FINAL")
    assert kept > MUTATIONS // 2


def test_a_message_is_judged_the_same_whatever_lies_beside_it() -> None:
    chance = random.Random(20260302)
    for topic in INTAKES:
        good = msgspec.json.encode(EXAMPLES[topic])
        more = good[:-1] + b',"zeta":{"a":"text","b":[1.5,2]}}'
        for _ in range(2_000):
            value = mutated(chance.choice([good, more, more]), chance)
            alone, beside = decode(topic, [(7, value)]), decode(topic, [(7, value), (8, b"")])
            assert beside.rejects.pop().reason == "empty"
            fields = [list(map(msgspec.structs.asdict, decoded.messages)) for decoded in (alone, beside)]
            assert fields[0] == fields[1], value
            assert (alone.canonical, alone.rejects) == (beside.canonical, beside.rejects), value


def test_a_nul_that_is_only_spelt_or_in_an_unknown_field_is_taken() -> None:
    for fields in ({"category": "a\\u0000b"}, {"zeta": "a\0b"}):
        decoded = decode("events", [(7, changed(**fields))])
        assert (len(decoded.messages), decoded.rejects) == (1, [])
        assert decoded.messages[0].category == (GOOD | fields)["category"]


@pytest.mark.parametrize("topic", INTAKES)
def test_rows_are_the_same_wherever_a_run_of_messages_ends(topic: Topic) -> None:
    good = dict(EXAMPLES[topic])
    varied = [good | {name: f"{n}"} for n in range(3) for name in ("id", "note", "network") if name in good]
    values = [msgspec.json.encode(item) for item in (good, *varied, {**good, "area": "网格"})]
    intake, decoded = INTAKES[topic], decode(topic, list(enumerate(values)))
    canonical = decoded.canonical or [b""] * len(decoded.messages)
    apart = [
        intake.pick([message], [content] if decoded.canonical else [])
        for message, content in zip(decoded.messages, canonical, strict=True)
    ]
    whole = rows_of(topic, PACK.areas, [decoded])
    assert whole is not None
    assert (whole.num_rows, decoded.rejects) == (len(values), [])
    assert intake.table(apart, PACK.areas).to_pylist() == whole.to_pylist()


def test_stages_are_ranked_in_their_documented_order() -> None:
    ranks = [row("events", event(1, stage, "2026-03-01T08:00:00Z"))["rank"] for stage in EVENT_STAGES]
    assert ranks == list(range(1, len(EVENT_STAGES) + 1))
    said = [
        row("cameras", beat("a", "2026-03-01T08:00:00Z", s))["state"] for s in ("online", "fault", "offline")
    ]
    where = "370403001001\0\0camera"
    assert said == [f"\1online\0{where}", f"\2fault\0{where}", f"\3offline\0{where}"]
