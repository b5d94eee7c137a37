"""What the screens and the API are told: plain values read from the store at one time of evaluation.

`Readings` is the seam between the store's queries (`dashboard.queries`) and everything that shows figures. Its methods
block (they query the store) and are called from a worker thread; all take the viewer's scope, an area code, and tell
nothing from outside that subtree.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

import msgspec

from schemas.contracts import Topic, Warning
from schemas.emergency import Emergency
from schemas.indicators import Indicator
from schemas.lifecycle import Entry
from schemas.windows import Comparison, WindowName, comparison_span

Number = int | float


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, as the API gives it. `value` None is "no data", never zero; rates are exact quotients 0–1."""

    value: Number | None
    numerator: Number | None
    denominator: Number | None
    previous: Number | None
    year_ago: Number | None
    as_of: datetime
    from_: datetime = msgspec.field(name="from")
    to: datetime


@runtime_checkable
class Columnar(Protocol):
    """Figures that know a whole column without making a reading of each."""

    def column(self, areas: Iterable[str], indicator: str) -> list[Number | None]: ...


@dataclass(frozen=True, slots=True)
class Board:
    """Every indicator of every area of the scope, over one window, at one time.

    `figures[area code][indicator name]`; the own part of an area with children (records at the area itself or at an
    unknown code below it) stands under `unassigned_key(code)`. `since`: the time of each topic's first message.
    """

    window: WindowName
    as_of: datetime
    figures: Mapping[str, Mapping[str, Reading]]
    since: Mapping[Topic, datetime] = field(default_factory=dict)

    def reading(self, area: str, indicator: str) -> Reading:
        return self.figures[area][indicator]

    def before(self, area: str, indicator: Indicator, which: Comparison, zone: ZoneInfo) -> Number | None:
        """What a screen compares a figure with: None where the topic's first message came within that window. A part of
        a window is no equal of a whole one, and a stock is still filling up. The figure itself stays in its reading."""
        reading = self.figures.get(area, {}).get(indicator.name)
        if reading is None:
            return None
        since = self.since.get(indicator.topic)
        begins = comparison_span(which, self.window, self.as_of, zone).start
        if indicator.over != "statistic" and since is not None and since > begins:
            return None
        return reading.previous if which == "previous" else reading.year_ago

    def column(self, areas: Sequence[str], indicator: str) -> list[Number | None]:
        """The values of one indicator; None where there is no data or the board lacks the area."""
        figures = self.figures
        if isinstance(figures, Columnar):
            return figures.column(areas, indicator)
        return [figures[area][indicator].value if area in figures else None for area in areas]


def unassigned_key(code: str) -> str:
    """The key of an area's own records, those in none of its children."""
    return f"{code}/unassigned"


@dataclass(frozen=True, slots=True)
class DayCount:
    """One local day of the trend: cohort count of reports, flow count of closings."""

    day: date
    reported: int
    closed: int


@dataclass(frozen=True, slots=True)
class Heat:
    """Events of a window by local hour (0–23) of the report and category: `counts[i][hour]` for `categories[i]`,
    ordered by total, greatest first."""

    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Devices of one camera network: how many are registered and online."""

    network: str
    registered: int
    online: int


@dataclass(frozen=True, slots=True)
class OfflineDevice:
    """One device that is not online: its status, or `silent` where it only stopped speaking, and since when."""

    device_id: str
    area: str
    network: str
    status: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class CameraPanel:
    """Device health of an area: by network, and the devices longest offline."""

    networks: tuple[NetworkState, ...]
    offline: tuple[OfflineDevice, ...]


@dataclass(frozen=True, slots=True)
class MediationPanel:
    """Disputes of a window: counts by outcome ('' = open) for each triage colour ('' = none) and dispute type."""

    by_triage: Mapping[str, Mapping[str, int]]
    by_type: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Hours:
    """Events by the hour of their report.

    `recent` are the last 24 clock hours, the running one last; `usual` the mean of the same hours one to four weeks
    before, over the weeks that have events (None without any); `week[weekday][hour]` counts the last 28 days,
    Monday first, in local time.
    """

    recent: tuple[tuple[datetime, int], ...]
    usual: tuple[float | None, ...]
    week: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Events of a window by child area and category: `counts[i][j]` for `areas[i]` and `categories[j]`, the
    categories ordered by their total, greatest first; areas as in the pack."""

    areas: tuple[str, ...]
    categories: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """Disputes of a window and triage colour on their way: those registered, accepted, with an outcome, succeeded."""

    registered: int
    accepted: int
    settled: int
    succeeded: int


