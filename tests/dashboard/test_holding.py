"""Readings remembered for exactly as long as they would be found the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dashboard.queries.holding import Holding, Holdings

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_value_is_told_again_until_its_last_moment_and_while_its_ground_is_the_same() -> None:
    holdings, read = Holdings(), iter(range(10))

    def tell(ground: str, minutes: int) -> int:
        return holdings.tell(
            "name", ground, AT + minutes * MINUTE, lambda: Holding(next(read), AT + 5 * MINUTE)
        )

    assert [tell("a", 0), tell("a", 5), tell("a", 6)] == [0, 0, 1]
    assert [tell("b", 6), tell("b", 5)] == [2, 3], "a look at the past reads for itself"


def test_how_long_a_value_holds_is_asked_once_it_is_asked_for_again_and_not_of_one_that_was_displaced() -> (
    None
):
    holdings, asked = Holdings(), list[str]()

    def reading(name: str) -> Callable[[], Holding[str]]:
        def until() -> datetime:
            asked.append(name)
            return AT + MINUTE

        return lambda: Holding(name, until)

    assert holdings.tell("name", "a", AT, reading("first")) == "first"
    assert holdings.tell("name", "a", AT, reading("again")) == "first"
    assert asked == []
    assert holdings.tell("name", "b", AT + MINUTE / 2, reading("second")) == "second"
    assert asked == []
    assert holdings.tell("name", "b", AT + MINUTE, reading("third")) == "second"
    assert holdings.tell("name", "b", AT + 2 * MINUTE, reading("third")) == "third"
    assert asked == ["second", "second"]
