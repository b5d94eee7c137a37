"""Open disputes by triage colour: red as soon as there is one, yellow and blue where they stay open for long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.contracts import Colour
from streams.watch.finding import Finding, Look, second_level

_OPEN = """
    SELECT area, triage, escalated, moment FROM mediation_history
    WHERE basis = 'open' AND triage != '' AND (day, version) IN (
        SELECT toDate(unit), max(current).version FROM rollup_current WHERE topic = 'mediation' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_to >= {at:DateTime64(3, 'UTC')}
      AND (superseded = 0 OR turn >= {at:DateTime64(3, 'UTC')})
"""
_NAMES: dict[Colour, tuple[str, str]] = {
    "red": ("重大（红色）", "major (red)"),
    "yellow": ("复杂（黄色）", "complex (yellow)"),
    "blue": ("一般（蓝色）", "simple (blue)"),
}


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open dispute."""

    area: str
    triage: Colour
    escalated: bool
    registered_at: datetime


def find(look: Look) -> Iterator[Finding]:
    """By area below the root and triage colour."""
    rows = look.store.rows(_OPEN, {"at": look.at})
    yield from judged(look, (OpenCase(a, t, bool(e), m.replace(tzinfo=UTC)) for a, t, e, m in rows))


def judged(look: Look, cases: Iterable[OpenCase]) -> Iterator[Finding]:
    """Findings by the pack's thresholds. A red dispute that was handed up, or is open for too long, goes to the top:
    its subject is `escalated`, which routes can tell by a rule of its own name."""
    rules = look.rules
    limits: dict[Colour, tuple[int, float]] = {
        "red": (rules.triage_red, 0.0),
        "yellow": (rules.triage_yellow, rules.triage_yellow_days),
        "blue": (rules.triage_blue, rules.triage_blue_days),
    }
    places: dict[tuple[str, Colour], list[OpenCase]] = defaultdict(list)
    for case in cases:
        if look.at - case.registered_at >= timedelta(days=limits[case.triage][1]):
            places[second_level(look.pack.areas, case.area), case.triage].append(case)
    for (area, triage), found in places.items():
        line, days = limits[triage]
        if not line or len(found) < line:
            continue
        oldest = max((look.at - case.registered_at) / timedelta(days=1) for case in found)
        up = triage == "red" and (
            oldest >= rules.triage_red_escalate_days > 0 or any(c.escalated for c in found)
        )
        yield _finding(look, area, triage, up, len(found), line, days, oldest)


def _finding(
    look: Look, area: str, triage: Colour, up: bool, n: int, line: int, days: float, oldest: float
) -> Finding:
    zh, en = _NAMES[triage]
    since_zh, since_en = (f"超过{days:g}天", f" for over {days:g} days") if days else ("", "")
    return Finding(
        "triage_escalated" if up else "triage", area, "", triage, n, line, "now",
        f"{look.name(area, 'zh')}有{n}件{zh}矛盾纠纷未化解{since_zh}，最久{oldest:.0f}天"
        + ("，提级至区级" if up else ""),
        f"{n} {en} disputes in {look.name(area, 'en')} are open{since_en}, the oldest for {oldest:.0f} days"
        + ("; handed up to the district" if up else ""),
        subject=triage,
    )  # fmt: skip
