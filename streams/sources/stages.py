"""One stage a row may tell of: whether its conditions hold, and when it happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.contracts import Topic
from streams.sources.fields import Context, FieldReader, field_types
from streams.sources.mapping import Mapping, StageRule
from streams.sources.report import Report
from streams.sources.rows import Cell
from streams.sources.values import folded, words

_MEMO_LIMIT = 50_000


class Condition:
    """Whether a column has one of some values; "*" is any value, "" none. Met values are told the report."""

    def __init__(
        self, column: str, place: int, texts: Iterable[str], report: Report, told: bool = True
    ) -> None:
        self._column, self._place, self._report = column, place, report
        self._texts = {folded(text): text for text in texts}
        self._memo: dict[Cell, bool] = {}
        if told:
            for text in self._texts.values():
                if text not in ("", "*"):
                    report.conditions.setdefault((column, text), False)

    def holds(self, cells: Sequence[Cell]) -> bool:
        """Whether it holds in a row."""
        cell = cells[self._place]
        found = self._memo.get(cell)
        if found is None:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            found = self._memo[cell] = self._look(cell)
        return found

    def _look(self, cell: Cell) -> bool:
        text = folded(cell) if isinstance(cell, str) else cell.isoformat()
        if text in self._texts:
            if (self._column, self._texts[text]) in self._report.conditions:
                self._report.conditions[self._column, self._texts[text]] = True
            return True
        return "*" in self._texts and text != ""


class StageReader:
    """A stage, ready to run: `base` holds what is the same in every row, `stage` reads it where it is not."""

    def __init__(self, rule: StageRule, mapping: Mapping, context: Context, report: Report) -> None:
        fields = [FieldReader(name, value, mapping.topic, context) for name, value in rule.fields.items()]
        self.base = {field.name: field.constant for field in fields if field.constant is not None}
        readers = {field.name: field for field in fields if field.constant is None}
        self.stage = readers.pop("stage", None)
        self.at = readers.pop("at", None)
        self.others = list(readers.values())
        self.conditional = bool(rule.when or rule.unless or self.stage)
        self.time_columns = frozenset(rule.fields["at"].columns) if "at" in rule.fields else frozenset()
        told = mapping.topic if self.stage is None else f"stage of {self.stage.label}"
        self.label = str(self.base.get("stage", told))
        columns = context.columns
        self._wanted = [Condition(name, columns[name], texts, report) for name, texts in rule.when.items()]
        self._barred = [
            Condition(name, columns[name], texts, report, told=False) for name, texts in rule.unless.items()
        ]
        for name in _stage_names(rule, mapping.topic):
            report.stages.setdefault(name, 0)

    def holds(self, cells: Sequence[Cell]) -> bool:
        """Whether all of `when` and none of `unless` hold. Looks at all of `when`, to know what occurs."""
        held = True
        for condition in self._wanted:
            held &= condition.holds(cells)
        return held and not (self._barred and any(condition.holds(cells) for condition in self._barred))

    def has_time(self, cells: Sequence[Cell]) -> bool:
        """Whether there is something in the columns of its time."""
        return self.at is not None and self.at.is_filled(cells)


def _stage_names(rule: StageRule, topic: Topic) -> list[str]:
    """The stages a rule may give, as far as the mapping tells them; the topic itself if it has no stages."""
    value = rule.fields.get("stage")
    if value is None:
        return [topic]
    known = words(field_types(topic)["stage"].known or ())
    given = [str(value.constant)] if value.constant is not None else value.map.values()
    return [known[folded(name)] for name in dict.fromkeys(given) if folded(name) in known]
