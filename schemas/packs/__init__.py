"""A pack is one deployment's reference data: names, areas, categories, deadlines, thresholds. Never code.

A folder with `pack.toml`, `areas.csv`, `areas.geojson` and, as wished, `mappings/*.toml` and a recording.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from schemas.areas import Area, AreaTree
from schemas.errors import PackError
from schemas.packs.watch import FeedScope as FeedScope
from schemas.packs.watch import Lifecycle as Lifecycle
from schemas.packs.watch import Risk as Risk
from schemas.packs.watch import Route as Route
from schemas.packs.watch import Rules as Rules
from schemas.packs.watch import Watched as Watched

SHIPPED = Path(__file__).parent


class Text(msgspec.Struct, frozen=True):
    """A name in both languages."""

    zh: str
    en: str

    def label(self, language: str) -> str:
        return self.en if language == "en" else self.zh


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a dictionary (category, dispute type, channel, level …).

    `parent` makes a tree of categories; `hours` is the usual deadline after the report; `emergency` marks
    what counts in emergency mode.
    """

    code: str
    zh: str
    en: str
    parent: str | None = None
    hours: float | None = None
    emergency: bool = False

    def label(self, language: str) -> str:
        return self.en if language == "en" else self.zh


class Devices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a device counts as silent. `offline_after_s` absent: a status holds until it changes."""

    offline_after_s: float | None = None
    heartbeat_s: float = 60.0


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an indicator turns yellow and red, read in its own direction."""

    yellow: float
    red: float


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recorded stream the demo replays: files and the mapping that reads them, relative to the pack."""

    files: tuple[str, ...]
    mapping: str
    start: datetime


class PackFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`pack.toml`, as written."""

    name: str
    title: Text
    root: str
    time_zone: str
    levels: tuple[Entry, ...]
    categories: tuple[Entry, ...]
    channels: tuple[Entry, ...]
    dispute_types: tuple[Entry, ...] = ()
    origins: tuple[Entry, ...] = ()
    networks: tuple[Entry, ...] = ()
    grid_kinds: tuple[Entry, ...] = ()
    nested_codes: bool = False
    grid_suffix: int = 3
    platform_origin: str | None = None
    devices: Devices = Devices()
    thresholds: Mapping[str, Threshold] = {}
    rules: Rules = Rules()
    life: Lifecycle = Lifecycle()
    risk: Risk = Risk()
    departments: tuple[Entry, ...] = ()
    routes: tuple[Route, ...] = ()
    watched: tuple[Watched, ...] = ()
    feeds: tuple[FeedScope, ...] = ()
    index_weights: Mapping[str, float] = {}
    recording: Recording | None = None
    simulated: bool = False
    language: str = "zh"
    attribution: str = ""


@dataclass(frozen=True)
class Pack:
    """A pack in memory: `settings` as written, the tree, and where its files are."""

    settings: PackFile
    areas: AreaTree
    folder: Path
    _labels: dict[str, dict[str, Entry]] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return self.settings.name

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)

    @property
    def offline_after(self) -> timedelta | None:
        seconds = self.settings.devices.offline_after_s
        return None if seconds is None else timedelta(seconds=seconds)

    @cached_property
    def geometry(self) -> dict[str, Any]:
        """`areas.geojson`, a FeatureCollection whose features carry `properties.code`; empty without one."""
        path = self.folder / "areas.geojson"
        if not path.exists():
            return {"type": "FeatureCollection", "features": []}
        collection: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return collection

    def entries(self, kind: str) -> dict[str, Entry]:
        """A dictionary of the pack by code: `categories`, `channels`, `dispute_types`, `networks` …"""
        if kind not in self._labels:
            self._labels[kind] = {entry.code: entry for entry in getattr(self.settings, kind)}
        return self._labels[kind]

    def category_path(self, code: str) -> tuple[str, ...]:
        """The category and those it lies in, itself first; only the code where the pack does not know it."""
        path, entries = [code], self.entries("categories")
        while (entry := entries.get(path[-1])) is not None and entry.parent is not None:
            path.append(entry.parent)
        return tuple(path)

    def label(self, kind: str, code: str, language: str) -> str:
        """The name of a dictionary entry, or the code itself where the pack does not know it."""
        entry = self.entries(kind).get(code)
        return entry.label(language) if entry else code


