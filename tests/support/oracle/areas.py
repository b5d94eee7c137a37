"""Areas: the node a record belongs to, and every slot (node or "unassigned") it therefore counts in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar


@dataclass(frozen=True)
class OracleAreas:
    """A tree of one root; `nested` says that a code begins with the code of its parent (NBS)."""

    parent: dict[str, str | None]
    population: dict[str, int | None]
    nested: bool


class Located(Protocol):
    @property
    def area(self) -> str: ...


L = TypeVar("L", bound=Located)


class Slots:
    """Every place that has figures of its own: each node, and the unassigned of each node with children."""

    def __init__(self, areas: OracleAreas) -> None:
        self._areas = areas
        (self._root,) = (code for code, parent in areas.parent.items() if parent is None)
        self._with_children = {parent for parent in areas.parent.values() if parent is not None}
        self._slots_of: dict[str, tuple[str, ...]] = {}
        self.names = (
            *areas.parent,
            *(f"{code}/unassigned" for code in areas.parent if code in self._with_children),
        )

    def population(self, slot: str) -> int | None:
        return self._areas.population.get(slot)

    def group(self, records: Iterable[L]) -> dict[str, list[L]]:
        """Each record under every slot that it counts in; slots without records are there, empty."""
        groups: dict[str, list[L]] = {slot: [] for slot in self.names}
        for record in records:
            for slot in self.of(record.area):
                groups[slot].append(record)
        return groups

    def of(self, code: str) -> tuple[str, ...]:
        """The node of this code and all above it, and its unassigned where the node has children."""
        if code not in self._slots_of:
            self._slots_of[code] = self._find(code)
        return self._slots_of[code]

    def _find(self, code: str) -> tuple[str, ...]:
        home = self.nearest_known(code)
        slots = [f"{home}/unassigned"] if home in self._with_children else []
        node: str | None = home
        while node is not None:
            slots.append(node)
            node = self._areas.parent[node]
        return tuple(slots)

    def nearest_known(self, code: str) -> str:
        """The node that records of this code belong to: itself, the longest known prefix, or the root."""
        if code in self._areas.parent:
            return code
        if self._areas.nested:
            for length in range(len(code) - 1, 0, -1):
                if code[:length] in self._areas.parent:
                    return code[:length]
        return self._root
