"""Rows become messages: the fields of the row, its area, and one message for each stage the row tells of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from schemas.packs import Pack
from streams.sources.fields import Context, FieldReader, Problem, check
from streams.sources.locate import Locator
from streams.sources.mapping import Mapping, StageRule
from streams.sources.readers import read_rows
from streams.sources.report import Reject, Report
from streams.sources.rows import BadRow, Row
from streams.sources.stages import StageReader
from streams.sources.times import TimeReader

Message = dict[str, Any]


class Converter:
    """A mapping bound to a pack and a report, for one file: ids made from content count its repeats."""

    def __init__(self, mapping: Mapping, file: Path, pack: Pack, report: Report) -> None:
        self._mapping, self._file, self._report = mapping, file, report
        report.pack = pack.name
        columns = {name: place for place, name in enumerate(mapping.columns)}
        times = TimeReader(mapping.time_formats, mapping.zone or pack.zone)
        context = Context(mapping.path, columns, mapping.empty, times, pack)
        self._locator = Locator(mapping.area, columns, mapping.empty, pack)
        apart = () if mapping.stages else ("stage", "at")
        own = {name: mapping.fields[name] for name in apart if name in mapping.fields}
        rules = mapping.stages or (StageRule(own, {}, {}),)
        self._stages = [StageReader(rule, mapping, context, report) for rule in rules]
        begun = [mapping.fields[name] for name in ("reported_at", "registered_at") if name in mapping.fields]
        self._begun = frozenset(column for value in begun for column in value.columns)
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
            report.rejected += self._rejected and not messages
            report.silent += not self._rejected and not messages
            report.note(self._mapping.topic, messages)
            yield from messages

    def _messages(self, row: Row) -> list[Message]:
        held = [stage for stage in self._stages if stage.holds(row.cells)]
        base = self._base.copy()
        if not self._fill(base, self._fields, row, ""):
            return []
        messages = []
        for stage in held:
            message = {**base, **stage.base}
            if self._fill_stage(message, stage, row):
                messages.append(message)
        if len(held) < len(self._stages):
            self._note_unmet(held, row)
        if messages:
            area = self._locator.locate(row.cells, self._report)
            messages = [message for message in messages if self._complete(message, area, row)]
        return messages

    def _note_unmet(self, held: list[StageReader], row: Row) -> None:
        """Count the stages that did not happen though their time is there, unless another stage took that time."""
        taken = self._begun.union(*(stage.time_columns for stage in held))
        for stage in self._stages:
            if stage not in held and not stage.time_columns <= taken and stage.has_time(row.cells):
                self._report.unmet[stage.label] += 1

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

    def _fill_stage(self, message: Message, stage: StageReader, row: Row) -> bool:
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