@dataclass(frozen=True, slots=True)
class WarningRow:
    """A warning as listed: colour red, yellow or blue.

    `since`: when its state began; `level` and `departments`: whose desk it is on now; `escalated`: how many levels it
    went up because nobody acknowledged it; `acknowledge_by`: when it goes up next; `by`: who acted last.
    """

    warning_id: str
    area: str
    category: str
    rule: str
    colour: str
    state: str
    raised_at: datetime
    observed: float
    expected: float | None
    window: str
    subject: str = ""
    since: datetime | None = None
    reopened: int = 0
    escalated: int = 0
    acknowledge_by: datetime | None = None
    level: str = ""
    departments: tuple[str, ...] = ()
    by: str = ""
    explanation_zh: str = ""
    explanation_en: str = ""
    recurrence_days: float | None = None


@dataclass(frozen=True, slots=True)
class WarningDetail:
    """A warning with all that was told of it, and what happened to it, oldest first."""

    row: WarningRow
    told: Warning
    history: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class HeatScore:
    """Heat of an area (category '') or of one category there: 0–100, None = unknown, which is never calm.

    `surge` and `burden` (0–1) are its parts: score = 100·(1 − (1 − surge)(1 − ½·burden)). `coverage` is the share of
    the last `window` hours in which the area's sources spoke; `observed` and `expected` events of that window.
    """

    area: str
    category: str
    score: float | None
    surge: float | None
    burden: float | None
    coverage: float
    observed: float
    expected: float | None
    window: int


@dataclass(frozen=True, slots=True)
class RiskHeat:
    """Heat of a scope as looked at last before T. An area that `areas` lacks is unknown; without `looked_at` all are.

    `cells[area]`: the categories that are not calm there, hottest first.
    """

    looked_at: datetime | None
    areas: Mapping[str, HeatScore]
    cells: Mapping[str, tuple[HeatScore, ...]]

    def score(self, area: str) -> float | None:
        """The area's score, None where unknown."""
        found = self.areas.get(area)
        return None if found is None else found.score


@dataclass(frozen=True, slots=True)
class Feed:
    """What is known of one topic: times of its first and newest message."""

    topic: Topic
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceFeed:
    """What is known of one source of a topic: times of its first and newest message."""

    topic: str
    source: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Repeats:
    """Reports of the last week in one area, and how many of them came within an hour of one of the same area and
    category: perhaps the same thing told twice."""

    reports: int
    repeated: int


