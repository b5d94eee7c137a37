"""The head of the screen: title, date, clock, whether it is live, a replay or old, and each feed's age."""

from __future__ import annotations

from typing import Any, get_args

from dash import html

from dashboard.format import clock, duration, long_date
from dashboard.scope import THEMES, Page
from dashboard.view import Props, View
from schemas.contracts import Topic
from schemas.packs import Pack

_FEEDS: tuple[Topic, ...] = tuple(
    topic for topic in get_args(Topic) if topic in ("events", "mediation", "cameras", "statistics")
)


def fed_topics(pack: Pack) -> tuple[Topic, ...]:
    """The topics this pack has words for; a pack without dispute types has no mediation."""
    present = {
        "events": True,
        "mediation": bool(pack.settings.dispute_types),
        "cameras": bool(pack.settings.networks),
        "statistics": bool(pack.settings.simulated),
    }
    return tuple(topic for topic in _FEEDS if present[topic])


def _live(pack: Pack) -> tuple[Topic, ...]:
    """Feeds that flow; statistics come once a period, so their age says nothing."""
    return tuple(topic for topic in fed_topics(pack) if topic != "statistics")


#: The other pages a page links to; the wall has no mouse at hand and keeps to the essential ones.
LINKS: dict[Page, tuple[str, ...]] = {
    "wall": ("explore", "themes", "warnings-page"),
    "explore": ("wall", "themes", "warnings-page", "ops", "help", "api"),
    "warnings": ("wall", "explore", "themes", "help"),
    **dict.fromkeys(THEMES, ("wall", "explore", "warnings-page", "help")),
    "ops": ("wall", "explore", "warnings-page", "api"),
}


def layout(pack: Pack, page: Page = "explore") -> Any:
    chips = [html.Span(id=f"feed-{topic}", className="chip") for topic in _live(pack)]
    left = [
        html.Div([html.Span(id="date"), html.Span(id="replay", className="replay")], className="head-line"),
        html.Div([html.Span(id="as-of"), *chips], className="head-line small"),
    ]
    links = [html.A(id=f"{name}-link", className="head-link") for name in (*LINKS[page], "language")]
    right = [
        html.Div(
            [
                html.Div(
                    [
                        *([html.Button(id="emergency-switch")] if page != "ops" else []),
                        html.Span(
                            [html.I(className="dot"), html.Span(id="state")], id="live", className="live"
                        ),
                    ],
                    className="head-state",
                ),
                html.Nav(links, className="head-links"),
            ],
            className="head-side",
        ),
        html.Span(id="clock", className="clock"),
    ]
    return html.Header(
        [
            html.Div(left, className="head-left"),
            html.Div(html.H1(id="title"), className="head-title"),
            html.Div(right, className="head-right"),
        ],
        id="head",
    )


def props(view: View) -> Props:
    zone, language = view.pack.zone, view.language
    other = view.scope.to(language="zh" if language == "en" else "en")
    return {
        "title": {"children": view.pack.settings.title.label(language)},
        "date": {"children": long_date(view.at, zone, language)},
        "clock": {"children": clock(view.at, zone)},
        "as-of": {"children": view.text("as_of", at=clock(view.at, zone))},
        "replay": replay(view),
        "language-link": {"children": view.text("language_switch"), "href": other.href},
        **_links(view),
        **{f"feed-{topic}": _chip(view, topic) for topic in _live(view.pack)},
    }


def _links(view: View) -> Props:
    """The way to the other pages, at the same area and in the same language."""
    scope, language = view.scope, view.language
    to = {
        "wall": (view.text("page_wall"), scope.to(page="wall").href),
        "explore": (view.text("page_explore"), scope.to(page="explore").href),
        "warnings-page": (view.text("page_warnings"), scope.to(page="warnings").href),
        "themes": (view.text("page_themes"), scope.theme("events").href),
        "ops": (view.text("page_ops"), scope.to(page="ops").href),
        "help": (view.text("help"), f"/help?lang={language}"),
        "api": (view.text("api"), f"/api/docs?lang={language}"),
    }
    return {f"{name}-link": {"children": to[name][0], "href": to[name][1]} for name in LINKS[view.scope.page]}


def replay(view: View) -> dict[str, Any]:
    """The badge that says that this is a replay, of when, and how fast."""
    if view.replay is None:
        return {"children": "", "style": {"display": "none"}}
    at = view.at.astimezone(view.pack.zone).strftime("%Y-%m-%d %H:%M")
    return {"children": view.text("replay", at=at, speed=f"{view.replay:g}"), "style": {}}


def _chip(view: View, topic: Topic) -> dict[str, Any]:
    feed, name = view.feed(topic), view.text(f"feed_{topic}")
    if feed is None or feed.last_at is None:
        return {"children": view.text("feed_none", feed=name), "className": "chip chip-none"}
    age = duration(view.at - feed.last_at, view.language, "age" if view.language == "zh" else "for")
    silent = view.silent(topic)
    return {
        "children": view.text("feed_age", feed=name, age=age),
        "className": "chip chip-silent" if silent else "chip",
    }
