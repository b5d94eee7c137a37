"""What a rule or a test finds, and what it may look at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.areas import AreaTree
from schemas.clickhouse import Store
from schemas.contracts import Colour, Warning
from schemas.packs import Pack, Rules

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """One look: the store, the pack, the time everything is judged at, and the newest words of what is known."""

    store: Store
    pack: Pack
    at: datetime
    known: Sequence[Warning] = ()

    @property
    def rules(self) -> Rules:
        return self.pack.settings.rules

    def name(self, area: str, language: str) -> str:
        return self.pack.areas[area].label(language)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that holds now: where, on what, how bad, the figures that say so, and why in both languages.

    `detail`: further fields of `Warning`, such as p and the baseline's dates.
    """

    rule: str
    area: str
    category: str
    colour: Colour
    observed: float
    expected: float | None
    window: str
    zh: str = ""
    en: str = ""
    subject: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return self.rule, self.area, self.category, self.subject


Find = Callable[[Look], Iterator[Finding]]


def key_of(warning: Warning) -> Key:
    """What a warning is about; at most one of these stands at a time."""
    return warning.rule, warning.area, warning.category, warning.subject


def warning_id(key: Key, day: str) -> str:
    """The id of what is found: the same on the same local day, whoever looks."""
    text = "\x1f".join((*key, day)).encode()
    return f"w-{hashlib.blake2b(text, digest_size=8).hexdigest()}"


def colour_of(
    value: float, *, blue: float | None = None, yellow: float | None = None, red: float | None = None
) -> Colour | None:
    """The colour of a value by its lower bounds, None below the lowest; a bound of None or 0 is switched off."""
    bounds: tuple[tuple[Colour, float | None], ...] = (("red", red), ("yellow", yellow), ("blue", blue))
    return next((colour for colour, bound in bounds if bound and value >= bound), None)


def least(*bounds: float | None) -> float:
    """The lowest bound that is switched on; 0 without one."""
    return min((bound for bound in bounds if bound), default=0)


def second_level(areas: AreaTree, code: str) -> str:
    """The area below the root that holds this one; the root itself for what lies in none."""
    path = areas.ancestors(code)
    return path[min(1, len(path) - 1)].code
