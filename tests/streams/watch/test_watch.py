"""The watch says each thing once: raised, worse, handed up, ended; whoever looks, however often, after any restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.queries import StoreReadings
from dashboard.readings import WarningRow
from schemas.clickhouse import Store
from schemas.clickhouse.warnings import Facts
from schemas.contracts import Action, Warning
from schemas.errors import StoreError
from schemas.lifecycle import life
from schemas.packs import Entry, Lifecycle, Route
from streams.watch.finding import Finding, Look
from streams.watch.watch import Watch
from streams.watch.words import words
from tests.support import small
from tests.support.small import event
from tests.support.store import empty

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
LIFE = Lifecycle(acknowledge_minutes={"red": 15, "yellow": 60}, quiet_minutes=10, reopen_hours=24)
PACK = small.pack(
    life=LIFE,
    departments=(Entry("water", "水务", "Water"),),
    routes=(Route("overdue", departments=("water",), level="village"),),
)
FOUND = Finding("overdue", "370403001", "litter", "yellow", 4, 2, "24h", "四件", "four")


@dataclass
class Hand:
    """A clock moved by hand; `wall` are the real seconds."""

    at: datetime = AT
    wall: float = 0.0
    replay: float | None = None

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.wall

    def pass_(self, minutes: float = 0, wall: float = 0) -> None:
        self.at += timedelta(minutes=minutes)
        self.wall += wall


class District:
    """A store whose findings a test chooses, the watches that look at it, and the desk that acts on it."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, Hand()
        self.found: list[Finding] = []
        self.watch = self.another()

    def another(self) -> Watch:
        """A watch that knows nothing: after a restart, or on the worker that leads now."""
        return Watch(self.store, PACK, self.clock, self.clock.seconds, [lambda look: iter(self.found)])

    def look(self, watch: Watch | None = None, kept: bool = True) -> list[Warning]:
        """What a look says; kept in the store as the topic's agent does."""
        told = (watch or self.watch).look()
        if kept:
            self.keep(told)
        return told

    def keep(self, told: Iterable[Warning]) -> None:
        small.stored(self.store, "warnings", small.plain(told), PACK)

    def act(self, action: str, warning_id: str) -> None:
        message = {"warning_id": warning_id, "action": action, "by": "desk", "at": self.clock.at.isoformat()}
        small.stored(self.store, "actions", [message], PACK)

    def shown(self) -> list[WarningRow]:
        later = self.clock.at + timedelta(milliseconds=1)
        return StoreReadings(self.store, PACK).warnings("370403", later)


@pytest.fixture
def district(store: Store) -> District:
    return District(store)


def short(told: Iterable[Warning]) -> list[tuple[str, str, bool, int]]:
    return [(w.colour, w.state, w.found, w.escalated) for w in told]


def test_a_finding_is_told_whole_with_its_reasons_and_its_desk(district: District) -> None:
    district.found = [FOUND]
    (told,) = district.look()
    assert told == Warning(
        warning_id=told.warning_id, area="370403001", category="litter", colour="yellow", state="raised",
        raised_at=AT, window="24h", observed=4, expected=2, rule="overdue", updated_at=AT, level="village",
        departments=("water",), explanation_zh="四件", explanation_en="four",
    )  # fmt: skip
    (row,) = district.shown()
    assert (row.level, row.departments, row.explanation_zh, row.acknowledge_by) == (
        "village", ("water",), "四件", AT + timedelta(hours=1),
    )  # fmt: skip


def test_it_is_raised_once_gets_worse_once_and_ends_once_it_was_quiet(district: District) -> None:
    seen = []
    for found in ([FOUND], [FOUND], [replace(FOUND, colour="red", observed=9)], [], [], [], []):
        district.found = list(found)
        seen.append(short(district.look()))
        district.clock.pass_(minutes=5)
    assert seen == [
        [("yellow", "raised", True, 0)], [], [("red", "raised", True, 0)], [],
        [("red", "cleared", False, 0)], [], [],
    ]  # fmt: skip
    assert district.shown() == []


