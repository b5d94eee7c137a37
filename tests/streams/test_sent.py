"""Rules of records kept as they were sent: which times are regular, and that both ways of reading a record agree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.contracts import CONTRACTS, Topic
from schemas.examples import EXAMPLES
from streams.decoding import decode
from streams.sent import FORMS, MANY, regular

SHAPE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?(Z|[+-]\d\d:\d\d)")
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1971, 1, 2), datetime(2098, 12, 30), timezones=offsets)  # noqa: DTZ001
texts = st.builds(
    lambda at, precision, zulu: (
        at.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
        if zulu
        else at.isoformat(timespec=precision)
    ),
    times,
    st.sampled_from(["seconds", "milliseconds", "microseconds"]),
    st.booleans(),
)


@given(texts)
@example("2024-02-29T23:59:59Z")
@example("1972-02-29T00:00:00.000+14:00")
@example("2026-03-01 08:00:00.123456-05:00")
def test_times_as_most_systems_write_them_are_regular(text: str) -> None:
    assert regular([text])
    assert regular([text, "2026-03-01T08:00:00Z", text, "2026-03-01T08:00:00.5Z".replace(".5", ".500")])


@given(st.lists(st.from_regex(SHAPE, fullmatch=True), min_size=1, max_size=4))
@example(["2026-02-29T00:00:00Z"])
@example(["2100-02-28T00:00:00Z"])
@example(["2026-04-31T00:00:00+08:00"])
@example(["2026-03-01T00:00:60Z"])
@example(["2026-03-01T24:00:00Z"])
@example(["2026-03-01T00:00:00+15:00"])
@example(["2026-03-01T00:00:00Z", "2026-13-01T00:00:00Z"])
def test_what_is_regular_is_a_time_of_our_age_and_read_alike_by_all(several: list[str]) -> None:
    if not regular(several):
        return
    read = [msgspec.convert(text, datetime) for text in several]
    assert all(datetime(1970, 1, 1, tzinfo=UTC) <= at < datetime(2100, 1, 1, tzinfo=UTC) for at in read)
    assert pa.array(several).cast(pa.timestamp("us", tz="UTC")).to_pylist() == read


@pytest.mark.parametrize(
    "text",
    ["", "2026-03-01", "2026-03-01T08:00:00", "2026-03-01t08:00:00z", "２026-03-01T08:00:00Z",
     "2026-03-01T08:00:00.1234567Z", "2026-03-01T08:00:00Z0", "1970-12-31T23:59:59Z", "2099-01-01T00:00:00Z"],
)  # fmt: skip
def test_other_times_are_left_to_a_closer_look(text: str) -> None:
    assert not regular([text])
    assert not regular(["2026-03-01T08:00:00Z", text])


def test_texts_that_are_regular_only_end_to_end_are_not() -> None:
    assert not regular(["2026-03-01T08:00:00Z2026-03-01T08:00:00", "Z"])


@pytest.mark.parametrize("topic", MANY)
def test_every_field_but_times_that_may_hold_any_word_is_looked_at(topic: Topic) -> None:
    """A number of a person in any field is refused, whatever the field."""
    for name in CONTRACTS[topic].__struct_fields__:
        item: dict[str, Any] = {**EXAMPLES[topic], name: "13812345678"}
        assert decode(topic, [(0, msgspec.json.encode(item))]).messages == [], name


@pytest.mark.parametrize("topic", MANY)
def test_a_record_is_the_same_with_another_field_beside_it_and_in_any_order(topic: Topic) -> None:
    item = dict(EXAMPLES[topic])
    straight, turned, beside = (
        decode(topic, [(0, msgspec.json.encode(each))])
        for each in (item, dict(reversed(item.items())), item | {"zeta": 1})
    )
    assert type(straight.messages[0]) is FORMS[topic].strict
    assert type(beside.messages[0]) is FORMS[topic].loose
    assert straight == turned
    assert msgspec.structs.asdict(straight.messages[0]) == msgspec.structs.asdict(beside.messages[0])
    assert len(straight.canonical) == len(beside.canonical)
