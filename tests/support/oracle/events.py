"""Grid events: a case as it stood at T, and the fourteen indicators over such cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.support.oracle.areas import Slots
from tests.support.oracle.cases import Body, Case, CaseBook
from tests.support.oracle.clock import Span, parse
from tests.support.oracle.figure import (
    Measure,
    count,
    if_fed,
    mean,
    per_10k,
    quantile,
    rounded_minutes,
    share,
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
CARRIED = ("due_at", "rating", "handling_level")


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


def over_cohort(reported: Sequence[EventAtT], population: int | None) -> dict[str, Measure]:
    """`reported`: the cases reported in the window, the withdrawn ones among them."""
    cohort = [event for event in reported if not event.withdrawn]
    closed = [(event, event.closed_at) for event in cohort if event.closed_at is not None]
    minutes = [
        rounded_minutes(closed_at - event.reported_at)
        for event, closed_at in closed
        if closed_at >= event.reported_at
    ]
    return {
        "events_reported": count(len(cohort)),
        "closing_rate": share([event.closed_at is not None for event in cohort]),
        "on_time_rate": share([end <= event.due_at for event, end in closed if event.due_at is not None]),
        "reopen_rate": share([event.reopened for event in cohort if event.closings]),
        "in_grid_rate": share([event.level == "grid" for event, _ in closed if event.level is not None]),
        "satisfaction": mean([event.rating for event in cohort if event.rating is not None]),
        "handling_time_median": quantile(minutes, 5),
        "handling_time_p90": quantile(minutes, 9),
        "closed_before_reported": count(sum(end < event.reported_at for event, end in closed)),
        "events_withdrawn": count(sum(event.withdrawn for event in reported)),
        "events_per_10k": per_10k(len(cohort), population),
    }


def over_flow(closed: Sequence[EventAtT], span: Span) -> dict[str, Measure]:
    return {"events_closed": count(sum(at in span for event in closed for at in event.closings))}


def over_stock(still_open: Sequence[EventAtT], t: int) -> dict[str, Measure]:
    overdue = [event for event in still_open if event.due_at is not None and event.due_at < t]
    return {"backlog": count(len(still_open)), "overdue_open": count(len(overdue))}


class Events:
    """The events topic."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._book = CaseBook(STAGES, "reported_at", CARRIED, stood)

    def add(self, bodies: Iterable[Body]) -> None:
        self._book.add(bodies)

    def measure(self, span: Span, stock_at: int) -> dict[str, dict[str, Measure]]:
        """Every slot's indicators: cohorts and flows over the span as at its end, stocks as at `stock_at`."""
        first, slots = self._book.first_at, self._slots
        known = self._book.at(span.end)
        standing = [event for event in known if not event.withdrawn]
        cohort = slots.group(event for event in known if event.reported_at in span)
        flow = slots.group(event for event in standing if any(at in span for at in event.closings))
        stock = slots.group(
            event for event in self._book.at(stock_at) if not event.withdrawn and event.closed_at is None
        )
        return {
            slot: {
                **if_fed(first, span.end, over_cohort(cohort[slot], slots.population(slot))),
                **if_fed(first, span.end, over_flow(flow[slot], span)),
                **if_fed(first, stock_at, over_stock(stock[slot], stock_at)),
            }
            for slot in slots.names
        }
