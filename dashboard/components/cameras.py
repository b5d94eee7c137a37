"""Device health: the share online, each network, and the devices longest away. Never footage."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.parts import filled, panel, rows, shown, whole_share
from dashboard.figures.scale import alarm
from dashboard.format import NO_VALUE, duration, written
from dashboard.readings import OfflineDevice
from dashboard.view import Props, View
from schemas.indicators import BY_NAME
from schemas.packs import Pack

#: Offline devices listed; the rest are in the count.
OFFLINE_ROWS = 20


def layout(pack: Pack, height: int | None = None) -> Any:
    ring = html.Div(html.B(id="cameras-rate"), id="cameras-ring", className="ring")
    networks = [
        html.Div(
            [
                html.Span(id=f"network-{code}-name"),
                html.Span(html.I(id=f"network-{code}-bar"), className="rank-track"),
                html.Span(id=f"network-{code}-value", className="rank-value"),
            ],
            className="network",
        )
        for code in pack.entries("networks")
    ]
    offline = [
        html.Div(
            [
                html.Span(id=f"offline-{row}-area"),
                html.Span(id=f"offline-{row}-status", className="offline-status"),
                html.Span(id=f"offline-{row}-since", className="offline-since"),
            ],
            id=f"offline-{row}",
            className="offline",
            style={"display": "none"},
        )
        for row in range(OFFLINE_ROWS)
    ]
    return panel(
        "cameras",
        html.Div([ring, html.Div(networks, className="networks")], className="cameras-head"),
        rows(offline, 27),
        height=height,
    )


def props(view: View) -> Props:
    area = view.scope.area
    rate = view.reading(area, "online_rate")
    value = rate.value if rate else None
    registered = int(rate.denominator or 0) if rate else 0
    online = int(rate.numerator or 0) if rate else 0
    level = alarm(BY_NAME["online_rate"], value, view.threshold("online_rate"))
    away = registered - online
    note = (
        view.text("cameras_none")
        if value is None
        else view.text("cameras_offline", online=f"{online:,}", registered=f"{registered:,}", n=f"{away:,}")
    )
    if value is not None and away == 0:
        note = view.text("cameras_all_online")
    found: Props = {
        "cameras-title": {"children": view.text("cameras")},
        "cameras-note": {"children": note},
        "cameras-ring": {
            "style": {"--share": f"{(value or 0) * 360:.1f}deg"},
            "className": f"ring ring-{level}" if level else "ring",
        },
        "cameras-rate": {"children": written(value, BY_NAME["online_rate"], view.language).whole},
    }
    return found | _networks(view) | _offline(view)


def _networks(view: View) -> Props:
    states = {state.network: state for state in view.cameras.networks}
    found: Props = {}
    for code, entry in view.pack.entries("networks").items():
        state = states.get(code)
        share = whole_share(state.online, state.registered) if state and state.registered else None
        found[f"network-{code}-name"] = {"children": entry.label(view.language)}
        found[f"network-{code}-bar"] = {"style": {"width": f"{100 * (share or 0):.1f}%"}}
        found[f"network-{code}-value"] = {
            "children": written(share, BY_NAME["online_rate"], view.language).whole
        }
    return found


def _offline(view: View) -> Props:
    def line(key: str, device: OfflineDevice) -> Props:
        return {
            key: {"style": shown(True), "title": device.device_id},
            f"{key}-area": {"children": view.name(device.area)},
            f"{key}-status": {"children": view.text(f"status_{device.status}")},
            f"{key}-since": {"children": _since(view, device)},
        }

    return filled("offline", OFFLINE_ROWS, view.cameras.offline, line)


def _since(view: View, device: OfflineDevice) -> str:
    return NO_VALUE if device.since is None else duration(view.at - device.since, view.language)