def test_a_short_gap_does_not_end_it(district: District) -> None:
    for found in ([FOUND], [], [FOUND]):
        district.found = list(found)
        told = district.look()
        district.clock.pass_(minutes=6)
    assert told == []


def test_a_count_that_moves_much_is_told_anew_but_not_each_time(district: District) -> None:
    seen = []
    for observed in (4, 5, 6, 6, 6.1):
        district.found = [replace(FOUND, observed=observed)]
        seen.append([w.observed for w in district.look()])
        district.clock.pass_(minutes=6)
    assert seen == [[4], [], [6], [], []]
    assert [row.observed for row in district.shown()] == [6]


def test_a_new_watch_repeats_nothing_and_loses_nothing(district: District) -> None:
    district.found = [FOUND]
    district.look()
    district.clock.pass_(minutes=5)
    assert district.look(district.another()) == []
    district.found = []
    district.clock.pass_(minutes=40)
    other = district.another()
    assert district.look(other) == []  # the one before may have found it a moment ago
    district.clock.pass_(minutes=11)
    assert short(district.look(other)) == [("yellow", "cleared", False, 0)]


def test_a_leader_that_comes_back_ends_nothing_that_another_saw_meanwhile(district: District) -> None:
    district.found = [FOUND]
    district.look()
    district.watch.rest()
    other = district.another()
    for _ in range(3):
        district.clock.pass_(minutes=12)
        assert district.look(other) == []
    district.found = []
    district.clock.pass_(minutes=1)
    assert district.look() == []
    district.clock.pass_(minutes=11)
    assert short(district.look()) == [("yellow", "cleared", False, 0)]


def test_a_look_that_failed_is_followed_by_one_as_of_a_new_watch(district: District) -> None:
    district.found = [FOUND]
    district.look()

    def failing(look: Look) -> Iterator[Finding]:
        raise StoreError("the store is down for the test")

    good, district.watch.finds = district.watch.finds, [failing]
    district.clock.pass_(minutes=40)
    with pytest.raises(StoreError):
        district.look()
    district.watch.finds, district.found = good, []
    assert district.look() == []
    district.clock.pass_(minutes=11)
    assert short(district.look()) == [("yellow", "cleared", False, 0)]


def test_a_silence_ends_with_the_first_look_of_a_new_leader_that_hears(district: District) -> None:
    district.found = [replace(FOUND, rule="feed_silent")]
    district.look()
    district.clock.pass_(minutes=5)
    district.found = []
    assert short(district.look(district.another())) == [("yellow", "cleared", False, 0)]


@pytest.mark.parametrize("speed", [1, 60, 600])
def test_what_is_told_but_not_yet_stored_is_not_told_again_however_fast_a_replay_runs(
    district: District, speed: int
) -> None:
    district.found = [FOUND]
    assert len(district.look(kept=False)) == 1
    district.clock.pass_(minutes=speed * 5 / 60, wall=5)
    again = [w for w in district.look(kept=False) if w.state == "raised" and not w.escalated]
    assert again == []


def test_what_never_reached_the_store_is_told_again_under_the_same_id(district: District) -> None:
    district.found = [FOUND]
    (lost,) = district.look(kept=False)
    district.clock.pass_(minutes=2, wall=121)
    (told,) = district.look()
    assert told.warning_id == lost.warning_id
    district.keep([lost])
    assert [(row.warning_id, row.raised_at) for row in district.shown()] == [(lost.warning_id, AT)]


def test_two_watches_at_once_raise_one_warning(district: District) -> None:
    district.found = [FOUND]
    first = district.look(kept=False)
    district.clock.pass_(minutes=0.1)
    second = district.look(district.another(), kept=False)
    district.keep([*second, *first, *second])
    assert len(district.shown()) == 1


