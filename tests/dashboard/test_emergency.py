"""Emergency mode on the screens: its categories, its board, its band, and who may switch it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from dashboard.app import create_app
from dashboard.components import emergency
from dashboard.components.emergency import urgency
from dashboard.figures.table import children
from dashboard.pages import wall
from dashboard.readings import Incident
from dashboard.settings import DashboardSettings
from dashboard.view import View
from schemas.clock import FixedClock
from schemas.contracts import Action
from schemas.emergency import emergency_id
from schemas.packs import Pack
from tests.dashboard.conftest import AT
from tests.support.readings import FakeReadings
from tests.support.server import Serving, serving

Make = Callable[..., View]
SWITCH = {"on": True, "by": "district", "hours": 2}


def begin(readings: FakeReadings, area: str = "D", hours: float | None = 2) -> None:
    start = AT - timedelta(minutes=30)
    until = None if hours is None else start + timedelta(hours=hours)
    readings.send(
        Action(warning_id=emergency_id(area), action="begin_emergency", by="district", at=start, until=until)
    )


def test_wall_and_explore_turn_to_the_emergency_categories_and_the_others_do_not(
    view: Make, readings: FakeReadings
) -> None:
    begin(readings)
    for page in ("wall", "explore"):
        assert view(page=page).heat.categories == ("hazard",)
    assert view(page="warnings").heat.categories == ("hazard", "sanitation")
    assert view(page="explore", category="sanitation").heat.categories == ("sanitation",)


def test_files_hold_what_the_table_shows(pack: Pack, readings: FakeReadings, view: Make) -> None:
    begin(readings)
    app = create_app(readings, pack, FixedClock(AT), DashboardSettings(tick_seconds=60), readings)
    with serving(app) as server:
        for page, chosen in (("explore", {}), ("explore", {"category": "sanitation"}), ("events", {})):
            seen = view(page=page, show="table", lang="en", **chosen)
            shown: Any = children(seen, "events")
            (link, _) = shown["files"]
            file = server.get(link["href"])
            rows = list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig"))))
            told = {(row["area"], row["indicator"]): row["value"] for row in rows}
            for row in shown["rows"]:
                for column, cell in zip(shown["columns"], row["cells"], strict=True):
                    assert told[row["key"], column["key"]] == (
                        "" if cell["sort"] is None else str(cell["sort"])
                    )
            focused = page == "explore"
            assert ("emergency" in file.headers["content-disposition"]) is focused


def test_the_band_tells_since_when_until_when_and_which_desk(view: Make, readings: FakeReadings) -> None:
    begin(readings)
    props = emergency.props(view(page="wall", area="T1"))
    told = {key: props[f"emergency-{key}"]["children"] for key in ("title", "elapsed", "until", "by")}
    assert told == {
        "title": "战时 · 应急指挥 · 小区",
        "elapsed": "0:30:00",
        "until": "1:30:00 后自动解除",
        "by": "区县席位",
    }


def test_one_without_an_end_is_ended_by_hand(view: Make, readings: FakeReadings) -> None:
    begin(readings, "D", None)
    assert emergency.props(view(page="wall"))["emergency-until"] == {"children": "人工解除"}


def test_a_screen_above_says_which_area_is_in_emergency_and_keeps_its_figures(
    view: Make, readings: FakeReadings
) -> None:
    begin(readings, "T1")
    above = view(page="wall")
    props = emergency.props(above)
    assert props["emergency-switch"]["children"] == "战时 · 东镇（1）"
    assert props["emergency-band"] == {"style": {"display": "none"}, "className": ""}
    assert above.heat.categories == ("hazard", "sanitation")
    assert view(page="wall", area="T1-1").emergency.now is not None


def test_the_board_tells_elapsed_times_and_deadlines(view: Make, readings: FakeReadings) -> None:
    begin(readings)
    props = emergency.board_props(view(page="explore"))
    assert props["incidents-note"] == {"children": "在办 14 · 超期 4"}
    assert props["incident-0-elapsed"] == {"children": "0:03:00"}
    assert props["incident-0-due"] == {"children": "超 2:28:00"}
    assert props["incident-5-due"] == {"children": "剩 0:37:00"}
    assert props["incident-6-due"] == {"children": "无时限"}
    assert props["incident-0-what"] == {"children": "安全隐患"}


@pytest.mark.parametrize(
    ("due", "level", "expected"),
    [(-1, "normal", "red"), (60, "normal", "yellow"), (600, "emergency", "blue"), (None, "normal", "calm")],
)
def test_a_deadline_passed_is_red_and_a_near_one_yellow(due: int | None, level: str, expected: str) -> None:
    end = None if due is None else AT + timedelta(minutes=due)
    assert urgency(Incident("T1", "hazard", "hotline", level, AT, end), AT) == expected


def test_the_tour_is_faster_and_goes_where_something_is_open(view: Make, readings: FakeReadings) -> None:
    routine = wall.tour(view(page="wall"))
    begin(readings)
    now = wall.tour(view(page="wall"))
    assert (routine["faster"], now["faster"]) == (False, True)
    assert now["stops"][0]["area"] == "D"
    assert {stop["area"] for stop in now["stops"]} <= {"D", "T1", "T2"}


@pytest.fixture
def server(pack: Pack, readings: FakeReadings) -> Iterator[Serving]:
    with serving(create_app(readings, pack, FixedClock(AT), DashboardSettings(), readings)) as served:
        yield served


def test_the_switch_goes_to_the_actions_topic_with_its_end(server: Serving, readings: FakeReadings) -> None:
    assert server.post("/api/v1/areas/T1/emergency", SWITCH).status == 202
    assert server.post("/api/v1/areas/T1/emergency", {"on": False, "by": "town"}).status == 202
    begun, ended = readings.acted
    assert begun == Action(
        warning_id="emergency:T1",
        action="begin_emergency",
        by="district",
        at=AT,
        until=AT + timedelta(hours=2),
    )
    assert ended == Action(warning_id="emergency:T1", action="end_emergency", by="town", at=AT)


@pytest.mark.parametrize(
    ("area", "wanted", "headers", "status"),
    [
        ("T1", SWITCH | {"by": "张三"}, {}, 422),
        ("T1", SWITCH | {"hours": -1}, {}, 422),
        ("T1", SWITCH | {"note": "请联系13812345678"}, {}, 422),
        ("T9", SWITCH, {}, 404),
        ("T1", SWITCH, {"origin": "http://elsewhere.example"}, 403),
    ],
)
def test_what_may_not_be_switched_reaches_no_topic(
    server: Serving, readings: FakeReadings, area: str, wanted: Any, headers: dict[str, str], status: int
) -> None:
    assert server.post(f"/api/v1/areas/{area}/emergency", wanted, **headers).status == status
    assert readings.acted == []


def test_programs_are_told_what_is_in_force(server: Serving, readings: FakeReadings) -> None:
    assert server.get("/api/v1/emergencies").json == []
    begin(readings, "T1", None)
    (found,) = server.get("/api/v1/emergencies").json
    assert (found["area"], found["by"], found["until"]) == ("T1", "district", None)
