"""One snapshot: everything a screen shows at one time, as plain values ready to be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard.components import emergency
from dashboard.figures.choropleth import choropleth
from dashboard.format import duration, stamp
from dashboard.pages import explore, ops, themes, wall, warnings
from dashboard.scope import THEMES, Page, Scope, Scopes
from dashboard.texts import text
from dashboard.view import View
from schemas.clock import Clock

#: What each live page is made of: a layout, the properties of its parts, and figures for its canvases.
PAGES: dict[Page, Any] = {
    "explore": explore,
    "wall": wall,
    "warnings": warnings,
    "ops": ops,
    **{theme: themes.ThemePage(theme) for theme in THEMES},
}


def snapshot(view: View) -> dict[str, Any]:
    """What is the same for all viewers of a scope; `state` and `build` are added when it is sent."""
    page = PAGES[view.scope.page]
    return {
        "kind": "snapshot",
        "scope": view.scope.plain(),
        "as_of": view.at,
        "replay": view.replay,
        "title": f"{view.name(view.scope.area)} · {view.pack.settings.title.label(view.language)}",
        "props": page.props(view),
        "map": choropleth(view),
        "figures": page.figures(view),
        "emergency": emergency.told(view),
        "tour": wall.tour(view) if view.wall is not None else None,
    }


def staleness(
    scope: Scope, scopes: Scopes, clock: Clock, as_of: Any, age: float | None, reason: str
) -> dict[str, Any]:
    """What viewers get instead of a snapshot while there is no new one: how old their screen is, and why."""
    words = text(f"reason_{reason}", scope.language)
    if as_of is None or age is None:
        banner = text("banner_never", scope.language, reason=words)
    else:
        banner = text(
            "banner_stale",
            scope.language,
            age=duration(timedelta(seconds=age), scope.language),
            at=stamp(as_of, scopes.pack.zone),
            reason=words,
        )
    return {
        "kind": "stale",
        "scope": scope.plain(),
        "as_of": as_of,
        "replay": clock.replay,
        "age": age,
        "reason": reason,
        "props": {"banner": {"children": banner}, "state": {"children": text("stale", scope.language)}},
    }
