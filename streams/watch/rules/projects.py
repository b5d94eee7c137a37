"""Key projects under watch: areas with thresholds of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.packs import Watched
from streams.watch.finding import Finding, Look, colour_of, least
from streams.watch.rules.devices import places

#: A state begins no sooner than its case was reported, and `turn` is the key: only what is new is read.
_EVENTS = """
    SELECT area, category, sum(sign) AS n FROM event_history
    WHERE basis = 'cohort' AND NOT withdrawn AND area IN {areas:Array(String)} AND (day, version) IN (
        SELECT toDate(unit), arrayJoin(max(current).versions) FROM rollup_current WHERE topic = 'events' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_to >= {at:DateTime64(3, 'UTC')}
      AND moment >= {since:DateTime64(3, 'UTC')} AND moment < {at:DateTime64(3, 'UTC')}
      AND turn >= {since:DateTime64(3, 'UTC')} AND day >= toDate({since:DateTime64(3, 'UTC')})
    GROUP BY area, category HAVING n != 0
"""
_DISPUTES = """
    SELECT area, count() FROM mediation_history
    WHERE basis = 'open' AND area IN {areas:Array(String)} AND (day, version) IN (
        SELECT toDate(unit), max(current).version FROM rollup_current WHERE topic = 'mediation' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_to >= {at:DateTime64(3, 'UTC')}
      AND (superseded = 0 OR turn >= {at:DateTime64(3, 'UTC')})
    GROUP BY area
"""
_WORDS = {
    "events": ("近24小时{n}件事件", "{n} events in the last 24 hours"),
    "disputes": ("{n}件矛盾纠纷未化解", "{n} open disputes"),
    "devices": ("{n}台设备不在线", "{n} devices not online"),
}


def find(look: Look) -> Iterator[Finding]:
    """By project and what is counted there; one query of each kind for all projects."""
    projects = {project: _areas(look, project) for project in look.pack.settings.watched}
    every = sorted(frozenset().union(*projects.values()))
    if not every:
        return
    bound = {"at": look.at, "areas": every, "since": look.at - timedelta(days=1)}
    events = look.store.rows(_EVENTS, bound) if any(p.events_yellow or p.events_red for p in projects) else ()
    disputes = (
        look.store.rows(_DISPUTES, bound)
        if any(p.disputes_yellow or p.disputes_red for p in projects)
        else ()
    )
    devices = places(look) if any(p.away_yellow or p.away_red for p in projects) else ()
    for project, areas in projects.items():
        counts = {
            "events": sum(n for area, what, n in events if area in areas and counted(look, project, what)),
            "disputes": sum(n for area, n in disputes if area in areas),
            "devices": sum(len(place.away) for place in devices if place.area in areas),
        }
        yield from judged(project, counts)


def _areas(look: Look, project: Watched) -> frozenset[str]:
    low, high = look.pack.areas.span(project.area)
    return frozenset(area.code for area in look.pack.areas.areas[low:high])


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
