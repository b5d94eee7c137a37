"""A `Readings` made of arithmetic, the dashboard's one fake: same area, window and time, same figures."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dashboard.readings import (
    Board,
    CameraPanel,
    DayCount,
    Feed,
    Funnel,
    Heat,
    HeatScore,
    Held,
    Hours,
    Incident,
    Incidents,
    Matrix,
    MediationPanel,
    NetworkState,
    Number,
    OfflineDevice,
    Only,
    Pipeline,
    Reading,
    Repeats,
    RiskHeat,
    SourceFeed,
    WarningDetail,
    WarningRow,
    unassigned_key,
)
from schemas.contracts import Action, Warning
from schemas.emergency import Emergency, emergencies
from schemas.errors import StoreError
from schemas.indicators import CATALOGUE, Indicator
from schemas.lifecycle import Entry
from schemas.packs import Pack
from schemas.windows import WindowName, window_span

_DAYS: dict[WindowName, int] = {"today": 1, "7d": 7, "30d": 30, "mtd": 15, "qtd": 45, "ytd": 120}


def share(*words: object) -> float:
    """A number in [0, 1) that depends on the words alone."""
    return zlib.crc32("/".join(map(str, words)).encode()) % 10_007 / 10_007


@dataclass
class FakeReadings:
    """Deterministic figures for any pack. `down` makes every call fail, `pause` makes it slow, `calls` lists them.
    `written` counts what is news.

    Boards change every five seconds only, for they take a while.
    """

    pack: Pack
    down: bool = False
    pause: float = 0.0
    calm: bool = False
    portion: float = 1.0
    written: int = 0
    acted: list[Action] = field(default_factory=list)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    _boards: dict[tuple[str, WindowName, int], Board] = field(default_factory=dict)

    def _asked(self, *call: str) -> None:
        self.calls.append(call)
        if self.pause:
            time.sleep(self.pause)
        if self.down:
            raise StoreError("the store is down for the test")

    def news(self) -> int:
        return self.written

    def board(self, scope: str, window: WindowName, at: datetime, only: Only | None = None) -> Board:
        self._asked("board", scope, window)
        if only is not None:
            return self._board(scope, window, at, only)
        key = (scope, window, int(at.timestamp()) // 5)
        if key not in self._boards:
            self._boards = {key: self._board(scope, window, at), **dict(list(self._boards.items())[:5])}
        return self._boards[key]

    def _board(self, scope: str, window: WindowName, at: datetime, only: Only | None = None) -> Board:
        span = window_span(window, at, self.pack.zone)
        figures: dict[str, dict[str, Reading]] = {}
        self.portion = 1.0 if only is None else 0.1 + 0.2 * share(only)
        self._fill(scope, window, at, figures)
        self.portion = 1.0
        return Board(window, span.end, figures)

    def _fill(
        self, code: str, window: WindowName, at: datetime, figures: dict[str, dict[str, Reading]]
    ) -> Mapping[str, tuple[Number, Number]]:
        """Parts (numerator, denominator) of the area by indicator, its children's added up."""
        children = self.pack.areas.children(code)
        parts = dict.fromkeys((indicator.name for indicator in CATALOGUE), (0, 0))
        own = {i.name: self._part(i, code, window, at) for i in CATALOGUE}
        figures[unassigned_key(code) if children else code] = self._readings(code, own, window, at)
        for share_of in [own, *(self._fill(child.code, window, at, figures) for child in children)]:
            for name, (top, bottom) in share_of.items():
                parts[name] = (parts[name][0] + top, parts[name][1] + bottom)  # type: ignore[assignment]
        if children:
            figures[code] = self._readings(code, parts, window, at)
        return parts

    def _part(
        self, indicator: Indicator, code: str, window: WindowName, at: datetime
    ) -> tuple[Number, Number]:
        if self.pack.areas.children(code) and share("own", code) > 0.1:
            return 0, 0
        weight = share("weight", code) ** 3 * 2.2 + 0.15
        per_day = {"events": 2.1, "mediation": 0.05, "cameras": 6.6, "statistics": 0.0}[indicator.topic]
        days = 1 if indicator.is_stock else _DAYS[window]
        per_day *= self.portion if indicator.topic == "events" else 1.0
        base = int(per_day * days * weight * (0.5 + share(indicator.topic, code)) + share(code, window) + 0.3)
        if indicator.kind in ("ratio", "mean", "quantile"):
            good = 1 - 0.12 * share(indicator.name, code) ** 2.5
            portion = good if indicator.direction == "higher" else 1 - good
            return int(base * portion + share(indicator.name, code)), base
        scale = {"overdue_open": 0.04, "backlog": 0.2, "events_withdrawn": 0.01}.get(indicator.name, 1.0)
        moving = int(at.timestamp() // 3) % 3 if share("moving", code) > 0.97 else 0
        return int(base * scale + share(indicator.name, code) * 0.6) + moving, 0

    def _readings(
        self, code: str, parts: Mapping[str, tuple[Number, Number]], window: WindowName, at: datetime
    ) -> dict[str, Reading]:
        start = window_span(window, at, self.pack.zone).start
        found = {}
        for indicator in CATALOGUE:
            value, top, bottom = self._value(indicator, code, *parts[indicator.name])
            drift = 1 + (share("previous", indicator.name, code) - 0.45) * 0.2
            past = (
                None
                if value is None
                else min(1.0, value * drift)
                if indicator.unit == "percent"
                else value * drift
            )
            found[indicator.name] = Reading(
                value=value,
                numerator=top,
                denominator=bottom,
                previous=past,
                year_ago=None if share("year", indicator.name) < 0.3 else past,
                as_of=at,
                from_=start,
                to=at,
            )
        return found

    def _value(
        self, indicator: Indicator, code: str, top: Number, bottom: Number
    ) -> tuple[Number | None, Number | None, Number | None]:
        if not self.has(indicator.topic):
            return None, None, None
        match indicator.kind:
            case "ratio":
                return (top / bottom if bottom else None), top, bottom
            case "mean":
                return (3.6 + share("mean", code) if bottom else None), None, bottom
            case "quantile":
                return (int(90 + 900 * share(indicator.name, code)) if bottom else None), None, bottom
            case "per_10k":
                population = self.pack.areas[code].population
                return (top * 10_000 / population if population else None), top, population
        return top, top, None

    def has(self, topic: str) -> bool:
        """Whether the pack would have a feed of this topic."""
        settings = self.pack.settings
        return {
            "events": True,
            "mediation": bool(settings.dispute_types),
            "cameras": bool(settings.networks),
        }.get(topic, False)

    def trend(self, scope: str, at: datetime, days: int = 30, only: Only | None = None) -> list[DayCount]:
        self._asked("trend", scope)
        today = at.astimezone(self.pack.zone).date()
        low, high = self.pack.areas.span(scope)
        size = 2.4 * (high - low)
        found = []
        for back in range(days - 1, -1, -1):
            day = today - timedelta(days=back)
            weekend = 0.7 if day.weekday() > 4 else 1.0
            reported = int(
                size * weekend * (0.8 + 0.5 * share("day", scope, day)) * (0.4 if back == 0 else 1)
            )
            found.append(DayCount(day, reported, int(reported * (0.86 + 0.2 * share("closed", scope, day)))))
        return found

    def heat(
        self, scope: str, window: WindowName, at: datetime, top: int = 12, only: Only | None = None
    ) -> Heat:
        self._asked("heat", scope, window)
        codes = [c.code for c in self.pack.settings.categories if c.parent is None][:top]
        codes = list(only.categories)[:top] if only and only.categories else codes
        low, high = self.pack.areas.span(scope)
        size = (high - low) * _DAYS[window] / 40
        counts = {
            code: tuple(
                int(
                    size
                    * (0.15 + share("heat", code) * max(0.0, 1 - abs(hour - 11 - 5 * share(code)) / 9))
                    * share(code, hour)
                )
                for hour in range(24)
            )
            for code in codes
        }
        order = sorted(codes, key=lambda code: -sum(counts[code]))
        return Heat(tuple(order), tuple(counts[code] for code in order))

    def cameras(self, scope: str, at: datetime, worst: int = 20) -> CameraPanel:
        self._asked("cameras", scope)
        if not self.has("cameras"):
            return CameraPanel((), ())
        low, high = self.pack.areas.span(scope)
        names = list(self.pack.entries("networks"))
        states = [
            NetworkState(n, 9 * (high - low), int(9 * (high - low) * (0.97 + 0.028 * share(n))))
            for n in names
        ]
        areas = self.pack.areas.areas[low:high]
        offline = [
            OfflineDevice(
                f"3704030000131000{row:04d}",
                areas[int(share("off", row) * len(areas))].code,
                names[row % len(names)],
                ("offline", "fault", "silent")[row % 3],
                at - timedelta(minutes=9000 / (row + 1)),
            )
            for row in range(min(worst, 14))
        ]
        return CameraPanel(tuple(states), tuple(offline))

    def mediation(self, scope: str, window: WindowName, at: datetime) -> MediationPanel:
        self._asked("mediation", scope, window)
        if not self.has("mediation"):
            return MediationPanel({}, {})
        low, high = self.pack.areas.span(scope)
        size = (high - low) * _DAYS[window] / 60

        def counts(code: str, weight: float) -> dict[str, int]:
            parts = {"": 0.2, "succeeded": 0.7, "failed": 0.1}
            return {
                outcome: int(size * weight * part * (0.7 + share(code, outcome)))
                for outcome, part in parts.items()
            }

        types = [entry.code for entry in self.pack.settings.dispute_types]
        return MediationPanel(
            {
                "red": counts("red", 0.06),
                "yellow": counts("yellow", 0.4),
                "blue": counts("blue", 1.0),
                "": counts("-", 0.1),
            },
            {code: counts(code, 0.1 + share(code) * 0.5) for code in types},
        )

    def emergencies(self, at: datetime) -> Mapping[str, Emergency]:
        self._asked("emergencies")
        return emergencies(self.acted, at)

    def incidents(
        self, scope: str, at: datetime, categories: tuple[str, ...], since: datetime, limit: int = 40
    ) -> Incidents:
        self._asked("incidents", scope)
        low, high = self.pack.areas.span(scope)
        areas, channels = self.pack.areas.areas[low:high], self.pack.settings.channels
        nearest = tuple(
            Incident(
                areas[int(share("incident", row) * len(areas))].code,
                categories[row % len(categories)] if categories else "",
                channels[row % len(channels)].code,
                ("emergency", "urgent", "normal")[row % 3],
                at - timedelta(minutes=3 + 17 * row),
                None if row % 7 == 6 else at + timedelta(minutes=37 * (row - 4)),
            )
            for row in range(min(limit, 14))
        )
        overdue = sum(one.due_at is not None and one.due_at < at for one in nearest)
        return Incidents(len(nearest), overdue, 3, nearest)

    def hours(self, scope: str, at: datetime, only: Only | None = None) -> Hours:
        self._asked("hours", scope)
        low, high = self.pack.areas.span(scope)
        first = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)

        def rhythm(hour: datetime) -> float:
            local = hour.astimezone(self.pack.zone)
            weekend = 0.6 if local.weekday() > 4 else 1.0
            return (high - low) * weekend * max(0.04, 1 - abs(local.hour - 13) / 9) / 6

        every = [first + timedelta(hours=step) for step in range(24)]
        recent = tuple((hour, int(rhythm(hour) * (0.8 + 0.5 * share(scope, hour)))) for hour in every)
        monday = first - timedelta(days=first.astimezone(self.pack.zone).weekday())
        midnight = monday.astimezone(self.pack.zone).replace(hour=0)
        week = tuple(
            tuple(
                int(4 * rhythm(midnight + timedelta(days=day, hours=hour)) * (0.8 + 0.4 * share(day, hour)))
                for hour in range(24)
            )
            for day in range(7)
        )
        return Hours(recent, tuple(rhythm(hour) for hour in every), week)

    def matrix(self, scope: str, window: WindowName, at: datetime, top: int = 8) -> Matrix:
        self._asked("matrix", scope, window)
        areas = [area.code for area in self.pack.areas.children(scope)] or [scope]
        codes = [c.code for c in self.pack.settings.categories if c.parent is None][:top]
        sizes = {code: (s := self.pack.areas.span(code))[1] - s[0] for code in areas}
        counts = tuple(
            tuple(int(sizes[a] * _DAYS[window] * share(a, c) ** 2 * share(c) / 6) for c in codes)
            for a in areas
        )
        return Matrix(tuple(areas), tuple(codes), counts)

    def courses(
        self, scope: str, at: datetime, days: int = 14, only: Only | None = None
    ) -> Mapping[str, tuple[Number | None, ...]]:
        self._asked("courses", scope)
        names = [i for i in CATALOGUE if self.has(i.topic)]
        return {
            i.name: tuple(
                (0.94 + 0.06 * share(i.name, scope, day)) * (1 if i.unit == "percent" else 90)
                for day in range(days)
            )
            for i in names
        }

    def funnel(self, scope: str, window: WindowName, at: datetime) -> Mapping[str, Funnel]:
        self._asked("funnel", scope, window)
        found = {}
        for colour, counts in self.mediation(scope, window, at).by_triage.items():
            total = sum(counts.values())
            settled = counts["succeeded"] + counts["failed"]
            found[colour] = Funnel(total, total - counts[""] // 4, settled, counts["succeeded"])
        return found

    def warning(self, scope: str, warning_id: str, at: datetime) -> WarningDetail | None:
        self._asked("warning", scope)
        lately = timedelta(days=1)
        row = next(
            (row for row in self.warnings(scope, at, cleared=lately) if row.warning_id == warning_id), None
        )
        if row is None:
            return None
        told = Warning(
            warning_id=row.warning_id, area=row.area, category=row.category, colour="red", state="raised",
            raised_at=row.raised_at, window=row.window, observed=row.observed, expected=row.expected,
        )  # fmt: skip
        names = {"acknowledge": "acknowledged", "handle": "handled", "clear": "cleared", "comment": "comment"}
        done = [
            Entry(action.at, names[action.action], "red", action.by, action.note)  # type: ignore[arg-type]
            for action in self.acted
            if action.warning_id == warning_id
        ]
        return WarningDetail(row, told, (Entry(row.raised_at, "raised", "red"), *done))

    def risk(self, scope: str, at: datetime) -> RiskHeat:
        self._asked("risk", scope)
        low, high = self.pack.areas.span(scope)
        categories = [c.code for c in self.pack.settings.categories if c.parent is None]
        areas: dict[str, HeatScore] = {}
        for area in self.pack.areas.areas[low:high]:
            surge, burden = round(share("surge", area.code) ** 6, 3), round(share("burden", area.code), 3)
            score = round(100 * (1 - (1 - surge) * (1 - burden / 2)), 1)
            known = share("known", area.code) > 0.1
            areas[area.code] = HeatScore(
                area.code, "", score if known else None, surge if known else None, burden if known else None,
                1.0 if known else 0.3, 5.0, 4.0, 24,
            )  # fmt: skip
        cells = {
            code: (HeatScore(code, categories[0], 90.0, heat.surge, 0.0, 1.0, 9.0, 2.0, 24),)
            for code, heat in areas.items()
            if (heat.surge or 0) > 0.3
        }
        return RiskHeat(at - timedelta(seconds=3), areas, cells)

    def warnings(
        self, scope: str, at: datetime, limit: int = 50, cleared: timedelta | None = None
    ) -> list[WarningRow]:
        self._asked("warnings", scope)
        if self.calm:
            return []
        low, high = self.pack.areas.span(scope)
        areas = self.pack.areas.areas[low:high]
        categories = [c.code for c in self.pack.settings.categories if c.parent is None]
        colours = ["red"] * 2 + ["yellow"] * 4 + ["blue"] * 8
        rows = [
            WarningRow(
                warning_id=f"w{row}",
                area=areas[int(share("where", row) * len(areas))].code,
                category=categories[int(share("what", row) * len(categories))],
                rule="surge",
                colour=colour,
                state=("raised", "acknowledged", "raised", "handled")[row % 4],
                raised_at=at - timedelta(minutes=7 * row + 2, seconds=share("s", row) * 50),
                observed=5 + int(20 * share("seen", row)),
                expected=round(1 + 4 * share("due", row), 1),
                window="24h",
                level=self.pack.settings.levels[-1].code,
                explanation_zh="近24小时高于平日水平。",
                explanation_en="Above the usual level of the last 24 hours.",
                recurrence_days=400.0 / (row + 1),
            )
            for row, colour in enumerate(colours)
        ]
        told = [self._acted(row) for row in rows]
        return [row for row in told if row.state != "cleared" or cleared is not None][:limit]

    def _acted(self, row: WarningRow) -> WarningRow:
        """The row after what was done about it."""
        states = {"acknowledge": "acknowledged", "handle": "handled", "clear": "cleared"}
        for action in self.acted:
            if action.warning_id == row.warning_id and action.action in states:
                row = replace(row, state=states[action.action], by=action.by, since=action.at)
        return row

    def send(self, action: Action) -> None:
        """As `dashboard.actions.Actions`: what was done shows at the next look."""
        self.acted.append(action)

    def quarantined(self) -> list[Held]:
        self._asked("quarantined")
        at = datetime(2026, 3, 9, tzinfo=UTC)
        return [Held("events", "naive_time", 12, at), Held("cameras", "not_json", 3, at)]

    def feeds(self, at: datetime) -> list[Feed]:
        self._asked("feeds")
        topics = [topic for topic in ("events", "mediation", "cameras") if self.has(topic)]
        return [Feed(topic, at - timedelta(days=400), at - timedelta(seconds=9)) for topic in topics]  # type: ignore[arg-type]

    def sources(self, at: datetime) -> list[SourceFeed]:
        self._asked("sources")
        start = at - timedelta(days=400)
        return [
            SourceFeed("mediation", "mediation-office", start, at - timedelta(hours=9)),
            SourceFeed("events", "hotline", start, at - timedelta(minutes=90)),
            SourceFeed("events", "grid-app", start, at - timedelta(seconds=9)),
        ]

    def repeats(self, scope: str, at: datetime) -> Mapping[str, Repeats]:
        self._asked("repeats", scope)
        low, high = self.pack.areas.span(scope)
        return {
            a.code: Repeats(40, int(14 * share("again", a.code))) for a in self.pack.areas.areas[low:high]
        }

    def pipeline(self) -> Pipeline | None:
        self._asked("pipeline")
        return None
