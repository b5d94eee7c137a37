"""Grid events: a case as it stood at T, and the fourteen indicators over such cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.oracle.areas import Slots
from tests.support.oracle.cases import FOREVER, Case, CaseBook
from tests.support.oracle.clock import MINUTE, Span, parse
from tests.support.oracle.figure import (
    NO_FEED,
    Measure,
    count,
    mean,
    per_10k,
    quantile,
    ratio,
    share,
    three_digits,
)

STAGES = (
    "reported",
    "accepted",
    "dispatched",
    "handled",
    "verified",
    "closed",
    "reopened",
    "extended",
    "withdrawn",
)
COHORT = (
    "events_reported",
    "closing_rate",
    "on_time_rate",
    "reopen_rate",
    "in_grid_rate",
    "satisfaction",
    "handling_time_median",
    "handling_time_p90",
    "closed_before_reported",
    "events_withdrawn",
    "events_per_10k",
)
FLOW = ("events_closed",)
STOCK = ("backlog", "overdue_open")


@dataclass(frozen=True, slots=True)
class EventAtT:
    """`closed_at` is None while the case is open; `closings` has every closed stage, reopened or not."""

    area: str
    reported_at: int
    withdrawn: bool
    closings: tuple[int, ...]
    reopened: bool
    closed_at: int | None
    due_at: int | None
    rating: int | None
    level: str | None


def stood(case: Case, t: int) -> EventAtT:
    closings = case.times("closed", t)
    reopenings = case.times("reopened", t)
    last_closing = max(closings, default=None)
    is_closed = last_closing is not None and not any(at > last_closing for at in reopenings)
    due_at = case.carried["due_at"]
    return EventAtT(
        area=case.area,
        reported_at=case.began,
        withdrawn=case.withdrawn(t, "reported"),
        closings=tuple(closings),
        reopened=bool(reopenings),
        closed_at=last_closing if is_closed else None,
        due_at=None if due_at is None else parse(due_at),
        rating=case.carried["rating"],
        level=case.carried["handling_level"],
    )


class Events:
    """The events topic."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._book = CaseBook(STAGES, "reported_at", ("due_at", "rating", "handling_level"))
        self.add = self._book.add
        self._ends: list[tuple[Case, int, EventAtT]] | None = None

    def measure(self, span: Span, stock_at: int) -> dict[str, dict[str, Measure]]:
        """Every slot's indicators: cohorts and flows over the span as at its end, stocks as at `stock_at`."""
        known = self._known(span.end)
        cohort = self._slots.group(event for event in known if event.reported_at in span)
        flow = self._slots.group(event for event in known if any(at in span for at in event.closings))
        stock = self._slots.group(event for event in self._known(stock_at) if event.closed_at is None)
        measures: dict[str, dict[str, Measure]] = {}
        for slot in self._slots.names:
            measures[slot] = {
                **self._if_fed(span.end, self._cohort(cohort[slot], self._slots.population(slot))),
                **self._if_fed(span.end, self._flow(flow[slot], span)),
                **self._if_fed(stock_at, self._stock(stock[slot], stock_at)),
            }
        return measures
