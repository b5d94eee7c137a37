"""Rows become messages: the fields of the row, its area, and one message for each stage the row tells of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from schemas.packs import Pack
from streams.sources.fields import Context, FieldReader, Problem, check
from streams.sources.locate import Locator
from streams.sources.mapping import Mapping, StageRule
from streams.sources.readers import read_rows
from streams.sources.report import Reject, Report
from streams.sources.rows import BadRow, Cell, Row
from streams.sources.times import TimeReader
from streams.sources.values import folded

Message = dict[str, Any]
Condition = Callable[[Sequence[Cell]], bool]


class _StageReader:
    """A stage, ready to run: `base` holds what is the same in every row, `stage` reads it where it is not."""

    def __init__(self, rule: StageRule, columns: dict[str, int], fields: list[FieldReader]) -> None:
        self.base = {field.name: field.constant for field in fields if field.constant is not None}
        readers = {field.name: field for field in fields if field.constant is None}
        self.stage = readers.pop("stage", None)
        self.at = readers.pop("at", None)
        self.others = list(readers.values())
        self.conditional = bool(rule.when or rule.unless or self.stage)
        self._wanted = [(columns[name], _choices(texts)) for name, texts in rule.when.items()]
        self._barred = [(columns[name], _choices(texts)) for name, texts in rule.unless.items()]

    def holds(self, cells: Sequence[Cell]) -> bool:
        """Whether all of `when` and none of `unless` hold."""
        for at, texts in self._wanted:
            if not _is(cells[at], texts):
                return False
        return not (self._barred and any(_is(cells[at], texts) for at, texts in self._barred))


def _choices(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(folded(text) for text in texts)


def _is(cell: Cell, texts: frozenset[str]) -> bool:
    text = folded(cell) if isinstance(cell, str) else cell.isoformat()
    return text in texts or ("*" in texts and text != "")


class Converter:
    """A mapping bound to a pack and a report, for one file: ids made from content count its repeats."""

    def __init__(self, mapping: Mapping, file: Path, pack: Pack, report: Report) -> None:
        self._mapping, self._file, self._report = mapping, file, report
        columns = {name: place for place, name in enumerate(mapping.columns)}
        times = TimeReader(mapping.time_formats, mapping.zone or pack.zone)
        context = Context(mapping.path, columns, mapping.empty, times, pack)
        self._locator = Locator(mapping.area, columns, mapping.empty, pack)
        apart = () if mapping.stages else ("stage", "at")
        own = {name: mapping.fields[name] for name in apart if name in mapping.fields}
        self._stages = []
        for rule in mapping.stages or (StageRule(own, {}, {}),):
            readers = [
                FieldReader(name, value, mapping.topic, context) for name, value in rule.fields.items()
            ]
            self._stages.append(_StageReader(rule, columns, readers))
        fields = [
            FieldReader(name, value, mapping.topic, context)
            for name, value in mapping.fields.items()
            if name not in apart
        ]
        self._base = {field.name: field.constant for field in fields if field.constant is not None}
        self._fields = [field for field in fields if field.constant is None]
        self._rejected = False

    def convert(self, rows: Iterable[Row | BadRow]) -> Iterator[Message]:
        """The messages of the rows, in their order; what gives none is in the report."""
        report = self._report
        for row in rows:
            report.rows += 1
            self._rejected = False
            messages: list[Message] = []
            if isinstance(row, BadRow):
                self._reject(row.number, "", Problem(row.reason, row.mend))
            else:
                messages = self._messages(row)
            report.converted += bool(messages)
            report.rejected += self._rejected and not messages
            report.silent += not self._rejected and not messages
            report.messages += len(messages)
            yield from messages

    def _messages(self, row: Row) -> list[Message]:
        base = self._base.copy()
        if not self._fill(base, self._fields, row, ""):
            return []
        messages = []
        for stage in self._stages:
            if stage.holds(row.cells):
                message = {**base, **stage.base}
                if self._fill_stage(message, stage, row):
                    messages.append(message)
        if messages:
            area = self._locator.locate(row.cells, self._report)
            messages = [message for message in messages if self._complete(message, area, row)]
        return messages

    def _fill(self, message: Message, fields: Iterable[FieldReader], row: Row, stage: str) -> bool:
        """Add the fields; False, and a reject, if a required one has no value."""
        for field in fields:
            value = field.read(row.cells, self._report)
            if type(value) is not Problem and value != "":
                message[field.name] = value
                continue
            problem = (
                value if isinstance(value, Problem) else Problem("missing", "the map gives no value for it")
            )
            if field.required:
                return self._reject(row.number, field.name, problem, stage)
            if problem.reason in ("bad_time", "bad_number"):
                self._report.note_unreadable(field.label, problem.text)
        return True

    def _fill_stage(self, message: Message, stage: _StageReader, row: Row) -> bool:
        """Stage, time, then the rest. A stage the map passes over, or that has no time, is no reject."""
        if stage.stage is not None:
            value = stage.stage.read(row.cells, self._report)
            if isinstance(value, Problem):
                return self._reject(row.number, "stage", value)
            if value == "":
                return False
            message["stage"] = value
        name = str(message.get("stage", ""))
        if stage.at is not None:
            at = stage.at.read(row.cells, self._report)
            if isinstance(at, Problem):
                if at.reason != "missing" or not self._mapping.stages:
                    return self._reject(row.number, "at", at, name)
                if stage.conditional:
                    self._report.untimed[name] += 1
                return False
            message["at"] = at
        return not stage.others or self._fill(message, stage.others, row, name)

    def _complete(self, message: Message, area: str, row: Row) -> bool:
        message["area"] = area
        name = message.get("stage", self._mapping.topic)
        problem = check(message, self._mapping.topic)
        if problem is not None:
            return self._reject(row.number, _field_of(problem), problem, name)
        self._report.stages[name] += 1
        return True

    def _reject(self, row: int, field: str, problem: Problem, stage: str = "") -> bool:
        self._rejected = True
        self._report.reject(Reject(self._file.name, row, problem.reason, field, problem.mend, stage))
        return False


def _field_of(problem: Problem) -> str:
    """The field a contract's error names: "… - at `$.id`"."""
    return problem.mend.rpartition("`$.")[2].rstrip("`") if "`$." in problem.mend else ""


def convert_file(mapping: Mapping, file: Path, pack: Pack, report: Report) -> Iterator[Message]:
    """The messages of a file in the order of its rows, ready for JSON: times are RFC 3339 texts with offset.

    Reads as it goes. Raises `MappingError` if the file cannot be read or lacks a column the mapping names; a
    row that gives no message is in `report`, with its reason.
    """
    file = Path(file)
    converter = Converter(mapping, file, pack, report)
    yield from converter.convert(read_rows(file, mapping.columns, mapping.file))


def messages_of(mapping: Mapping, files: Iterable[Path], pack: Pack) -> tuple[list[Message], Report]:
    """All messages of several files, and the report on them."""
    report = Report()
    return [message for file in files for message in convert_file(mapping, file, pack, report)], report
