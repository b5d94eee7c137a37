"""The catalogue is complete, unambiguous and speaks both languages."""

from __future__ import annotations

import re

import pytest

from schemas.contracts import EVENT_STAGES, INPUT_TOPICS, MEDIATION_STAGES
from schemas.indicators import BY_NAME, CATALOGUE, UNITS, Indicator, indicators

#: Every figure that the semantics define, by topic, in their order.
DEFINED = {
    "events": [
        "events_reported", "closing_rate", "on_time_rate", "reopen_rate", "in_grid_rate", "satisfaction",
        "handling_time_median", "handling_time_p90", "closed_before_reported", "events_withdrawn",
        "events_closed", "backlog", "overdue_open", "events_per_10k",
    ],
    "mediation": [
        "mediation_registered", "mediation_accepted", "mediation_succeeded", "mediation_failed",
        "mediation_success_rate", "mediation_open", "mediation_escalated", "mediation_duration_median",
    ],
    "cameras": ["cameras_registered", "cameras_online", "online_rate", "offline_over_24h", "availability"],
    "statistics": ["hotline_rate", "petition_rate", "litigation_rate"],
}  # fmt: skip
STOCKS = {"backlog", "overdue_open", "mediation_open"}
DEVICES = {"cameras_registered", "cameras_online", "online_rate", "offline_over_24h"}

every_indicator = pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda indicator: indicator.name)


def test_the_catalogue_holds_exactly_what_is_defined() -> None:
    assert {
        topic: [indicator.name for indicator in indicators(topic)] for topic in INPUT_TOPICS[:4]
    } == DEFINED
    assert sum(map(len, DEFINED.values())) == len(CATALOGUE)


def test_names_are_unique_in_code_and_in_both_languages() -> None:
    assert len(BY_NAME) == len(CATALOGUE)
    assert len({indicator.zh for indicator in CATALOGUE}) == len(CATALOGUE)
    assert len({indicator.en for indicator in CATALOGUE}) == len(CATALOGUE)


@every_indicator
def test_names_and_formulas_stand_in_both_languages(indicator: Indicator) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", indicator.name)
    assert re.search("[\u4e00-\u9fff]", indicator.label("zh"))
    assert re.search("[\u4e00-\u9fff]", indicator.formula("zh"))
    for text in (indicator.label("en"), indicator.formula("en")):
        assert re.search("[A-Za-z]", text)
        assert not re.search("[\u4e00-\u9fff]", text)
        assert text == text.strip().removesuffix(".")
    assert indicator.unit_label("zh")


@every_indicator
def test_the_kind_says_which_parts_there_are(indicator: Indicator) -> None:
    assert indicator.numerator
    assert (indicator.denominator is not None) == (indicator.kind in ("ratio", "mean"))
    assert (indicator.quantile is not None) == (indicator.kind == "quantile")
    assert (indicator.statistic is not None) == (indicator.over == "statistic")


@every_indicator
def test_the_unit_fits_the_kind(indicator: Indicator) -> None:
    fitting = {
        "count": "count", "ratio": "percent", "mean": "score", "quantile": "minutes", "per_10k": "per_10k",
    }  # fmt: skip
    assert indicator.unit == fitting[indicator.kind]
    assert indicator.unit in UNITS


@every_indicator
def test_a_ratio_counts_members_of_its_own_denominator(indicator: Indicator) -> None:
    if indicator.kind == "ratio" and indicator.denominator not in ("1", "known_ms"):
        assert indicator.denominator is not None
        assert set(re.findall(r"NOT \w+|has_due|ever_closed|\bclosed\b", indicator.denominator)) - {
            "has_due"
        } <= set(re.findall(r"NOT \w+|ever_closed|\bclosed\b", indicator.numerator))


@every_indicator
def test_withdrawn_cases_are_in_no_figure_but_their_own(indicator: Indicator) -> None:
    if indicator.topic in ("events", "mediation") and indicator.over != "flow":
        own = indicator.name == "events_withdrawn"
        parts = [part for part in (indicator.numerator, indicator.denominator) if part is not None]
        assert all(("NOT withdrawn" in part) != own for part in parts)


def test_which_figures_stand_at_t_whatever_the_window() -> None:
    assert {indicator.name for indicator in CATALOGUE if indicator.over == "stock"} == STOCKS
    assert {indicator.name for indicator in CATALOGUE if indicator.over == "device"} == DEVICES
    assert {indicator.name for indicator in CATALOGUE if indicator.is_stock} == STOCKS | DEVICES
    assert [indicator.name for indicator in indicators(over=["flow"])] == ["events_closed"]


def test_quantiles_are_the_defined_ones() -> None:
    assert {indicator.name: indicator.quantile for indicator in CATALOGUE if indicator.quantile} == {
        "handling_time_median": 0.5,
        "handling_time_p90": 0.9,
        "mediation_duration_median": 0.5,
    }


@every_indicator
def test_stages_and_outcomes_in_conditions_exist(indicator: Indicator) -> None:
    known = {*EVENT_STAGES, *MEDIATION_STAGES, "grid", ""}
    assert set(re.findall(r"'(\w*)'", f"{indicator.numerator} {indicator.denominator}")) <= known


def test_a_choice_keeps_the_order_of_the_catalogue() -> None:
    chosen = indicators("events", ["stock", "flow"])
    assert [indicator.name for indicator in chosen] == ["events_closed", "backlog", "overdue_open"]
    assert indicators() == CATALOGUE
