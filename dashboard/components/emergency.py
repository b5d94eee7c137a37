"""Emergency mode on a screen: its switch, the band under the head, and the board of open incidents."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from dash import html

from dashboard.components.parts import filled, pair, panel, rows, shown
from dashboard.figures.cells import short_name
from dashboard.figures.desk import desk_name, desks
from dashboard.format import duration, moment
from dashboard.readings import Incident
from dashboard.view import Props, View

#: Incidents listed; the rest are in the counts.
ROWS = 40
#: A deadline so near is a yellow one.
SOON = timedelta(hours=2)


_PARTS = ("title", "since", "elapsed", "until", "by", "counts")


def layout() -> list[Any]:
    """The band that says that the area is in emergency mode, since when, until when and by whom; and the place of the
    switch's form. They stand before all else of a stage, whose looks follow the band's."""
    band = [html.Span(id=f"emergency-{part}") for part in _PARTS]
    return [html.Div(band, id="emergency-band", role="status"), html.Div(id="emergency-form")]


def board_layout() -> Any:
    """Open incidents, those nearest to their deadline first; hidden while there is no emergency."""
    lines = [
        html.A(
            [
                html.I(id=f"incident-{row}-mark", className="incident-mark"),
                pair(f"incident-{row}-what", f"incident-{row}-where", "incident-text"),
                pair(f"incident-{row}-elapsed", f"incident-{row}-reported", "incident-time"),
                html.Span(id=f"incident-{row}-due", className="incident-due"),
            ],
            id=f"incident-{row}",
            className="incident",
            style={"display": "none"},
        )
        for row in range(ROWS)
    ]
    calm = html.Div(id="incidents-calm", className="calm", style={"display": "none"})
    return panel("incidents", calm, rows(lines, 56))


def props(view: View) -> Props:
    """Switch and band; the board has its own."""
    now, within = view.emergency.now, [view.name(one.area) for one in view.emergency.within]
    names = view.text("emergency_within", areas=" · ".join(within[:2]), n=len(within))
    label = view.text("emergency_end") if now else names if within else view.text("emergency_begin")
    lit = "emergency-switch emergency-on" if now or within else "emergency-switch"
    found: Props = {"emergency-switch": {"children": label, "className": lit}}
    if now is None:
        empty: Props = {f"emergency-{part}": {"children": ""} for part in _PARTS}
        return found | empty | {"emergency-band": {"style": shown(False), "className": ""}}
    zone, until = view.pack.zone, now.until
    incidents = view.emergency.incidents
    return found | {
        "emergency-band": {"style": {}, "className": "band-on"},
        "emergency-title": {"children": view.text("emergency_title", area=view.name(now.area))},
        "emergency-since": {"children": view.text("emergency_since", at=moment(now.since, view.at, zone))},
        "emergency-elapsed": {"children": running(view.at - now.since, view.language)},
        "emergency-until": {
            "children": view.text("emergency_by_hand")
            if until is None
            else view.text("emergency_until", left=running(until - view.at, view.language))
        },
        "emergency-by": {"children": desk_name(view.pack, now.by, view.language)},
        "emergency-counts": {
            "children": view.text("emergency_fresh", fresh=f"{incidents.fresh:,}")
            if view.scope.page in ("wall", "explore")
            else ""
        },
    }


def running(length: timedelta, language: str) -> str:
    """A span to the second, as a stop watch shows it; days where it is long.

    >>> running(timedelta(hours=3, minutes=4, seconds=5), "en"), running(timedelta(days=4), "en")
    ('3:04:05', '4 d')
    """
    seconds = max(0, int(length.total_seconds()))
    if seconds >= 72 * 3600:
        return duration(length, language)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def board_props(view: View) -> Props:
    """The board as it stands."""
    found, incidents = view.emergency, view.emergency.incidents
    counts = view.text("incidents_counts", open=f"{incidents.open:,}", overdue=f"{incidents.overdue:,}")
    props: Props = {
        "incidents-title": {"children": view.text("incidents")},
        "incidents-note": {"children": counts if incidents.open else ""},
        "incidents-calm": {
            "children": view.text("incidents_none"),
            "style": shown(found.now is not None and not incidents.open),
        },
    }
    return props | filled("incident", ROWS, incidents.nearest, partial(_line, view))


def _line(view: View, key: str, incident: Incident) -> Props:
    state = urgency(incident, view.at)
    left = None if incident.due_at is None else incident.due_at - view.at
    if left is None:
        due = view.text("incident_no_due")
    elif left >= timedelta():
        due = view.text("incident_left", left=running(left, view.language))
    else:
        due = view.text("incident_over", over=running(-left, view.language))
    visible = incident.area in view.pack.areas
    channel = view.pack.label("channels", incident.channel, view.language)
    what = short_name(view.pack.label("categories", incident.category, view.language))
    return {
        key: {
            "style": shown(True),
            "className": f"incident incident-{state}",
            "href": view.scope.to(area=incident.area).href if visible else None,
        },
        f"{key}-mark": {"className": f"incident-mark mark mark-{state if state != 'calm' else 'none'}"},
        f"{key}-what": {"children": what},
        f"{key}-where": {"children": f"{view.name(incident.area)} · {channel}"},
        f"{key}-elapsed": {"children": running(view.at - incident.reported_at, view.language)},
        f"{key}-reported": {"children": moment(incident.reported_at, view.at, view.pack.zone)},
        f"{key}-due": {"children": due},
    }


def urgency(incident: Incident, at: datetime) -> str:
    """`red` past its deadline, `yellow` close to it, `blue` of the highest urgency, else `calm`."""
    if incident.due_at is not None and incident.due_at < at:
        return "red"
    if incident.due_at is not None and incident.due_at - at <= SOON:
        return "yellow"
    return "blue" if incident.urgency == "emergency" else "calm"


def told(view: View) -> dict[str, Any]:
    """What the switch's form needs: the area it is for, whether it is on, and the roles that may."""
    now = view.emergency.now
    area = now.area if now else view.scopes.viewer_area if view.scope.page == "wall" else view.scope.area
    return {
        "area": area,
        "name": view.name(area),
        "on": now is not None,
        "foreign": now is not None and not view.pack.areas.within(now.area, view.scopes.viewer_area),
        "desks": desks(view.pack, view.language),
    }
