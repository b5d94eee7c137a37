"""Which standing warning a finding goes on under: the one that tells of the same place, whatever order they come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from schemas.contracts import Warning
from streams.risk import explain
from streams.watch.explanation import Named, explained
from streams.watch.statistical import anchored
from tests.support import small

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
TREE = small.pack().areas
ROOT, TOWN, OTHER, VILLAGE, NEXT = "370403", "370403001", "370403002", "370403001001", "370403001002"


def finding(area: str, level: str = "grid", *places: str) -> Named:
    """A finding of snow told at that area; `places` where they are others."""
    found = explain.Finding(
        level="district", place=0, category=0, tier="red", grids=frozenset(), near=frozenset(), window=24, observed=9,
        expected=1, rise=1, p=1e-9, recurrence_days=999, q=1e-6, share=1, baseline=(0, 1), certainty="good", merged=1,
    )  # fmt: skip
    at = places or (area,)
    return Named(area, "snow", at, area, at, level, found, (AT, AT))


def word(area: str, *areas: str, found: bool = True, hours: float = 1) -> Warning:
    """A warning of snow raised so many hours ago."""
    at = AT - timedelta(hours=hours)
    return Warning(
        warning_id=f"w-{area}", area=area, category="snow", colour="red", state="raised", raised_at=at, window="24h",
        observed=9, areas=areas or (area,), found=found, updated_at=at,
    )  # fmt: skip


def told(standing: list[Warning], *found: Named) -> list[tuple[str, str]]:
    """The area each finding goes under, and the one it is of."""
    (answer,) = {
        tuple((one.area, one.told_at) for one in anchored(TREE, order, found))
        for order in permutations(standing)
    }
    return list(answer)


def test_a_finding_goes_on_under_the_warning_it_lies_in_or_that_lies_in_it() -> None:
    assert told([word(TOWN)], finding(VILLAGE)) == [(TOWN, VILLAGE)]
    assert told([word(VILLAGE)], finding(TOWN, "town")) == [(VILLAGE, TOWN)]
    assert told([word(OTHER)], finding(VILLAGE)) == [(VILLAGE, VILLAGE)]


def test_of_several_that_of_its_own_area_comes_first_then_one_that_holds_then_the_older() -> None:
    assert told([word(TOWN, hours=9), word(VILLAGE)], finding(VILLAGE)) == [(VILLAGE, VILLAGE)]
    assert told([word(VILLAGE, found=False, hours=9), word(NEXT)], finding(TOWN, "town")) == [(NEXT, TOWN)]
    assert told([word(VILLAGE, hours=2), word(NEXT, hours=3)], finding(TOWN, "town")) == [(NEXT, TOWN)]


def test_a_town_graver_than_the_risen_district_keeps_its_own_warning() -> None:
    town, whole = finding(TOWN, "town"), finding(ROOT, "district", TOWN, OTHER)
    assert told([], town, whole) == [(TOWN, TOWN), (ROOT, ROOT)]
    assert told([word(ROOT, TOWN, OTHER, hours=5), word(TOWN)], town, whole) == [(TOWN, TOWN), (ROOT, ROOT)]
    assert told([word(ROOT, TOWN, OTHER)], town, whole) == [(TOWN, TOWN), (ROOT, ROOT)]
    assert told([word(ROOT, TOWN, OTHER)], town) == [(ROOT, TOWN)]  # what is left of a rise of the district


@pytest.mark.parametrize("place", [TOWN, VILLAGE])
def test_what_has_no_place_stands_for_no_place_and_no_place_for_it(place: str) -> None:
    level = "town" if place == TOWN else "grid"
    assert told([word(ROOT)], finding(place, level)) == [(place, place)]
    assert told([word(place)], finding(ROOT, "town")) == [(ROOT, ROOT)]


def test_the_chance_of_towns_that_rise_together_is_told_as_that_of_the_rarest() -> None:
    pack = small.pack()
    whole = finding(ROOT, "district", TOWN, OTHER)
    both = [explained(one, pack, AT) for one in (replace(whole, rarest=OTHER), whole)]
    assert ["；其中沙沟纯属偶然约" in one.zh for one in both] == [True, False]
    assert ["; by chance in Shagou alone once in" in one.en for one in both] == [True, False]
    assert ["；纯属偶然约" in one.zh and "; by chance once in" in one.en for one in both] == [False, True]


@pytest.mark.parametrize(
    ("window", "expected", "zh", "en"),
    [
        (24, 1.25, "近24小时9件，常态约1.2件", "in 24 hours, usually 1.2 "),
        (168, 0.004, "近7天9件，常态不到0.1件", "in 7 days, usually under 0.1 "),
    ],
)
def test_long_windows_are_told_in_days_and_hardly_anything_as_under_a_tenth(
    window: int, expected: float, zh: str, en: str
) -> None:
    one = finding(TOWN, "town")
    told = explained(
        replace(one, found=replace(one.found, window=window, expected=expected)), small.pack(), AT
    )
    assert zh in told.zh
    assert en in told.en
