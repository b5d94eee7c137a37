"""The warnings desk: what is listed, what one warning says, and which actions reach the topic."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dashboard.app import create_app
from dashboard.components import warnings
from dashboard.figures.desk import card, desk
from dashboard.figures.overview import overview
from dashboard.scope import Scopes
from dashboard.settings import DashboardSettings
from dashboard.view import View
from schemas.clock import FixedClock
from schemas.contracts import Action
from schemas.packs import Pack
from tests.dashboard.conftest import AT
from tests.support.readings import FakeReadings
from tests.support.server import Serving, serving

DOING = {"action": "acknowledge", "by": "district", "note": "派人核实"}
Make = Callable[..., View]


@pytest.fixture
def store(pack: Pack) -> FakeReadings:
    return FakeReadings(pack)


@pytest.fixture
def server(pack: Pack, store: FakeReadings) -> Iterator[Serving]:
    with serving(create_app(store, pack, FixedClock(AT), DashboardSettings(), store)) as served:
        yield served


def test_an_action_goes_to_the_topic_with_the_servers_time(server: Serving, store: FakeReadings) -> None:
    answer = server.post("/api/v1/warnings/w0/actions", DOING)
    assert (answer.status, answer.json["at"]) == (202, "2026-03-09T00:12:03Z")
    assert store.acted == [
        Action(warning_id="w0", action="acknowledge", by="district", at=AT, note="派人核实")
    ]


@pytest.mark.parametrize(
    ("path", "content", "headers", "status"),
    [
        ("w0", DOING | {"action": "delete"}, {}, 422),
        ("w0", DOING | {"by": ""}, {}, 422),
        ("w0", DOING | {"note": "请联系13812345678"}, {}, 422),
        ("w0", DOING | {"note": "x" * 2001}, {}, 422),
        ("nothing", DOING, {}, 404),
        ("w0", DOING, {"origin": "http://elsewhere.example"}, 403),
    ],
)
def test_what_may_not_be_done_reaches_no_topic(
    server: Serving, store: FakeReadings, path: str, content: Any, headers: dict[str, str], status: int
) -> None:
    assert server.post(f"/api/v1/warnings/{path}/actions", content, **headers).status == status
    assert store.acted == []


def test_a_dashboard_without_a_topic_says_so(pack: Pack, store: FakeReadings) -> None:
    with serving(create_app(store, pack, FixedClock(AT), DashboardSettings())) as served:
        assert served.post("/api/v1/warnings/w0/actions", DOING).status == 503


def test_a_broker_that_does_not_answer_is_an_error_of_one_line() -> None:
    # In a process of its own: where none answers, the client library leaves sockets behind.
    code = (
        "from datetime import UTC, datetime; from dashboard.actions import KafkaActions; "
        "from schemas.contracts import Action; "
        "KafkaActions('127.0.0.1:9', 'gridpulse.', 0.5).send(Action("
        "warning_id='w', action='handle', by='desk', at=datetime.now(UTC)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "ActionsError: no broker at 127.0.0.1:9 took the action" in ended.stderr


def test_the_desk_lists_what_waits_and_offers_roles_never_persons(view: Make) -> None:
    found = desk(view(page="warnings", lang="en"))
    assert found["counts"] == {"red": ["Red", 2], "yellow": ["Yellow", 4], "blue": ["Blue", 8]}
    assert [row["id"] for row in found["rows"]] == [f"w{n}" for n in range(14)]
    assert found["desks"][0][1].endswith("desk")
    assert found["areas"][0][2] == "/warnings?area=D&indicator=events_reported&window=7d&lang=en"


def test_where_nothing_is_chosen_the_desk_tells_what_stands_at_a_glance(view: Make) -> None:
    seen = view(page="warnings", lang="en")
    rows = [
        replace(row, state="cleared" if n == 13 else "handled" if n == 12 else "raised", acknowledge_by=None)
        for n, row in enumerate(seen.warnings)
    ]
    rows[3] = replace(rows[3], acknowledge_by=seen.at + timedelta(minutes=5))
    rows[1] = replace(rows[1], acknowledge_by=seen.at + timedelta(minutes=9))
    found = overview(replace(seen, warnings=rows))
    assert found["states"] == ["raised", "taken", "handled", "cleared"]
    assert [(colour, numbers) for colour, _, numbers in found["counts"]] == [
        ("red", [2, 0, 0, 0]), ("yellow", [4, 0, 0, 0]), ("blue", [6, 0, 1, 1]),
    ]  # fmt: skip
    assert [(one["id"], one["left"]) for one in found["due"][:2]] == [
        ("w3", "within 5 min"),
        ("w1", "within 9 min"),
    ]
    others = [row for row in rows if row.state == "raised" and row.acknowledge_by is None]
    gravest = sorted(
        others, key=lambda row: (["red", "yellow", "blue"].index(row.colour), row.since or row.raised_at)
    )
    assert [one["id"] for one in found["due"][2:]] == [row.warning_id for row in gravest[:3]]
    assert found["due"][2]["left"].startswith("waiting ")
    for most in ("kinds", "places"):
        assert sum(count for _, _, count, _ in found[most]) == 13
        assert found[most][0][3] == 1


def test_a_card_has_reasons_history_and_the_next_steps(
    scopes: Scopes, pack: Pack, store: FakeReadings
) -> None:
    store.send(Action(warning_id="w0", action="acknowledge", by="nobody", at=AT, note="<b>x</b>"))
    detail = store.warning("D", "w0", AT)
    assert detail is not None
    found = card(scopes, scopes.read({"lang": "en"}), detail, AT)
    assert found["explanation"] == "Above the usual level of the last 24 hours."
    assert [step["what"] for step in found["history"]] == ["Acknowledged", "Raised"]
    assert (found["history"][0]["by"], found["history"][0]["note"]) == ("nobody", "<b>x</b>")
    assert [name for name, _ in found["actions"]] == ["handle", "clear", "comment"]


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (None, "", ""),
        (7.04, "约每 7 天一次", "about once in 7 days"),
        (364.0, "约每 364 天一次", "about once in 364 days"),
        (800.0, "约每 2 年一次", "about once in 2 years"),
        (36_500.0, "百年以上一次", "less than once in a hundred years"),
    ],
)
def test_how_rare_by_chance_is_told_in_days_years_or_as_beyond_telling(
    scopes: Scopes, store: FakeReadings, days: float | None, zh: str, en: str
) -> None:
    detail = store.warning("D", "w0", AT)
    assert detail is not None
    told = replace(detail, row=replace(detail.row, recurrence_days=days))
    for language, words in (("zh", zh), ("en", en)):
        facts = dict(card(scopes, scopes.read({"lang": language}), told, AT)["facts"])
        assert facts.get({"zh": "偶然发生", "en": "By chance"}[language], "") == words


@pytest.mark.parametrize(
    ("window", "zh", "en"),
    [
        ("24h", "24小时", "24 h"),
        ("72h", "3天", "3 d"),
        ("30d", "30天", "30 d"),
        ("since May", "since May", "since May"),
    ],
)
def test_a_window_is_told_in_words(
    scopes: Scopes, store: FakeReadings, window: str, zh: str, en: str
) -> None:
    detail = store.warning("D", "w0", AT)
    assert detail is not None
    told = replace(detail, row=replace(detail.row, window=window))
    for language, name, words in (("zh", "统计窗口", zh), ("en", "Window", en)):
        assert dict(card(scopes, scopes.read({"lang": language}), told, AT)["facts"])[name] == words


def test_an_expectation_is_never_told_as_none(store: FakeReadings) -> None:
    detail = store.warning("D", "w0", AT)
    assert detail is not None
    surge = replace(detail.row, rule="", observed=21.0, expected=0.0)
    assert warnings.amount(surge, "zh") == "21 件 / 预期 <0.1"
    assert warnings.amount(replace(surge, expected=0.06), "en") == "21 / exp. 0.1"
    assert warnings.amount(replace(surge, rule="overdue", expected=0.0), "zh") == "21 / 预警线 0"
