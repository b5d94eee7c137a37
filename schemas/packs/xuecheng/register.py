"""Which grids there are: how many of each kind a village has, their names and how many people live there."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.packs.xuecheng.cells import Floats

BASE, EXCLUSIVE, PROFESSIONAL, POPULATION = 925, 185, 86, 484_000

#: Institutions that have a grid of their own, and how often in a community and in a village.
INSTITUTIONS: tuple[tuple[str, str, float, float], ...] = (
    ("学校", "School", 5, 6), ("医院", "Hospital", 2, 1), ("商圈", "Shopping", 3, 0.3),
    ("农贸市场", "Market", 3, 3), ("商务楼宇", "Offices", 3, 0.1), ("机关单位", "Government", 2, 0.5),
    ("产业园区", "Industrial Park", 1, 4),
    ("企业", "Works", 1, 4), ("车站", "Station", 0.6, 0.2), ("物流园区", "Logistics Park", 0.6, 1.5),
    ("在建工地", "Building Site", 2, 0.6), ("景区", "Scenic Area", 0.5, 1.5),
)  # fmt: skip
TRADES: tuple[tuple[str, str], ...] = (
    ("燃气", "Gas"), ("消防", "Fire Safety"), ("供电", "Power"), ("供水", "Water"), ("供热", "Heating"),
    ("通信", "Telecoms"), ("环卫", "Cleansing"), ("交通", "Traffic"), ("食药监管", "Food and Drugs"),
    ("市场监管", "Trade"), ("应急", "Emergency"), ("水利", "Waterworks"),
)  # fmt: skip


@dataclass(frozen=True)
class Node:
    """A district, town or village of the source, or a grid made here. `size`: its share of the area."""

    code: str
    name: str
    name_en: str
    kind: str = ""
    size: float = 1.0
    population: int | None = None

    @property
    def is_community(self) -> bool:
        """An urban residents' committee: NBS gives 001–199 to communities and 200–399 to villages."""
        return len(self.code) == 12 and int(self.code[9:]) < 200


def read_codes(path: Path, rng: np.random.Generator) -> list[Node]:
    """District, towns and villages in the order of the source. A community covers a third of a village."""
    nodes = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            node = Node(row["code"], row["name"], row["name_en"])
            size = float(rng.lognormal(0, 0.3)) * (0.3 if node.is_community else 1.0)
            nodes.append(Node(node.code, node.name, node.name_en, size=size))
    return nodes


def apportion(total: int, weights: Floats) -> list[int]:
    """Whole shares of the total in proportion to the weights, by largest remainder: they add up exactly."""
    exact = total * weights / weights.sum()
    shares = np.floor(exact).astype(int)
    rest = np.argsort(-(exact - shares), kind="stable")[: total - int(shares.sum())]
    shares[rest] += 1
    return [int(share) for share in shares]


def _trades(villages: Sequence[Node], rng: np.random.Generator) -> dict[str, list[tuple[str, str]]]:
    """Every town has eight or nine trades' grids, each in one of its villages."""
    towns = list(dict.fromkeys(village.code[:9] for village in villages))
    found: dict[str, list[tuple[str, str]]] = {village.code: [] for village in villages}
    for town, number in zip(towns, apportion(PROFESSIONAL, np.ones(len(towns))), strict=True):
        inside = [village.code for village in villages if village.code.startswith(town)]
        hosts = rng.choice(len(inside), size=number, replace=False)
        trades = sorted(rng.choice(len(TRADES), size=number, replace=False))
        for host, trade in zip(hosts, trades, strict=True):
            found[inside[host]].append(TRADES[trade])
    return found


def _institutions(villages: Sequence[Node], rng: np.random.Generator) -> dict[str, list[tuple[str, str]]]:
    weights = np.array([4.0 if village.is_community else 0.75 for village in villages])
    counts = apportion(EXCLUSIVE, weights * rng.lognormal(0, 0.7, len(villages)))
    found = {}
    for village, number in zip(villages, counts, strict=True):
        often = np.array([row[2] if village.is_community else row[3] for row in INSTITUTIONS])
        kinds = sorted(rng.choice(len(often), size=number, replace=False, p=often / often.sum()))
        found[village.code] = [INSTITUTIONS[kind][:2] for kind in kinds]
    return found


def make_grids(villages: Sequence[Node], rng: np.random.Generator) -> list[Node]:
    """All grids, village by village: base, then exclusive, then professional ones, numbered through."""
    homes = np.array([2.2 if village.is_community else 1.0 for village in villages])
    extra = apportion(BASE - len(villages), homes * rng.lognormal(0, 0.35, len(villages)))
    trades, institutions = _trades(villages, rng), _institutions(villages, rng)
    people = iter(apportion(POPULATION, rng.lognormal(0, 0.22, BASE)))
    grids = []
    for village, more in zip(villages, extra, strict=True):
        rows: list[tuple[str, str, str, float]] = [
            (f"第{n}网格", f"Grid {n}", "base", float(rng.lognormal(0, 0.3))) for n in range(1, more + 2)
        ]
        rows += [(f"{zh}专属网格", f"{en} Grid", "exclusive", 0.4) for zh, en in institutions[village.code]]
        rows += [(f"{zh}专业网格", f"{en} Grid", "professional", 0.35) for zh, en in trades[village.code]]
        grids += [
            Node(
                f"{village.code}{number:03d}",
                village.name + zh,
                f"{village.name_en} {en}",
                kind,
                size,
                next(people) if kind == "base" else None,
            )
            for number, (zh, en, kind, size) in enumerate(rows, 1)
        ]
    return grids
