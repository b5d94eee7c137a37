"""Small mappings, packs and files to state a rule with."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from schemas.areas import Area, AreaTree
from schemas.packs import Entry, Pack, PackFile, Text
from streams.sources import Report, load_mapping, messages_of

Row = dict[str, str]

TREE = [
    ("city", "市", "City", None, "city"),
    ("W01", "一区", "North End", "city", "ward"),
    ("W02", "二区", "South End", "city", "ward"),
    ("W01-P01", "一段", "Harbour", "W01", "precinct"),
    ("W02-P01", "一段", "Hill", "W02", "precinct"),
    ("W02-P02", "二段", "Harbour", "W02", "precinct"),
]


def entries(*codes: str) -> tuple[Entry, ...]:
    return tuple(Entry(code=code, zh=code, en=code) for code in codes)


def pack_of(
    folder: Path = Path("nowhere"),
    tree: list[tuple[str, str, str, str | None, str]] = TREE,
    *,
    nested: bool = False,
    zone: str = "America/New_York",
    **dictionaries: tuple[Entry, ...],
) -> Pack:
    levels = entries(*dict.fromkeys(level for *_, level in tree))
    given: dict[str, Any] = {"categories": (), "channels": (), **dictionaries}
    settings = PackFile(
        name="small", title=Text("小", "Small"), root=tree[0][0], time_zone=zone, levels=levels, **given
    )
    areas = [Area(code, name, english, parent, level) for code, name, english, parent, level in tree]
    return Pack(settings, AreaTree(areas, nested=nested), folder)


def write_csv(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


#: A mapping of events without stages or areas, to be completed.
EVENTS = """
topic = "events"
source = "desk"
[fields]
id = "ID"
reported_at = "OPENED"
category = { constant = "litter" }
channel = { constant = "web" }
"""
REPORTED = """
[[stages]]
stage = "reported"
at = "OPENED"
"""
ROW: Row = {"ID": "1", "OPENED": "2015-02-01T08:00:00"}


def imported(
    folder: Path, mapping: str, rows: list[Row], pack: Pack | None = None
) -> tuple[list[dict[str, Any]], Report]:
    """The messages and the report of a mapping over rows, by way of a CSV file."""
    (folder / "mapping.toml").write_text(mapping, "utf-8")
    loaded = load_mapping(folder / "mapping.toml")
    return messages_of(loaded, [write_csv(folder / "rows.csv", rows)], pack or pack_of())
