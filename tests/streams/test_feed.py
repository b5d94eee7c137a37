"""A demo's feed: the past and what arrives from then on give each message once, wherever time is cut."""

from __future__ import annotations

import gc
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.clock import FixedClock
from schemas.contracts import Topic
from schemas.errors import ConfigError, PackError
from schemas.packs import load_pack
from streams.broker import create_topics, embedded_broker
from streams.feed import YEAR_END, Feeder, Recording, SimulatedSource, Values, newest_first, simulated_end
from streams.produce import PACK, packed, single
from streams.simulate.events import EventFeeds
from streams.simulate.feed import Feed
from tests.support import small

START = datetime(2015, 2, 1, 13, tzinfo=UTC)
#: A start of a simulated district, amid a second.
NOON = datetime(2026, 4, 2, 12, 0, 7, 400_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_PACK = """
name = "recorded"
title = { zh = "录", en = "Recorded" }
root = "city"
time_zone = "America/New_York"
levels = [{ code = "city", zh = "市", en = "City" }]
categories = [{ code = "litter", zh = "垃圾", en = "Litter" }]
channels = [{ code = "web", zh = "网", en = "Web" }]
[recording]
files = ["rows.csv"]
mapping = "mapping.toml"
start = 2015-02-01T08:00:00-05:00
"""
_MAPPING = """
topic = "events"
source = "desk"
time_zone = "America/New_York"
[fields]
id = "ID"
reported_at = "OPENED"
category = { constant = "litter" }
channel = { constant = "web" }
[[stages]]
stage = "reported"
at = "OPENED"
[[stages]]
stage = "closed"
at = "CLOSED"
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Forty cases opened every ten minutes from START on, closed two hours later: eighty messages."""
    folder = tmp_path_factory.mktemp("recorded")
    opened = [datetime(2015, 2, 1, 8) + timedelta(minutes=10 * n) for n in range(40)]  # noqa: DTZ001
    rows = [f"{n},{at.isoformat()},{(at + timedelta(hours=2)).isoformat()}" for n, at in enumerate(opened)]
    (folder / "rows.csv").write_text("\n".join(["ID,OPENED,CLOSED", *reversed(rows)]) + "\n", "utf-8")
    (folder / "mapping.toml").write_text(_MAPPING, "utf-8")
    (folder / "pack.toml").write_text(_PACK, "utf-8")
    (folder / "areas.csv").write_text("code,name,parent,level\ncity,市,,city\n", "utf-8")
    return Recording(load_pack(folder))


def messages(parts: Iterator[tuple[Topic, Values]]) -> list[dict[str, Any]]:
    """The records of what a source gives, unpacked."""
    found = []
    for topic, values in parts:
        assert topic == "events"
        for _, value in values:
            decoded = msgspec.json.decode(value)
            found += decoded if isinstance(decoded, list) else [decoded]
    return found


def test_the_past_is_everything_before_now_in_order(recording: Recording) -> None:
    past = messages(recording.past(None, START + timedelta(hours=1)))
    assert [m["id"] for m in past] == ["0", "1", "2", "3", "4", "5"]
    assert {m["stage"] for m in past} == {"reported"}
    every = messages(recording.past(None, START + timedelta(days=1)))
    assert (len(every), [m["at"] for m in every]) == (80, sorted(m["at"] for m in every))


cuts = st.lists(
    st.integers(0, 8 * 60).map(lambda minute: START + timedelta(minutes=minute)), min_size=2, max_size=8
)


@given(cuts)
@settings(max_examples=50)
def test_past_and_present_cut_any_way_give_each_message_once(
    recording: Recording, moments: list[datetime]
) -> None:
    first, *rest = sorted(moments)
    last = START + timedelta(days=1)
    found = messages(recording.past(None, first))
    for start, end in zip([first, *rest], [*rest, last], strict=True):
        found += messages(recording.live(start, end))
    assert found == messages(recording.past(None, last))


def test_a_back_fill_of_some_days_starts_there(recording: Recording) -> None:
    start = START + timedelta(minutes=25)
    assert [m["id"] for m in messages(recording.past(start, START + timedelta(minutes=45)))] == ["3", "4"]


def test_a_pack_without_a_recording_says_so() -> None:
    with pytest.raises(PackError, match=r"^pack small has no \[recording\] to replay$"):
        Recording(small.pack())


# A simulated district ------------------------------------------------------------------------------------------------


def told(parts: Iterator[tuple[Topic, Values]]) -> set[tuple[Topic, bytes]]:
    """The distinct records of what a source gives."""
    return {
        (topic, bytes(record))
        for topic, values in parts
        for _, value in values
        for record in msgspec.json.decode(value, type=list[msgspec.Raw])
    }


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def simulated(kept: Path) -> SimulatedSource:
    """The district as at the first start with the kept folder."""
    return SimulatedSource(load_pack("xuecheng"), simulated_end(kept, NOON))


def test_a_simulated_district_started_again_tells_what_one_that_went_on_tells(
    kept: Path, simulated: SimulatedSource
) -> None:
    since, stopped, again = NOON - 5 * MINUTE, NOON + 4 * MINUTE, NOON + 17 * MINUTE
    end = again + 2 * MINUTE
    whole = told(simulated.past(since, NOON)) | told(simulated.live(NOON, end))
    before = told(simulated.past(since, NOON)) | told(simulated.live(NOON, stopped))
    later = SimulatedSource(load_pack("xuecheng"), simulated_end(kept, again))
    after = told(later.past(since, again)) | told(later.live(again, end))
    assert after == before | after == whole
    assert Counter(topic for topic, _ in whole - before).keys() == {"cameras", "events", "mediation"}


def test_between_the_years_end_and_the_first_look_at_the_clock_nothing_is_left_out(
    simulated: SimulatedSource,
) -> None:
    year_end = NOON.replace(microsecond=0)
    first = told(simulated.past(NOON - MINUTE, NOON))
    assert any(topic == "cameras" and f"{year_end:%H:%M:%S}".encode() in record for topic, record in first)
    assert first | told(simulated.live(NOON, NOON + MINUTE)) == told(
        simulated.past(NOON - MINUTE, NOON + MINUTE)
    )


def test_all_statistics_come_first_as_they_are_compared_with_those_of_a_year_ago(
    simulated: SimulatedSource,
) -> None:
    first = told(itertools.islice(simulated.past(None, NOON), 1))
    assert {topic for topic, _ in first} == {"statistics"}
    periods = {msgspec.json.decode(record)["period"] for _, record in first}
    assert len({period for period in periods if "Q" in period}) == 8
    assert len({period for period in periods if "Q" not in period}) == 24


def test_the_year_is_made_once_for_past_and_present_and_let_go_after_it(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, year = [], EventFeeds.year

    def counted(feeds: EventFeeds) -> Feed:
        made.append(1)
        return year(feeds)

    monkeypatch.setattr(EventFeeds, "year", counted)
    source = SimulatedSource(load_pack("xuecheng"), simulated_end(kept, NOON))
    past = source.past(NOON - timedelta(days=9), NOON)
    told(itertools.islice(past, 4))  # up to the events of the last eight days
    told(source.live(NOON, NOON + MINUTE))
    told(past)
    assert made == [1]
    alive = [one for one in gc.get_objects() if isinstance(one, Feed) and one.count(0, 2**40) > 1_000_000]
    assert alive == []


def test_a_clock_before_the_years_end_is_told_the_year(simulated: SimulatedSource) -> None:
    early = NOON - 20 * MINUTE
    assert told(simulated.live(early, NOON)) == told(simulated.past(early, NOON))


def test_the_years_end_is_the_first_starts_and_one_that_is_not_readable_is_told(tmp_path: Path) -> None:
    assert [simulated_end(tmp_path, NOON + n * MINUTE) for n in range(3)] == [NOON] * 3
    (tmp_path / YEAR_END).write_text("soon\n")
    with pytest.raises(
        ConfigError,
        match=r"year-end.txt does not say when the simulated year ends, such as 2026-.*new folder",
    ):
        simulated_end(tmp_path, NOON)


# The feeder ----------------------------------------------------------------------------------------------------------


class Counted:
    """A source of numbered messages: a past of a thousand, and one more each time it is asked."""

    def __init__(self, now: datetime) -> None:
        self.now, self.asked = now, 0
        self.spans: list[tuple[datetime, datetime]] = []

    def past(self, start: datetime | None, end: datetime) -> Iterator[tuple[Topic, Values]]:
        yield "events", packed(({"n": n} for n in range(1000)), PACK)

    def live(self, start: datetime, end: datetime) -> Iterator[tuple[Topic, Values]]:
        self.spans.append((start, end))
        yield "events", single([{"n": 1000 + len(self.spans)}])


@pytest.mark.broker
def test_a_feeder_sends_the_past_once_and_then_what_arrives_without_a_gap() -> None:
    made: list[Counted] = []

    def source(now: datetime) -> Counted:
        made.append(Counted(now))
        return made[0]

    class Ticking:
        """A clock one minute later each time it is read."""

        replay: float | None = None

        def __init__(self) -> None:
            self.at = START

        def now(self) -> datetime:
            self.at += timedelta(minutes=1)
            return self.at

    with embedded_broker() as brokers:
        create_topics(brokers, ["x.events"], 1, 1)
        feeder = Feeder(source, brokers, Ticking(), "x.", backfill=True)
        feeder.start()
        assert feeder.filled.wait(30)
        deadline = time.monotonic() + 30
        while len(made[0].spans) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        feeder.stop()
        spans = made[0].spans
    assert (made[0].now, feeder.failure) == (START + timedelta(minutes=1), None)
    assert spans[0][0] == made[0].now
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert feeder.sent == 3 + len(spans)


def test_a_source_that_cannot_be_made_ends_the_feed_and_says_why() -> None:
    def nothing(now: datetime) -> Counted:
        raise PackError("no such recording")

    feeder = Feeder(nothing, "127.0.0.1:1", FixedClock(START), "x.", backfill=True)
    feeder.start()
    feeder.wait(30)
    feeder.stop()
    assert (str(feeder.failure), feeder.sent) == ("no such recording", 0)


def test_a_source_still_being_made_holds_up_no_end() -> None:
    def slow(now: datetime) -> Counted:
        time.sleep(3)
        return Counted(now)

    feeder = Feeder(slow, "127.0.0.1:1", FixedClock(START), "x.", backfill=True)
    feeder.start()
    before = time.monotonic()
    feeder.stop()
    assert time.monotonic() - before < 2
    assert feeder.failure is None


def test_the_shipped_recording_is_a_file_of_its_pack() -> None:
    pack = load_pack("boston")
    recording = pack.settings.recording
    assert recording is not None
    assert all((pack.folder / name).exists() for name in (*recording.files, recording.mapping))


def test_the_newest_part_of_the_past_is_cut_off_first_and_nothing_is_lost() -> None:
    end = datetime(2026, 11, 22, tzinfo=UTC)
    day = timedelta(days=1)
    assert list(newest_first(None, end)) == [
        (end - 8 * day, end),
        (end - 31 * day, end - 8 * day),
        (end - 92 * day, end - 31 * day),
        (None, end - 92 * day),
    ]
    assert list(newest_first(end - 10 * day, end)) == [(end - 8 * day, end), (end - 10 * day, end - 8 * day)]
    assert list(newest_first(end - 8 * day, end)) == [(end - 8 * day, end)]
