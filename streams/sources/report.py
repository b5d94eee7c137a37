"""What an import did: rows and messages, unknown values with counts, every reject with row and reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TextIO

import msgspec
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from schemas.privacy import masked

#: Rejects kept in memory for display; the reject file gets all of them.
KEPT_REJECTS = 1000
#: Distinct unknown values told apart in one column; what comes after is counted together.
KEPT_VALUES = 1000
OTHERS = "(others)"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row, or one stage of it, that gave no message. `row` counts as a spreadsheet does: header first."""

    file: str
    row: int
    reason: str
    field: str
    mend: str
    stage: str = ""


@dataclass
class Report:
    """Counts of one import, over all its files. With `reject_file` each reject is a JSON line there.

    rows = converted + rejected rows + rows that gave no message, each row once.
    """

    reject_file: Path | None = None
    rows: int = 0
    converted: int = 0
    rejected: int = 0
    silent: int = 0
    messages: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    unknown: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    unreadable: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    untimed: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)
    _sink: TextIO | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.reject_file is not None:
            self._sink = self.reject_file.open("w", encoding="utf-8")

    def reject(self, reject: Reject) -> None:
        """Note a reject; writes it to the reject file, if there is one."""
        self.reasons[reject.reason, reject.field] += 1
        if len(self.rejects) < KEPT_REJECTS:
            self.rejects.append(reject)
        if self._sink is not None:
            self._sink.write(msgspec.json.encode(asdict(reject)).decode() + "\n")

    def note_unknown(self, column: str, value: str) -> None:
        """Count a value the mapping or the pack does not know."""
        _count(self.unknown[column], value)

    def note_unreadable(self, column: str, value: str) -> None:
        """Count a value of an optional field that could not be read: the message went without it."""
        _count(self.unreadable[column], value)

    def close(self) -> None:
        """Close the reject file."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def table(self) -> RenderableType:
        """The report for a terminal."""
        totals = Table("", "count", title="Import", title_justify="left")
        for name in ("rows", "converted", "rejected", "silent", "messages"):
            totals.add_row(name, f"{getattr(self, name):,}")
        for title, counts in (
            ("message", self.stages),
            ("area by", self.areas),
            ("no time for", self.untimed),
        ):
            for name, count in counts.most_common():
                totals.add_row(escape(f"{title} {name}"), f"{count:,}")
        parts: list[RenderableType] = [totals]
        parts += _values("Unknown values, kept as they are or replaced as the mapping says", self.unknown)
        parts += _values("Unreadable values of optional fields, left out", self.unreadable)
        if self.reasons:
            table = Table("reason", "field", "count", title="Rejects", title_justify="left")
            for (reason, name), count in self.reasons.most_common():
                table.add_row(reason, name, f"{count:,}")
            parts.append(table)
        return Group(*parts)


def _count(counts: Counter[str], value: str) -> None:
    value = masked(value)[:200]
    counts[value if value in counts or len(counts) < KEPT_VALUES else OTHERS] += 1


def _values(title: str, columns: dict[str, Counter[str]], limit: int = 20) -> list[RenderableType]:
    if not columns:
        return []
    table = Table("column", "value", "count", title=title, title_justify="left")
    for column, counts in columns.items():
        for value, count in counts.most_common(limit):
            table.add_row(escape(column), escape(value), f"{count:,}")
        if len(counts) > limit:
            table.add_row(escape(column), f"… {len(counts) - limit} more", f"{sum(counts.values()):,} in all")
    return [table]
