"""What a simulated year must come to: a pack's `simulation.toml` as types."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Literal

import msgspec

from schemas.errors import PackError
from schemas.packs import Pack

Rhythms = Literal["work", "resident", "street", "night", "even"]
Seasons = Literal["even", "summer", "winter", "harvest", "storm", "epidemic"]


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A category without children. `share` of its group, median `hours` to closing and their `spread` (sigma of the
    logarithm), share closed `in_grid`; `quick` cases are a worker's own log and pass through fewer stages."""

    share: float
    hours: float
    in_grid: float
    spread: float = 0.6
    rhythm: Rhythms = "work"
    season: Seasons = "even"
    quick: bool = False


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parent category: exactly `total` events not withdrawn; `open` of them at the end and `settled` closed inside
    the grid, where given."""

    total: int
    leaves: dict[str, Leaf]
    channels: str = "mixed"
    open: int | None = None
    settled: int | None = None


class EventPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Grid events of a year. `closed` of all groups together at its end; `withdrawn` come on top of the totals."""

    closed: int
    withdrawn: int
    long_share: float
    long_days: float
    surges: int
    recent_surges: int
    groups: dict[str, Group]
    channels: dict[str, dict[str, float]]

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups.values())


class Bodies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mediation cases one kind of body registered in a year, and their outcomes at its end; the rest failed."""

    total: int
    succeeded: int
    open: int


class MediationPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mediation of two years, by origin; `types` are relative shares of the dispute types."""

    withdrawn: int
    types: dict[str, float]
    year: dict[str, Bodies]
    year_before: dict[str, Bodies]


class CameraPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Devices and how often and long they fail; `networks` are shares."""

    devices: int
    added: int
    outages_a_day: float
    outage_hours: float
    long_outages_a_day: float
    long_outage_hours: float
    networks: dict[str, float]


class StatisticPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Periodic figures of the whole root area: stocks, filings by quarter, complaints and petitions by month.

    Each `…_ratio` is a figure of the last year by the same one a year before.
    """

    population: int
    buildings: int
    dwellings: int
    court_filings: tuple[int, int, int, int]
    court_filings_ratio: float
    hotline_complaints: int
    hotline_ratio: float
    petitions: int
    petitions_ratio: float
    satisfaction: float


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `simulation.toml`."""

    events: EventPlan
    mediation: MediationPlan
    cameras: CameraPlan
    statistics: StatisticPlan


def _unknown(pack: Pack, kind: str, used: Mapping[str, object]) -> list[str]:
    return sorted(set(used) - set(pack.entries(kind)))


def load_plan(pack: Pack) -> Plan:
    """The pack's plan. Raises `PackError` where it has none or names what the pack does not know."""
    path = pack.folder / "simulation.toml"
    if not path.exists():
        raise PackError(f"pack {pack.name!r} cannot be simulated: it has no {path}")
    try:
        plan = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Plan)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackError(f"{path}: {error}") from error
    leaves = {leaf: None for group in plan.events.groups.values() for leaf in group.leaves}
    wrong = _unknown(pack, "categories", {**plan.events.groups, **leaves})
    wrong += [code for mix in plan.events.channels.values() for code in _unknown(pack, "channels", mix)]
    wrong += _unknown(pack, "dispute_types", plan.mediation.types)
    wrong += _unknown(pack, "origins", {**plan.mediation.year, **plan.mediation.year_before})
    wrong += _unknown(pack, "networks", plan.cameras.networks)
    if wrong:
        raise PackError(f"{path}: pack.toml does not know {', '.join(wrong)}")
    return plan
