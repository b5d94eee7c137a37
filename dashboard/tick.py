"""One look at the store: each thing is read at most once, at one time, however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from dashboard.geometry import Geometry
from dashboard.readings import Board, DayCount, Heat, Number, Only, Readings, RiskHeat, WarningRow
from dashboard.scope import FOCUSED, THEMES, Scope, Scopes
from dashboard.together import together
from dashboard.view import EmergencyView, OpsView, View, WallView
from schemas.emergency import Emergency, in_force
from schemas.windows import WindowName

#: What the desk lists at most, and how long ago cleared warnings may have been cleared.
DESK_ROWS, DESK_CLEARED = 200, timedelta(hours=24)
#: The pages that show what the wall shows beside the figures every page has.
WALLED = ("wall", *THEMES)
#: The pages with tiles.
TILED = (*WALLED, "explore")
Value = TypeVar("Value")


class Tick:
    """Readings at one time of evaluation, remembered. Blocks; asked by one thread at a time, which `others` help with
    what moves with every event."""

    def __init__(
        self,
        readings: Readings,
        scopes: Scopes,
        geometry: Geometry,
        at: datetime,
        replay: float | None,
        others: Executor | None = None,
    ) -> None:
        self.at = at
        self._others = others
        self._readings, self._scopes, self._geometry, self._replay = readings, scopes, geometry, replay
        self._known: dict[Hashable, Any] = {}

    def _once(self, key: Hashable, read: Callable[[], Value]) -> Value:
        if key not in self._known:
            self._known[key] = read()
        value: Value = self._known[key]
        return value

    def board(self, window: WindowName, only: Only | None = None) -> Board:
        """The one board of the viewer's whole area, of which every scope shows a part."""
        home = self._scopes.viewer_area
        if only is None:
            return self._once(("board", window), lambda: self._readings.board(home, window, self.at))
        return self._once(("board", window, only), lambda: self._readings.board(home, window, self.at, only))

    def known_board(self, window: WindowName, only: Only | None = None) -> Board | None:
        """The board, if it has been read."""
        return self._known.get(("board", window) if only is None else ("board", window, only))

    def view(self, scope: Scope) -> View:
        """Everything one scope shows. Raises what the store raises."""
        area, window, read = scope.area, scope.window, self._readings
        sheet = self._geometry.sheet(self._scopes.frame(area), scope.drawn)
        warnings = self._warnings(scope)
        placed = {
            warning.area: self._geometry.place(sheet, warning.area)
            for warning in warnings
            if warning.area in self._scopes.pack.areas
        }
        emergency = self.emergency(area)
        only = self._scopes.only(scope, emergency is not None and scope.page in FOCUSED)
        feeds = self._once("feeds", lambda: read.feeds(self.at))
        together(
            self._others,
            partial(self.board, window, only),
            partial(self._trend, area, only),
            partial(self._heat, area, window, only),
        )
        board = self.board(window, only)
        if scope.page == "risk":
            heat = self._risk()
            values: list[Number | None] = self._once(
                ("risk values", sheet.etag), lambda: [heat.score(code) for code in sheet.codes]
            )
        else:
            values = self._once(
                ("values", window, scope.indicator, sheet.etag, only),
                lambda: board.column(sheet.codes, scope.indicator),
            )
        return View(
            scopes=self._scopes,
            scope=scope,
            at=self.at,
            replay=self._replay,
            board=board,
            trend=self._trend(area, only),
            heat=self._heat(area, window, only),
            cameras=self._once(("cameras", area), lambda: read.cameras(area, self.at)),
            mediation=self._once(("mediation", area, window), lambda: read.mediation(area, window, self.at)),
            warnings=warnings,
            courses=self._courses(area, only) if scope.page in TILED else {},
            feeds=feeds,
            pipeline=self._once("pipeline", read.pipeline),
            sheet=sheet,
            values=values,
            places={code: place for code, place in placed.items() if place is not None},
            emergency=self._emergency(scope, emergency),
            wall=self._wall(scope, only) if scope.page in WALLED else None,
            ops=self._ops() if scope.page == "ops" else None,
        )

    def _trend(self, area: str, only: Only | None) -> list[DayCount]:
        return self._once(("trend", area, only), lambda: self._readings.trend(area, self.at, only=only))

    def _heat(self, area: str, window: WindowName, only: Only | None) -> Heat:
        return self._once(
            ("heat", area, window, only), lambda: self._readings.heat(area, window, self.at, only=only)
        )

    def _courses(self, area: str, only: Only | None) -> Mapping[str, Sequence[Number | None]]:
        return self._once(("courses", area, only), lambda: self._readings.courses(area, self.at, only=only))

    def _ops(self) -> OpsView:
        read = self._readings
        return OpsView(
            self._once("quarantined", read.quarantined),
            self._risk(),
            self._once("sources", lambda: read.sources(self.at)),
            self._once("repeats", lambda: read.repeats(self._scopes.viewer_area, self.at)),
        )

    def _risk(self) -> RiskHeat:
        home = self._scopes.viewer_area
        return self._once(("risk", home), lambda: self._readings.risk(home, self.at))

    def _warnings(self, scope: Scope) -> list[WarningRow]:
        """Those that stand; at the desk those cleared lately, too."""
        area, read = scope.area, self._readings
        if scope.page != "warnings":
            return self._once(("warnings", area), lambda: read.warnings(area, self.at))
        return self._once(("desk", area), lambda: read.warnings(area, self.at, DESK_ROWS, DESK_CLEARED))

    def emergency(self, area: str) -> Emergency | None:
        """The emergency mode the area is in."""
        return in_force(self.emergencies(), self._scopes.pack.areas, area)

    def emergencies(self) -> Mapping[str, Emergency]:
        """All emergency modes in force."""
        return self._once("emergencies", lambda: self._readings.emergencies(self.at))

    def _emergency(self, scope: Scope, now: Emergency | None) -> EmergencyView:
        tree, area = self._scopes.pack.areas, scope.area
        within = [one for code, one in self.emergencies().items() if code in tree and tree.within(code, area)]
        if now is None or scope.page not in FOCUSED:
            return EmergencyView(now, within)
        categories = self._scopes.emergency_categories
        incidents = self._once(
            ("incidents", area, now.since),
            lambda: self._readings.incidents(area, self.at, categories, now.since),
        )
        return EmergencyView(now, within, incidents)

    def _wall(self, scope: Scope, only: Only | None) -> WallView:
        read, home = self._readings, self._scopes.viewer_area
        area, window = scope.area, scope.window
        return WallView(
            hours=self._once(("hours", area, only), lambda: read.hours(area, self.at, only)),
            funnel=self._once(("funnel", area, window), lambda: read.funnel(area, window, self.at)),
            alerts=self._once(("warnings", home), lambda: read.warnings(home, self.at)),
            risk=self._risk(),
        )
