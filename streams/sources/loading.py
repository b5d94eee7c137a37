"""Reading a mapping file: TOML to types, shorthands written out, checked against the topic's contract."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from schemas.contracts import CONTRACTS, Topic
from schemas.errors import MappingError
from streams.sources.hints import nearest, ordinal
from streams.sources.keys import in_words, keys_of, unknown_key
from streams.sources.mapping import AreaStep, Document, Mapping, Names, Stage, StageRule, Value
from streams.sources.templates import template_columns

V = TypeVar("V", bound=Value)


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises `MappingError` that names the file, the key and the mend."""
    path = Path(path)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        if (unknown := unknown_key(table)) is not None:
            raise MappingError(f"{path}, {unknown}; docs/connect-a-source.md lists the keys of a mapping")
        document = msgspec.convert(table, Document)
    except OSError as error:
        raise MappingError(
            f"{path}: cannot be read ({error.strerror}); give the path of a mapping file"
        ) from error
    except msgspec.ValidationError as error:
        raise MappingError(
            f"{path}, {in_words(error)}; docs/connect-a-source.md lists the keys of a mapping"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: is no TOML: {error}") from error
    fields = {name: _written_out(value, path, f"fields.{name}") for name, value in document.fields.items()}
    if document.source is not None:
        fields = {"source": Value(constant=document.source), **fields}
    mapping = Mapping(
        path=path,
        topic=document.topic,
        zone=_zone(document.time_zone, path),
        time_formats=document.time_formats,
        empty=document.empty,
        file=document.file,
        fields=fields,
        area=tuple(
            _area_step(step, path, f"{ordinal(n)} [[area]]") for n, step in enumerate(document.area, 1)
        ),
        stages=tuple(
            _stage(stage, path, f"{ordinal(n)} [[stages]]") for n, stage in enumerate(document.stages, 1)
        ),
    )
    _check_fields(mapping)
    return mapping


def _zone(name: str | None, path: Path) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise MappingError(
            f"{path}, time_zone: {name!r} is not an IANA zone such as America/New_York"
        ) from error


def _stage(stage: Stage, path: Path, key: str) -> StageRule:
    constant = Value(constant=stage.stage) if isinstance(stage.stage, str) else stage.stage
    values: dict[str, Any] = {"stage": constant, "at": stage.at, **stage.fields}
    if stage.round != 0:
        values["round"] = Value(constant=stage.round) if isinstance(stage.round, int) else stage.round
    return StageRule(
        {name: _written_out(value, path, f"{key}, {name}") for name, value in values.items()},
        stage.when,
        stage.unless,
    )


def _area_step(step: AreaStep, path: Path, key: str) -> AreaStep:
    if step.by == "point":
        if not (step.lon and step.lat):
            raise MappingError(f'{path}, {key}: by = "point" needs lon and lat, the columns with degrees')
    else:
        step = _checked(step, path, key)
    if step.within is not None:
        step = msgspec.structs.replace(step, within=_checked(step.within, path, f"{key}, within"))
    return step


def _written_out(value: Names | Value, path: Path, key: str) -> Value:
    return _checked(value if isinstance(value, Value) else Value(column=value), path, key)


def _checked(value: V, path: Path, key: str) -> V:
    sources = [value.column, value.constant, value.template, value.hash]
    if sum(source is not None for source in sources) != 1:
        raise MappingError(f"{path}, {key}: give exactly one of column, constant, template, hash")
    try:
        value.columns  # noqa: B018 - a template that cannot be read shows here
        groups = re.compile(value.pattern or "").groups
        if value.format is not None:
            template_columns(value.format)
    except (re.error, ValueError) as error:
        raise MappingError(f"{path}, {key}: {error}") from error
    if value.format is not None and value.pattern is None:
        raise MappingError(
            f"{path}, {key}: format fills in the groups of a pattern; add pattern, or use template"
        )
    if value.pattern is not None and value.format is None and groups > 1:
        raise MappingError(
            f"{path}, {key}: the pattern has {groups} groups; say with format how they are put together"
        )
    if value.map_file is not None:
        value = msgspec.structs.replace(
            value, map={**_read_map(path.parent / value.map_file, path, key), **value.map}
        )
    return value


def _read_map(file: Path, path: Path, key: str) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        return {row["from"].strip(): row["to"].strip() for row in rows}
    except (OSError, KeyError, AttributeError, UnicodeDecodeError) as error:
        raise MappingError(
            f"{path}, {key}.map_file: {file} must be a UTF-8 CSV with the columns from,to ({error})"
        ) from error


def _check_fields(mapping: Mapping) -> None:
    contract = CONTRACTS[mapping.topic]
    known = {field.name: field for field in msgspec.structs.fields(contract)}
    staged = [stage.fields for stage in mapping.stages] or [{}]
    if mapping.stages and "stage" not in known:
        raise MappingError(
            f"{mapping.path}, stages: the topic {mapping.topic} has no stages; map fields.at instead"
        )
    for given in (mapping.fields, *staged):
        for name in given:
            if name == "area" or name not in known:
                hint = _hint(name, mapping.topic, list(known))
                raise MappingError(f"{mapping.path}, fields.{name}: {hint}")
    for number, given in enumerate(staged, 1):
        for name, field in known.items():
            if field.required and name != "area" and name not in mapping.fields and name not in given:
                where = f"{ordinal(number)} [[stages]]" if mapping.stages else "fields"
                raise MappingError(
                    f"{mapping.path}, {where}: {name!r} is required by {mapping.topic}; map it"
                )


def _hint(name: str, topic: Topic, known: list[str]) -> str:
    """What to do with a name under [fields] that is no field of the topic."""
    if name == "area":
        return "use [[area]]"
    if name in keys_of(Document):
        return "is no field but a key of the file: let it stand at the top, before the first [section]"
    return f"the fields of {topic} are {', '.join(known)}{nearest(name, known)}"
