"""What one screen is built from: the scope, the time and everything read for it. Panels take only this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dashboard.figures.scale import RISK, Scale, scale
from dashboard.geometry import Sheet
from dashboard.readings import (
    NO_INCIDENTS,
    Board,
    CameraPanel,
    DayCount,
    Feed,
    Funnel,
    Heat,
    Held,
    Hours,
    Incidents,
    MediationPanel,
    Number,
    Pipeline,
    Reading,
    Repeats,
    RiskHeat,
    SourceFeed,
    WarningRow,
)
from dashboard.scope import FOCUSED, Scope, Scopes
from dashboard.texts import text
from schemas.areas import Area
from schemas.contracts import Topic
from schemas.emergency import Emergency
from schemas.indicators import BY_NAME, Indicator
from schemas.packs import Pack, Threshold
from schemas.windows import WINDOW_LABELS

#: Properties to set, by component id and property name.
Props = dict[str, dict[str, Any]]


#: Seconds a worker may be silent, or behind, before a screen says so.
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class WallView:
    """What only the wall shows. `alerts` are the warnings of the viewer's whole area, wherever the tour is."""

    hours: Hours
    funnel: Mapping[str, Funnel]
    alerts: Sequence[WarningRow]
    risk: RiskHeat


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """The emergency modes that concern the viewer: the one the area is in (None: none), those begun for areas within
    it, and while it is in one the open incidents."""

    now: Emergency | None = None
    within: Sequence[Emergency] = ()
    incidents: Incidents = NO_INCIDENTS


@dataclass(frozen=True, slots=True)
class OpsView:
    """What only the operations page shows."""

    quarantined: Sequence[Held]
    risk: RiskHeat
    sources: Sequence[SourceFeed]
    repeats: Mapping[str, Repeats]


@dataclass(frozen=True, slots=True)
class View:
    """One scope at one time. `replay` is the speed of a replay or None; `values` are those of the sheet's features
    by the chosen indicator, `places` where on it each warned area lies; `courses` are those of the
    last whole days, oldest first."""

    scopes: Scopes
    scope: Scope
    at: datetime
    replay: float | None
    board: Board
    trend: Sequence[DayCount]
    heat: Heat
    cameras: CameraPanel
    mediation: MediationPanel
    warnings: Sequence[WarningRow]
    feeds: Sequence[Feed]
    pipeline: Pipeline | None
    sheet: Sheet
    values: Sequence[Number | None]
    places: Mapping[str, tuple[int, int]]
    courses: Mapping[str, Sequence[Number | None]] = field(default_factory=dict)
    emergency: EmergencyView = EmergencyView()
    wall: WallView | None = None
    ops: OpsView | None = None

    @property
    def pack(self) -> Pack:
        return self.scopes.pack

    @property
    def language(self) -> str:
        return self.scope.language

    @property
    def area(self) -> Area:
        return self.pack.areas[self.scope.area]

    @property
    def frame(self) -> str:
        """The area whose children the map and the ranking show."""
        return self.scopes.frame(self.scope.area)

    @property
    def focused(self) -> bool:
        """Whether events are those of an emergency's categories alone."""
        return self.emergency.now is not None and self.scope.page in FOCUSED

    @property
    def indicator(self) -> Indicator:
        return BY_NAME[self.scope.indicator]

    @property
    def ramp(self) -> Scale:
        """The scale of the values on the sheet."""
        if self.scope.page == "risk":
            return RISK
        return scale(self.indicator, self.values, self.threshold(self.indicator.name))

    @property
    def window_label(self) -> str:
        """The name of the window."""
        zh, en = WINDOW_LABELS[self.scope.window]
        return en if self.language == "en" else zh

    def text(self, key: str, **places: object) -> str:
        return text(key, self.language, **places)

    def reading(self, code: str, indicator: str) -> Reading | None:
        """A figure of the board, or None where the board lacks the area."""
        return self.board.figures.get(code, {}).get(indicator)

    def name(self, code: str) -> str:
        """The area's name, or the code itself where the pack does not know it."""
        return self.pack.areas[code].label(self.language) if code in self.pack.areas else code

    def threshold(self, indicator: str) -> Threshold | None:
        return self.pack.settings.thresholds.get(indicator)

    def feed(self, topic: Topic) -> Feed | None:
        """The feed, if anything ever came from it."""
        return next((feed for feed in self.feeds if feed.topic == topic and feed.last_at is not None), None)

    def calm(self) -> tuple[str, bool]:
        """What to say where no warning stands, and whether it is blindness: nobody judges what is not taken in."""
        told = self.pipeline
        late = (told.silent, told.cut_off, told.behind) if told is not None else ()
        if any(state(PATIENCE_S) for state in late):
            return self.text("warnings_unjudged"), True
        blind = self.silent("events")
        return self.text("warnings_blind" if blind else "warnings_calm"), blind

    def silent(self, topic: Topic) -> bool:
        """Whether nothing came for longer than the pack's rule: then calm cannot be told from an outage."""
        feed = self.feed(topic)
        if feed is None or feed.last_at is None:
            return True
        return self.at - feed.last_at > timedelta(minutes=self.pack.settings.rules.silent_yellow_minutes)
