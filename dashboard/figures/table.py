"""Tables as plain values: children by indicator, and two areas side by side. The browser sorts and sets text."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from dashboard.components.header import fed_topics
from dashboard.figures.scale import alarm
from dashboard.format import change, written
from dashboard.readings import Number, Reading, unassigned_key
from dashboard.texts import text
from dashboard.view import View
from schemas.contracts import Topic
from schemas.indicators import BY_NAME, Indicator, indicators


def table(view: View) -> dict[str, Any] | None:
    """What the scope shows instead of the map, if anything."""
    match view.scope.show:
        case "table":
            return children(view, view.indicator.topic)
        case "compare":
            return _comparison(view)
        case _:
            return None


def _cell(view: View, indicator: Indicator, reading: Reading | None) -> dict[str, Any]:
    value = reading.value if reading else None
    level = alarm(indicator, value, view.threshold(indicator.name))
    return {"text": written(value, indicator, view.language).whole, "sort": value, "alarm": level}


def children(view: View, topic: Topic) -> dict[str, Any]:
    """A row a child of the frame, a column an indicator of the topic."""
    columns = indicators(topic)
    below = [area.code for area in view.pack.areas.children(view.frame)] or [view.frame]
    keys = [*below, *([unassigned_key(view.frame)] if view.pack.areas.children(view.frame) else [])]
    rows = [
        {
            "key": key,
            "name": view.name(key) if key in view.pack.areas else view.text("unassigned"),
            "href": view.scope.to(area=key).href if key in view.pack.areas else None,
            "here": key == view.scope.area,
            "cells": [_cell(view, i, view.reading(key, i.name)) for i in columns],
        }
        for key in keys
    ]
    head = [{"key": i.name, "label": i.label(view.language), "indicator": i.name} for i in columns]
    return {
        "kind": "table",
        "first": view.text("table_area"),
        "columns": head,
        "rows": rows,
        "choices": [],
        "files": _files(view),
    }


def _files(view: View) -> list[dict[str, str]]:
    scope = view.scope
    query = {"window": scope.window, "category": scope.category, "channel": scope.channel}
    query["emergency"] = "true" if view.focused else ""
    asked = urlencode({name: value for name, value in query.items() if value})
    address = f"/api/v1/areas/{quote(view.frame, safe='')}/table"
    return [
        {"label": label, "href": f"{address}.{form}?{asked}"}
        for form, label in (("csv", "CSV"), ("xlsx", "Excel"))
    ]


def _comparison(view: View) -> dict[str, Any]:
    """A row an indicator, the area and the one it is compared with as columns."""
    here, scope, tree = view.scope.area, view.scope, view.pack.areas
    parent = tree[here].parent
    siblings = (
        [area.code for area in tree.children(parent)] if parent and here != view.scopes.viewer_area else []
    )
    offered = [code for code in siblings or [a.code for a in tree.children(here)] if code != here]
    other = scope.compare or (offered[0] if offered else here)
    rows = []
    for topic in fed_topics(view.pack):
        for indicator in indicators(topic):
            mine, theirs = view.reading(here, indicator.name), view.reading(other, indicator.name)
            cells = [_cell(view, indicator, mine), _trend(view, indicator, here)]
            cells += [_cell(view, indicator, theirs), _trend(view, indicator, other)]
            rows.append(
                {
                    "key": indicator.name,
                    "name": indicator.label(view.language),
                    "indicator": indicator.name,
                    "href": None,
                    "here": indicator.name == scope.indicator,
                    "cells": [*cells, _difference(view, indicator, mine, theirs)],
                }
            )
    previous = view.text("previous")
    labels = [view.name(here), previous, view.name(other), previous, view.text("table_difference")]
    return {
        "kind": "compare",
        "first": view.text("indicator"),
        "columns": [{"key": str(at), "label": label} for at, label in enumerate(labels)],
        "rows": rows,
        "choices": [[code, view.name(code)] for code in dict.fromkeys([other, *offered])],
        "files": [],
    }


def _trend(view: View, indicator: Indicator, area: str) -> dict[str, Any]:
    reading = view.reading(area, indicator.name)
    before = view.board.before(area, indicator, "previous", view.pack.zone)
    found = change(reading.value if reading else None, before, indicator, view.language)
    return {"text": found.text, "sort": None, "mood": found.mood}


def _difference(
    view: View, indicator: Indicator, mine: Reading | None, theirs: Reading | None
) -> dict[str, Any]:
    value: Number | None = mine.value if mine else None
    found = change(value, theirs.value if theirs else None, indicator, view.language)
    return {"text": found.text, "sort": None, "mood": found.mood}


def about(language: str) -> dict[str, list[str]]:
    """Of each indicator: name, formula, what it is counted over, and the topic it comes from."""
    return {
        name: [
            found.label(language),
            found.formula(language),
            text(f"over_{found.over}", language),
            f"gridpulse.{found.topic}",
        ]
        for name, found in BY_NAME.items()
    }
