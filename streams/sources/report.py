"""What an import did: rows and messages, unknown values with counts, every reject with row and reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import msgspec

from schemas.contracts import Topic
from schemas.errors import MappingError
from schemas.privacy import masked
from streams.sources.cases import CaseTally

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

    rows = converted + rejected rows + rows that gave no message, each row once. `samples` are the first `show`
    messages, `documents` the files sent as they are. `lost_areas` are values that found no area, `hints` what to
    do about them, by source; `unmet` are stages whose time was there without their condition, `untimed` the
    reverse; `conditions` says of each (column, value) of a `when` whether it occurred.
    """

    reject_file: Path | None = None
    show: int = 0
    pack: str = ""
    rows: int = 0
    converted: int = 0
    rejected: int = 0
    silent: int = 0
    messages: int = 0
    documents: int = 0
    cases: CaseTally = field(default_factory=CaseTally)
    samples: list[dict[str, Any]] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    unknown: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    unreadable: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    lost_areas: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hints: dict[str, str] = field(default_factory=dict)
    untimed: Counter[str] = field(default_factory=Counter)
    unmet: Counter[str] = field(default_factory=Counter)
    conditions: dict[tuple[str, str], bool] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], Reject] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    _sink: TextIO | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.reject_file is not None:
            try:
                self._sink = self.reject_file.open("w", encoding="utf-8")
            except OSError as error:
                raise MappingError(f"{self.reject_file}: cannot be written ({error.strerror})") from error

    def note(self, topic: Topic, messages: list[dict[str, Any]]) -> None:
        """Count the messages of a row."""
        self.converted += bool(messages)
        self.messages += len(messages)
        for message in messages:
            self.cases.note(topic, message)
        if len(self.samples) < self.show:
            self.samples += messages[: self.show - len(self.samples)]

    def reject(self, reject: Reject) -> None:
        """Note a reject; writes it to the reject file, if there is one."""
        self.reasons[reject.reason, reject.field] += 1
        self.first.setdefault((reject.reason, reject.field), reject)
        if len(self.rejects) < KEPT_REJECTS:
            self.rejects.append(reject)
        if self._sink is not None:
            self._sink.write(msgspec.json.encode(asdict(reject)).decode() + "\n")

    def note_unknown(self, column: str, value: str) -> None:
        """Count a value the mapping or the pack does not know."""
        _count(self.unknown[column], value)

    def note_unreadable(self, column: str, shape: str) -> None:
        """Count a value of an optional field that could not be read, by its shape: the message went without it."""
        _count(self.unreadable[column], shape)

    def note_lost_area(self, column: str, value: str) -> None:
        """Count a value that led to no area of the pack."""
        _count(self.lost_areas[column], value)

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


def _count(counts: Counter[str], value: str) -> None:
    value = masked(value)[:200]
    counts[value if value in counts or len(counts) < KEPT_VALUES else OTHERS] += 1