def test_of_two_raised_on_either_side_of_midnight_the_older_stays(district: District) -> None:
    district.clock.at = datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC)  # midnight in Shanghai is 16:00
    district.found = [FOUND]
    first = district.look(kept=False)
    district.clock.pass_(minutes=0.1)
    second = district.look(district.another(), kept=False)
    assert first[0].warning_id != second[0].warning_id
    district.keep([*first, *second])
    district.clock.pass_(minutes=0.1)
    assert [(w.warning_id, w.state) for w in district.look()] == [(second[0].warning_id, "cleared")]
    assert [row.warning_id for row in district.shown()] == [first[0].warning_id]


def test_what_comes_back_within_a_day_is_the_same_warning_reopened(district: District) -> None:
    district.found = [FOUND]
    (first,) = district.look()
    district.found = []
    district.clock.pass_(minutes=15)
    district.look()
    district.found = [FOUND]
    district.clock.pass_(minutes=20 * 60)
    (again,) = district.look()
    assert (again.warning_id, again.state, again.reopened) == (first.warning_id, "raised", 1)
    assert [row.raised_at for row in district.shown()] == [AT]


def test_what_comes_back_later_is_another_warning(district: District) -> None:
    district.found = [FOUND]
    (first,) = district.look()
    district.found = []
    district.clock.pass_(minutes=15)
    district.look()
    district.found = [FOUND]
    district.clock.pass_(minutes=25 * 60)
    (again,) = district.look()
    assert again.warning_id != first.warning_id
    assert (again.reopened, again.raised_at) == (0, district.clock.at)


def test_what_operators_do_is_told_on_and_shown(district: District) -> None:
    district.found = [FOUND]
    (told,) = district.look()
    seen = []
    for action in ("acknowledge", "comment", "handle", "clear"):
        district.clock.pass_(minutes=1)
        district.act(action, told.warning_id)
        district.clock.pass_(minutes=1)
        seen.append((short(district.look()), [(row.state, row.by) for row in district.shown()]))
    assert seen == [
        ([("yellow", "acknowledged", True, 0)], [("acknowledged", "desk")]),
        ([], [("acknowledged", "desk")]),
        ([("yellow", "handled", True, 0)], [("handled", "desk")]),
        ([("yellow", "cleared", True, 0)], []),
    ]
    district.clock.pass_(minutes=5)
    assert district.look() == []
    detail = StoreReadings(district.store, PACK).warning("370403", told.warning_id, district.clock.at)
    assert detail is not None
    assert [e.what for e in detail.history] == ["raised", "acknowledged", "comment", "handled", "cleared"]
    assert (
        StoreReadings(district.store, PACK).warning("370403002", told.warning_id, district.clock.at) is None
    )


def test_what_nobody_acknowledges_goes_up_a_level_and_says_so(district: District) -> None:
    district.found = [replace(FOUND, colour="red")]
    seen = []
    for _ in range(5):
        seen += [(w.escalated, w.level) for w in district.look()]
        district.clock.pass_(minutes=10)
    assert seen == [(0, "village"), (1, "town"), (2, "district")]
    (row,) = district.shown()
    assert (row.escalated, row.level, row.acknowledge_by) == (2, "district", None)


def test_those_cleared_lately_are_listed_when_asked_for(district: District) -> None:
    district.found = [FOUND]
    district.look()
    district.found = []
    district.clock.pass_(minutes=15)
    district.look()
    district.clock.pass_(minutes=30)
    readings = StoreReadings(district.store, PACK)
    listed = [
        [row.state for row in readings.warnings("370403", district.clock.at, cleared=timedelta(minutes=m))]
        for m in (29, 31)
    ]
    assert listed == [[], ["cleared"]]


def test_the_rules_of_the_product_are_watched(store: Store) -> None:
    due = {"due_at": "2026-03-10T15:00:00+08:00"}
    late = [event(n, "reported", "2026-03-10T15:59:00+08:00", **due) for n in range(5)]
    small.stored(store, "events", late, PACK)
    small.refreshed(store, PACK)
    assert [(w.rule, w.colour, w.level) for w in Watch(store, PACK, Hand()).look()] == [
        ("overdue", "blue", "village")
    ]