@dataclass(frozen=True, slots=True)
class TopicLag:
    """Messages of one topic that wait at the broker, and the age in seconds of the oldest one fetched."""

    topic: Topic
    messages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How far the workers are, by the store's clock: `heard_s` seconds since one of them last spoke, what waits by
    topic, the age of the last whole recomputation, whether history is still being sent, and how long the broker has not
    answered any of them."""

    heard_s: float
    lags: tuple[TopicLag, ...]
    rolled_s: float
    filling: bool
    broker_s: float = 0.0

    def silent(self, after_s: float) -> bool:
        """Whether no worker has spoken for so long."""
        return self.heard_s > after_s

    def cut_off(self, after_s: float) -> bool:
        """Whether no worker has heard of the broker for so long; one that has fetched much asks for no more."""
        return self.broker_s > after_s and not any(lag.seconds > 0 for lag in self.lags)

    def behind(self, after_s: float) -> bool:
        """Whether stored or waiting messages older than that are not in the figures yet, or history is on its way."""
        return self.filling or self.rolled_s > after_s or any(lag.seconds > after_s for lag in self.lags)


@dataclass(frozen=True, slots=True)
class Held:
    """Records of one topic that are in quarantine for one reason, and when the newest of them was rejected."""

    topic: str
    reason: str
    records: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """An open event of an emergency: where, what, reported by which channel when, and its deadline (None: none)."""

    area: str
    category: str
    channel: str
    urgency: str
    reported_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Incidents:
    """Open events of an emergency: how many, how many past their deadline, how many reported since it began, and
    those nearest to their deadline."""

    open: int = 0
    overdue: int = 0
    fresh: int = 0
    nearest: tuple[Incident, ...] = ()


NO_INCIDENTS = Incidents()


@dataclass(frozen=True, slots=True)
class Only:
    """A filter on events: of these categories (none = all) and this channel ('' = all)."""

    categories: tuple[str, ...] = ()
    channel: str = ""


class Readings(Protocol):
    """The store as the screens see it. Every method evaluates at `at` and within `scope`."""

    def news(self) -> Hashable:
        """What differs once anything was written that screens show at once. Costs next to nothing."""
        ...

    def board(self, scope: str, window: WindowName, at: datetime, only: Only | None = None) -> Board:
        """Every indicator of every area in the scope. Comparisons and quantiles may be up to a minute old. A filter
        holds for the indicators of events; the others have no categories."""
        ...

    def trend(self, scope: str, at: datetime, days: int = 30, only: Only | None = None) -> list[DayCount]:
        """Reports and closings of the last local days, the running one included, oldest first."""
        ...

    def heat(
        self, scope: str, window: WindowName, at: datetime, top: int = 12, only: Only | None = None
    ) -> Heat:
        """Hour × category counts of the events reported in the window."""
        ...

    def cameras(self, scope: str, at: datetime, worst: int = 20) -> CameraPanel: ...

    def mediation(self, scope: str, window: WindowName, at: datetime) -> MediationPanel: ...

    def hours(self, scope: str, at: datetime, only: Only | None = None) -> Hours:
        """The last 24 hours beside the usual ones; what is past may be a minute old."""
        ...

    def matrix(self, scope: str, window: WindowName, at: datetime, top: int = 8) -> Matrix:
        """Child area × category counts of the events reported in the window."""
        ...

    def courses(
        self, scope: str, at: datetime, days: int = 14, only: Only | None = None
    ) -> Mapping[str, tuple[Number | None, ...]]:
        """Day by day over the last whole local days, oldest first: sums and medians of the cases begun on the day,
        as known at T; stocks and devices as they stood at its end; the day's time online. Figures from statistics go
        period by period, the newest one last. None is no data; cases may be a minute old, devices four."""
        ...

    def funnel(self, scope: str, window: WindowName, at: datetime) -> Mapping[str, Funnel]:
        """Disputes of the window on their way, by triage colour ('' = none)."""
        ...

    def warnings(
        self, scope: str, at: datetime, limit: int = 50, cleared: timedelta | None = None
    ) -> list[WarningRow]:
        """Warnings not cleared, red before yellow before blue, newest first; behind them those cleared so lately."""
        ...

    def warning(self, scope: str, warning_id: str, at: datetime) -> WarningDetail | None:
        """One warning of the scope with its history; None where there is no such."""
        ...

    def emergencies(self, at: datetime) -> Mapping[str, Emergency]:
        """The emergency modes in force at T, by the area they were begun for."""
        ...

    def incidents(
        self, scope: str, at: datetime, categories: tuple[str, ...], since: datetime, limit: int = 40
    ) -> Incidents:
        """Open events of these categories, and those of the highest urgency whatever their category."""
        ...

    def risk(self, scope: str, at: datetime) -> RiskHeat:
        """Heat of every area of the scope with its parts, as looked at last before T."""
        ...

    def quarantined(self) -> list[Held]:
        """What was rejected and not sent again, by topic and reason, most first. Rejections have no replay's time."""
        ...

    def feeds(self, at: datetime) -> list[Feed]: ...

    def sources(self, at: datetime) -> list[SourceFeed]:
        """Every source of every topic that tells its own, those silent for longest first; may be a minute old."""
        ...

    def repeats(self, scope: str, at: datetime) -> Mapping[str, Repeats]:
        """By area of the scope; may be a minute old."""
        ...

    def pipeline(self) -> Pipeline | None:
        """How far the workers are now; None where none ever wrote to this store."""
        ...
