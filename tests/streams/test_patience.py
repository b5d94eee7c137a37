"""Many touched units are recomputed once the feed has gone past them; a few at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streams.patience import Patience
from streams.rollups import DirtyUnit

START = datetime(2026, 1, 1, tzinfo=UTC)


def days(count: int, marks: int = 1, first: int = 0) -> list[DirtyUnit]:
    return [DirtyUnit("events", START + timedelta(days=first + n), marks) for n in range(count)]


class Round:
    """Rounds at times a test names."""

    def __init__(self, behind: bool = False) -> None:
        self.now = 0.0
        self.patience = Patience(lambda: behind, few=3, rest=3, longest=20, seconds=lambda: self.now)

    def at(self, seconds: float, dirty: list[DirtyUnit], topic: str = "events") -> list[DirtyUnit]:
        self.now = seconds
        self.patience.begin()
        return self.patience.due(topic, dirty)


def test_a_few_units_are_recomputed_at_once() -> None:
    rounds = Round()
    assert rounds.at(0, days(3)) == days(3)
    assert rounds.at(0.5, days(3, marks=2)) == days(3, marks=2)
    assert rounds.patience.left == 0


def test_of_many_units_those_without_a_new_mark_for_some_seconds_are_recomputed() -> None:
    rounds = Round()
    assert rounds.at(0, days(5)) == []
    assert rounds.patience.left == 5
    moved = days(2) + days(3, marks=2, first=2)
    assert rounds.at(2, moved) == []
    assert rounds.at(3, moved) == days(2)
    assert rounds.patience.left == 3


def test_while_behind_a_few_units_wait_too() -> None:
    rounds = Round(behind=True)
    assert rounds.at(0, days(1)) == []
    assert rounds.at(3, days(1)) == days(1)


def test_a_unit_that_never_rests_waits_for_the_longest_time_and_then_begins_anew() -> None:
    rounds = Round()
    chosen = [second for second in range(0, 50, 2) if rounds.at(second, days(5, marks=second))]
    assert chosen == [20, 42]


def test_topics_wait_apart() -> None:
    rounds = Round()
    rounds.at(0, days(5))
    assert rounds.at(3, days(5), "cameras") == []
    assert rounds.at(3, days(5)) == days(5)
