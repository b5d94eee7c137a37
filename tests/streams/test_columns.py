"""Rules of columns: which values are the greatest of their owner, and words of several columns as one."""

from __future__ import annotations

from operator import itemgetter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from streams.columns import combined, greatest, laid, together, words
from streams.sink import rows_of
from tests.support import small

owned = st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3), st.booleans()), min_size=1, max_size=12)
pairs = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "网格"])), min_size=1, max_size=9
)


@given(owned)
def test_the_greatest_of_an_owner_are_those_that_none_of_the_chosen_exceeds(
    rows: list[tuple[int, int, bool]],
) -> None:
    owner, value, chosen = (np.array(column) for column in zip(*rows, strict=True))
    of_all = [v == max(w for p, w, _ in rows if p == o) for o, v, _ in rows]
    of_some = [c and v == max(w for p, w, d in rows if p == o and d) for o, v, c in rows]
    assert greatest(owner, value).tolist() == of_all
    assert greatest(owner, value, chosen).tolist() == of_some


@given(pairs)
def test_words_of_several_columns_are_joined_row_by_row(rows: list[tuple[str, str]]) -> None:
    columns = [words(pa.array(column)) for column in zip(*rows, strict=True)]
    joined = combined(columns, "\0")
    assert joined.to_pylist() == ["\0".join(row) for row in rows]
    assert len(joined.dictionary) == len(set(rows))
    numbered = dict(zip(rows, together(*columns).tolist(), strict=True))
    assert [numbered[row] for row in rows] == together(*columns).tolist()
    assert sorted(numbered.values()) == list(range(len(set(rows))))


@given(st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=4), min_size=1, max_size=4))
def test_texts_laid_end_to_end_are_those_texts(runs: list[list[str]]) -> None:
    assert laid([[text.encode() for text in run] for run in runs]).to_pylist() == [
        text for run in runs for text in run
    ]


messages = st.lists(
    st.builds(
        lambda case, day, stage, hour, more: small.event(
            case, stage, f"2026-03-02T{hour:02}:00:00Z", reported_at=f"2026-03-0{day}T00:00:00Z", **more
        ),
        st.integers(1, 2),
        st.integers(1, 2),
        st.sampled_from(["reported", "closed"]),
        st.integers(1, 3),
        st.fixed_dictionaries(
            {},
            optional={
                "due_at": st.just("2026-03-05T00:00:00Z"),
                "rating": st.integers(1, 2),
                "handling_level": st.sampled_from(["grid", "town"]),
                "category": st.sampled_from(["litter", "noise"]),
            },
        ),
    ),
    min_size=1,
    max_size=8,
)


@given(messages)
def test_an_event_is_at_the_edge_unless_others_of_its_case_supersede_all_it_says(
    sent: list[small.Message],
) -> None:
    decoded = small.decoded("events", sent)
    rows = rows_of("events", small.pack().areas, [decoded])
    assert rows is not None
    found = rows.to_pylist()

    order = itemgetter("at", "rank")
    for row in found:
        peers = [r for r in found if all(r[key] == row[key] for key in ("source", "id", "reported_at"))]
        newest = any(
            row[said] and order(row) == max(order(r) for r in peers if r[said])
            for said in ("id", "due_at", "rating", "level")
        )
        assert row["edge"] == int(newest), (row, found)


beats = st.lists(
    st.builds(
        lambda device, second, status: small.beat(device, f"2026-03-01T08:00:0{second}Z", status),
        st.sampled_from("ab"),
        st.integers(1, 4),
        st.sampled_from(["online", "offline", "fault"]),
    ),
    min_size=1,
    max_size=8,
)


@given(beats)
def test_a_heartbeat_is_at_the_edge_where_it_is_a_first_a_last_or_a_last_online(
    sent: list[small.Message],
) -> None:
    rows = rows_of("cameras", small.pack().areas, [small.decoded("cameras", sent)])
    assert rows is not None
    for message, edge in zip(sent, rows["edge"].to_pylist(), strict=True):
        mine = [one["at"] for one in sent if one["device_id"] == message["device_id"]]
        online = [
            one["at"]
            for one in sent
            if one["device_id"] == message["device_id"] and one["status"] == "online"
        ]
        last_online = message["status"] == "online" and message["at"] == max(online)
        assert edge == int(message["at"] in (min(mine), max(mine)) or last_online), sent
