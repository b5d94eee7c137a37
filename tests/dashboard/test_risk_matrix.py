"""The risk matrix: the hottest first, and what is unknown is never calm."""

from __future__ import annotations

from dashboard.figures.risk import risk_matrix
from dashboard.readings import HeatScore, RiskHeat
from schemas.packs import Pack
from tests.dashboard.conftest import AT


def score(area: str, category: str, value: float | None, observed: float = 9.0) -> HeatScore:
    return HeatScore(area, category, value, 0.5, 0.1, 1.0, observed, 2.5, 24)


def test_the_hottest_categories_come_first_and_unknown_is_never_calm(pack: Pack) -> None:
    heat = RiskHeat(
        AT,
        {"T1": score("T1", "", 90.0), "T2": score("T2", "", None)},
        {"T1": (score("T1", "hazard", 90.0),)},
    )
    found = risk_matrix(heat, ("T1", "T2"), ("sanitation",), pack, "zh")
    assert found["rows"] == ["综合", "安全隐患", "环境卫生"]
    assert found["steps"] == [[9, -1], [9, -1], [0, -1]]
    assert found["counts"][1] == ["90 · 实际 9 / 预期 2.5", "未知"]
    assert found["counts"][2] == ["平稳", "未知"]


def test_without_a_look_everything_is_unknown(pack: Pack) -> None:
    found = risk_matrix(RiskHeat(None, {}, {}), ("T1",), ("sanitation",), pack, "en")
    assert found["steps"] == [[-1], [-1]]
