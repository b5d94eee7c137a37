"""Mediation cases as a table, their stages as rows, and the rows as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas.contracts import MEDIATION_STAGES, MediationStage
from streams.simulate.course import NEVER
from streams.simulate.feed import stamps
from streams.simulate.places import Places
from streams.simulate.plan import MediationPlan
from streams.simulate.rhythm import DAY, Flags, Ints, Numbers
from streams.simulate.rows import RowList, Rows
from streams.simulate.tables import take

STAGE: dict[MediationStage, int] = {stage: number for number, stage in enumerate(MEDIATION_STAGES)}
_BODIES, _COLOURS = ("village", "town", "district"), ("blue", "yellow", "red")
#: Days until a case is due, by colour.
_DUE = np.array([15, 30, 60])
#: When in its time a case goes on (shares), and after how many days at most.
_COURSE: tuple[tuple[MediationStage, float, float, int], ...] = (
    ("accepted", 0.02, 0.08, 1), ("assigned", 0.1, 0.18, 3), ("mediating", 0.25, 0.4, 8),
)  # fmt: skip
_AGAIN: tuple[tuple[MediationStage, float, int], ...] = (
    ("failed", 0.55, 0), ("reopened", 0.7, 1), ("mediating", 0.75, 1),
)  # fmt: skip


@dataclass
class Disputes:
    """One row a case; times in Unix seconds or `NEVER`. `number` makes its id, `area` is a number of `Places`, `kind`
    and `origin` are positions in the plan. `outcome` is when it succeeds or fails (`succeeds`).
    """

    number: Ints
    registered: Ints
    area: Ints
    kind: Ints
    origin: Ints
    body: Ints
    triage: Ints
    outcome: Ints
    succeeds: Flags
    escalated: Ints
    withdrawn: Ints


@dataclass(frozen=True)
class DisputeWriter:
    """Writes mediation stages."""

    places: Places
    plan: MediationPlan
    cases: Disputes

    @property
    def keys(self) -> Sequence[bytes]:
        """See `Writer`."""
        return self.places.keys

    def only(self, cases: Numbers) -> DisputeWriter:
        """See `Writer`."""
        return DisputeWriter(self.places, self.plan, take(self.cases, cases))

    def key(self, rows: Rows) -> Numbers:
        """See `Writer`."""
        return self.places.key[self.cases.area[rows.case]]

    def write(self, rows: Rows) -> list[str]:
        """See `Writer`."""
        cases = take(self.cases, rows.case)
        kinds, origins = list(self.plan.types), list(self.plan.year)
        return [
            f'{{"source":"mediation-{origin}","id":"M{number:07d}","stage":"{stage}","at":"{at}"'
            f',"registered_at":"{since}","area":"{area}","dispute_type":"{kind}","origin":"{origin}"'
            f',"body_level":"{body}","triage":"{colour}","due_at":"{until}","round":{turn}}}'
            for origin, number, stage, at, since, area, kind, body, colour, until, turn in zip(
                [origins[n] for n in cases.origin.tolist()],
                cases.number.tolist(),
                [MEDIATION_STAGES[n] for n in rows.stage.tolist()],
                stamps(rows.at),
                stamps(cases.registered),
                [self.places.codes[n] for n in cases.area.tolist()],
                [kinds[n] for n in cases.kind.tolist()],
                [_BODIES[n] for n in cases.body.tolist()],
                [_COLOURS[n] for n in cases.triage.tolist()],
                stamps(cases.registered + _DUE[cases.triage] * DAY),
                rows.round.tolist(),
                strict=True,
            )
        ]


def dispute_rows(cases: Disputes, rng: np.random.Generator) -> RowList:
    """All stages. Some that succeed have failed once before and been reopened (round 1)."""
    rows, size = RowList(), len(cases.registered)
    every = np.arange(size)
    span = (np.minimum(cases.outcome, cases.withdrawn) - cases.registered).astype(np.float64)
    for stage, low, high, most in _COURSE:
        goes_on = (cases.withdrawn == NEVER) | (rng.random(size) < 0.4)
        wait = np.minimum(span * rng.uniform(low, high, size), most * DAY).astype(np.int64)
        rows.add(every[goes_on], STAGE[stage], (cases.registered + wait)[goes_on])
    rows.add(every, STAGE["registered"], cases.registered)
    rows.add(every, STAGE["escalated"], cases.escalated)
    rows.add(every, STAGE["withdrawn"], cases.withdrawn)
    twice = cases.succeeds & (cases.outcome < NEVER) & (rng.random(size) < 0.012)
    once = cases.succeeds & ~twice
    rows.add(every[once], STAGE["succeeded"], cases.outcome[once])
    rows.add(every[twice], STAGE["succeeded"], cases.outcome[twice], 1)
    rows.add(every[~cases.succeeds], STAGE["failed"], cases.outcome[~cases.succeeds])
    for stage, share, turn in _AGAIN:
        rows.add(
            every[twice], STAGE[stage], cases.registered[twice] + (span[twice] * share).astype(np.int64), turn
        )
    return rows
