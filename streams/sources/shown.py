"""The report of an import as a terminal shows it: totals, what is worth a look, values and rejects to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from schemas.privacy import masked
from streams.sources.report import Report

_ROWS = {
    "rows": "rows",
    "converted": "rows converted",
    "rejected": "rows rejected",
    "silent": "rows silent (no stage happened)",
    "documents": "documents sent as they are (no JSON)",
    "messages": "messages",
}
_PER_COLUMN = 20


def shown(report: Report) -> RenderableType:
    """The whole report. Shows values only of what is unknown, with personal numbers masked."""
    parts: list[RenderableType] = [_totals(report)]
    parts += _table("Worth a look", ("what", "count"), _worth_a_look(report))
    parts += _table(
        "Areas not found (kept at the root, unless a later step finds one)", *_values(report.lost_areas)
    )
    parts += [f"[bold]{escape(source)}[/bold]: {escape(hint)}" for source, hint in report.hints.items()]
    parts += _table("Unknown values, kept or replaced as the mapping says", *_values(report.unknown))
    parts += _table(
        "Unreadable values of optional fields, left out (9 a digit, A a letter)", *_values(report.unreadable)
    )
    parts += _table("Rejects", ("reason", "field", "count", "first", "how to mend it"), _rejects(report))
    return Group(*parts)


def samples(report: Report) -> list[str]:
    """The first messages as JSON, one a line; personal numbers masked."""
    return [masked(msgspec.json.encode(message).decode()) for message in report.samples]


def _totals(report: Report) -> Table:
    table = Table("", "count", title=f"Import, pack {escape(report.pack)}", title_justify="left")
    for name, label in _ROWS.items():
        if name != "documents" or report.documents:
            table.add_row(label, f"{getattr(report, name):,}")
    cut = f" (the first {report.cases.messages:,} looked at)" if report.cases.cut else ""
    table.add_row(f"distinct messages{cut}", f"{report.cases.messages:,}")
    if report.cases.cases:
        table.add_row(f"cases{cut}", f"{report.cases.cases:,}")
    for title, counts in (("message", report.stages), ("area by", report.areas)):
        for name, count in counts.most_common():
            table.add_row(escape(f"{title} {name}"), f"{count:,}")
    return table


def _worth_a_look(report: Report) -> Iterator[tuple[str, str]]:
    for name, count in report.cases.disagreeing.items():
        yield f"cases whose rows disagree in {name}: the latest message's counts", f"{count:,}"
    if report.cases.several_times:
        yield (
            "ids with several times of reporting: each is a case of its own",
            f"{report.cases.several_times:,}",
        )
    for name, count in report.unmet.most_common():
        yield f"{name}: time present, condition not met", f"{count:,}"
    for name, count in report.untimed.most_common():
        yield f"{name}: condition met, no time", f"{count:,}"
    for (column, value), occurred in report.conditions.items():
        if report.rows and not occurred:
            yield f"when: {column} is never {value!r}", "0"


def _values(columns: Mapping[str, Counter[str]]) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    def rows() -> Iterator[tuple[str, ...]]:
        for column, counts in columns.items():
            for value, count in counts.most_common(_PER_COLUMN):
                yield column, value, f"{count:,}"
            if len(counts) > _PER_COLUMN:
                yield column, f"… {len(counts) - _PER_COLUMN} more", f"{sum(counts.values()):,} in all"

    return ("column", "value", "count"), rows()


def _rejects(report: Report) -> Iterator[tuple[str, ...]]:
    for (reason, name), count in report.reasons.most_common():
        reject = report.first[reason, name]
        yield reason, name, f"{count:,}", f"{reject.file}, row {reject.row}", reject.mend


def _table(title: str, heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> list[RenderableType]:
    table = Table(*heads, title=title, title_justify="left")
    for row in rows:
        table.add_row(*map(escape, row))
    return [table] if table.row_count else []