def _zone(name: str, path: Path) -> None:
    try:
        ZoneInfo(name)
    except (
        ZoneInfoNotFoundError,
        ValueError,
        OSError,
    ) as error:  # OSError: a folder of zones, such as "Asia"
        raise PackError(f"{path}: time_zone {name!r} is not an IANA zone such as Asia/Shanghai") from error


def _read_areas(path: Path, levels: Iterable[str]) -> list[Area]:
    known = set(levels)
    areas = []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        for row in rows:
            place = f"{path}, line {rows.line_num}"
            try:
                area = Area(
                    code=row["code"],
                    name=row["name"],
                    name_en=row.get("name_en") or row["name"],
                    parent=row["parent"] or None,
                    level=row["level"],
                    kind=row.get("kind") or None,
                    population=int(row["population"]) if row.get("population") else None,
                )
            except (KeyError, ValueError) as error:
                raise PackError(
                    f"{place}: {error}; needs code,name,name_en,parent,level,kind,population"
                ) from error
            if area.level not in known:
                raise PackError(f"{place}: level {area.level!r} is not in [[levels]]")
            areas.append(area)
    return areas


def _area_tree(path: Path, settings: PackFile) -> AreaTree:
    try:
        areas = _read_areas(path, (level.code for level in settings.levels))
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}: {error}; a pack needs its areas as UTF-8 CSV") from error
    try:
        return AreaTree(areas, nested=settings.nested_codes, grid_suffix=settings.grid_suffix)
    except PackError as error:
        raise PackError(f"{path}: {error}") from error


def load_pack(name_or_folder: str | Path) -> Pack:
    """Load a shipped pack by name, or any pack by its folder. Raises `PackError` that names file and mend."""
    folder = Path(name_or_folder)
    if not (folder / "pack.toml").exists():
        folder = SHIPPED / str(name_or_folder)
    path = folder / "pack.toml"
    if not path.exists():
        shipped = ", ".join(sorted(p.parent.name for p in SHIPPED.glob("*/pack.toml")))
        raise PackError(
            f"no pack {str(name_or_folder)!r}: give a folder with a pack.toml, or one of {shipped}"
        )
    try:
        settings = msgspec.convert(tomllib.loads(path.read_text("utf-8")), PackFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise PackError(f"{path}: {error}") from error
    _zone(settings.time_zone, path)
    areas = _area_tree(folder / "areas.csv", settings)
    if areas.root.code != settings.root:
        raise PackError(
            f"{path}: root is {settings.root!r}, but the root of areas.csv is {areas.root.code!r}"
        )
    _known(settings, areas, path)
    return Pack(settings, areas, folder)


def _known(settings: PackFile, areas: AreaTree, path: Path) -> None:
    """Raises `PackError` where a route, a watched place or a feed names what the pack does not have."""
    departments = {entry.code for entry in settings.departments}
    levels = {entry.code for entry in settings.levels}
    categories = {entry.code for entry in settings.categories}
    for route in settings.routes:
        for department in route.departments:
            if department not in departments:
                raise PackError(f"{path}: a route goes to department {department!r}, not in [[departments]]")
        if route.level is not None and route.level not in levels:
            raise PackError(f"{path}: a route goes to level {route.level!r}, not in [[levels]]")
    for area in (*(place.area for place in settings.watched), *(feed.area for feed in settings.feeds)):
        if area not in areas:
            raise PackError(f"{path}: area {area!r} of [[watched]] or [[feeds]] is not in areas.csv")
    named = [("a route", route.category) for route in settings.routes if route.category is not None]
    named += [(watched.en, category) for watched in settings.watched for category in watched.categories]
    named += [("[risk] ignored", category) for category in settings.risk.ignored]
    for what, category in named:
        if category not in categories:
            raise PackError(f"{path}: {what} names category {category!r}, not in [[categories]]")
