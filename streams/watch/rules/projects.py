"""Key projects under watch: areas with thresholds of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.packs import Watched
from streams.watch.finding import Finding, Look, colour_of, least
from streams.watch.rules.devices import places

_EVENTS = """
    SELECT category, sum(sign) AS n FROM event_history
    WHERE basis = 'cohort' AND NOT withdrawn AND area IN {areas:Array(String)} AND (day, version) IN (
        SELECT toDate(unit), arrayJoin(max(current).versions) FROM rollup_current WHERE topic = 'events' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_to >= {at:DateTime64(3, 'UTC')}
      AND moment >= {since:DateTime64(3, 'UTC')} AND moment < {at:DateTime64(3, 'UTC')}
    GROUP BY category HAVING n != 0
"""
_DISPUTES = """
    SELECT count() FROM mediation_history
    WHERE basis = 'open' AND area IN {areas:Array(String)} AND (day, version) IN (
        SELECT toDate(unit), max(current).version FROM rollup_current WHERE topic = 'mediation' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_to >= {at:DateTime64(3, 'UTC')}
"""
_WORDS = {
    "events": ("近24小时{n}件事件", "{n} events in the last 24 hours"),
    "disputes": ("{n}件矛盾纠纷未化解", "{n} open disputes"),
    "devices": ("{n}台设备不在线", "{n} devices not online"),
}


def find(look: Look) -> Iterator[Finding]:
    """By project and what is counted there."""
    for project in look.pack.settings.watched:
        low, high = look.pack.areas.span(project.area)
        areas = [area.code for area in look.pack.areas.areas[low:high]]
        bound = {"at": look.at, "areas": areas, "since": look.at - timedelta(days=1)}
        counts: dict[str, int] = {}
        if project.events_yellow or project.events_red:
            rows = look.store.rows(_EVENTS, bound)
            counts["events"] = sum(n for category, n in rows if counted(look, project, category))
        if project.disputes_yellow or project.disputes_red:
            ((counts["disputes"],),) = look.store.rows(_DISPUTES, bound)
        if project.away_yellow or project.away_red:
            counts["devices"] = sum(len(place.away) for place in places(look) if place.area in areas)
        yield from judged(project, counts)


def counted(look: Look, project: Watched, category: str) -> bool:
    """Whether the project watches events of this category."""
    return not project.categories or not set(project.categories).isdisjoint(look.pack.category_path(category))


def judged(project: Watched, counts: dict[str, int]) -> Iterator[Finding]:
    """Findings of the counts by the project's own thresholds."""
    bounds = {
        "events": (project.events_yellow, project.events_red),
        "disputes": (project.disputes_yellow, project.disputes_red),
        "devices": (project.away_yellow, project.away_red),
    }
    for what, n in counts.items():
        yellow, red = bounds[what]
        colour = colour_of(n, yellow=yellow, red=red)
        if colour is None:
            continue
        line = least(yellow, red)
        zh, en = (words.format(n=n) for words in _WORDS[what])
        yield Finding(
            "project", project.area, "", colour, n, line, "24h" if what == "events" else "now",
            f"重点项目“{project.zh}”{zh}，预警线{line:g}",
            f"Key project {project.en}: {en}; the line is {line:g}",
            subject=what,
        )  # fmt: skip
