"""The operations page as plain values: how far the workers are, how fresh the feeds, what is held, what is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard.components.header import fed_topics
from dashboard.format import NO_VALUE, duration, percent, stamp
from dashboard.readings import Number, unassigned_key
from dashboard.view import View

Cell = dict[str, Any]
#: A share of repeated reports to look into.
MANY_REPEATS = 0.2


def operations(view: View) -> list[dict[str, Any]]:
    """Tables in the order they stand: title, note, columns, rows of cells (`text`, and `alarm` where it is bad)."""
    return [_pipeline(view), _feeds(view), _quarantine(view), _quality(view), _sources(view)]


def _cell(words: str, alarm: str = "") -> Cell:
    return {"text": words, "alarm": alarm}


def _age(view: View, seconds: float) -> str:
    return duration(timedelta(seconds=seconds), view.language)


def _pipeline(view: View) -> dict[str, Any]:
    pipeline = view.pipeline
    note = view.text("ops_no_worker")
    if pipeline is not None:
        heard = view.text("ops_heard", age=_age(view, pipeline.heard_s))
        note = f"{heard} · {view.text('ops_rolled', age=_age(view, pipeline.rolled_s))}"
    rows = [
        [
            _cell(lag.topic),
            _cell(f"{lag.messages:,}"),
            _cell(_age(view, lag.seconds), "yellow" if lag.seconds > 10 else ""),
        ]
        for lag in (pipeline.lags if pipeline else ())
    ]
    return _table(view, "pipeline", note, ("topic", "waiting", "waiting_s"), rows)


def _feeds(view: View) -> dict[str, Any]:
    rows = []
    for topic in fed_topics(view.pack):
        feed = view.feed(topic)
        name = _cell(view.text(f"topic_{topic}"))
        if feed is None or feed.last_at is None or feed.first_at is None:
            never = _cell(view.text("ops_never"), "yellow")
            rows.append([name, _cell(NO_VALUE), _cell(NO_VALUE), _cell(NO_VALUE), never])
            continue
        silent = topic != "statistics" and view.silent(topic)
        state = "silent" if silent else "periodic" if topic == "statistics" else "fresh"
        times = [_cell(stamp(at, view.pack.zone)) for at in (feed.first_at, feed.last_at)]
        age = _cell(duration(view.at - feed.last_at, view.language))
        rows.append([name, *times, age, _cell(view.text(f"ops_{state}"), "red" if silent else "")])
    return _table(view, "feeds", "", ("topic", "first", "last", "age", "state"), rows)


def _sources(view: View) -> dict[str, Any]:
    """A row a source, the one silent for longest first, by the pack's limits of silence."""
    rules, rows = view.pack.settings.rules, []
    for one in view.ops.sources if view.ops else ():
        minutes = (view.at - one.last_at).total_seconds() / 60
        red, yellow = minutes > rules.silent_red_minutes, minutes > rules.silent_yellow_minutes
        alarm = "red" if red else "yellow" if yellow else ""
        rows.append(
            [
                _cell(one.source),
                _cell(view.text(f"topic_{one.topic}")),
                _cell(stamp(one.last_at, view.pack.zone)),
                _cell(duration(view.at - one.last_at, view.language), alarm),
                _cell(view.text("ops_silent" if alarm else "ops_fresh"), alarm),
            ]
        )
    silent = sum(bool(row[-1]["alarm"]) for row in rows)
    note = view.text("ops_sources_note", n=silent) if silent else ""
    return _table(view, "sources", note, ("source", "topic", "last", "age", "state"), rows)


def _quarantine(view: View) -> dict[str, Any]:
    held = view.ops.quarantined if view.ops else ()
    rows = [
        [
            _cell(one.topic),
            _cell(one.reason),
            _cell(f"{one.records:,}", "yellow"),
            _cell(stamp(one.last_at, view.pack.zone)),
        ]
        for one in held
    ]
    note = view.text("ops_quarantine_note" if held else "ops_empty")
    return _table(view, "quarantine", note, ("topic", "reason", "records", "last"), rows)


def _quality(view: View) -> dict[str, Any]:
    """A row a child: its cells without a single event, records in no cell, closed before reported, risk unknown."""
    tree = view.pack.areas
    rows = []
    for area in tree.children(view.frame) or (tree[view.frame],):
        low, high = tree.span(area.code)
        leaves = [one.code for one in tree.areas[low:high] if not tree.children(one.code)]
        quiet = sum(not _value(view, code, "events_reported") for code in leaves)
        own = _value(view, unassigned_key(area.code), "events_reported") if len(leaves) > 1 else None
        unknown = sum(view.ops is None or view.ops.risk.score(code) is None for code in leaves)
        rows.append(
            [
                _cell(area.label(view.language)),
                _cell(f"{quiet:,} / {len(leaves):,}", "yellow" if quiet * 2 > len(leaves) else ""),
                _cell(NO_VALUE if own is None else f"{own:,}"),
                _number(_value(view, area.code, "closed_before_reported")),
                _repeated(view, [one.code for one in tree.areas[low:high]]),
                _cell(f"{unknown:,} / {len(leaves):,}", "yellow" if unknown * 2 > len(leaves) else ""),
            ]
        )
    columns = ("area", "quiet", "unassigned", "backdated", "repeated", "unknown")
    return _table(view, "quality", view.window_label, columns, rows)


def _repeated(view: View, codes: list[str]) -> Cell:
    """The share of the last week's reports that came within an hour of one of the same area and category."""
    found = [view.ops.repeats[code] for code in codes if view.ops and code in view.ops.repeats]
    reports = sum(one.reports for one in found)
    if not reports:
        return _cell(NO_VALUE)
    share = sum(one.repeated for one in found) / reports
    return _cell(f"{percent(share)}%", "yellow" if share > MANY_REPEATS else "")


def _number(value: Number | None) -> Cell:
    return _cell(NO_VALUE if value is None else f"{value:,}", "yellow" if value else "")


def _value(view: View, code: str, indicator: str) -> Number | None:
    reading = view.reading(code, indicator)
    return reading.value if reading else None


def _table(
    view: View, name: str, note: str, columns: tuple[str, ...], rows: list[list[Cell]]
) -> dict[str, Any]:
    heads = [view.text("table_area" if column == "area" else f"ops_{column}") for column in columns]
    return {"title": view.text(f"ops_{name}"), "note": note, "columns": heads, "rows": rows}
