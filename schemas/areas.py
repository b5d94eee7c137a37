"""The tree of areas: city → district → town → village → grid, and how an unknown code finds its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from schemas.errors import PackError

#: Lengths of the codes that nest: GB/T 2260 city (4 digits + 00) and district, NBS town and village.
CITY, DISTRICT, TOWN, VILLAGE = 4, 6, 9, 12
#: What the last three digits of a town's code say (NBS); a zone is a development zone or the like.
TOWN_KINDS = {
    range(1, 100): "street",
    range(100, 200): "town",
    range(200, 400): "township",
    range(400, 600): "zone",
}
_NESTED_LENGTHS = (VILLAGE, TOWN, DISTRICT, CITY)


@dataclass(frozen=True, slots=True)
class Area:
    """One node. `level` names a level of the pack; `kind` of a grid: base, exclusive, professional, micro."""

    code: str
    name: str
    name_en: str
    parent: str | None
    level: str
    kind: str | None = None
    population: int | None = None

    def label(self, language: str) -> str:
        return self.name_en if language == "en" and self.name_en else self.name


def prefixes(code: str, grid_suffix: int) -> Iterable[str]:
    """The codes that contain `code` by nesting, longest first: micro-grid suffixes, then the NBS steps.

    >>> list(prefixes("370403001001007", 3))
    ['370403001001', '370403001', '370403', '370400']
    """
    if grid_suffix > 0:
        for length in range(len(code) - grid_suffix, VILLAGE, -grid_suffix):
            yield code[:length]
    for length in _NESTED_LENGTHS:
        if len(code) > length:
            yield code[:length] + ("00" if length == CITY else "")


def code_level(code: str, grid_suffix: int = 3) -> str:
    """The step a nesting code stands for: city, district, a kind of town (`TOWN_KINDS`), village or grid.

    Raises `PackError` for a code that is none.
    """
    if re.fullmatch(r"[0-9]{6}", code):
        return "city" if code.endswith("00") else "district"
    if re.fullmatch(r"[0-9]{12}", code):
        return "village"
    if re.fullmatch(rf"[0-9]{{12}}([0-9]{{{grid_suffix}}})+", code):
        return "grid"
    if re.fullmatch(r"[0-9]{9}", code):
        for parts, kind in TOWN_KINDS.items():
            if int(code[6:]) in parts:
                return kind
    raise PackError(
        f"area code {code!r} is neither GB/T 2260 (6 digits), NBS (9 or 12) nor a grid (12 + {grid_suffix})"
    )


class AreaTree:
    """All areas of a pack in pre-order, so that a subtree is one half-open range of positions."""

    def __init__(self, areas: Iterable[Area], *, nested: bool = False, grid_suffix: int = 3) -> None:
        self.nested = nested
        self.grid_suffix = grid_suffix
        by_code: dict[str, Area] = {}
        children: dict[str | None, list[Area]] = {}
        for area in areas:
            if area.code in by_code:
                raise PackError(f"area {area.code!r} appears twice; codes must be unique")
            by_code[area.code] = area
            children.setdefault(area.parent, []).append(area)
        roots = children.get(None, [])
        if len(roots) != 1:
            raise PackError(f"the area tree needs exactly one root (an empty parent), found {len(roots)}")
        self._by_code = by_code
        self._children = {code: tuple(nodes) for code, nodes in children.items()}
        self.root = roots[0]
        self.areas = tuple(self._preorder())
        if len(self.areas) != len(by_code):
            lost = next(code for code in by_code if code not in self._position)
            raise PackError(f"area {lost!r} hangs on parent {by_code[lost].parent!r}, which leads nowhere")

    def _preorder(self) -> Iterable[Area]:
        self._position: dict[str, int] = {}
        self._end: dict[str, int] = {}
        order: list[Area] = []
        stack: list[tuple[Area, bool]] = [(self.root, False)]
        while stack:
            area, done = stack.pop()
            if done:
                self._end[area.code] = len(order)
                continue
            self._position[area.code] = len(order)
            order.append(area)
            stack.append((area, True))
            stack.extend((child, False) for child in reversed(self.children(area.code)))
        return order

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __len__(self) -> int:
        return len(self.areas)

    def __getitem__(self, code: str) -> Area:
        """The area with this code; raises `KeyError` where the pack has none."""
        return self._by_code[code]

    def position(self, code: str) -> int:
        """Where the area stands in `areas` (pre-order)."""
        return self._position[code]

    def span(self, code: str) -> tuple[int, int]:
        """Half-open range of positions of the area and all below it."""
        return self._position[code], self._end[code]

    def children(self, code: str) -> tuple[Area, ...]:
        """Its direct children in the pack's order."""
        return self._children.get(code, ())

    def ancestors(self, code: str) -> tuple[Area, ...]:
        """From the root down to the area itself."""
        path = []
        at: str | None = code
        while at is not None:
            area = self._by_code[at]
            path.append(area)
            at = area.parent
        return tuple(reversed(path))

    @cached_property
    def depth(self) -> int:
        """The longest way from the root, in areas."""
        return max(len(self.ancestors(area.code)) for area in self.areas)

    @cached_property
    def breadth(self) -> int:
        """The most children any area has."""
        return max(len(self.children(area.code)) for area in self.areas)

    def within(self, code: str, scope: str) -> bool:
        """Whether `code` lies in the subtree of `scope`."""
        low, high = self.span(scope)
        return low <= self._position[code] < high

    def resolve(self, code: str) -> str:
        """The known code a record belongs to: itself, its nearest known ancestor by nesting, or the root."""
        if code in self._by_code:
            return code
        if self.nested:
            for prefix in prefixes(code, self.grid_suffix):
                if prefix in self._by_code:
                    return prefix
        return self.root.code

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels that occur, in order of depth."""
        by_depth = sorted(self.areas, key=lambda area: len(self.ancestors(area.code)))
        return tuple(dict.fromkeys(area.level for area in by_depth))
