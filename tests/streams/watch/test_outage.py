"""An outage is never calm: a feed cut at any time makes its places unknown and raises a warning of silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries import StoreReadings
from schemas.clickhouse import Store
from schemas.clock import FixedClock
from schemas.contracts import Warning
from schemas.packs import FeedScope, Pack, Rules
from streams.watch.coverage import HOURS, hours_heard
from streams.watch.finding import Look
from streams.watch.leading import Leading
from streams.watch.statistical import Statistical
from tests.support import small
from tests.support.small import event

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
LIMIT = timedelta(minutes=60)
PACK = small.pack(Rules(silent_yellow_minutes=60, silent_red_minutes=360))


# Hours heard ---------------------------------------------------------------------------------------------------------


def test_a_feed_is_heard_from_its_first_message_to_its_last_and_over_short_gaps() -> None:
    def ago(hours: float) -> datetime:
        return AT - timedelta(hours=hours)

    heard = hours_heard([(ago(6), ago(5.5)), (ago(4.6), ago(4.6)), (ago(1.5), ago(0.5))], AT, LIMIT)
    assert heard[-8:].tolist() == pytest.approx([0, 0, 1, 0.4, 0, 0, 0.5, 1])
    assert heard[:-8].sum() == 0
    assert hours_heard([], AT, LIMIT).sum() == 0


@given(
    minutes=st.lists(st.integers(1, HOURS * 60 - 1), min_size=1, max_size=40), cut=st.integers(0, HOURS * 60)
)
def test_nothing_is_heard_after_a_cut_once_the_limit_has_passed(minutes: list[int], cut: int) -> None:
    before = sorted(m for m in minutes if m >= cut)
    spoken = [(AT - timedelta(minutes=m), AT - timedelta(minutes=m)) for m in reversed(before)]
    heard = hours_heard(spoken, AT, LIMIT)
    assert np.all((heard >= 0) & (heard <= 1))
    last = before[0] if before else HOURS * 60
    silent_hours = last // 60 if last >= 60 else 0
    assert heard[HOURS - silent_hours :].sum() == 0


# The whole watch -----------------------------------------------------------------------------------------------------


def history(
    store: Store, pack: Pack, until: datetime, source: str = "desk", area: str = "370403001001", days: int = 8
) -> None:
    """An event each half hour of the last days before `until`."""
    times = [until - timedelta(minutes=30 * n + 1) for n in range(days * 48)]
    messages = [
        event(f"{source}{n}", "reported", t.isoformat(), reported_at=t.isoformat(), area=area, source=source)
        for n, t in enumerate(times)
    ]
    small.stored(store, "events", messages, pack)
    small.refreshed(store, pack)


def looked(store: Store, pack: Pack, at: datetime) -> list[Warning]:
    leading = Leading(store, pack, FixedClock(at))
    leading.statistical.learn_now(Look(store, pack, at))
    return leading.look()


@pytest.mark.parametrize("minutes", [60, 61, 6 * 60, 13 * 60, 3 * 24 * 60])
def test_a_feed_that_was_cut_leaves_everything_unknown_and_a_warning(store: Store, minutes: int) -> None:
    history(store, PACK, AT)
    seen = {"before": AT, "after": AT + timedelta(minutes=minutes)}
    for when, at in seen.items():
        told = [(w.rule, w.category, w.colour) for w in looked(store, PACK, at) if w.rule == "feed_silent"]
        heat = StoreReadings(store, PACK).risk("370403", at + timedelta(seconds=1))
        scores = {code: heat.score(code) for code in ("370403", "370403001", "370403001001", "370403002")}
        if when == "before":
            assert told == []
            assert None not in scores.values()
        else:
            assert told == [("feed_silent", "events", "red" if minutes >= 360 else "yellow")]
            assert set(scores.values()) == {None}
            assert set(heat.areas) >= set(scores)  # told as unknown, not left out


def test_a_feed_that_was_away_for_half_a_day_is_unknown_until_it_has_been_heard_for_as_long(
    store: Store,
) -> None:
    history(store, PACK, AT - timedelta(hours=14))
    times = [AT - timedelta(minutes=10 * n + 1) for n in range(12)]
    back = [event(f"b{n}", "reported", t.isoformat(), reported_at=t.isoformat()) for n, t in enumerate(times)]
    small.stored(store, "events", back, PACK)
    looked(store, PACK, AT)
    found = StoreReadings(store, PACK).risk("370403", AT + timedelta(seconds=1)).areas["370403001001"]
    assert (found.score, round(found.coverage, 1)) == (None, round((10 + 2) / 24 - 0.05, 1))


def test_the_silence_of_a_source_makes_its_own_area_unknown_and_no_other(store: Store) -> None:
    pack = small.pack(feeds=(FeedScope("events", "village", "370403001001", 60),))
    history(store, pack, AT - timedelta(hours=2), "village")
    history(store, pack, AT, "desk", "370403002")
    told = [(w.area, w.subject) for w in looked(store, pack, AT) if w.rule == "feed_silent"]
    heat = StoreReadings(store, pack).risk("370403", AT + timedelta(seconds=1))
    assert told == [("370403001001", "village")]
    assert heat.score("370403001001") is None
    assert heat.score("370403002") is not None


def test_a_source_that_never_spoke_leaves_its_area_unknown_and_no_other(store: Store) -> None:
    pack = small.pack(feeds=(FeedScope("events", "village", "370403001001", 60),))
    history(store, pack, AT, "desk", "370403002")
    looked(store, pack, AT)
    heat = StoreReadings(store, pack).risk("370403", AT + timedelta(seconds=1))
    assert heat.score("370403001001") is None
    assert heat.score("370403002") is not None


def test_heat_of_a_watch_that_stopped_looking_is_unknown(store: Store) -> None:
    history(store, PACK, AT)
    looked(store, PACK, AT)
    readings = StoreReadings(store, PACK)
    assert readings.risk("370403", AT + timedelta(minutes=9)).score("370403002") is not None
    assert readings.risk("370403", AT + timedelta(minutes=11)).score("370403002") is None
    assert readings.risk("370403", AT).looked_at is None  # a look at T is not known before T
    assert StoreReadings(store, PACK, speed=600).risk("370403", AT + timedelta(minutes=11)).looked_at == AT


# Statistical warnings ------------------------------------------------------------------------------------------------


def burst(store: Store, area: str, count: int, at: datetime) -> None:
    """So many events of one place, minutes and kinds of reporters apart, within the day before `at`."""
    times = [at - timedelta(minutes=70 * n + 5) for n in range(count)]
    messages = [
        event(
            f"burst{area}{n}",
            "reported",
            t.isoformat(),
            reported_at=t.isoformat(),
            area=area,
            category="snow",
        )
        for n, t in enumerate(times)
    ]
    small.stored(store, "events", messages, PACK)


def test_a_burst_raises_one_warning_that_explains_itself(store: Store) -> None:
    history(store, PACK, AT)
    burst(store, "370403002", 18, AT)
    (told,) = [w for w in looked(store, PACK, AT) if not w.rule]
    assert (told.area, told.category, told.colour, told.observed, told.state) == (
        "370403002",
        "snow",
        "red",
        18,
        "raised",
    )
    assert told.expected is not None
    assert told.p is not None
    assert told.q is not None
    assert (told.expected < 2, told.p < 1e-4, told.q < 0.1, told.certainty) == (True, True, True, "low")
    assert told.recurrence_days is not None
    assert told.recurrence_days > 365
    assert told.baseline_to is not None
    assert told.baseline_to <= AT - timedelta(days=2)  # at most a third of a short history is left out
    assert (told.window_to, told.category_share) == (AT, 1.0)
    assert "18件" in told.explanation_zh
    assert "18 snow events" in told.explanation_en
    heat = StoreReadings(store, PACK).risk("370403", AT + timedelta(seconds=1))
    assert [cell.category for cell in heat.cells["370403002"]] == ["snow"]
    assert heat.areas["370403002"].surge is not None
    assert (heat.score("370403002") or 0) > 50 > (heat.score("370403001") or 0)


@pytest.mark.parametrize("minute", [0, 1, 59])
def test_the_window_told_is_the_window_counted(store: Store, minute: int) -> None:
    at = AT + timedelta(minutes=minute)
    history(store, PACK, at)
    times = [at - timedelta(minutes=70 * n + 5) for n in (*range(18), 61.2)]
    small.stored(
        store, "events",
        [
            event(f"b{n}", "reported", t.isoformat(), reported_at=t.isoformat(), area="370403002", category="snow")
            for n, t in enumerate(times)
        ],
        PACK,
    )  # fmt: skip
    (told,) = [w for w in looked(store, PACK, at) if not w.rule]
    assert told.window_from is not None
    assert told.observed == sum(told.window_from <= t < at for t in times)


def test_a_burst_stands_until_a_day_without_it_and_repeats_nothing(store: Store) -> None:
    history(store, PACK, AT + timedelta(days=9), days=18)
    burst(store, "370403002", 18, AT)
    told: list[tuple[float, str]] = []
    for hours in range(0, 9 * 24 + 1, 24):
        at = AT + timedelta(hours=hours)
        words = [w for w in looked(store, PACK, at) if not w.rule]  # each look by another leader
        small.stored(store, "warnings", small.plain(words), PACK)
        told += [(hours / 24, w.state) for w in words if w.state == "cleared" or not told]
    assert [state for _, state in told] == ["raised", "cleared"]
    assert 2 <= told[1][0] <= 8


def test_a_warning_does_not_end_by_an_outage_only_by_a_day_that_was_heard_or_once_nothing_it_told_of_counts(
    store: Store,
) -> None:
    history(store, PACK, AT)
    burst(store, "370403002", 18, AT)
    told: list[tuple[int, str, str]] = []
    for hours in range(0, 11 * 24, 12):  # silence from AT on; each look by another leader
        words = [w for w in looked(store, PACK, AT + timedelta(hours=hours)) if not w.rule]
        small.stored(store, "warnings", small.plain(words), PACK)
        told += [(hours, w.state, w.explanation_zh) for w in words if w.state == "cleared" or not told]
    assert [state for _, state, _ in told] == ["raised", "cleared"]
    assert 7 * 24 <= told[1][0] <= 8 * 24 + 12
    assert told[0][2] == told[1][2]


@pytest.mark.parametrize(("hours", "area"), [(23, "370403001001"), (24.5, "370403002")])
def test_a_warning_that_ended_lends_its_name_only_while_it_would_be_opened_again(
    store: Store, hours: float, area: str
) -> None:
    history(store, PACK, AT)
    burst(store, "370403002", 18, AT)
    before = msgspec.structs.replace(
        next(w for w in looked(store, PACK, AT) if not w.rule),
        warning_id="w-before", area="370403001001", areas=("370403001001", "370403002"), found=False, state="cleared",
        raised_at=AT - timedelta(hours=40), updated_at=AT - timedelta(hours=hours),
    )  # fmt: skip
    opened = msgspec.structs.replace(before, found=True, state="raised", updated_at=before.raised_at)
    small.stored(store, "warnings", small.plain([opened, before]), PACK)
    (told,) = [w for w in looked(store, PACK, AT) if not w.rule]
    assert (told.area, told.warning_id == "w-before", told.reopened) == (area, hours < 24, int(hours < 24))


def test_nothing_is_found_before_a_baseline_is_learnt(store: Store) -> None:
    history(store, PACK, AT)
    statistical = Statistical(lambda: 0.0)
    assert list(statistical.find(Look(store, PACK, AT))) == []
    assert statistical.judged is None
