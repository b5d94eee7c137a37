"""The published files that tests read: where they are, and packs made from the codes in them.

They lie in the folder GRIDPULSE_DATA names, or in `shared/data` beside the repository. Elsewhere the tests
that need them skip and say so.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.packs import Pack, load_pack
from schemas.privacy import may_hold_personal, personal_field

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("GRIDPULSE_DATA") or REPOSITORY.parent / "shared" / "data")
PACKS = REPOSITORY / "tests" / "packs"

_PACK = """
name = "{name}"
title = {{ zh = "{name}", en = "{name}" }}
root = "{name}"
time_zone = "{zone}"
levels = [
    {{ code = "network", zh = "全网", en = "Network" }},
    {{ code = "station", zh = "站点", en = "Station" }},
]
categories = []
channels = []
[devices]
{devices}
"""


def published(name: str) -> Path:
    """The path of a published file; skips the test where it is not there."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs the published file {name}; set GRIDPULSE_DATA to the folder that holds it")
    return path


def published_rows(name: str) -> list[dict[str, str]]:
    """The rows of a published CSV that is not compressed."""
    with published(name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def personal_findings(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages that hold something shaped like a personal number; the quick look comes first."""
    found = []
    for start in range(0, len(messages), 1000):
        chunk = messages[start : start + 1000]
        if may_hold_personal(b"\n".join(map(msgspec.json.encode, chunk))):
            found += [message for message in chunk if personal_field(message) is not None]
    return found


def station_pack(
    folder: Path, name: str, zone: str, stations: Iterable[str], offline_after_s: int | None
) -> Pack:
    """A pack of one root with the given stations below it, written to `folder`."""
    devices = "" if offline_after_s is None else f"offline_after_s = {offline_after_s}"
    (folder / "pack.toml").write_text(_PACK.format(name=name, zone=zone, devices=devices), "utf-8")
    lines = ["code,name,name_en,parent,level,kind,population", f"{name},{name},{name},,network,,"]
    lines += [f"{code},{code},{code},{name},station,," for code in sorted(set(stations))]
    (folder / "areas.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return load_pack(folder)


def metro_pack(folder: Path) -> Pack:
    """The metro's stations, by the codes of its units. A status holds until it changes."""
    units = published_rows("devices/units.csv")
    return station_pack(folder, "metro", "America/New_York", (unit["station_code"] for unit in units), None)


def bikeshare_pack(folder: Path) -> Pack:
    """The bike-share network as one area: its stations are the devices, heard of every hour."""
    return station_pack(folder, "bikeshare", "America/Mexico_City", (), 7200)
