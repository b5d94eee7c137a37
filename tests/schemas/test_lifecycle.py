"""A warning's life is a function of the facts: no order, repetition or split of them changes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contracts import Action, Colour, Warning
from schemas.lifecycle import Life, changes, life

START = datetime(2026, 3, 10, 8, tzinfo=UTC)
PATIENCE: dict[Colour, timedelta] = {"red": timedelta(minutes=15), "yellow": timedelta(minutes=60)}


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def word(minute: float, colour: Colour = "yellow", found: bool = True, **fields: Any) -> Warning:
    """What the watch said at that minute."""
    plain = Warning(
        warning_id="w1", area="370403001", category="litter", colour=colour, state="raised", raised_at=START,
        window="24h", observed=3, updated_at=at(minute), found=found,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


def act(minute: float, action: Any, by: str = "desk", note: str = "") -> Action:
    return Action(warning_id="w1", action=action, by=by, at=at(minute), note=note)


def lived(minute: float, *facts: Warning | Action, steps: int = 9) -> Life:
    words = [fact for fact in facts if isinstance(fact, Warning)]
    actions = [fact for fact in facts if isinstance(fact, Action)]
    found = life(words, actions, at(minute), PATIENCE, steps)
    assert found is not None
    return found


def story(one: Life) -> list[tuple[float, str, str]]:
    return [((e.at - START) / timedelta(minutes=1), e.what, e.by) for e in one.history]


def test_nothing_is_known_before_the_first_word() -> None:
    assert life([word(0)], [act(1, "handle")], START, PATIENCE) is None


def test_it_goes_from_raised_through_acknowledged_and_handled_to_cleared() -> None:
    facts = (
        word(0),
        act(1, "acknowledge"),
        act(2, "comment", note="on site"),
        act(3, "handle"),
        act(4, "clear"),
    )
    assert [lived(minute + 0.5, *facts).state for minute in range(5)] == [
        "raised", "acknowledged", "acknowledged", "handled", "cleared",
    ]  # fmt: skip
    assert story(lived(9, *facts)) == [
        (0, "raised", ""), (1, "acknowledged", "desk"), (2, "comment", "desk"), (3, "handled", "desk"),
        (4, "cleared", "desk"),
    ]  # fmt: skip


def test_an_action_moves_forward_only() -> None:
    assert lived(9, word(0), act(1, "handle"), act(2, "acknowledge")).state == "handled"
    assert lived(9, word(0), act(1, "clear"), act(2, "handle")).state == "cleared"


def test_the_end_of_the_cause_clears_it_whatever_was_done() -> None:
    one = lived(9, word(0), act(1, "acknowledge"), word(5, found=False))
    assert (one.state, one.ended, one.since) == ("cleared", True, at(5))


def test_it_opens_again_when_the_cause_comes_back() -> None:
    one = lived(99, word(0), act(1, "handle"), word(5, found=False), word(90))
    assert (one.state, one.reopened, one.raised_at, one.since) == ("raised", 1, START, at(90))


def test_what_an_operator_cleared_stays_cleared_until_it_gets_worse() -> None:
    facts = (word(0), act(1, "clear"), word(2))
    assert lived(3, *facts).state == "cleared"
    worse = lived(9, *facts, word(5, "red"))
    assert (worse.state, worse.colour, worse.reopened) == ("raised", "red", 1)


def test_a_milder_colour_opens_nothing_again() -> None:
    one = lived(9, word(0, "red"), act(1, "acknowledge"), word(2, "yellow"))
    assert (one.state, one.colour, one.reopened) == ("acknowledged", "yellow", 0)


def test_a_colour_that_goes_to_and_fro_asks_nobody_again_about_what_was_acknowledged() -> None:
    facts = (word(0, "red"), act(1, "acknowledge"), word(2, "yellow"), act(3, "handle"), word(4, "red"))
    one = lived(9, *facts)
    assert (one.state, one.colour, one.reopened) == ("handled", "red", 0)
    again = lived(99, word(0), act(1, "clear"), word(5, found=False), word(10), word(20, "red"))
    assert (again.state, again.reopened) == ("raised", 1)


def test_it_goes_up_a_level_each_time_the_patience_of_its_colour_is_over() -> None:
    counts = [(minute, lived(minute, word(0, "red")).escalated) for minute in (15, 15.1, 30.1, 300)]
    assert counts == [(15, 0), (15.1, 1), (30.1, 2), (300, 9)]
    assert lived(300, word(0, "red"), steps=2).escalated == 2
    assert lived(300, word(0, "red"), steps=2).acknowledge_by is None
    assert lived(15.1, word(0, "red")).acknowledge_by == at(30)
    assert lived(9999, word(0, "blue")).escalated == 0


def test_whoever_acknowledges_in_time_keeps_it() -> None:
    assert lived(300, word(0, "red"), act(15, "acknowledge")).escalated == 0
    assert lived(300, word(0, "red"), act(16, "acknowledge")).escalated == 1


def test_a_graver_colour_shortens_the_wait() -> None:
    one = lived(200, word(0), word(10, "red"), act(26, "acknowledge"))
    assert story(one) == [
        (0, "raised", ""),
        (10, "recoloured", ""),
        (25, "escalated", ""),
        (26, "acknowledged", "desk"),
    ]


def test_an_action_of_a_clock_that_is_behind_counts_from_the_first_word() -> None:
    one = lived(9, word(5), act(3, "acknowledge"))
    assert (one.state, one.since) == ("acknowledged", at(5))


FACTS = st.lists(
    st.one_of(
        st.builds(word, st.integers(0, 200), st.sampled_from(["blue", "yellow", "red"]), st.booleans()),
        st.builds(act, st.integers(0, 200), st.sampled_from(["acknowledge", "handle", "clear", "comment"])),
    ),
    max_size=12,
)  # fmt: skip


@given(facts=FACTS, again=st.lists(st.integers(0, 11), max_size=6), data=st.data())
def test_any_order_and_repetition_of_the_facts_gives_the_same_life(
    facts: list[Warning | Action], again: list[int], data: st.DataObject
) -> None:
    def told(some: list[Warning | Action]) -> Life | None:
        words = [fact for fact in some if isinstance(fact, Warning)]
        return life(words, [f for f in some if isinstance(f, Action)], at(150), PATIENCE, 3)

    doubled = [*facts, *(facts[n] for n in again if n < len(facts))]
    assert told(data.draw(st.permutations(doubled))) == told(facts)


@given(facts=FACTS, minute=st.integers(0, 250))
def test_the_history_ends_in_the_state(facts: list[Warning | Action], minute: int) -> None:
    words = [fact for fact in facts if isinstance(fact, Warning)]
    one = life(words, [f for f in facts if isinstance(f, Action)], at(minute), PATIENCE, 3)
    if one is None:
        return
    after = {"raised": "raised", "reopened": "raised", "acknowledged": "acknowledged", "handled": "handled",
             "cleared": "cleared", "ended": "cleared"}  # fmt: skip
    assert one.state == next((after[e.what] for e in reversed(one.history) if e.what in after), "cleared")
    assert [e.at for e in one.history] == sorted(e.at for e in one.history)
    assert all(e.at <= at(minute) for e in one.history)


@pytest.mark.parametrize("turned", [False, True])
def test_only_words_that_change_something_are_sent_on(turned: bool) -> None:
    told = [
        word(0),
        word(1),
        word(2, "red"),
        word(3, "red", state="acknowledged"),
        word(4, "red", state="acknowledged"),
    ]
    assert list(changes(told[::-1] if turned else told)) == [told[0], told[2], told[3]]
