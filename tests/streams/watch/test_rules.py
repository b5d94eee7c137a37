"""The rules' judgements: thresholds of the pack, added up so that a wall is not flooded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from schemas.clickhouse import Store
from schemas.packs import FeedScope, Rules, Watched
from streams.watch.finding import Finding, Look, colour_of
from streams.watch.rules import RULES, devices, due_soon, overdue, projects, returning, silence, triage
from streams.watch.rules.deadlines import by_place
from streams.watch.rules.devices import Place, cuts, most_within, shares
from streams.watch.rules.triage import OpenCase
from tests.support import small
from tests.support.small import beat, dispute, event

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
NOWHERE = Store("chdb:///nowhere")


def look(store: Store = NOWHERE, **rules: float) -> Look:
    return Look(store, small.pack(Rules(**rules)), AT)  # type: ignore[arg-type]


def told(findings: Iterable[Finding]) -> list[tuple[str, str, str, str, str, float]]:
    """What was found without its words, which both languages must have."""
    found = list(findings)
    assert all(f.zh and f.en for f in found)
    return sorted((f.rule, f.area, f.category, f.subject, f.colour, f.observed) for f in found)


@pytest.mark.parametrize(
    ("value", "colour"), [(1, None), (2, "blue"), (3, "yellow"), (4.9, "yellow"), (5, "red")]
)
def test_a_colour_starts_at_its_bound(value: float, colour: str | None) -> None:
    assert colour_of(value, blue=2, yellow=3, red=5) == colour
    assert colour_of(value, yellow=3, red=5) == (None if colour == "blue" else colour)


def test_a_bound_of_zero_is_switched_off() -> None:
    assert [colour_of(9, blue=0, yellow=0, red=0), colour_of(9, yellow=3, red=0)] == [None, "yellow"]


def test_deadlines_are_added_up_below_the_root_by_top_category() -> None:
    rows = [
        ("370403001001", "litter", 1), ("370403001002", "litter", 1), ("370403001", "litter", 1),
        ("370403002", "litter", 2), ("370403002", "noise", 1), ("370403", "noise", 5),
    ]  # fmt: skip
    assert by_place(rows, small.pack()) == {
        ("370403001", "litter"): 3, ("370403002", "litter"): 2, ("370403002", "noise"): 1, ("370403", "noise"): 5,
    }  # fmt: skip


def test_deadlines_warn_from_their_thresholds_on() -> None:
    counts = Counter({("370403001", "litter"): 3, ("370403002", "litter"): 1})
    with_rules = look(overdue_blue=2, overdue_yellow=3, overdue_red=5, due_soon_blue=1, due_soon_yellow=2)
    assert told(overdue.judged(with_rules, counts)) == [("overdue", "370403001", "litter", "", "yellow", 3)]
    assert [row[1:] for row in told(due_soon.judged(with_rules, counts))] == [
        ("370403001", "litter", "", "yellow", 3),
        ("370403002", "litter", "", "blue", 1),
    ]


def test_red_disputes_warn_at_once_and_others_when_they_stay() -> None:
    def case(colour: str, days: float, area: str = "370403001001", escalated: bool = False) -> OpenCase:
        return OpenCase(area, colour, escalated, AT - timedelta(days=days))  # type: ignore[arg-type]

    rules = look(
        triage_red=1, triage_red_escalate_days=7, triage_yellow=2, triage_yellow_days=30, triage_blue=0
    )
    cases = [
        case("red", 1), case("red", 2), case("red", 8, "370403002"), case("yellow", 31), case("yellow", 40),
        case("yellow", 31, "370403002"), case("yellow", 2, "370403002"), case("blue", 99),
    ]  # fmt: skip
    assert told(triage.judged(rules, cases)) == [
        ("triage", "370403001", "", "red", "red", 2),
        ("triage", "370403001", "", "yellow", "yellow", 2),
        ("triage_escalated", "370403002", "", "red", "red", 1),
    ]
    assert [row[0] for row in told(triage.judged(rules, [case("red", 1, escalated=True)]))] == [
        "triage_escalated"
    ]


def test_a_dispute_returns_where_one_of_its_type_had_ended_shortly_before() -> None:
    days = [AT - timedelta(days=n) for n in range(60)]
    assert returning.returns([days[1], days[5], days[20]], [days[21]], timedelta(days=18)) == 2
    assert returning.returns([days[5]], [days[5], days[4]], timedelta(days=30)) == 0
    rows = [
        ("370403001001", "wages", [days[1], days[5]], [days[21]]),
        ("370403002", "land", [days[1]], [days[2]]),
    ]
    assert told(returning.judged(look(), rows)) == [("returning", "370403001001", "", "wages", "yellow", 2)]


def test_devices_away_count_as_a_share_from_a_least_number_on() -> None:
    when = tuple(AT - timedelta(hours=n) for n in range(2))
    found = [
        Place("370403001001", 30, when[:1]),
        Place("370403001002", 10, when[:1]),
        Place("370403002", 4, when[:1]),
    ]
    rules = look(offline_min_devices=2)
    assert told(shares(rules, found)) == [("devices_offline", "370403001", "cameras", "", "yellow", 2)]
    assert [row[4] for row in told(shares(rules, [Place("370403002", 10, when)]))] == ["red"]


def test_devices_that_fall_silent_together_are_a_cut() -> None:
    minutes = [AT - timedelta(minutes=n) for n in (0, 4, 8, 11, 40)]
    assert [most_within(minutes, timedelta(minutes=m)) for m in (0, 4, 10, 60)] == [1, 2, 3, 5]
    rules = look(cut_yellow=3, cut_red=6, cut_minutes=10, cut_share=0.5)
    assert told(
        cuts(rules, [Place("370403002", 6, tuple(minutes)), Place("370403001", 9, tuple(minutes))])
    ) == [("devices_cut", "370403002", "cameras", "", "yellow", 3)]


def test_a_project_has_thresholds_of_its_own() -> None:
    site = Watched("370403001001", "工地", "Site", events_yellow=2, events_red=4, away_yellow=1)
    assert told(projects.judged(site, {"events": 4, "devices": 1, "disputes": 9})) == [
        ("project", "370403001001", "", "devices", "yellow", 1),
        ("project", "370403001001", "", "events", "red", 4),
    ]


# On a store ----------------------------------------------------------------------------------------------------------


def test_every_rule_reads_what_the_store_holds(store: Store) -> None:
    site = Watched("370403001", "工地", "Site", events_yellow=2, disputes_yellow=1, away_yellow=3)
    pack = small.pack(
        Rules(overdue_blue=1, due_soon_blue=1, cut_yellow=3, silent_yellow_minutes=60), watched=(site,)
    )
    now, soon = "2026-03-10T15:30:00+08:00", "2026-03-10T17:00:00+08:00"
    events = [
        event(
            1, "reported", now, due_at="2026-03-10T15:00:00+08:00", reported_at="2026-03-10T14:00:00+08:00"
        ),
        event(2, "reported", now, due_at=soon, category="noise", reported_at="2026-03-10T14:00:00+08:00"),
        event(3, "reported", now, due_at=soon, category="noise"),
        event(3, "closed", now, category="noise"),
    ]
    disputes = [
        dispute(
            1,
            "registered",
            "2026-03-09T08:00:00+08:00",
            triage="red",
            registered_at="2026-03-09T08:00:00+08:00",
        ),
        dispute(2, "registered", "2026-02-20T08:00:00+08:00", registered_at="2026-02-20T08:00:00+08:00"),
        dispute(2, "succeeded", "2026-03-01T08:00:00+08:00", registered_at="2026-02-20T08:00:00+08:00"),
        dispute(3, "registered", "2026-03-05T08:00:00+08:00", registered_at="2026-03-05T08:00:00+08:00"),
    ]
    small.stored(store, "events", events, pack)
    small.stored(store, "mediation", disputes, pack)
    heard = [beat("z", f"2026-03-10T15:{minute}:00+08:00", area="370403002") for minute in (56, 59)]
    beats = [beat(d, "2026-03-10T14:00:00+08:00") for d in "abc"]
    small.stored(store, "cameras", beats + heard, pack)
    small.refreshed(store, pack)
    seen = Look(store, pack, AT)
    assert told(finding for find in RULES for finding in find(seen)) == [
        ("devices_cut", "370403001001", "cameras", "", "yellow", 3),
        ("devices_offline", "370403001", "cameras", "", "red", 3),
        ("due_soon", "370403001", "noise", "", "blue", 1),
        ("feed_silent", "370403", "mediation", "", "red", 1920),
        ("overdue", "370403001", "litter", "", "blue", 1),
        ("project", "370403001", "", "devices", "yellow", 3),
        ("project", "370403001", "", "disputes", "yellow", 2),
        ("project", "370403001", "", "events", "yellow", 2),
        ("returning", "370403001001", "", "wages", "yellow", 2),
        ("triage", "370403001", "", "red", "red", 1),
    ]


@pytest.mark.parametrize(("minutes", "judged"), [((), False), ((1,), False), ((4,), False), ((1, 4), True)])
def test_devices_are_judged_where_others_spoke_all_along(
    store: Store, minutes: tuple[int, ...], judged: bool
) -> None:
    """No device is away because the whole feed was, and none that had no time yet to speak again."""
    pack = small.pack()
    times = [AT - timedelta(minutes=n) for n in minutes]
    beats = [beat(d, "2026-03-10T14:00:00+08:00") for d in "abc"]
    small.stored(store, "cameras", beats + [beat("z", at.isoformat()) for at in times], pack)
    places = devices.places(Look(store, pack, AT))
    assert [len(place.away) for place in places] == ([3] if judged else [])


def test_a_source_with_an_area_of_its_own_falls_silent_there_alone(store: Store) -> None:
    pack = small.pack(feeds=(FeedScope("events", "village desk", "370403001001", 30),))
    small.stored(store, "events", [
        event(1, "reported", "2026-03-10T15:00:00+08:00", source="village desk"),
        event(2, "reported", "2026-03-10T15:59:00+08:00"),
    ], pack)  # fmt: skip
    assert told(silence.find(Look(store, pack, AT))) == [
        ("feed_silent", "370403001001", "events", "village desk", "yellow", 60)
    ]
