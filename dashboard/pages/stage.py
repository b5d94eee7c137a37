"""The stage every live page stands on: its root, the banner, the card at the pointer, and the browser's own words."""

from __future__ import annotations

from typing import Any

import orjson
from dash import html

from dashboard.scope import Page
from dashboard.settings import LANGUAGES
from dashboard.texts import CATALOGUE, text

#: What the browser says by itself, while it has no connection to ask for words.
CLIENT_TEXTS = (
    "banner_down",
    "banner_connecting",
    "problem_home",
    "map_loading",
    "for_s",
    "for_m",
    "for_h",
    "for_d",
    "tour_on",
    "tour_off",
    "tour_held",
    "tour_alarm",
    "about_over",
    "about_source",
    "compare_with",
    *(name for name in CATALOGUE if name.startswith(("desk_", "emergency_"))),
)


def stage(page: Page, *parts: Any, **attributes: Any) -> Any:
    """The root of a page with its parts, then banner and card."""
    words = {language: {key: text(key, language) for key in CLIENT_TEXTS} for language in LANGUAGES}
    data: dict[str, Any] = {
        "data-texts": orjson.dumps(words).decode(),
        "data-state": "connecting",
        "data-page": page,
    }
    banner = html.Div(id="banner", className="banner", role="status")
    return html.Div([*parts, banner, html.Div(id="card", className="card")], id="stage", **data, **attributes)
