"""A small town and the messages of a few cases, to state a rule with."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from schemas.areas import Area, AreaTree
from schemas.clickhouse import Store
from schemas.contracts import Topic
from schemas.packs import Devices, Entry, Pack, PackFile, Rules, Text
from streams import rollups
from streams.decoding import Decoded, decode
from streams.sink import store_batch

Message = dict[str, Any]
NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)

AREAS = (
    Area("370403", "薛城区", "Xuecheng", None, "district", population=30_000),
    Area("370403001", "临城", "Lincheng", "370403", "town", population=20_000),
    Area("370403001001", "一村", "One", "370403001", "village", population=7_000),
    Area("370403001002", "二村", "Two", "370403001", "village"),
    Area("370403002", "沙沟", "Shagou", "370403", "town", population=10_000),
)


def pack(rules: Rules | None = None, offline_after_s: float | None = 180, **settings: Any) -> Pack:
    """A district of two towns, one with two villages; `settings` of the pack that a test needs besides."""
    file = PackFile(
        name="small",
        title=Text("小城", "Small town"),
        root="370403",
        time_zone="Asia/Shanghai",
        levels=tuple(Entry(level, level, level) for level in ("district", "town", "village")),
        categories=(),
        channels=(),
        nested_codes=True,
        devices=Devices(offline_after_s),
        rules=rules or Rules(),
        **settings,
    )
    return Pack(file, AreaTree(AREAS, nested=True), Path("nowhere"))


_FILE = """
name = "small"
title = { zh = "小城", en = "Small town" }
root = "370403"
time_zone = "Asia/Shanghai"
nested_codes = true
levels = [
    { code = "district", zh = "区县", en = "District" },
    { code = "town", zh = "镇街", en = "Town" },
    { code = "village", zh = "村居", en = "Village" },
]
categories = []
channels = []
devices = { offline_after_s = 180 }
"""


def written(folder: Path) -> Path:
    """The same pack as a folder, for processes that load it as any user's; returns the folder."""
    folder.mkdir(parents=True)
    (folder / "pack.toml").write_text(_FILE, "utf-8")
    with (folder / "areas.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("code", "name", "name_en", "parent", "level", "kind", "population"))
        for a in AREAS:
            rows.writerow((a.code, a.name, a.name_en, a.parent, a.level, a.kind, a.population))
    return folder


def event(number: int | str, stage: str, at: str, **fields: Any) -> Message:
    """One stage of an event that was reported on 1 March 2026, 08:00 of the pack."""
    given = {
        "source": "desk",
        "id": str(number),
        "stage": stage,
        "at": at,
        "reported_at": "2026-03-01T08:00:00+08:00",
        "area": "370403001001",
        "category": "litter",
        "channel": "web",
    }
    return given | fields


def dispute(number: int | str, stage: str, at: str, **fields: Any) -> Message:
    """One stage of a mediation case that was registered on 1 March 2026, 08:00 of the pack."""
    given = {
        "source": "desk",
        "id": str(number),
        "stage": stage,
        "at": at,
        "registered_at": "2026-03-01T08:00:00+08:00",
        "area": "370403001001",
        "dispute_type": "wages",
        "origin": "court",
    }
    return given | fields


def beat(device: str, at: str, status: str = "online", **fields: Any) -> Message:
    """One message of a device."""
    return {"device_id": device, "at": at, "status": status, "area": "370403001001"} | fields


def decoded(topic: Topic, messages: Iterable[Message]) -> Decoded:
    """The messages as one packed record; all of them good."""
    found = decode(topic, [(0, msgspec.json.encode(list(messages)))])
    assert found.rejects == []
    return found


def stored(store: Store, topic: Topic, messages: Iterable[Message], pack: Pack) -> None:
    """Store the messages as one batch."""
    store_batch(store, pack.areas, topic, 0, decoded(topic, messages), NOW)


def refreshed(store: Store, pack: Pack) -> None:
    """Bring the derived tables up to date."""
    rollups.refresh(store, pack)


def plain(messages: Iterable[msgspec.Struct]) -> list[Message]:
    """Typed messages as they lie on a topic."""
    found: list[Message] = msgspec.json.decode(msgspec.json.encode(list(messages)))
    return found
