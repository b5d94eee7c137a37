"""What each panel says: no data is never zero, bad comes first, an outage never looks calm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from dashboard.components import header, kpis, mediation, progress, ranking, toolbar, warnings
from dashboard.figures.desk import desk
from dashboard.geometry import Geometry
from dashboard.readings import Board, Feed, MediationPanel, Pipeline, Reading, TopicLag, WarningRow
from dashboard.scope import Page, Scopes
from dashboard.settings import DashboardSettings
from dashboard.snapshot import PAGES
from dashboard.tick import Tick
from dashboard.view import View
from schemas.packs import Pack, load_pack
from tests.dashboard.conftest import AT
from tests.support.readings import FakeReadings

Make = Callable[..., View]


def figure(value: float | None, previous: float | None = None, year_ago: float | None = None) -> Reading:
    return Reading(
        value=value,
        numerator=None,
        denominator=None,
        previous=previous,
        year_ago=year_ago,
        as_of=AT,
        from_=AT,
        to=AT,
    )


def with_figures(view: View, **by_area: dict[str, Reading]) -> View:
    """The view with a board of these figures only; `T1_1` stands for `T1-1`."""
    figures = {code.replace("_", "-"): found for code, found in by_area.items()}
    return replace(view, board=Board(view.scope.window, AT, figures))


def components(part: Any) -> Iterator[Any]:
    yield part
    children = getattr(part, "children", None)
    for child in children if isinstance(children, list) else [children]:
        if hasattr(child, "to_plotly_json"):
            yield from components(child)


@pytest.mark.parametrize("name", ["boston", "xuecheng"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_property_set_belongs_to_a_component_of_the_layout(
    name: str, language: str, page: Page
) -> None:

    pack = load_pack(name)
    ids = [part.id for part in components(PAGES[page].layout(pack)) if getattr(part, "id", None)]
    assert len(ids) == len(set(ids))
    scopes = Scopes(pack, DashboardSettings())
    address = {"lang": language, "page": page}
    view = Tick(FakeReadings(pack), scopes, Geometry(pack), AT, 60.0).view(scopes.read(address))
    props = PAGES[page].props(view)
    assert set(props) <= set(ids)
    if language == "en":
        # The only Chinese an English screen may hold is the way to the Chinese one.
        spoken = {
            key: value["children"] for key, value in props.items() if isinstance(value.get("children"), str)
        }
        assert [key for key, words in spoken.items() if re.search(r"[一-鿿]", words)] == ["language-link"]


@pytest.mark.parametrize("page", PAGES)
def test_the_layout_is_the_same_every_time(pack: Pack, page: Page) -> None:
    first, second = (list(components(PAGES[page].layout(pack))) for _ in range(2))
    assert [getattr(p, "id", None) for p in first] == [getattr(p, "id", None) for p in second]


def test_a_tile(view: Make) -> None:
    seen = with_figures(view(indicator="overdue_open"), D={"closing_rate": figure(0.932, 0.95, None)})
    seen = replace(seen, courses={"closing_rate": (0.5, 1.0)})
    assert kpis.tile(seen, "closing_rate") == {
        "kpi-closing_rate": {
            "href": "/area/D?indicator=closing_rate&window=7d&lang=zh",
            "className": "kpi kpi-yellow",
        },
        "kpi-closing_rate-label": {"children": "办结率"},
        "kpi-closing_rate-value": {"children": "93.2"},
        "kpi-closing_rate-unit": {"children": "%"},
        "kpi-closing_rate-spark": {
            "style": {"clipPath": "polygon(0% 100%, 0.0% 82.0%, 100.0% 2.0%, 100% 100%)"}
        },
        "kpi-closing_rate-previous-label": {"children": "环比"},
        "kpi-closing_rate-previous": {"children": "▼1.8点", "className": "mood-bad"},
        "kpi-closing_rate-year_ago-label": {"children": "同比"},
        "kpi-closing_rate-year_ago": {"children": "—", "className": "mood-unknown"},
    }


def test_a_tile_without_data_says_so_and_never_zero(view: Make) -> None:
    for seen in (with_figures(view(), D={"overdue_open": figure(None)}), with_figures(view())):
        tile = kpis.tile(seen, "overdue_open")
        assert tile["kpi-overdue_open-value"] == {"children": "—"}
        assert tile["kpi-overdue_open-unit"] == {"children": "无数据"}


def test_a_spark_is_a_clip_path_of_its_values() -> None:
    assert kpis.spark([0, 5, 10]) == {
        "clipPath": "polygon(0% 100%, 0.0% 82.0%, 50.0% 42.0%, 100.0% 2.0%, 100% 100%)"
    }
    assert kpis.spark([]) == kpis.spark([0, 0]) == {"display": "none"}


def test_a_spark_has_nothing_where_a_day_is_unknown() -> None:
    corners = (
        "0.0% 100%, 25.0% 100%, 25.0% 82.0%, 50.0% 2.0%, 50.0% 100%, 75.0% 100%, 100.0% 100%, 100.0% 2.0%"
    )
    assert kpis.spark([None, 1, 2, None, 2]) == {"clipPath": f"polygon(0% 100%, {corners}, 100% 100%)"}
    assert kpis.spark([None, None, 3]) == {"display": "none"}


def test_tiles_are_of_the_topics_a_pack_has() -> None:
    assert "online_rate" not in kpis.tiles(load_pack("boston"))
    assert kpis.tiles(load_pack("xuecheng"))[-2:] == ("mediation_success_rate", "online_rate")
    assert {len(kpis.tiles(load_pack(name))) for name in ("boston", "xuecheng")} == {7}


@pytest.mark.parametrize(
    ("indicator", "values", "expected"),
    [
        ("closing_rate", (0.99, 0.8, None), ["T1-2", "T1-1", "T1-3"]),
        ("overdue_open", (3, 8, None), ["T1-2", "T1-1", "T1-3"]),
        ("events_reported", (8, 8, 0), ["T1-1", "T1-2", "T1-3"]),
    ],
)
def test_the_one_that_needs_attention_comes_first_and_no_data_last(
    view: Make, indicator: str, values: tuple[float | None, ...], expected: list[str]
) -> None:
    seen = view(area="T2", indicator=indicator)
    names = [code.replace("T1", "T2") for code in expected]
    figures = {f"T2_{at + 1}": {indicator: figure(value)} for at, value in enumerate(values)}
    assert [code for code, _ in ranking.order(with_figures(seen, **figures))] == names


def test_the_ranking_shows_an_areas_own_records_apart(view: Make) -> None:
    seen = view(area="T1", indicator="events_reported")
    figures = {
        "T1-1": {"events_reported": figure(6)},
        "T1-2": {"events_reported": figure(3)},
        "T1/unassigned": {"events_reported": figure(2)},
    }
    props = ranking.props(replace(seen, board=Board("7d", AT, figures)))
    assert [props[f"rank-{row}-name"]["children"] for row in range(3)] == [
        "第1网格",
        "第2网格",
        "未落格",
    ]
    assert [props[f"rank-{row}-value"]["children"] for row in range(3)] == ["6 件", "3 件", "2 件"]
    assert [props[f"rank-{row}-bar"]["style"]["width"] for row in range(3)] == ["100.0%", "50.0%", "33.3%"]
    assert props["rank-2"]["href"] is None
    assert props["rank-3"] == {"style": {"display": "none"}}


def test_no_warnings_is_calm_only_while_events_flow(view: Make) -> None:
    def calm(seen: View) -> Any:
        return warnings.props(replace(seen, warnings=[]))["warnings-calm"]

    flowing = replace(view(), feeds=[Feed("events", AT, AT - timedelta(minutes=1))])
    silent = replace(view(), feeds=[Feed("events", AT, AT - timedelta(hours=3))])
    absent = replace(view(), feeds=[])
    assert calm(flowing) == {"children": "暂无预警", "style": {}, "className": "calm"}
    for seen in (silent, absent):
        assert calm(seen)["children"] == "事件数据静默，无法判断有无预警"
        assert calm(seen)["className"] == "calm calm-blind"


@pytest.mark.parametrize(
    ("pipeline", "judged"),
    [
        (Pipeline(0.5, (), 1.0, False), True),
        (Pipeline(0.5, (), 1.0, True), False),
        (Pipeline(60.0, (), 1.0, False), False),
        (Pipeline(0.5, (), 1.0, False, 65.0), False),
    ],
)
def test_no_warning_is_no_calm_while_not_all_is_taken_in(
    view: Make, pipeline: Pipeline, judged: bool
) -> None:
    seen = replace(view(), pipeline=pipeline, warnings=[])
    told, blind = seen.calm()
    assert (told, blind) == (("暂无预警", False) if judged else ("数据尚未全部入库，未作研判", True))
    assert (desk(seen)["calm"], desk(seen)["blind"]) == (told, blind)
    for line in ("warnings-calm", "ticker-calm"):
        assert warnings.props(seen)[line]["children"] == told


def test_the_screen_says_that_history_is_still_coming_in_or_no_worker_is_at_work(view: Make) -> None:
    def told(
        heard_s: float, waiting_s: float, rolled_s: float, filling: bool, broker_s: float = 0.0
    ) -> tuple[str, str, str]:
        lags = (TopicLag("events", 1200, waiting_s), TopicLag("cameras", 34, 0.0))
        props = progress.props(replace(view(), pipeline=Pipeline(heard_s, lags, rolled_s, filling, broker_s)))
        return props["stage"]["data-state"], props["state"]["children"], props["banner"]["children"]

    live = ("live", "实时", "")
    behind = ("catching_up", "补数中", "历史数据补入中，较长窗口尚不完整 · 待入 1,234 批")
    assert told(0.5, 1.0, 2.0, False) == live
    assert told(0.5, 1.0, 2.0, True) == behind
    assert told(0.5, 11.0, 2.0, False) == behind
    assert told(0.5, 1.0, 11.0, False) == behind
    assert told(95.0, 1.0, 2.0, True) == (
        "worker_silent", "处理中断", "处理程序 1分钟 无响应 · 画面可能缺少新数据",
    )  # fmt: skip
    assert told(0.5, 0.0, 2.0, False, 65.0) == (
        "broker_silent", "消息中断", "消息队列 65秒 无响应 · 画面缺少此后的数据",
    )  # fmt: skip
    assert told(0.5, 1.0, 2.0, False, 65.0) == live  # much was fetched: no more is asked for
    props = progress.props(replace(view(), pipeline=None))
    assert (props["state"]["children"], props["banner"]["children"]) == ("实时", "")


def test_a_warning_is_told_as_text_with_its_amount(view: Make) -> None:
    row = WarningRow(
        "w1",
        "T1-1",
        "<b>x</b>",
        "surge",
        "red",
        "raised",
        AT - timedelta(minutes=5),
        observed=9,
        expected=2.5,
        window="24h",
    )
    props = warnings.props(
        replace(view(), warnings=[row, replace(row, category="", rule="feed_silent", expected=None)])
    )
    assert props["warning-0-what"] == {"children": "<b>x</b>"}
    assert props["warning-0-where"] == {"children": "东镇第1网格 · 待签收"}
    assert props["warning-0-amount"] == {"children": "9 件 / 预期 2.5"}
    assert props["warning-1-what"] == {"children": "数据源静默"}
    assert props["warnings-note"] == {"children": "红 2 · 黄 0 · 蓝 0"}
    assert props["ticker-0-0"]["children"] == "【红色】08:07:03 东镇第1网格 <b>x</b>"
    assert props["ticker-0-0"] == props["ticker-1-0"]


def test_mediation_by_colour_and_by_type(view: Make) -> None:
    panel = MediationPanel(
        {"red": {"": 2, "succeeded": 1}, "": {"failed": 1}},
        {"land": {"": 2}, "family": {"succeeded": 1, "failed": 2}},
    )
    props = mediation.props(replace(view(), mediation=panel))
    assert [props[f"outcome-{o}-total"]["children"] for o in ("open", "succeeded", "failed")] == [
        "2",
        "1",
        "1",
    ]
    assert props["triage-red"] == {"style": {}, "title": "红色: 在调 2, 成功 1, 不成功 0"}
    assert props["triage-blue"]["style"] == {"display": "none"}
    assert [props[f"dispute-{row}-name"]["children"] for row in range(2)] == ["婚姻家庭", "土地"]
    empty = mediation.props(replace(view(), mediation=MediationPanel({}, {})))
    assert empty["mediation-note"] == {"children": "本窗口没有纠纷"}


def test_a_replay_is_said_with_its_time_and_speed(view: Make) -> None:
    assert header.replay(view(replay=60.0)) == {"children": "回放 2026-03-09 08:12 ×60", "style": {}}
    assert header.replay(view()) == {"children": "", "style": {"display": "none"}}


def test_every_choice_is_a_link_that_keeps_the_rest_of_the_address(view: Make) -> None:
    props = toolbar.props(view(area="T1-1", indicator="closing_rate", window="30d", lang="en"))
    assert props["crumb-0"]["href"] == "/area/D?indicator=closing_rate&window=30d&lang=en"
    assert props["crumb-2"]["className"] == "crumb crumb-here"
    assert props["window-ytd"]["href"] == "/area/T1-1?indicator=closing_rate&window=ytd&lang=en"
    assert props["choice-backlog"]["href"] == "/area/T1-1?indicator=backlog&window=30d&lang=en"
    assert props["detail-leaves"]["style"] == {"display": "none"}
    assert toolbar.props(view(lang="en"))["detail-leaves"]["children"] == "Grid"


@pytest.mark.parametrize(("first", "shown"), [(timedelta(days=13), "▲50.0%"), (timedelta(days=12), "—")])
def test_a_tile_compares_with_whole_windows_only(view: Make, first: timedelta, shown: str) -> None:
    seen = view({"window": "7d", "page": "explore"})
    midnight = AT.astimezone(seen.pack.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    figures = {seen.scope.area: {"events_reported": figure(3, 2, 1)}}
    board = Board("7d", AT, figures, {"events": (midnight - first).astimezone(UTC)})
    props = kpis.tile(replace(seen, board=board), "events_reported")
    assert props["kpi-events_reported-previous"]["children"] == shown
    assert props["kpi-events_reported-year_ago"]["children"] == "—"
