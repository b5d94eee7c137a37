"""How many cases and distinct messages an import has, and which cases do not agree with themselves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from schemas.contracts import Topic

#: Distinct messages looked at: what is counted stays below some 150 MB, whatever the file.
LIMIT = 500_000
#: A case's time, and what is taken from its latest message alone.
_CASES: dict[Topic, tuple[str, tuple[str, ...]]] = {
    "events": ("reported_at", ("area", "category", "channel")),
    "mediation": ("registered_at", ("area", "dispute_type", "origin")),
}


class CaseTally:
    """Counts cases (source, id, time) and messages that differ, told apart by their 64-bit hashes.

    Looks at `limit` distinct messages and then no further: `cut` says that it did.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._messages: set[int] = set()
        self._attributes: dict[int, tuple[object, ...]] = {}
        self._known: dict[tuple[object, ...], tuple[object, ...]] = {}
        self._times: dict[int, int] = {}
        self._disagreeing: dict[str, set[int]] = defaultdict(set)
        self._several: set[int] = set()
        self.cut = False

    def note(self, topic: Topic, message: dict[str, Any]) -> None:
        """Count a message."""
        key = hash(frozenset(message.items()))
        if key in self._messages:
            return
        if len(self._messages) >= self._limit:
            self.cut = True
            return
        self._messages.add(key)
        if topic not in _CASES:
            return
        time, names = _CASES[topic]
        identity = hash((message["source"], message["id"]))
        case = hash((identity, message[time]))
        if self._times.setdefault(identity, case) != case:
            self._several.add(identity)
        attributes = tuple([message[name] for name in names])
        attributes = self._known.setdefault(attributes, attributes)  # few differ: each is kept once
        first = self._attributes.setdefault(case, attributes)
        if first is not attributes:
            for name, one, other in zip(names, first, attributes, strict=True):
                if one != other:
                    self._disagreeing[name].add(case)

    @property
    def messages(self) -> int:
        """Messages that differ: what is sent again does not count."""
        return len(self._messages)

    @property
    def cases(self) -> int:
        """Cases; 0 for a topic that has none."""
        return len(self._attributes)

    @property
    def disagreeing(self) -> dict[str, int]:
        """Cases whose messages have more than one value of a field, by field."""
        return {name: len(cases) for name, cases in self._disagreeing.items()}

    @property
    def several_times(self) -> int:
        """Ids that stand for several cases, since their reported_at (registered_at) differs."""
        return len(self._several)
