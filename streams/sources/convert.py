"""Rows become messages: the fields of the row, its area, and one message for each stage the row tells of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from schemas.packs import Pack
from streams.sources.fields import FieldReader, Problem, check
from streams.sources.locate import Locator
from streams.sources.mapping import Mapping, StageRule, Value
from streams.sources.readers import read_rows
from streams.sources.report import Reject, Report
from streams.sources.rows import BadRow, Cell, Row
from streams.sources.times import TimeReader
from streams.sources.values import folded

Message = dict[str, Any]
Condition = Callable[[Sequence[Cell]], bool]


class _StageReader:
    """A stage, ready to run."""

    def __init__(self, rule: StageRule, columns: dict[str, int], fields: list[FieldReader]) -> None:
        self.fields = fields
        self.conditional = bool(rule.when or rule.unless) or any(
            f.name == "stage" and f.may_be_absent for f in fields
        )
        self._wanted = [(columns[name], _choices(texts)) for name, texts in rule.when.items()]
        self._barred = [(columns[name], _choices(texts)) for name, texts in rule.unless.items()]

    def holds(self, cells: Sequence[Cell]) -> bool:
        """Whether all of `when` and none of `unless` hold."""
        return all(_is(cells[at], texts) for at, texts in self._wanted) and not any(
            _is(cells[at], texts) for at, texts in self._barred
        )


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

        def fields(values: dict[str, Value]) -> list[FieldReader]:
            return [
                FieldReader(name, value, mapping.topic, columns, mapping.empty, times, pack)
                for name, value in values.items()
            ]

        self._locator = Locator(mapping.area, columns, mapping.empty, pack)
        apart = () if mapping.stages else ("stage", "at")
        self._fields = fields({name: value for name, value in mapping.fields.items() if name not in apart})
        rules = mapping.stages or (
            StageRule({name: mapping.fields[name] for name in apart if name in mapping.fields}, {}, {}),
        )
        self._stages = [_StageReader(rule, columns, fields(rule.fields)) for rule in rules]

    def convert(self, rows: Iterable[Row | BadRow]) -> Iterator[Message]:
        """The messages of the rows, in their order; what gives none is in the report."""
        report = self._report
        for row in rows:
            report.rows += 1
            if isinstance(row, BadRow):
                self._reject(row.number, "", Problem(row.reason, row.mend))
                report.rejected += 1
                continue
            rejects = sum(report.reasons.values()) if report.reasons else 0
            messages = self._messages(row)
            if messages:
                report.converted += 1
                report.messages += len(messages)
                yield from messages
            elif (sum(report.reasons.values()) if report.reasons else 0) > rejects:
                report.rejected += 1
            else:
                report.silent += 1

    def _messages(self, row: Row) -> list[Message]:
        base: Message = {}
        if not self._fill(base, self._fields, row, ""):
            return []
        messages = []
        area = None
        for stage in self._stages:
            if not stage.holds(row.cells):
                continue
            message = base.copy()
            if not self._fill_stage(message, stage, row):
                continue
            area = area or self._locator.locate(row.cells, self._report)
            message["area"] = area
            problem = check(message, self._mapping.topic)
            name = message.get("stage", self._mapping.topic)
            if problem is not None:
                self._reject(row.number, _field_of(problem), problem, name)
                continue
            self._report.stages[name] += 1
            messages.append(message)
        return messages

    def _fill(self, message: Message, fields: Iterable[FieldReader], row: Row, stage: str) -> bool:
        for field in fields:
            value = field.read(row.cells, self._report)
            if isinstance(value, Problem):
                if field.required:
                    self._reject(row.number, field.name, value, stage)
                    return False
                if value.reason in ("bad_time", "bad_number"):
                    self._report.note_unreadable(field.label, value.text)
            elif value != "":
                message[field.name] = value
            elif field.required:
                self._reject(
                    row.number, field.name, Problem("missing", "the map gives no value for it"), stage
                )
                return False
        return True

    def _fill_stage(self, message: Message, stage: _StageReader, row: Row) -> bool:
        """Stage and time first: a stage that did not happen, or has no time, is no reject."""
        name = ""
        for field in stage.fields:
            if field.name not in ("stage", "at"):
                continue
            value = field.read(row.cells, self._report)
            if value == "" and field.name == "stage":
                return False
            if isinstance(value, Problem):
                if field.name == "at" and value.reason == "missing" and self._mapping.stages:
                    if stage.conditional:
                        self._report.untimed[name] += 1
                    return False
                self._reject(row.number, field.name, value, name)
                return False
            message[field.name] = value
            name = str(value) if field.name == "stage" else name
        return self._fill(message, [f for f in stage.fields if f.name not in ("stage", "at")], row, name)

    def _reject(self, row: int, field: str, problem: Problem, stage: str = "") -> None:
        self._report.reject(Reject(self._file.name, row, problem.reason, field, problem.mend, stage))


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