# Any course of things -----------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from([None, "yellow", "red"]),
        st.sampled_from([None, "acknowledge", "handle", "clear"]),
        st.sampled_from([1, 7, 30, 60 * 30]),
        st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


def played(
    steps: Sequence[tuple[str | None, str | None, int, bool]],
) -> tuple[list[Warning], list[Action], datetime]:
    """The words and actions of a course of findings, actions, minutes passed, and changes of leader."""
    at, said, done = AT, list[Warning](), list[Action]()
    seen: dict[tuple[str, str, str, str], datetime] = {}
    for colour, action, minutes, new_leader in steps:
        findings = [replace(FOUND, colour=colour)] if colour else []  # type: ignore[arg-type]
        seen = {} if new_leader else seen
        said += words(PACK, gathered(said, done), findings, seen, at)
        seen |= dict.fromkeys((f.key for f in findings), at)
        if action and said:
            done.append(Action(warning_id=said[-1].warning_id, action=action, by="desk", at=at))  # type: ignore[arg-type]
        at += timedelta(minutes=minutes)
    return said, done, at


def gathered(said: Iterable[Warning], done: Iterable[Action]) -> dict[str, Facts]:
    done = list(done)
    return {
        identity: Facts(
            tuple(w for w in said if w.warning_id == identity),
            tuple(a for a in done if a.warning_id == identity),
        )
        for identity in {w.warning_id for w in said}
    }


@given(steps=STEPS)
def test_a_second_look_at_once_by_anybody_has_nothing_to_add(
    steps: list[tuple[str | None, str | None, int, bool]],
) -> None:
    said, done, at = played(steps)
    colour = steps[-1][0] if steps else None
    findings = [replace(FOUND, colour=colour)] if colour else []  # type: ignore[arg-type]
    now = words(PACK, gathered(said, done), findings, {}, at)
    soon = at + timedelta(milliseconds=2)
    assert words(PACK, gathered([*said, *now], done), findings, {}, soon) == []


@given(steps=STEPS)
def test_the_words_tell_the_state_the_facts_make(
    steps: list[tuple[str | None, str | None, int, bool]],
) -> None:
    said, done, at = played(steps)
    said += words(PACK, gathered(said, done), [], {}, at)
    for facts in gathered(said, done).values():
        lived = life(facts.words, facts.actions, at + timedelta(milliseconds=1), LIFE.patience, 2)
        assert lived is not None
        if not lived.ended:
            assert (lived.word.state, lived.word.escalated) == (lived.state, lived.escalated)


@settings(max_examples=8)
@given(data=st.data(), steps=STEPS)
def test_stored_in_any_order_and_twice_the_screens_show_the_same(
    data: st.DataObject, steps: list[tuple[str | None, str | None, int, bool]], shared_store: Store
) -> None:
    said, done, at = played(steps)
    shown: list[list[WarningRow]] = []
    shuffled = data.draw(st.permutations([*said, *said[:3]]))
    for order in (said, shuffled):
        empty(shared_store)
        district = District(shared_store)
        for word in order:
            district.keep([word])
        actions = [msgspec.to_builtins(a) for a in done]
        small.stored(shared_store, "actions", actions[::-1] if order is shuffled else actions, PACK)
        shown.append(StoreReadings(shared_store, PACK).warnings("370403", at, cleared=timedelta(days=9)))
    assert shown[0] == shown[1]


def test_a_look_is_judged_at_one_time(store: Store) -> None:
    times: list[datetime] = []

    def find(look: Look) -> Iterable[Finding]:
        times.append(look.at)
        return iter(())

    finds: list[Callable[[Look], Iterable[Finding]]] = [find, find]
    Watch(store, PACK, Hand(), finds=finds).look()  # type: ignore[arg-type]
    assert times == [AT, AT]
