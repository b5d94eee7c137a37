"""A pack small enough to count by hand: a district, two towns, five grids of which one has no boundary."""

from __future__ import annotations

import json
from pathlib import Path

from schemas.packs import Pack, load_pack

_PACK = """
name = "tiny"
title = { zh = "小区县指挥中心", en = "Tiny Command Centre" }
root = "D"
time_zone = "Asia/Shanghai"
levels = [
    { code = "district", zh = "区县", en = "District" },
    { code = "town", zh = "镇街", en = "Town" },
    { code = "grid", zh = "网格", en = "Grid" },
]
categories = [
    { code = "sanitation", zh = "环境卫生", en = "Sanitation" },
    { code = "hazard", zh = "安全隐患", en = "Hazards", emergency = true },
]
channels = [{ code = "hotline", zh = "热线", en = "Hotline" }]
dispute_types = [{ code = "family", zh = "婚姻家庭", en = "Family" }, { code = "land", zh = "土地", en = "Land" }]
networks = [{ code = "xueliang", zh = "雪亮", en = "Xueliang" }]
grid_kinds = [{ code = "base", zh = "基础网格", en = "Base" }]

[thresholds]
closing_rate = { yellow = 0.95, red = 0.9 }
overdue_open = { yellow = 5, red = 10 }
"""

_AREAS = """code,name,name_en,parent,level,kind,population
D,小区,Tiny,,district,,50000
T1,东镇,East Town,D,town,,30000
T1-1,东镇第1网格,East Grid 1,T1,grid,base,12000
T1-2,东镇第2网格,East Grid 2,T1,grid,base,18000
T2,西镇,West Town,D,town,,20000
T2-1,西镇第1网格,West Grid 1,T2,grid,base,9000
T2-2,西镇第2网格,West Grid 2,T2,grid,base,8000
T2-3,西镇第3网格,West Grid 3,T2,grid,base,
"""

#: West–south–east–north of each grid in thousandths of a degree from 117° E on the equator; T2-3 has none.
_SQUARES = {
    "T1-1": (0, 0, 10, 10),
    "T1-2": (10, 0, 20, 10),
    "T2-1": (0, 10, 10, 20),
    "T2-2": (10, 10, 20, 20),
}


def tiny_pack(folder: Path) -> Pack:
    """Writes the pack's files into the folder and loads them as any user's pack is loaded."""
    (folder / "pack.toml").write_text(_PACK, "utf-8")
    (folder / "areas.csv").write_text(_AREAS, "utf-8")
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {"type": "Polygon", "coordinates": [_ring(box)]},
        }
        for code, box in _SQUARES.items()
    ]
    (folder / "areas.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), "utf-8"
    )
    return load_pack(folder)


def _ring(box: tuple[int, int, int, int]) -> list[list[float]]:
    west, south, east, north = (edge / 1000 for edge in box)
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[117 + x, y] for x, y in corners]
