"""The engine over a small district: what is new stands out, is told once, and explains itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.risk.baseline import Baseline, fit
from streams.risk.counts import Counts, Floats, Ints, Places, hour_of
from streams.risk.delay import completeness
from streams.risk.episodes import follow
from streams.risk.explain import Finding, findings_of, warnings_of
from streams.risk.heat import heat
from streams.risk.incidents import first_of_incidents
from streams.risk.policy import Policy
from streams.risk.scan import Look, look

SIDE, CATEGORIES, NOW = 12, 4, 24.0 * 7 * 3000  # Monday 00:00


def places() -> Places:
    """Four towns of 36 grids."""
    every = np.arange(SIDE * SIDE)
    x, y = every % SIDE, every // SIDE
    right = np.stack((every[x < SIDE - 1], every[x < SIDE - 1] + 1), axis=1)
    down = np.stack((every[y < SIDE - 1], every[y < SIDE - 1] + SIDE), axis=1)
    return Places((y // 6) * 2 + x // 6, np.concatenate((right, down)), CATEGORIES)


def history(days: int = 120, a_day: float = 60.0, seed: int = 5) -> Counts:
    rng = np.random.default_rng(seed)
    n = rng.poisson(days * a_day)
    hour = (NOW - 24 * days + rng.random(n) * 24 * days).astype(np.int64)
    category = rng.choice(CATEGORIES, n, p=[0.5, 0.3, 0.15, 0.05])
    return Counts(hour, rng.integers(0, SIDE * SIDE, n), category, np.ones(n))


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return fit(history(), places(), NOW)


def plus(counts: Counts, grid: Ints, category: int, hours: Floats) -> Counts:
    """The counts with one more event an entry of `grid` and `hours` before now."""
    more = np.asarray(NOW - hours, dtype=np.int64)
    return Counts(
        np.concatenate((counts.hour, more)),
        np.concatenate((counts.grid, grid)),
        np.concatenate((counts.category, np.full(len(grid), category))),
        np.concatenate((counts.count, np.ones(len(grid)))),
    )


def told(finding: Finding) -> tuple[object, ...]:
    return finding.level, finding.place, finding.category, finding.tier, finding.window, finding.observed


def test_the_hour_of_the_week_comes_from_wall_clock_time() -> None:
    assert hour_of(datetime(2026, 11, 24, 16, 30, tzinfo=UTC)) % 168 == 24 + 16.5


def test_a_quiet_week_warns_of_nothing(baseline: Baseline) -> None:
    assert warnings_of(look(baseline, history(), NOW)) == []


def test_expectations_add_up_to_what_used_to_happen(baseline: Baseline) -> None:
    seen = look(baseline, history(), NOW).cells["town"]
    assert seen.expected[-1].sum() == pytest.approx(60 * 7, rel=0.1)
    np.testing.assert_allclose(baseline.share.reshape(SIDE * SIDE, CATEGORIES).sum(axis=0), 4.0, rtol=1e-9)
    np.testing.assert_allclose(baseline.profile.mean(axis=1), 1.0, rtol=1e-9)


def test_one_grid_above_expectation_is_one_red_finding_that_explains_itself(baseline: Baseline) -> None:
    recent = plus(history(), np.full(9, 40), 2, np.arange(1, 10.0))
    found = warnings_of(look(baseline, recent, NOW))
    assert [told(one)[:4] for one in found] == [("grid", 40, 2, "red")]
    one = found[0]
    assert one.observed >= 9
    assert one.expected < 0.5
    assert one.p < 1e-8
    assert one.recurrence_days > 365
    assert one.q < 1e-3
    assert 0 < one.share <= 1
    assert one.baseline == (NOW - 24 * 120, NOW - 168)
    assert one.certainty == "fair"
    assert one.merged > 1


def test_neighbours_that_rise_together_are_one_finding_around_them(baseline: Baseline) -> None:
    block = np.array([27, 28, 29, 39, 40, 41, 51, 52, 53])
    found = warnings_of(look(baseline, plus(history(), block, 3, np.arange(1, 10.0)), NOW))
    assert [one.category for one in found] == [3]
    assert found[0].level in ("ring1", "ring2")
    assert found[0].grids.issuperset({28, 39, 40, 41, 52})


def test_a_whole_town_that_rises_is_told_as_a_town(baseline: Baseline) -> None:
    grids = np.flatnonzero(places().town == 3)
    rng = np.random.default_rng(9)
    recent = plus(history(), rng.choice(grids, 60), 1, rng.uniform(1, 24, 60))
    found = warnings_of(look(baseline, recent, NOW))
    assert told(found[0])[:4] == ("town", 3, 1, "red")
    assert len(found) == 1


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_counts_changes_nothing(random: object) -> None:
    counts = history(60)
    order = np.random.default_rng(random.getrandbits(32)).permutation(len(counts.hour))  # type: ignore[attr-defined]
    mixed = Counts(counts.hour[order], counts.grid[order], counts.category[order], counts.count[order])
    one, two = (look(fit(each, places(), NOW), each, NOW) for each in (counts, mixed))
    for level in one.cells:
        np.testing.assert_allclose(one.cells[level].p, two.cells[level].p, rtol=1e-9)


def test_what_comes_later_changes_neither_baseline_nor_look(baseline: Baseline) -> None:
    later = plus(history(), np.full(50, 7), 0, -np.arange(1, 51.0))
    again = fit(later, places(), NOW)
    np.testing.assert_array_equal(again.share, baseline.share)
    np.testing.assert_array_equal(again.model.coefficients, baseline.model.coefficients)
    one, two = look(baseline, history(), NOW), look(again, later, NOW)
    for level in one.cells:
        np.testing.assert_array_equal(one.cells[level].p, two.cells[level].p)


def test_the_newest_week_is_no_part_of_what_is_usual(baseline: Baseline) -> None:
    surge = plus(history(), np.full(80, 7), 0, np.linspace(1, 160, 80))
    np.testing.assert_array_equal(fit(surge, places(), NOW).share, baseline.share)


@pytest.mark.parametrize("days", [1, 5, 14])
def test_days_of_an_outage_say_nothing_of_what_is_usual(days: int) -> None:
    whole = history(a_day=1000)
    silent = NOW // 24 - 9 - np.arange(days)
    cut = whole.where(~np.isin(whole.hour // 24, silent))
    seen = look(fit(cut, places(), NOW, unheard=silent.astype(np.int64)), whole, NOW)
    town = seen.cells["town"]
    assert town.expected[-1].sum() == pytest.approx(town.observed[-1].sum(), rel=0.05)
    assert warnings_of(seen) == []


def with_weekends(counts: Counts) -> Counts:
    """Half as much of the largest category on Saturdays and Sundays."""
    weekend = (counts.hour % 168 >= 120) & (counts.category == 0)
    return counts.where(~weekend | (counts.hour % 2 == 0))


@pytest.mark.parametrize("past", [45, 120])
@pytest.mark.parametrize(("days", "left"), [(0, 1.0), (1, 0.6), (3, 0.5), (7, 0.4)])
def test_ordinary_days_after_a_feast_are_no_surge(past: int, days: int, left: float) -> None:
    whole = with_weekends(history(past, a_day=1000))
    feast = np.isin(whole.hour // 24, NOW // 24 - 9 - np.arange(days))
    went_on = ~feast | (np.random.default_rng(3).random(len(feast)) < left)
    seen = look(fit(whole.where(went_on), places(), NOW), whole, NOW)
    town = seen.cells["town"]
    assert town.expected[-1].sum() == pytest.approx(town.observed[-1].sum(), rel=0.1)
    assert warnings_of(seen) == []


def test_weekends_are_ordinary_where_the_largest_category_rests() -> None:
    found = fit(with_weekends(history(a_day=1000)), places(), NOW)
    age = (found.end - found.start) / 24 - np.arange(found.model.weights.shape[1])
    trusted = found.model.weights / 0.5 ** (age / found.policy.half_life)
    assert trusted.max(axis=0).min() > 0.8


@pytest.mark.parametrize("days", [26, 35])
def test_what_became_less_for_good_is_usual_in_less_than_four_weeks(days: int) -> None:
    whole = history(a_day=1000)
    less = whole.where((whole.hour < NOW - 24 * days) | (whole.hour % 2 == 0))
    town = look(fit(less, places(), NOW), less, NOW).cells["town"]
    assert town.expected[-1].sum() == pytest.approx(town.observed[-1].sum(), rel=0.25)


def test_a_past_that_was_never_heard_is_no_past() -> None:
    every = np.arange(NOW // 24 - 200, NOW // 24).astype(np.int64)
    assert fit(history(), places(), NOW, unheard=every).events == 0


@pytest.mark.parametrize("days", [0, 3, 20])
def test_a_new_deployment_is_watched_from_its_first_day_and_says_how_sure_it_is(days: int) -> None:
    young = history(max(days, 1)).between(NOW - 24 * days, NOW)
    baseline = fit(young, places(), NOW)
    found = warnings_of(look(baseline, plus(young, np.full(40, 40), 2, np.arange(1, 41.0) / 4), NOW))
    assert baseline.certainty == "low"
    assert any(40 in one.grids and one.category == 2 for one in found)


def test_a_silent_feed_is_unknown_and_never_calm(baseline: Baseline) -> None:
    heard = np.ones((SIDE * SIDE, 168))
    heard[:36, -1] = 0.0
    seen = look(baseline, history(), NOW, heard)
    scores = heat(seen)
    assert not seen.known[:36].any()
    assert np.isnan(scores.score[:36]).all()
    assert np.isfinite(scores.score[36:]).all()
    assert all(seen.known[cells.place].all() for level, cells in seen.cells.items() if level == "grid")


def test_a_feed_heard_for_part_of_the_time_is_expected_to_tell_that_part(baseline: Baseline) -> None:
    whole = look(baseline, history(), NOW).cells["town"].expected
    part = look(baseline, history(), NOW, np.full(SIDE * SIDE, 0.6)).cells["town"].expected
    np.testing.assert_allclose(part, 0.6 * whole, rtol=1e-9)


def test_what_is_known_late_is_not_expected_yet(baseline: Baseline) -> None:
    share = completeness(np.array([0.0, 0.0, 5.0, 30.0]))
    assert share[[0, 10, 100]].tolist() == pytest.approx([0.6, 0.8, 1.0])
    late = look(baseline, history(), NOW, None, share).cells["town"].expected
    assert (late < look(baseline, history(), NOW).cells["town"].expected).all()


def test_heat_is_made_of_surge_and_burden(baseline: Baseline) -> None:
    seen = look(baseline, plus(history(), np.full(9, 40), 2, np.arange(1, 10.0)), NOW)
    scores = heat(seen)
    assert scores.surge[40] == scores.surge.max() > 0.8
    assert scores.surge[[0, 140]].tolist() == [0, 0]
    np.testing.assert_allclose(scores.score, 100 * (1 - (1 - scores.surge) * (1 - 0.5 * scores.burden)))
    assert scores.score.min() >= 0
    assert scores.score.max() <= 100


def test_reports_of_one_thing_are_one_incident() -> None:
    at = np.array([3.0, 0.0, 0.5, 1.2, 0.4, 0.0])
    grid = np.array([1, 1, 1, 1, 2, 1])
    category = np.array([0, 0, 0, 0, 0, 1])
    assert first_of_incidents(at, grid, category).tolist() == [True, True, False, False, True, True]


def _episode_look(baseline: Baseline, grid: int | None, at: float) -> list[Finding]:
    recent = history() if grid is None else plus(history(), np.full(9, grid), 2, np.arange(1, 10.0))
    return warnings_of(look(baseline, recent, at))


def test_a_finding_that_goes_on_is_raised_once_and_closes_after_quiet_hours(baseline: Baseline) -> None:
    first = follow((), _episode_look(baseline, 40, NOW), NOW, 24)
    moved = follow(first.open, _episode_look(baseline, 40, NOW), NOW + 6, 24)
    other = follow(moved.open, _episode_look(baseline, 100, NOW), NOW + 12, 24)
    quiet = follow(other.open, [], NOW + 31, 24)
    over = follow(quiet.open, [], NOW + 36, 24)
    assert [len(step.opened) for step in (first, moved, other, quiet, over)] == [1, 0, 1, 0, 0]
    assert [len(step.closed) for step in (first, moved, other, quiet, over)] == [0, 0, 0, 1, 1]
    assert [(one.raised, one.seen) for one in other.open] == [(NOW, NOW + 6), (NOW + 12, NOW + 12)]


def test_an_episode_that_grows_rarer_is_worse(baseline: Baseline) -> None:
    finding = _episode_look(baseline, 40, NOW)[0]
    mild = replace(finding, tier="blue")
    going = follow((), [mild], NOW, 24)
    assert [one.worst for one in follow(going.open, [finding], NOW + 1, 24).worsened] == ["red"]
    assert follow(going.open, [mild], NOW + 1, 24).worsened == ()


def test_a_lower_floor_finds_no_less(baseline: Baseline) -> None:
    seen: Look = look(baseline, plus(history(), np.full(4, 40), 3, np.arange(1, 5.0)), NOW)
    many = [len(findings_of(seen, days)) for days in (0.01, 1, 30)]
    assert many == sorted(many, reverse=True)
    assert Policy().floors() == (365, 30, 7)
