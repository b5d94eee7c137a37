"""Disputes that return: registered in one place soon after another one of the same type there had ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from streams.watch.finding import Finding, Look, colour_of, least

_COURSES = """
    SELECT area, dispute_type,
           groupUniqArrayIf(moment, moment >= {since:DateTime64(3, 'UTC')}) AS registered,
           groupUniqArrayIf(valid_from, outcome != '' AND NOT backdated) AS ended
    FROM mediation_history
    WHERE basis = 'cohort' AND NOT withdrawn AND (day, version) IN (
        SELECT toDate(unit), max(current).version FROM rollup_current WHERE topic = 'mediation' GROUP BY unit)
      AND valid_from < {at:DateTime64(3, 'UTC')} AND valid_from >= {from:DateTime64(3, 'UTC')}
    GROUP BY area, dispute_type HAVING notEmpty(ended) AND notEmpty(registered)
"""


def find(look: Look) -> Iterator[Finding]:
    """By the place itself and dispute type."""
    days = timedelta(days=look.rules.returning_days)
    bound = {"at": look.at, "since": look.at - days, "from": look.at - 2 * days}
    yield from judged(look, look.store.rows(_COURSES, bound))  # type: ignore[arg-type]


def returns(registered: Iterable[datetime], ended: Sequence[datetime], within: timedelta) -> int:
    """How many were registered after an end and within so long of it."""
    return sum(any(end < at <= end + within for end in ended) for at in registered)


def judged(
    look: Look, rows: Iterable[tuple[str, str, Sequence[datetime], Sequence[datetime]]]
) -> Iterator[Finding]:
    """Findings of (area, type, times registered, times ended) by the pack's thresholds."""
    rules = look.rules
    days = rules.returning_days
    for area, dispute_type, registered, ended in rows:
        n = returns(registered, ended, timedelta(days=days))
        colour = colour_of(n, yellow=rules.returning_yellow, red=rules.returning_red)
        if colour is None:
            continue
        zh, en = (look.pack.label("dispute_types", dispute_type, language) for language in ("zh", "en"))
        yield Finding(
            "returning", area, "", colour, n, least(rules.returning_yellow, rules.returning_red), f"{days:g}d",
            f"{look.name(area, 'zh')}“{zh}”纠纷化解后{days:g}天内再次发生{n}次，有激化风险",
            f"{en} disputes came back {n} times in {look.name(area, 'en')} within {days:g} days after one had ended: "
            "they may escalate",
            subject=dispute_type,
        )  # fmt: skip
