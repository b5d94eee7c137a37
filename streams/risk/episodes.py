"""Findings over time: which are new, which go on, which have been quiet long enough to close."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from streams.risk.explain import Finding
from streams.risk.policy import TIERS, Tier


@dataclass(frozen=True)
class Episode:
    """A finding followed over looks: `raised` and `seen` (last) are local hours, `worst` its rarest tier so far."""

    finding: Finding
    raised: float
    seen: float
    worst: Tier


@dataclass(frozen=True)
class Followed:
    """What a look changed: `opened` and `worsened` are part of `open`; `closed` no longer."""

    open: tuple[Episode, ...]
    opened: tuple[Episode, ...]
    worsened: tuple[Episode, ...]
    closed: tuple[Episode, ...]


def follow(
    episodes: Iterable[Episode], findings: Iterable[Finding], at: float, quiet_hours: float
) -> Followed:
    """Carry open episodes on to the look at local hour `at`.

    A finding belongs to the first open episode of its category it overlaps; its grids are kept from then on, the
    newest figures replace the older ones. An episode without a finding for `quiet_hours` closes.
    """
    going = list(episodes)
    opened: list[int] = []
    worsened: list[int] = []
    for finding in findings:
        n = next((n for n, one in enumerate(going) if one.finding.overlaps(finding)), None)
        if n is None:
            opened.append(len(going))
            going.append(Episode(finding, at, at, finding.tier))
            continue
        before = going[n]
        if before.seen == at:  # a rarer finding of this look has spoken for it
            continue
        rarer = TIERS.index(finding.tier) < TIERS.index(before.worst)
        if rarer:
            worsened.append(n)
        going[n] = replace(before, finding=finding, seen=at, worst=finding.tier if rarer else before.worst)
    quiet = [at - one.seen >= quiet_hours for one in going]
    return Followed(
        tuple(one for one, over in zip(going, quiet, strict=True) if not over),
        tuple(going[n] for n in opened),
        tuple(going[n] for n in worsened),
        tuple(one for one, over in zip(going, quiet, strict=True) if over),
    )
