"""What a pack says about warnings: the rules' thresholds, their life cycle, whom they go to, places under watch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from schemas.contracts import Colour


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds of the rules behind warnings. A threshold of 0 switches that colour off.

    `overdue_*`: events of one area (below the root) and top category that passed their deadline in the last 24 hours
    and are open. `due_soon_*`: such events that reach it within `due_soon_hours`.
    `triage_*`: open disputes of one area below the root by triage colour: red ones as soon as there are so many, yellow
    and blue ones that have been open for so many days. `returning_*`: disputes registered in one grid within
    `returning_days` after another one of the same type there had ended.
    `offline_*`: devices of one area below the root that are not online, as a share, from `offline_min_devices` such
    devices on. `cut_*`: devices of one place that fell silent within `cut_minutes` of each other, from that share of
    all there on.
    `silent_*`: minutes without a message of a topic that has spoken before.
    """

    overdue_blue: int = 5
    overdue_yellow: int = 10
    overdue_red: int = 20
    due_soon_hours: float = 2.0
    due_soon_blue: int = 20
    due_soon_yellow: int = 50
    triage_red: int = 1
    triage_red_escalate_days: float = 7.0
    triage_yellow: int = 3
    triage_yellow_days: float = 30.0
    triage_blue: int = 5
    triage_blue_days: float = 30.0
    returning_days: float = 30.0
    returning_yellow: int = 2
    returning_red: int = 3
    offline_yellow_share: float = 0.05
    offline_red_share: float = 0.2
    offline_min_devices: int = 3
    cut_minutes: float = 10.0
    cut_share: float = 0.5
    cut_yellow: int = 5
    cut_red: int = 12
    silent_yellow_minutes: float = 60.0
    silent_red_minutes: float = 360.0


class Lifecycle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a warning lives.

    `acknowledge_minutes`: a raised warning nobody acknowledges goes one level up after so many minutes, and again after
    as many; a colour that is absent never does. `quiet_minutes`: a rule must be quiet so long before its warning ends,
    a statistical one `quiet_hours`. One found again within `reopen_hours` after its end is the same one, reopened.
    """

    acknowledge_minutes: Mapping[Colour, float] = msgspec.field(
        default_factory=lambda: {"red": 15.0, "yellow": 120.0}
    )
    quiet_minutes: float = 15.0
    quiet_hours: float = 24.0
    reopen_hours: float = 24.0

    @property
    def patience(self) -> dict[Colour, timedelta]:
        return {colour: timedelta(minutes=minutes) for colour, minutes in self.acknowledge_minutes.items()}


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where warnings go: the first route that fits. An absent condition fits all; `category` takes in all below it.

    `level`: code of the level whose desk it goes to, that of the area itself or above it; absent: the area's own.
    """

    rule: str | None = None
    category: str | None = None
    colour: Colour | None = None
    level: str | None = None
    departments: tuple[str, ...] = ()


class Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key project: an area with thresholds of its own, over all below it.

    `events_*`: events of the last 24 hours, of `categories` with all below them where given; `disputes_*`: open
    disputes; `away_*`: devices that are not online. An absent threshold is not watched.
    """

    area: str
    zh: str
    en: str
    categories: tuple[str, ...] = ()
    events_yellow: int | None = None
    events_red: int | None = None
    disputes_yellow: int | None = None
    disputes_red: int | None = None
    away_yellow: int | None = None
    away_red: int | None = None

    def label(self, language: str) -> str:
        return self.en if language == "en" else self.zh


class FeedScope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which area a source speaks for, where that is not all: its silence makes that area unknown, not the rest.

    `silent_minutes`: how long it may say nothing; absent: as the rules say.
    """

    topic: str
    source: str
    area: str
    silent_minutes: float | None = None


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How rare a statistical warning must be: chance alone brings one in so many days in the whole district.

    `kappa`: how many independent looks a day a cell of each level (town, grid, first and second ring) is worth, and
    one of the whole district, from `gridpulse risk calibrate`. `coverage`: an area whose sources were heard for a
    smaller share of the last day is unknown. `ignored`: categories, with all below them, that are no risk however
    many there are. `together`: towns that rise in one category at once are one warning of the whole from so many on.
    """

    red_days: float = 365.0
    yellow_days: float = 30.0
    blue_days: float = 7.0
    kappa: tuple[float, float, float, float] = (12.0, 3.0, 4.0, 4.0)
    kappa_district: float = 120.0
    coverage: float = 0.5
    half_life_days: float = 180.0
    together: int = 3
    ignored: tuple[str, ...] = ()
