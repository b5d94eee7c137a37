"""Markup, scripts and ten thousand characters through every topic, over the broker and the store, onto every screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from dashboard.actions import KafkaActions
from dashboard.app import create_app
from dashboard.queries import StoreReadings
from dashboard.settings import DashboardSettings
from schemas.clock import WallClock
from schemas.contracts import Topic
from schemas.emergency import emergency_id
from tests.browser.conftest import Screen
from tests.support import small
from tests.support.chain import Chain, wait_until
from tests.support.server import Serving, serving
from tests.support.store import fresh_store
from tests.support.tiny_pack import tiny_pack

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script><style>*{display:none}</style>"
#: As long as a word may be; a longer one is quarantined.
WORD = MARKUP + "长" * (200 - len(MARKUP))
#: Longer than any.
ENDLESS = MARKUP + "长" * 10_000
LONG: dict[Topic, tuple[str, ...]] = {
    "events": ("source", "id", "area", "category", "channel"),
    "mediation": ("source", "id", "area", "dispute_type", "origin"),
    "cameras": ("device_id", "area", "network"),
    "statistics": ("area", "name", "source"),
    "actions": ("warning_id", "by", "note"),
}


#: Texts seen to stick out of their panel (not the running line, nor tables, which scroll); a page that is too wide.
_OUT = """() => {
  const found = document.documentElement.scrollWidth > innerWidth ? ["the page is too wide"] : [];
  for (const part of document.querySelectorAll("#stage *")) {
    if (part.children.length || !part.textContent.trim() || part.closest("#ticker-line, details, .table-box")) continue;
    const { left, right, width } = part.getBoundingClientRect();
    const [place, shown] = [part.closest(".panel, .kpi, header, #ops") ?? document.body, [left, right]];
    for (let up = part; up !== place; up = up.parentElement) {
      if (getComputedStyle(up).overflowX === "visible") continue;
      const edge = up.getBoundingClientRect();
      [shown[0], shown[1]] = [Math.max(shown[0], edge.left), Math.min(shown[1], edge.right)];
    }
    const edge = place.getBoundingClientRect();
    if (width && (shown[1] > edge.right + 1 || shown[0] < edge.left - 1))
      found.push(`${part.id || part.className}: ${part.textContent.slice(0, 30)}`);
  }
  return found;
}"""


def told(at: datetime) -> dict[Topic, list[dict[str, Any]]]:
    """A good record of each topic whose every word is markup, as long as its contract lets it be."""
    now, before, due = (
        (at - timedelta(minutes=back)).isoformat(timespec="milliseconds") for back in (1, 30, 10)
    )
    return {
        "events": [
            {
                "source": WORD,
                "id": WORD[:-2] + f"{number:02}",
                "stage": "reported",
                "at": before,
                "reported_at": before,
                "area": area,
            }
            | {"category": WORD, "channel": WORD, "due_at": due, "urgency": "emergency"}
            for number, area in enumerate(["T1-1"] * 30 + [MARKUP[:64]])
        ],
        "mediation": [
            {"source": WORD, "id": WORD, "stage": "registered", "at": before, "registered_at": before}
            | {"area": "T1-1", "dispute_type": WORD, "origin": WORD, "triage": "red"}
        ],
        "cameras": [
            {"device_id": WORD[:-1] + str(n), "at": before, "status": status, "area": "T1-1", "network": WORD}
            for n, status in enumerate(("online", "offline", "fault"))
        ],
        "statistics": [
            {"area": "D", "name": name, "period": "2026-03", "value": 3, "at": before, "source": WORD}
            for name in (WORD, "hotline_complaints")
        ],
        "actions": [
            {"warning_id": WORD, "action": "comment", "by": WORD, "at": now, "note": ENDLESS[:2000]},
            {"warning_id": emergency_id("D"), "action": "begin_emergency", "by": WORD, "at": before},
        ],
    }


def warned(at: datetime) -> list[dict[str, Any]]:
    """What no rule of ours says, but a warning may: any word of any length."""
    now = (at - timedelta(minutes=1)).isoformat(timespec="milliseconds")
    every = dict.fromkeys(
        ("category", "rule", "window", "level", "subject", "explanation_zh", "explanation_en"), ENDLESS
    )
    fixed = {"colour": "red", "state": "raised", "raised_at": now, "updated_at": now, "observed": 9}
    lists = {"departments": [ENDLESS], "areas": [ENDLESS]}
    return [
        every | fixed | lists | {"warning_id": name, "area": area}
        for name, area in ((WORD, "T1"), ("elsewhere", ENDLESS))
    ]


@dataclass
class Site:
    """A dashboard over a chain that everything evil has gone through."""

    server: Serving
    chain: Chain


@pytest.fixture(scope="module")
def site(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pack, clock = tiny_pack(tmp_path_factory.mktemp("tiny")), WallClock()
    with fresh_store(engine) as store, Chain(pack, store, clock=clock, rules_seconds=0.5) as chain:
        good = told(clock.now())
        for topic, messages in good.items():
            chain.send(topic, messages, packed=False)
            for field in LONG.get(topic, ()):
                chain.send(topic, [messages[0] | {field: ENDLESS}], packed=False)
        chain.settle()
        small.stored(store, "warnings", warned(clock.now()), pack)
        held = "SELECT topic, count() FROM quarantine GROUP BY topic"
        assert {row[0]: row[1] for row in store.rows(held)} == {
            topic: len(fields) for topic, fields in LONG.items()
        }
        warned_of = "SELECT count() FROM warning_words WHERE rule = 'overdue' AND message LIKE '%onerror%'"
        wait_until(
            lambda: store.rows(warned_of)[0][0] > 0, 60, lambda: "no rule has told of the overdue event"
        )
        actions = KafkaActions(chain.brokers, chain.settings.topic_prefix)
        settings = DashboardSettings(tick_seconds=0.5, stale_after_s=30)
        with serving(create_app(StoreReadings(store, pack), pack, clock, settings, actions)) as server:
            yield Site(server, chain)


#: Where the words have to be read, by the page.
PLACES = {
    "/wall?tour=0": ["#incidents", "#warnings", "#ticker", "#emergency-by"],
    "/area/D": ["#incidents", "#warnings", "#emergency-by"],
    "/area/D?show=table": ["#incidents"],
    "/area/T1-1?show=compare": ["#incidents"],
    "/area/D/events": ["#emergency-by"],
    "/area/D/mediation": ["#mediation"],
    "/area/D/cameras": ["#emergency-by"],
    "/area/D/statistics": ["#emergency-by"],
    "/area/D/risk": ["#emergency-by"],
    "/warnings": [".desk-lines"],
    f"/warnings?id={quote(WORD)}": [".desk-lines"],
    "/ops": ["#ops"],
}


@pytest.mark.parametrize("path", PLACES)
def test_what_comes_through_a_topic_is_text_on_every_screen(screen: Screen, site: Site, path: str) -> None:
    page = screen.page
    page.on("dialog", lambda dialog: screen.wrong.append(f"dialog: {dialog.message}"))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective}`))"
    )
    page.goto(site.server.url + path)
    for place in PLACES[path]:
        expect(page.locator(place)).to_contain_text("<img src=x onerror=alert(1)><script>alert(2)")
    assert page.locator("body img, #stage script, #stage style").count() == 0
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert page.evaluate(_OUT) == []
