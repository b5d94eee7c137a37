"""The simulated district reproduces the published figures to the digit, and is the same every time."""

from __future__ import annotations

import gc
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from types import GenericAlias

import msgspec
import numpy as np
import orjson
import pytest

from schemas.contracts import CONTRACTS, Camera, Event, Mediation, Statistic, Topic
from schemas.errors import PackError
from schemas.packs import Pack, load_pack
from schemas.privacy import personal_field
from streams.simulate import SIMULATED, Simulation
from streams.simulate.cameras import device_ids
from streams.simulate.places import apportion
from streams.simulate.plan import load_plan
from streams.simulate.simulation import MISSED_HOURS, year_before
from streams.simulate.worktime import WorkTime

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("xuecheng")


@pytest.fixture(scope="module")
def simulation(pack: Pack) -> Simulation:
    return Simulation.of_year(pack, 2025)


def records(batches: Iterator[tuple[bytes, bytes]]) -> Iterator[dict[str, object]]:
    for _, value in batches:
        yield from orjson.loads(value)


@dataclass(repr=False)
class Year:
    """What plain reading of a whole year's messages gives."""

    reported: dict[str, tuple[datetime, str, datetime | None]] = field(default_factory=dict)
    closed: dict[str, datetime] = field(default_factory=dict)
    reopened: dict[str, datetime] = field(default_factory=dict)
    first_closed: dict[tuple[str, int], datetime] = field(default_factory=dict)
    level: dict[str, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    stages: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    late: int = 0

    def read(self, event: Event) -> None:
        """Take one stage; of a stage told twice the least time stands."""
        case, stage = event.id, event.stage
        self.messages += 1
        if stage == "reported":
            self.reported[case] = event.reported_at, event.category, event.due_at
        elif stage == "closed":
            key = case, event.round
            self.first_closed[key] = min(event.at, self.first_closed.get(key, event.at))
            if event.handling_level:
                self.level[case] = event.handling_level
        elif stage == "reopened":
            self.reopened[case] = max(event.at, self.reopened.get(case, event.at))
        elif stage == "withdrawn":
            self.withdrawn.add(case)
        self.stages[stage] += 1

    def finish(self) -> None:
        """Work out the last closing of each case."""
        for (case, _), at in self.first_closed.items():
            self.closed[case] = max(at, self.closed.get(case, at))

    def counted(self) -> dict[str, str]:
        """Category by case, withdrawn ones left out."""
        return {case: row[1] for case, row in self.reported.items() if case not in self.withdrawn}

    def is_closed(self, case: str) -> bool:
        """Closed, and not reopened since."""
        closed = self.closed.get(case)
        return closed is not None and not (case in self.reopened and self.reopened[case] > closed)


@pytest.fixture(scope="module")
def year(simulation: Simulation) -> Year:
    decoder, found = msgspec.json.Decoder(list[Event]), Year()
    gc.disable()  # millions of small objects, none of them in a cycle
    newest: dict[bytes, datetime] = {}
    for key, value in simulation.packed_batches("events"):
        latest = newest.get(key, simulation.start)
        for event in decoder.decode(value):
            found.read(event)
            found.late += event.at < latest - HOUR
            latest = max(latest, event.at)
        newest[key] = latest
    found.finish()
    gc.enable()
    return found


def group(pack: Pack, category: str) -> str:
    return pack.entries("categories")[category].parent or category


def test_the_year_has_the_published_events_and_closing_rate(year: Year, pack: Pack) -> None:
    cases = year.counted()
    closed = Counter(group(pack, category) for case, category in cases.items() if year.is_closed(case))
    reported = Counter(group(pack, category) for category in cases.values())
    assert (len(cases), sum(closed.values())) == (770_000, 761_838)
    assert round(sum(closed.values()) / len(cases), 4) == 0.9894
    assert reported["hazard"] == 1_351
    assert reported["sanitation"] + reported["service"] + reported["civility"] == 26_000
    assert (reported["epidemic"], closed["epidemic"]) == (8_235, 8_186)
    assert len(year.withdrawn) == 4_650


def test_disputes_settled_on_the_spot_and_the_share_solved_in_the_grid(year: Year, pack: Pack) -> None:
    levels: Counter[tuple[bool, str]] = Counter()
    for case, category in year.counted().items():
        if year.is_closed(case):
            levels[group(pack, category) == "dispute", year.level[case]] += 1
    assert levels[True, "grid"] == 1_492
    inside = sum(count for (_, level), count in levels.items() if level == "grid")
    assert 0.955 < inside / sum(levels.values()) < 0.97
    assert {level for _, level in levels} == {"grid", "village", "town", "district"}


def test_most_cases_are_closed_in_time_and_few_are_overdue(year: Year, simulation: Simulation) -> None:
    open_cases = [case for case in year.counted() if not year.is_closed(case)]
    overdue = [case for case in open_cases if (year.reported[case][2] or simulation.end) < simulation.end]
    assert len(open_cases) == 8_162
    assert len(overdue) > 500  # by their first deadline; extensions make most of them good
    closed = [case for case in year.counted() if year.is_closed(case)]
    early = sum(year.closed[case] <= (year.reported[case][2] or simulation.end) for case in closed)
    assert early / len(closed) > 0.96


def test_every_stage_occurs_and_messages_number_four_to_five_a_case(
    year: Year, simulation: Simulation
) -> None:
    assert set(year.stages) == {
        "reported", "accepted", "dispatched", "handled", "verified", "closed", "reopened", "extended", "withdrawn",
    }  # fmt: skip
    assert 4 < year.messages / 770_000 < 5
    assert year.messages == simulation.count("events")


def test_some_messages_come_late_or_twice_and_a_few_closings_precede_their_report(year: Year) -> None:
    assert 0.001 < year.late / year.messages < 0.02
    assert year.stages["reported"] > len(year.reported)
    assert (
        20
        < sum(at < year.reported[case][0] for case, at in year.closed.items() if case in year.reported)
        < 200
    )


def test_days_weeks_and_seasons_have_their_rhythm(year: Year, pack: Pack) -> None:
    hours: Counter[int] = Counter()
    weekdays: Counter[int] = Counter()
    months: Counter[tuple[str, int]] = Counter()
    for at, category, _ in year.reported.values():
        local = at.astimezone(pack.zone)
        hours[local.hour] += 1
        weekdays[local.weekday()] += 1
        months[group(pack, category), local.month] += 1
    assert hours[9] > 10 * hours[3]
    assert weekdays[0] > 1.4 * weekdays[6]
    assert months["flood", 7] + months["flood", 8] > 0.6 * 5_204
    assert sum(months["epidemic", month] for month in (12, 1, 2)) > 0.5 * 8_235


def test_mediation_has_the_published_counts_of_two_years(simulation: Simulation) -> None:
    cases: dict[tuple[str, bool], dict[tuple[str, int], datetime]] = {}
    origins: dict[tuple[str, bool], str] = {}
    for _, value in simulation.packed_batches("mediation"):
        for record in msgspec.json.decode(value, type=list[Mediation]):
            key = record.id, record.registered_at >= simulation.start
            stages = cases.setdefault(key, {})
            stages[record.stage, record.round] = min(
                record.at, stages.get((record.stage, record.round), record.at)
            )
            origins[key] = record.origin
    counted: Counter[tuple[bool, str]] = Counter()
    for key, stages in cases.items():
        if ("withdrawn", 0) in stages:
            continue
        ends = [(at, stage) for (stage, _), at in stages.items() if stage in ("succeeded", "failed")]
        again = max(
            (at for (stage, _), at in stages.items() if stage == "reopened"), default=simulation.before
        )
        outcome = max(ends)[1] if ends and max(ends)[0] >= again else "open"
        counted.update([(key[1], "all"), (key[1], origins[key]), (key[1], f"{origins[key]} {outcome}")])
    assert (counted[True, "all"], counted[False, "all"]) == (10_558, 11_770)
    assert round(counted[True, "all"] / counted[False, "all"] - 1, 3) == -0.103
    assert (counted[True, "platform"], counted[True, "platform succeeded"]) == (3_260, 1_684)
    assert counted[True, "people open"] == 82


def test_cameras_are_registered_and_online_as_published(simulation: Simulation) -> None:
    last: dict[str, Camera] = {}
    for _, value in simulation.packed_batches("cameras", simulation.end - DAY * 30):
        for record in msgspec.json.decode(value, type=list[Camera]):
            if record.device_id not in last or last[record.device_id].at < record.at:
                last[record.device_id] = record
    online = [
        c for c in last.values() if c.status == "online" and simulation.end - c.at <= timedelta(seconds=180)
    ]
    assert len(last) == 8_120
    assert 0.99 <= len(online) / len(last) < 1
    assert set(Counter(camera.network for camera in last.values())) == {"xueliang", "tianwang", "huiyan"}


def test_statistics_add_up_to_the_published_figures(simulation: Simulation) -> None:
    totals: Counter[tuple[str, str]] = Counter()
    for _, value in simulation.packed_batches("statistics"):
        for record in msgspec.json.decode(value, type=list[Statistic]):
            totals[record.name, record.period] += record.value  # type: ignore[assignment]
    for name, figure in (("population", 484_000), ("buildings", 95_000), ("dwellings", 190_000)):
        assert {total for (known, _), total in totals.items() if known == name} == {figure}
    known = sorted(period for name, period in totals if name == "court_filings")[-4:]
    for period in known:
        before = f"{int(period[:4]) - 1}{period[4:]}"
        assert totals["court_filings", period] / totals["court_filings", before] == pytest.approx(0.78)
    months = sorted(period for name, period in totals if name == "cameras_added")[-12:]
    assert sum(totals["cameras_added", month] for month in months) == 787


@pytest.mark.parametrize("topic", SIMULATED)
def test_messages_keep_the_contract_and_the_packs_words(
    simulation: Simulation, pack: Pack, topic: Topic
) -> None:
    start = simulation.end - (2 * MINUTE if topic == "cameras" else 10 * DAY)
    decoder = msgspec.json.Decoder(GenericAlias(list, (CONTRACTS[topic],)))
    words = {
        "category": "categories",
        "channel": "channels",
        "dispute_type": "dispute_types",
        "origin": "origins",
    }
    for key, value in simulation.packed_batches(topic, start):
        assert key.decode() in pack.areas
        for record in decoder.decode(value):
            assert pack.areas.within(pack.areas.resolve(record.area), key.decode())
            assert start <= record.at < simulation.end
            for name, kind in words.items():
                assert getattr(record, name, None) in {None, *pack.entries(kind)}


@pytest.mark.parametrize("topic", SIMULATED)
def test_no_message_carries_a_person(simulation: Simulation, topic: Topic) -> None:
    for record in records(simulation.packed_batches(topic, simulation.end - 10 * MINUTE)):
        assert personal_field(record) is None


def test_a_part_of_the_year_is_what_happened_since(simulation: Simulation) -> None:
    month = simulation.end - 30 * DAY
    part = sum(1 for _ in records(simulation.packed_batches("events", month)))
    assert part == simulation.count("events", month)
    assert all(batch for batch in simulation.year_messages("mediation", month))


def digest(batches: Iterator[tuple[bytes, bytes]]) -> str:
    found = hashlib.sha256()
    for key, value in batches:
        found.update(key + b"\n" + value)
    return found.hexdigest()


@pytest.fixture(scope="module")
def other(pack: Pack) -> Simulation:
    return Simulation.of_year(pack, 2025)


@pytest.mark.parametrize("topic", SIMULATED)
def test_the_same_seed_gives_the_same_messages(
    simulation: Simulation, other: Simulation, topic: Topic
) -> None:
    since = simulation.end - (5 * MINUTE if topic == "cameras" else 20 * DAY)
    assert digest(simulation.packed_batches(topic, since)) == digest(other.packed_batches(topic, since))


def test_another_seed_gives_other_messages(simulation: Simulation, pack: Pack) -> None:
    other = Simulation.of_year(pack, 2025, seed=2)
    assert digest(other.packed_batches("mediation")) != digest(simulation.packed_batches("mediation"))
    assert other.count("mediation") == pytest.approx(simulation.count("mediation"), rel=0.02)


@pytest.mark.parametrize("topic", SIMULATED)
def test_live_goes_on_the_same_however_time_is_cut(
    simulation: Simulation, other: Simulation, topic: Topic
) -> None:
    start, end = simulation.end + 27 * HOUR, simulation.end + 28 * HOUR
    if topic == "cameras":
        end = start + 3 * MINUTE
    whole = Counter(orjson.dumps(r) for r in records(simulation.live_batches(topic, start, end)))
    cuts = [start + (end - start) * n / 7 for n in range(8)]
    parts = Counter(
        orjson.dumps(record)
        for low, high in pairwise(cuts)
        for record in records(other.live_batches(topic, low, high))
    )
    assert whole == parts
    assert whole or topic == "statistics"


def test_after_the_year_its_open_cases_go_on_and_new_ones_come(simulation: Simulation) -> None:
    day = list(records(simulation.live_batches("events", simulation.end, simulation.end + DAY)))
    new = {
        str(record["id"])
        for record in day
        if str(record["reported_at"]) >= f"{simulation.end:%Y-%m-%dT%H:%M:%S}"
    }
    old = {str(record["id"]) for record in day} - new
    assert all(datetime.fromisoformat(str(record["at"])) >= simulation.end for record in day)
    assert 500 < len(new) < 4_000
    assert len(old) > 200
    assert list(simulation.live_messages("events", simulation.end, simulation.end)) == []


def test_of_a_long_time_nobody_told_devices_are_heard_of_in_its_last_hours(simulation: Simulation) -> None:
    since = simulation.end + 24 * HOUR
    batches = records(simulation.missed_batches("cameras", simulation.end, since + MISSED_HOURS * HOUR))
    early = list(takewhile(lambda record: datetime.fromisoformat(str(record["at"])) < since, batches))
    assert 0 < len(early) < 500
    assert {record["status"] for record in early} == {"online", "offline", "fault"}
    live = list(records(simulation.live_batches("cameras", since, since + MINUTE)))
    late = Counter(map(str, islice(batches, len(live) - 1)))
    assert late <= Counter(map(str, live))


def test_a_live_span_before_the_years_end_is_refused(simulation: Simulation) -> None:
    with pytest.raises(ValueError, match="the time after the year begins at"):
        list(simulation.live_batches("events", simulation.end - MINUTE, simulation.end))


def test_a_pack_without_a_plan_cannot_be_simulated() -> None:
    with pytest.raises(PackError, match="cannot be simulated"):
        load_plan(load_pack("boston"))


def test_device_ids_are_national_codes_of_twenty_digits() -> None:
    ids = device_ids("370403", 8_120)
    assert len(set(ids)) == 8_120
    assert all(re.fullmatch(r"37040300\d{2}13[12]7\d{6}", device) for device in ids)


def test_shares_add_up_exactly() -> None:
    assert apportion(10, [1, 1, 1]).tolist() == [4, 3, 3]
    assert apportion(484_000, np.random.default_rng(1).random(925)).sum() == 484_000


def test_the_year_before_a_leap_day_begins_on_the_28th(pack: Pack) -> None:
    leap = datetime(2024, 2, 29, 12, tzinfo=pack.zone)
    assert year_before(leap, pack.zone) == datetime(2023, 2, 28, 12, tzinfo=pack.zone)


def test_work_is_done_by_day_and_more_work_never_ends_earlier(pack: Pack) -> None:
    start = int(datetime(2025, 3, 1, tzinfo=UTC).timestamp())
    clock = WorkTime(start, start + 10 * 86_400, pack.zone)
    evening = np.full(500, start + 15 * 3_600)  # 23:00 local
    done = clock.add(evening, np.linspace(0, 6 * 3_600, 500))
    assert (np.diff(done) >= 0).all()
    assert done[-1] - evening[-1] > 10 * 3_600
    assert clock.add(np.array([start]), np.array([86_400.0])).tolist() == [start + 86_400]
