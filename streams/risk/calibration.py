"""κ from looks at a past in which nothing is to be found: how many independent looks a day a level's cells are worth.

Hourly looks at windows that overlap are neither one test a day nor twenty-four, and counts swing more than any law
says. So κ is not reckoned but measured (Kleinman et al. 2004, 10.1093/aje/kwh029, set their recurrence intervals by
the looks a day in the same way): it is what makes the warnings of a past without outbreaks as rare as they say they
are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from streams.risk.episodes import Episode, follow
from streams.risk.explain import Finding, findings_of
from streams.risk.policy import LEVELS, Level
from streams.risk.scan import Look

#: Levels are weighed against each other where there are most of their warnings, all together also where they are rare.
RECURRENCES = (1.0, 2.0, 4.0, 7.0)
#: Of what false warnings there may be, the part that is aimed at: in two weeks such rates swing by half.
AIM = 0.5
_LEAST, _MOST, _TURNS = 1.0, 10_000.0, 24


@dataclass(frozen=True)
class Past:
    """Looks at `days` days: for each its local hour and, level by level, the findings at κ = 1."""

    days: float
    looks: Sequence[tuple[float, Sequence[Finding]]]
    quiet_hours: float = 24.0

    def raised(
        self, kappa: Sequence[float], recurrence: float, levels: Iterable[Level] = LEVELS
    ) -> list[Episode]:
        """Warnings of these levels raised at κ (in the order of `LEVELS`) and a recurrence interval in days, each once
        while it goes on; of those that overlap in a look the rarest speaks."""
        floor = {level: recurrence * kappa[LEVELS.index(level)] for level in levels}
        going: tuple[Episode, ...] = ()
        raised: list[Episode] = []
        for at, findings in self.looks:
            rare = [one for one in findings if one.recurrence_days >= floor.get(one.level, np.inf)]
            rare.sort(key=lambda one: -one.recurrence_days / floor[one.level])
            followed = follow(going, rare, at, self.quiet_hours)
            going, raised = followed.open, [*raised, *followed.opened]
        return raised


def unscaled(look: Look) -> list[Finding]:
    """The findings of a look at κ = 1, level by level, at a recurrence interval of a day or more, for a `Past`."""
    kappa = look.baseline.policy.kappa
    return [
        replace(one, recurrence_days=one.recurrence_days * scale)
        for level, scale in zip(LEVELS, kappa, strict=True)
        for one in findings_of(look, min(RECURRENCES) / scale, (level,))
    ]


def kappa_of(pasts: Sequence[Past], aim: float = AIM) -> tuple[float, ...]:
    """κ by level (in the order of `LEVELS`) such that these pasts raise `aim` warnings in R days, all levels together.

    First each level by itself has an even share of that, then all are scaled by one factor, since levels that
    tell the same thing tell it once. At least 1: a level is looked at once a day at the least.
    """
    own = [_solved(pasts, level, aim / len(LEVELS)) for level in LEVELS]
    low, high = np.log(0.1), np.log(_MOST)
    for _ in range(_TURNS):
        middle = (low + high) / 2
        scaled = [max(_LEAST, one * float(np.exp(middle))) for one in own]
        low, high = (middle, high) if _excess(pasts, scaled, LEVELS, aim) > 1 else (low, middle)
    return tuple(max(_LEAST, one * float(np.exp(high))) for one in own)


def _solved(pasts: Sequence[Past], level: Level, share: float) -> float:
    low, high = np.log(_LEAST), np.log(_MOST)
    for _ in range(_TURNS):
        middle = (low + high) / 2
        kappa = [float(np.exp(middle))] * len(LEVELS)
        low, high = (
            (middle, high) if _excess(pasts, kappa, (level,), share, RECURRENCES[:1]) > 1 else (low, middle)
        )
    return float(np.exp(high))


def _excess(
    pasts: Sequence[Past],
    kappa: Sequence[float],
    levels: Sequence[Level],
    share: float,
    recurrences: Sequence[float] = RECURRENCES,
) -> float:
    """Warnings raised over those there may be, the mean over the recurrence intervals."""
    days = sum(past.days for past in pasts)
    ratios = [
        recurrence * sum(len(past.raised(kappa, recurrence, levels)) for past in pasts) / (share * days)
        for recurrence in recurrences
    ]
    return float(np.mean(ratios))
