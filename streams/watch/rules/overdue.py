"""Events that passed their deadline within the last day and are open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from streams.watch.finding import Finding, Look, colour_of, least
from streams.watch.rules.deadlines import Place, due_between


def find(look: Look) -> Iterator[Finding]:
    """By area below the root and top category."""
    yield from judged(look, due_between(look, look.at - timedelta(days=1), look.at))


def judged(look: Look, counts: Mapping[Place, int]) -> Iterator[Finding]:
    """Findings of the counts by the pack's thresholds."""
    rules = look.rules
    bounds = (rules.overdue_blue, rules.overdue_yellow, rules.overdue_red)
    for (area, category), n in counts.items():
        colour = colour_of(n, blue=bounds[0], yellow=bounds[1], red=bounds[2])
        if colour is None:
            continue
        what = [look.pack.label("categories", category, language) for language in ("zh", "en")]
        yield Finding(
            "overdue", area, category, colour, n, least(*bounds), "24h",
            f"{look.name(area, 'zh')}近24小时有{n}件“{what[0]}”事件超期未办结，预警线{least(*bounds):g}件",
            f"{n} {what[1]} events in {look.name(area, 'en')} passed their deadline in the last 24 hours and are open; "
            f"the line is {least(*bounds):g}",
        )  # fmt: skip
