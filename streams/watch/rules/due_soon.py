"""Open events that reach their deadline within the next hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from streams.watch.finding import Finding, Look, colour_of, least
from streams.watch.rules.deadlines import Place, due_between


def find(look: Look) -> Iterator[Finding]:
    """By area below the root and top category."""
    hours = timedelta(hours=look.rules.due_soon_hours)
    yield from judged(look, due_between(look, look.at, look.at + hours))


def judged(look: Look, counts: Mapping[Place, int]) -> Iterator[Finding]:
    """Findings of the counts by the pack's thresholds."""
    rules = look.rules
    hours, line = f"{rules.due_soon_hours:g}", least(rules.due_soon_blue, rules.due_soon_yellow)
    for (area, category), n in counts.items():
        colour = colour_of(n, blue=rules.due_soon_blue, yellow=rules.due_soon_yellow)
        if colour is None:
            continue
        what = [look.pack.label("categories", category, language) for language in ("zh", "en")]
        yield Finding(
            "due_soon", area, category, colour, n, line, f"+{hours}h",
            f"{look.name(area, 'zh')}有{n}件“{what[0]}”事件将在{hours}小时内到期，预警线{line:g}件",
            f"{n} open {what[1]} events in {look.name(area, 'en')} are due within {hours} hours; the line is {line:g}",
        )  # fmt: skip
