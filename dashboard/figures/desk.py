"""The warnings desk as plain values: a line a warning, and one warning with its explanation and history."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from dashboard.components import warnings
from dashboard.figures.overview import COLOURS, STATES, overview
from dashboard.format import compact, duration, moment, stamp
from dashboard.readings import WarningDetail, WarningRow
from dashboard.scope import Scope, Scopes
from dashboard.texts import known, text
from dashboard.view import View
from schemas.packs import Pack

#: In days. Rarer than once in a hundred years a chance is not told apart.
YEAR, HUNDRED_YEARS = 365, 36_500


def desk(view: View) -> dict[str, Any]:
    """Every warning of the area, those cleared lately behind; what can be chosen; how many of each colour; and what
    stands at a glance."""
    rows = [_line(view, row) for row in view.warnings]
    standing = [row for row in view.warnings if row.state != "cleared"]
    calm, blind = view.calm()
    return {
        "rows": rows,
        "counts": {
            colour: [view.text(f"warning_{colour}"), sum(row.colour == colour for row in standing)]
            for colour in COLOURS
        },
        "waiting": sum(row.state == "raised" for row in standing),
        "states": [[state, view.text(f"state_{state}")] for state in STATES],
        "overview": overview(view),
        "areas": _areas(view),
        "desks": desks(view.pack, view.language),
        "calm": calm,
        "blind": blind,
    }


def desks(pack: Pack, language: str) -> list[list[str]]:
    """Roles an operator may act as: the desk of each level and each department. Never persons."""
    levels = [
        [entry.code, text("desk_of", language, name=entry.label(language))] for entry in pack.settings.levels
    ]
    return levels + [[entry.code, entry.label(language)] for entry in pack.settings.departments]


def desk_name(pack: Pack, code: str, language: str) -> str:
    """The role's name, or what was written where the pack does not know it."""
    return {found[0]: found[1] for found in desks(pack, language)}.get(code, code)


def _areas(view: View) -> list[list[str]]:
    """Where to go: the viewer's whole area, then the way down here, then what is below."""
    tree, here = view.pack.areas, view.scope.area
    path = view.scopes.ancestors(here)
    below = [area.code for area in tree.children(here)]
    if not below and len(path) > 1:
        below = [area.code for area in tree.children(path[-2]) if area.code != here]
    return [
        [code, "\u3000" * min(depth, len(path)) + view.name(code), view.scope.to(area=code).href]
        for depth, code in enumerate([*path, *below])
    ]


def _line(view: View, row: WarningRow) -> dict[str, Any]:
    since = row.since or row.raised_at
    return {
        "id": row.warning_id,
        "colour": row.colour,
        "colour_label": view.text(f"warning_{row.colour}"),
        "state": row.state,
        "state_label": _state(row.state, view.language),
        "what": warnings.what(view, row),
        "where": " · ".join(where(view.scopes, row.area, view.language)),
        "raised": moment(row.raised_at, view.at, view.pack.zone),
        "age": duration(view.at - since, view.language),
        "amount": warnings.amount(row, view.language),
        "desk": desk_name(view.pack, row.by or row.level, view.language),
        "escalated": row.escalated,
    }


def _state(state: str, language: str) -> str:
    return text(f"state_{state}", language) if known(f"state_{state}") else state


def where(scopes: Scopes, code: str, language: str) -> list[str]:
    """The way down to an area, the viewer's whole area left out."""
    if code not in scopes.pack.areas:
        return [code]
    path = scopes.ancestors(code)
    return [scopes.pack.areas[step].label(language) for step in (path[1:] or path)]


def card(scopes: Scopes, scope: Scope, found: WarningDetail, at: datetime) -> dict[str, Any]:
    """One warning with all a desk needs to decide: facts as name and value, explanation, history newest first."""
    pack, language, row = scopes.pack, scope.language, found.row
    category = (
        pack.label("categories", row.category, language) if row.category in pack.entries("categories") else ""
    )
    departments = [pack.label("departments", code, language) for code in row.departments]
    facts = {
        "desk_where": " › ".join(where(scopes, row.area, language)),
        "desk_category": category,
        "desk_rule": warnings.rule_name(row.rule, language),
        "desk_amount": warnings.amount(row, language),
        "desk_window": _window(row.window, language),
        "desk_recurrence": _recurrence(row.recurrence_days, language),
        "desk_raised": stamp(row.raised_at, pack.zone),
        "desk_route": " · ".join([desk_name(pack, row.level, language) if row.level else "", *departments]),
        "desk_escalated": str(row.escalated) if row.escalated else "",
        "desk_due": _due(row.acknowledge_by, at, language),
        "desk_by": desk_name(pack, row.by, language) if row.by else "",
    }
    return {
        "id": row.warning_id,
        "colour": row.colour,
        "colour_label": text(f"warning_{row.colour}", language),
        "state": row.state,
        "state_label": _state(row.state, language),
        "title": category.rsplit(" > ", 1)[-1] or warnings.rule_name(row.rule, language),
        "facts": [[text(name, language), value] for name, value in facts.items() if value.strip(" ·")],
        "explanation": row.explanation_en if language == "en" else row.explanation_zh,
        "map": scope.to(page="explore", area=row.area).href if row.area in pack.areas else None,
        "history": [
            {
                "at": stamp(entry.at, pack.zone),
                "what": text(f"happened_{entry.what}", language),
                "colour": entry.colour,
                "by": desk_name(pack, entry.by, language) if entry.by else text("desk_system", language),
                "note": entry.note,
            }
            for entry in reversed(found.history)
        ],
        "actions": _actions(row.state, language),
    }


def _actions(state: str, language: str) -> list[list[str]]:
    """What can be done next: forward only, a comment always."""
    forward = {"raised": 0, "acknowledged": 1, "handled": 2, "cleared": 3}.get(state, 0)
    names = ("acknowledge", "handle", "clear")[forward:]
    return [[name, text(f"do_{name}", language)] for name in (*names, "comment")]


def _window(window: str, language: str) -> str:
    """`24h` or `7d` in words; another source's window as it says."""
    found = re.fullmatch(r"(\d{1,4})([hd])", window)
    if found is None:
        return window
    length = timedelta(hours=int(found[1])) if found[2] == "h" else timedelta(days=int(found[1]))
    return duration(length, language)


def _recurrence(days: float | None, language: str) -> str:
    if days is None:
        return ""
    if days >= HUNDRED_YEARS:
        return text("desk_once_rarer", language)
    if days >= YEAR:
        return text("desk_once_in_years", language, years=f"{days / YEAR:.0f}")
    return text("desk_once_in", language, days=compact(round(days, 1)))


def _due(due: datetime | None, at: datetime, language: str) -> str:
    if due is None:
        return ""
    return text("desk_due_in", language, left=duration(due - at, language))
