"""Emergency mode is what was said of it before T, in any order; it ends by hand or by time; it holds below its area."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.contracts import Action
from schemas.emergency import Emergency, emergencies, emergency_id, in_force
from schemas.packs import load_pack

START = datetime(2026, 3, 9, 8, tzinfo=UTC)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def begin(minute: float, area: str = "D", until: float | None = None, by: str = "district") -> Action:
    end = None if until is None else at(until)
    return Action(
        warning_id=emergency_id(area), action="begin_emergency", by=by, at=at(minute), until=end, note="汛"
    )


def end(minute: float, area: str = "D") -> Action:
    return Action(warning_id=emergency_id(area), action="end_emergency", by="district", at=at(minute))


def test_it_holds_from_its_beginning_until_it_is_ended_by_hand() -> None:
    told = [end(30), begin(10)]
    assert emergencies(told, at(10)) == {}
    assert emergencies(told, at(30)) == {"D": Emergency("D", at(10), "district", None, "汛")}
    assert emergencies(told, at(30.1)) == {}


def test_it_ends_by_time() -> None:
    told = [begin(0, until=60)]
    assert emergencies(told, at(59)) == {"D": Emergency("D", at(0), "district", at(60), "汛")}
    assert emergencies(told, at(60)) == {}
    assert emergencies([*told, begin(70)], at(80)) == {"D": Emergency("D", at(70), "district", None, "汛")}


def test_beginning_it_again_renews_its_end_and_owner_but_not_its_start() -> None:
    told = [begin(0, until=60), begin(50, until=120, by="town")]
    assert emergencies(told, at(100)) == {"D": Emergency("D", at(0), "town", at(120), "汛")}


def test_areas_are_apart_and_other_actions_say_nothing_of_it() -> None:
    other = Action(warning_id="w1", action="clear", by="x", at=at(5))
    strange = Action(warning_id=emergency_id("D"), action="comment", by="x", at=at(6))
    told = [begin(0), begin(1, "T1"), end(2, "T1"), end(3, "T2"), other, strange]
    assert list(emergencies(told, at(10))) == ["D"]


def test_it_holds_for_everything_below_its_area_and_the_widest_stands() -> None:
    tree = load_pack("boston").areas
    ward = tree.children("boston")[0].code
    precinct = tree.children(ward)[0].code
    found = emergencies([begin(0, ward)], at(1))
    assert in_force(found, tree, precinct) == in_force(found, tree, ward) == found[ward]
    assert in_force(found, tree, "boston") is None
    both = emergencies([begin(0, ward), begin(0, "boston")], at(1))
    assert in_force(both, tree, precinct) == both["boston"]


MOVES = st.one_of(
    st.builds(begin, st.integers(0, 20), st.sampled_from("DT"), st.none() | st.integers(0, 40)),
    st.builds(end, st.integers(0, 20), st.sampled_from("DT")),
)


@given(st.lists(MOVES, max_size=8), st.integers(0, 45), st.data())
def test_order_and_repetition_change_nothing(moves: list[Action], minute: int, data: Any) -> None:
    again = data.draw(st.permutations([*moves, *moves[:3]]))
    assert emergencies(again, at(minute)) == emergencies(moves, at(minute))
