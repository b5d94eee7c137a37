"""The area of a row: by code, by name or by the polygon of its point; the first step that finds one wins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry import shape

from schemas.errors import MappingError
from schemas.packs import Pack
from streams.sources.mapping import AreaStep
from streams.sources.report import Report
from streams.sources.rows import Cell
from streams.sources.values import ValueReader, folded

ROOT = "root"
_MEMO_LIMIT = 50_000


class Points:
    """The areas of one level, or of the deepest that has outlines, by longitude and latitude in WGS84."""

    def __init__(self, pack: Pack, level: str | None) -> None:
        outlines = {
            f["properties"].get("code"): f["geometry"] for f in pack.geometry["features"] if f["geometry"]
        }
        levels = {pack.areas[code].level for code in outlines if code in pack.areas}
        deepest = [name for name in pack.areas.levels if name in levels][-1:]
        wanted = [level] if level is not None else deepest
        self.codes = [a.code for a in pack.areas.areas if a.code in outlines and a.level in wanted]
        shapes = [shape(outlines[code]) for code in self.codes]
        shapely.prepare(shapes)
        self._tree = shapely.STRtree(shapes)

    def find(self, lon: float, lat: float) -> str | None:
        """The area at a point; on a shared edge the one that stands first in the pack."""
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        return self.codes[int(min(hits))] if len(hits) else None


class _Step:
    """One step of the chain, ready to run."""

    def __init__(
        self, step: AreaStep, columns: Mapping[str, int], empty: Collection[str], pack: Pack
    ) -> None:
        self._areas = pack.areas
        self.by = step.by
        self.source = ", ".join(step.columns) or f"constant {step.constant}"
        self.reports = step.unknown != "keep"
        self.level = step.level
        self.label = f"{step.by} of {', '.join(step.columns) or step.constant}"
        self.within = ValueReader(step.within, columns, empty) if step.within else None
        self.ignored = frozenset(step.ignore_points)
        if step.by == "point":
            self.points = Points(pack, step.level)
            self.lon, self.lat = columns[step.lon or ""], columns[step.lat or ""]
        else:
            self.reader = ValueReader(step, columns, empty)
        self.codes = {
            folded(area.code): area.code for area in pack.areas.areas if step.level in (None, area.level)
        }
        self.names: dict[str, set[str]] = defaultdict(set)
        for area in pack.areas.areas:
            if step.level in (None, area.level):
                self.names[folded(area.name)].add(area.code)
                self.names[folded(area.name_en)].add(area.code)

    def find(self, cells: Sequence[Cell]) -> tuple[str | None, str | None]:
        """(area, unknown): the area or None, and the value that led nowhere, if there was one."""
        limit = self._limit(cells)
        if self.by == "point":
            return self._at_point(cells, limit)
        value, unknown = self.reader.read(cells)
        if not value:
            return None, unknown
        found = self._by_name(value, limit) if self.by == "name" else self._by_code(value)
        if found is None:
            return None, unknown or value
        if limit is not None and not self._inside(found, limit):
            return None, f"{value} (not within {limit})"
        return found, None

    def hint(self, lost: str) -> str | None:
        """What may be meant by a value that found no area: a name where codes are read, or the reverse."""
        if self.by == "code" and folded(lost) in self.names:
            return 'these values are names of areas: say by = "name"'
        if self.by == "name" and folded(lost) in self.codes:
            return 'these values are codes of areas: say by = "code"'
        return None

    def _limit(self, cells: Sequence[Cell]) -> str | None:
        code = self.within.read(cells)[0] if self.within else None
        return code if code is not None and code in self._areas else None

    def _inside(self, code: str, limit: str) -> bool:
        return self._areas.within(self._areas.resolve(code), limit)

    def _by_code(self, code: str) -> str | None:
        found = self.codes.get(folded(code))
        if found is None and self.level is None and self._areas.resolve(code) != self._areas.root.code:
            return code  # nests below a known area: counted there, and found again if the pack grows
        return found

    def _by_name(self, name: str, limit: str | None) -> str | None:
        found = self.names.get(folded(name), set())
        found = {code for code in found if limit is None or self._inside(code, limit)}
        return next(iter(found)) if len(found) == 1 else None

    def _at_point(self, cells: Sequence[Cell], limit: str | None) -> tuple[str | None, str | None]:
        texts = str(cells[self.lon]), str(cells[self.lat])
        try:
            point = float(texts[0]), float(texts[1])
        except ValueError:
            return None, ", ".join(texts) if any(texts) else None
        if point in self.ignored:
            return None, None
        found = self.points.find(*point)
        if found is None or (limit is not None and not self._inside(found, limit)):
            return None, ", ".join(texts)
        return found, None


class Locator:
    """Finds the area of each row. A row no step finds one for is the root's: counted, never dropped."""

    def __init__(
        self, steps: Sequence[AreaStep], columns: Mapping[str, int], empty: Collection[str], pack: Pack
    ) -> None:
        for step in steps:
            if step.level is not None and step.level not in pack.areas.levels:
                levels = ", ".join(pack.areas.levels)
                raise MappingError(
                    f"area: the pack {pack.name} has no level {step.level!r}; its levels are {levels}"
                    "; GRIDPULSE_PACK chooses the pack"
                )
        self._root = pack.areas.root.code
        self._steps = [_Step(step, columns, empty, pack) for step in steps]
        self._places = sorted({columns[name] for step in steps for name in step.all_columns})
        self._memo: dict[Any, tuple[str, str, tuple[tuple[str, str], ...]]] = {}

    def locate(self, cells: Sequence[Cell], report: Report) -> str:
        """The area code of a row. Values that led nowhere are counted in the report."""
        key = tuple([cells[place] for place in self._places])
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            found = self._memo[key] = self._search(cells, report)
        code, label, unknown = found
        report.areas[label] += 1
        for source, value in unknown:
            report.note_lost_area(source, value)
        return code

    def _search(self, cells: Sequence[Cell], report: Report) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        unknown: list[tuple[str, str]] = []
        for step in self._steps:
            code, lost = step.find(cells)
            if code is not None:
                return code, step.label, tuple(unknown)
            if lost is not None and step.reports:
                unknown.append((step.source, lost))
                if hint := step.hint(lost):
                    report.hints[step.source] = hint
        return self._root, ROOT, tuple(unknown)
