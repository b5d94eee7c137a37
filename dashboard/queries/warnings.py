"""Warnings for the screens: their lives at one time, made of the facts as the watch makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboard.queries.evaluate import Scope
from dashboard.readings import WarningDetail, WarningRow
from schemas.clickhouse import Store
from schemas.clickhouse.warnings import Facts, facts, standing
from schemas.lifecycle import SEVERITY, Life
from schemas.packs import Pack
from schemas.routing import desk, lived

#: By id, the facts of warnings.
Told = Mapping[str, Facts]


def told(store: Store, scope: Scope, at: datetime, since: datetime | None) -> Told:
    """Facts of the warnings that may be listed at T: what stands, and what was cleared at or after `since`."""
    return standing(store, at, None if scope.everywhere else scope.areas, since)


def rows(pack: Pack, found: Told, at: datetime, limit: int, since: datetime | None) -> list[WarningRow]:
    """Warnings not cleared, and those cleared at or after `since` behind them; red first, newest first."""
    lives = [
        life for facts in found.values() if (life := lived(pack, facts.words, facts.actions, at)) is not None
    ]
    shown = [life for life in lives if life.state != "cleared" or (since is not None and life.since >= since)]
    shown.sort(
        key=lambda one: (
            one.state == "cleared", -SEVERITY[one.colour], -one.raised_at.timestamp(), one.word.warning_id,
        )
    )  # fmt: skip
    return [row(pack, life) for life in shown[:limit]]


def warning(
    store: Store, pack: Pack, areas: Sequence[str], warning_id: str, at: datetime
) -> WarningDetail | None:
    """One warning with its history; None where there is no such in these areas."""
    known = facts(store, warning_id, at)
    life = lived(pack, known.words, known.actions, at)
    if life is None or life.word.area not in areas:
        return None
    return WarningDetail(row(pack, life), life.word, life.history)


def row(pack: Pack, life: Life) -> WarningRow:
    """A life as listed."""
    word = life.word
    where = desk(pack, word, life.escalated)
    return WarningRow(
        warning_id=word.warning_id,
        area=word.area,
        category=word.category,
        rule=word.rule,
        colour=life.colour,
        state=life.state,
        raised_at=life.raised_at,
        observed=word.observed,
        expected=word.expected,
        window=word.window,
        subject=word.subject,
        since=life.since,
        reopened=life.reopened,
        escalated=life.escalated,
        acknowledge_by=life.acknowledge_by,
        level=where.level,
        departments=where.departments,
        by=life.by,
        explanation_zh=word.explanation_zh,
        explanation_en=word.explanation_en,
        recurrence_days=word.recurrence_days,
    )
