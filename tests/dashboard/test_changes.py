"""A screen that is sent changes alone knows what one that is sent whole snapshots does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboard.changes import changes
from dashboard.mailbox import Mailbox, Message
from tests.support.screens import after

values = st.recursive(
    st.none() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
snapshots = st.fixed_dictionaries(
    {"kind": st.just("snapshot"), "props": values, "map": values, "tour": values}
)


@given(before=snapshots, now=snapshots)
def test_the_one_before_and_what_changed_is_the_one_now(before: dict[str, Any], now: dict[str, Any]) -> None:
    assert after(before, changes(before, now)) == now


def test_only_what_differs_is_sent() -> None:
    before = {
        "kind": "snapshot",
        "props": {"clock": 1, "title": "t"},
        "map": {"a": 1},
        "tour": None,
        "as_of": 1,
    }
    now = {"kind": "snapshot", "props": {"clock": 2, "title": "t"}, "map": {"b": 1}, "tour": None, "as_of": 2}
    parts = {"map": {"b": 1}, "as_of": 2}
    assert changes(before, now) == {"kind": "change", "parts": parts, "within": {"props": {"clock": 2}}}
    assert changes(now, now) == {"kind": "change", "parts": {}, "within": {}}


def taken(box: Mailbox, *messages: Message) -> str:
    """What is taken after these were put."""

    async def story() -> str:
        for message in messages:
            box.put(message)
        return await box.take()

    return asyncio.run(story())


def test_a_change_goes_only_to_a_viewer_that_has_what_it_changes() -> None:
    first, second, third = (Message(f"whole {n}", n, n - 1, f"change {n}") for n in (1, 2, 3))
    word, elsewhere = Message("stale"), Message("elsewhere", 7)
    box = Mailbox(changes=True)
    assert taken(box, first) == "whole 1"
    assert taken(box, second) == "change 2"
    assert taken(box, word) == "stale"
    assert taken(box, third) == "change 3"
    assert taken(box, elsewhere) == "elsewhere"
    assert taken(box, third) == "whole 3"  # it looked elsewhere meanwhile
    skipping, plain = Mailbox(changes=True), Mailbox()
    assert [taken(skipping, first), taken(skipping, second, third)] == ["whole 1", "whole 3"]
    assert [taken(plain, first), taken(plain, second)] == ["whole 1", "whole 2"]


def test_whatever_a_viewer_skips_it_knows_the_newest() -> None:
    whole = [{"kind": "snapshot", "props": {"n": n, "odd": n % 2}, "map": n // 3} for n in range(30)]
    told = [
        Message(json.dumps(now), n + 1, n, json.dumps(changes(whole[n - 1], now)) if n else "")
        for n, now in enumerate(whole)
    ]

    @given(st.lists(st.booleans(), min_size=30, max_size=30))
    def play(takes: list[bool]) -> None:
        async def story() -> None:
            box, known = Mailbox(changes=True), None
            for now, message, take in zip(whole, told, takes, strict=True):
                box.put(message)
                if take:
                    known = after(known, json.loads(await box.take()))
                    assert known == now

        asyncio.run(story())

    play()
