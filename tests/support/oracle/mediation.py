"""Mediation: a case as it stood at T, and the eight indicators over such cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.support.oracle.areas import Slots
from tests.support.oracle.cases import Body, Case, CaseBook
from tests.support.oracle.clock import Span
from tests.support.oracle.figure import Measure, count, if_fed, quantile, ratio, rounded_minutes

STAGES = (
    "registered",
    "accepted",
    "assigned",
    "mediating",
    "escalated",
    "succeeded",
    "failed",
    "reopened",
    "withdrawn",
)
TAKEN_UP = [stage for stage in STAGES if stage not in ("registered", "withdrawn")]


@dataclass(frozen=True, slots=True)
class MediationAtT:
    """`outcome` is succeeded or failed with its time, or None while the case is open."""

    area: str
    registered_at: int
    withdrawn: bool
    accepted: bool
    escalated: bool
    outcome: tuple[int, str] | None


def stood(case: Case, t: int) -> MediationAtT:
    return MediationAtT(
        area=case.area,
        registered_at=case.began,
        withdrawn=case.withdrawn(t, "registered"),
        accepted=any(case.times(stage, t) for stage in TAKEN_UP),
        escalated=bool(case.times("escalated", t)),
        outcome=outcome(case, t),
    )


def outcome(case: Case, t: int) -> tuple[int, str] | None:
    """The latest of succeeded and failed, at equal times succeeded, unless the case was reopened later."""
    succeeded = [(at, "succeeded") for at in case.times("succeeded", t)]
    failed = [(at, "failed") for at in case.times("failed", t)]
    last = max(failed + succeeded, default=None)  # "succeeded" sorts after "failed"
    if last is None or any(at > last[0] for at in case.times("reopened", t)):
        return None
    return last


def over_cohort(cohort: Sequence[MediationAtT]) -> dict[str, Measure]:
    outcomes = [(case, *case.outcome) for case in cohort if case.outcome is not None]
    succeeded = sum(how == "succeeded" for _, _, how in outcomes)
    failed = sum(how == "failed" for _, _, how in outcomes)
    minutes = [
        rounded_minutes(end - case.registered_at) for case, end, _ in outcomes if end >= case.registered_at
    ]
    return {
        "mediation_registered": count(len(cohort)),
        "mediation_accepted": count(sum(case.accepted for case in cohort)),
        "mediation_succeeded": count(succeeded),
        "mediation_failed": count(failed),
        "mediation_success_rate": ratio(succeeded, succeeded + failed),
        "mediation_escalated": count(sum(case.escalated for case in cohort)),
        "mediation_duration_median": quantile(minutes, 5),
    }


class Mediation:
    """The mediation topic."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._book = CaseBook(STAGES, "registered_at", (), stood)

    def add(self, bodies: Iterable[Body]) -> None:
        self._book.add(bodies)

    def measure(self, span: Span, stock_at: int) -> dict[str, dict[str, Measure]]:
        """Every slot's indicators: cohorts over the span as at its end, the stock as at `stock_at`."""
        first, slots = self._book.first_at, self._slots
        cohort = slots.group(
            case for case in self._book.at(span.end) if case.registered_at in span and not case.withdrawn
        )
        stock = slots.group(
            case for case in self._book.at(stock_at) if case.outcome is None and not case.withdrawn
        )
        return {
            slot: {
                **if_fed(first, span.end, over_cohort(cohort[slot])),
                **if_fed(first, stock_at, {"mediation_open": count(len(stock[slot]))}),
            }
            for slot in slots.names
        }
