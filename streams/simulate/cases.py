"""Draws the cases of a span: when, where, what and through which channel, one array an attribute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schemas.packs import Pack
from streams.simulate.places import Places, apportion
from streams.simulate.plan import EventPlan, Leaf
from streams.simulate.rhythm import HOUR, Flags, Floats, Ints, Numbers, Rhythm

NORMAL, URGENT, EMERGENCY = 0, 1, 2
#: What breaks out locally, and how often.
_SURGES = {
    "order_noise": 4, "order_stall": 3, "order_parking": 2, "sanitation_litter": 4, "facilities_drain": 3,
    "facilities_supply": 4, "sanitation_burning": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Cases:
    """One row a case; times in Unix seconds. `number` makes its id. `area` and `first_area` are numbers of `Places`:
    where the case is, and where its first message put it. `leaf`, `group`, `channel` are positions in `Kinds`."""

    number: Numbers
    reported: Ints
    area: Numbers
    first_area: Numbers
    leaf: Numbers
    group: Numbers
    channel: Numbers
    urgency: Numbers
    due: Ints
    withdrawn: Flags

    def __len__(self) -> int:
        return len(self.reported)


class Kinds:
    """The plan's groups, leaves and channels by position, and what the pack says about them."""

    def __init__(self, pack: Pack, plan: EventPlan, places: Places) -> None:
        categories = pack.entries("categories")
        self.plan, self.places = plan, places
        self.groups = list(plan.groups)
        pairs = [
            (name, code, leaf) for name, group in plan.groups.items() for code, leaf in group.leaves.items()
        ]
        self.codes = [code for _, code, _ in pairs]
        self.leaves: list[Leaf] = [leaf for _, _, leaf in pairs]
        self.group_of = np.array([self.groups.index(name) for name, _, _ in pairs])
        self.hours = np.array([categories[code].hours or 72.0 for code in self.codes])
        self.emergency = np.array([categories[code].emergency for code in self.codes])
        self.quick = np.array([leaf.quick for leaf in self.leaves])
        self.channels = [channel.code for channel in pack.settings.channels]
        self._area_weights = [places.weights(name) for name in self.groups]

    def yearly(self) -> Ints:
        """Cases of each leaf in the year, not withdrawn."""
        parts = [
            apportion(g.total, [leaf.share for leaf in g.leaves.values()]) for g in self.plan.groups.values()
        ]
        return np.concatenate(parts)

    def areas(self, leaf: int, count: int, rng: np.random.Generator) -> Ints:
        return self.places.draw(self._area_weights[self.group_of[leaf]], count, rng)

    def channel(self, leaf: Numbers, rng: np.random.Generator) -> Ints:
        """The channel of each case, by its group's mix."""
        found = np.zeros(len(leaf), dtype=np.int64)
        for name, mix in self.plan.channels.items():
            uses = np.array([self.plan.groups[g].channels == name for g in self.groups])[self.group_of[leaf]]
            numbers = np.array([self.channels.index(code) for code in mix])
            shares = np.array(list(mix.values()))
            found[uses] = rng.choice(numbers, size=int(uses.sum()), p=shares / shares.sum())
        return found


def _surge(kinds: Kinds, rhythm: Rhythm, begins: float, rng: np.random.Generator) -> tuple[int, Ints, Ints]:
    """One local outbreak: its leaf, instants and grids, in a parent area or all through a child of the root."""
    names = [code for code in _SURGES if code in kinds.codes] or kinds.codes
    shares = np.array([_SURGES.get(code, 1) for code in names], dtype=np.float64)
    leaf = kinds.codes.index(str(rng.choice(names, p=shares / shares.sum())))
    wide = bool(rng.random() < 0.35)
    size = int(rng.integers(20, 60)) * (2 if wide else 1)
    at = begins + rng.gamma(1.6, rng.uniform(3, 14) * HOUR, size)
    at = np.minimum(at, rhythm.edges[-1] - 1 - rng.integers(0, HOUR, size)).astype(np.int64)
    centre = int(kinds.areas(leaf, 1, rng)[0])
    return leaf, at, rng.choice(kinds.places.beside(centre, wide), size=size)


def draw_cases(
    kinds: Kinds,
    rhythm: Rhythm,
    counts: Ints,
    *,
    surges: Floats,
    withdrawn: int,
    first: int,
    rng: np.random.Generator,
) -> Cases:
    """`counts[leaf]` cases of each leaf (local outbreaks beginning at `surges` among them) and `withdrawn` more of the
    slow ones, in order of their report and numbered from `first` on."""
    parts = [_surge(kinds, rhythm, float(begins), rng) for begins in surges]
    left = counts.copy()
    for leaf, at, _ in parts:
        left[leaf] -= len(at)
    slow = np.where(kinds.quick, 0, kinds.yearly())
    for wanted in (np.maximum(left, 0), apportion(withdrawn, slow)):
        for leaf, count in enumerate(wanted.tolist()):
            weights = rhythm.weights(kinds.leaves[leaf].rhythm, kinds.leaves[leaf].season)
            parts.append((leaf, rhythm.draw(weights, count, rng), kinds.areas(leaf, count, rng)))
    leaves = np.repeat([leaf for leaf, _, _ in parts], [len(at) for _, at, _ in parts])
    reported = np.concatenate([at for _, at, _ in parts])
    order = np.argsort(reported, kind="stable")
    gone = (np.arange(len(leaves)) >= len(leaves) - withdrawn)[order]
    area = np.concatenate([area for _, _, area in parts])[order]
    return _describe(kinds, leaves[order], reported[order], area, gone, first=first, rng=rng)


def _describe(
    kinds: Kinds,
    leaf: Numbers,
    reported: Ints,
    area: Ints,
    withdrawn: Flags,
    *,
    first: int,
    rng: np.random.Generator,
) -> Cases:
    """Adds channel, urgency and deadline, and locates some cases above a grid, first or for good."""
    dice = rng.random(len(leaf))
    emergency = kinds.emergency[leaf]
    urgency = np.where(dice < np.where(emergency, 0.07, 0.0006), EMERGENCY, NORMAL)
    urgency = np.where((urgency == NORMAL) & (dice < np.where(emergency, 0.4, 0.016)), URGENT, urgency)
    hours = kinds.hours[leaf] * np.array([1.0, 0.5, 0.25])[urgency]
    places, dice = kinds.places, rng.random(len(leaf))
    above = places.parent[area]
    final = np.where(dice < 0.0025, above, area)
    lost = np.flatnonzero(dice > 0.9997)
    final[lost] = places.gone(above[lost])
    first_area = np.where((final == area) & (dice < 0.03) & ~kinds.quick[leaf], above, final)
    return Cases(
        number=np.arange(first, first + len(leaf), dtype=np.int32),
        reported=reported,
        area=final.astype(np.int32),
        first_area=first_area.astype(np.int32),
        leaf=leaf.astype(np.int8),
        group=kinds.group_of[leaf].astype(np.int8),
        channel=kinds.channel(leaf, rng).astype(np.int8),
        urgency=urgency.astype(np.int8),
        due=reported + (hours * HOUR).astype(np.int64),
        withdrawn=withdrawn,
    )
