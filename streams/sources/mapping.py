"""The mapping file: its keys as types. `load_mapping` reads one from TOML and checks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from schemas.contracts import Topic
from streams.sources.templates import template_columns

ImportTopic = Literal["events", "mediation", "cameras", "statistics"]
Format = Literal["csv", "jsonl", "json", "excel", "parquet"]
Names = str | tuple[str, ...]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one value comes from, and what becomes of it: source, then pattern and format, then map.

    Exactly one source: `column` (or several: the first that is not empty), `constant`, `template` or `hash`.
    `unknown` is "report" (kept and counted), "keep" (kept), or the value to take instead (counted). `empty` are
    further texts that mean "no value" in its columns.
    """

    column: Names | None = None
    constant: str | int | float | None = None
    template: str | None = None
    hash: tuple[str, ...] | None = None
    pattern: str | None = None
    format: str | None = None
    map: dict[str, str] = {}
    map_file: str | None = None
    unknown: str = "report"
    empty: tuple[str, ...] = ()
    default: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads, in the order it reads them."""
        if self.template is not None:
            return template_columns(self.template)
        if self.column is not None:
            return (self.column,) if isinstance(self.column, str) else self.column
        return self.hash or ()


class AreaStep(Value, frozen=True, forbid_unknown_fields=True):
    """One way to find a row's area; the steps are tried in order. `within` must contain what is found."""

    by: Literal["code", "name", "point"] = "code"
    level: str | None = None
    lon: str | None = None
    lat: str | None = None
    ignore_points: tuple[tuple[float, float], ...] = ()
    within: Value | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Its own columns; those of `within` apart."""
        if self.by == "point":
            return tuple(name for name in (self.lon, self.lat) if name)
        return super().columns

    @property
    def all_columns(self) -> tuple[str, ...]:
        return (*self.columns, *(self.within.columns if self.within else ()))


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message a row may give: its stage, its time, and under which conditions it is given.

    `when` and `unless` name columns and the values they may have: "*" is any value, "" none.
    """

    stage: str | Value
    at: Names | Value
    when: dict[str, tuple[str, ...]] = {}
    unless: dict[str, tuple[str, ...]] = {}
    round: int | str | Value = 0
    fields: dict[str, Names | Value] = {}


class FileOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the file is read, where its name does not say it."""

    format: Format | None = None
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sheet: str | int = 0
    records: str = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file as written."""

    topic: ImportTopic
    fields: dict[str, Names | Value]
    source: str | None = None
    time_zone: str | None = None
    time_formats: tuple[str, ...] = ("iso",)
    empty: tuple[str, ...] = ()
    file: FileOptions = FileOptions()
    area: tuple[AreaStep, ...] = ()
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class StageRule:
    """A stage with every shorthand written out."""

    fields: dict[str, Value]
    when: dict[str, tuple[str, ...]]
    unless: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Mapping:
    """A checked mapping with every shorthand written out. `zone` None: the pack's zone."""

    path: Path
    topic: Topic
    zone: ZoneInfo | None
    time_formats: tuple[str, ...]
    empty: tuple[str, ...]
    file: FileOptions
    fields: dict[str, Value]
    area: tuple[AreaStep, ...]
    stages: tuple[StageRule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the mapping names. Nothing else of a file is read, or can reach a message."""
        return tuple(dict.fromkeys(self._columns()))

    def _columns(self) -> Iterator[str]:
        for value in self.fields.values():
            yield from value.columns
        for step in self.area:
            yield from step.all_columns
        for stage in self.stages:
            for value in stage.fields.values():
                yield from value.columns
            yield from (*stage.when, *stage.unless)
