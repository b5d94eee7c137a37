"""Statistical warnings of places that are unknown now: neither found nor over, they stand as they were last told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from schemas.areas import AreaTree
from schemas.contracts import Warning
from schemas.lifecycle import said_at
from streams.risk.counts import Flags
from streams.watch.finding import Finding, Key, key_of

#: A warning that could not be judged for so long ends all the same: by then no window holds any of what it told of.
LONGEST = timedelta(days=7)
_DETAIL = (
    "recurrence_days", "p", "q", "category_share", "certainty", "areas", "rise", "arrived", "window_from", "window_to",
    "baseline_from", "baseline_to",
)  # fmt: skip


def unheard(
    tree: AreaTree,
    areas: Sequence[str],
    known: Flags,
    standing: Iterable[Warning],
    found: Iterable[Key],
    at: datetime,
) -> Iterator[Finding]:
    """What was told last, of the warnings that stand, were not `found` now, and fewer than half of whose places are
    `known` [areas]. `areas` in the order of the tree."""
    if known.all():
        return
    position = np.array([tree.position(area) for area in areas])
    heard = np.concatenate(([0], np.cumsum(known)))
    keys = set(found)
    for word in standing:
        if word.rule or not word.found or key_of(word) in keys or at - _judged(word) >= LONGEST:
            continue
        spans = [tree.span(code) for code in word.areas or (word.area,) if code in tree]
        ends = np.searchsorted(position, np.array(spans, dtype=np.int64).reshape(-1, 2))
        if 2 * (heard[ends[:, 1]] - heard[ends[:, 0]]).sum() < (ends[:, 1] - ends[:, 0]).sum():
            yield _as_told(word)


def _judged(word: Warning) -> datetime:
    """When it was last judged."""
    return word.window_to or said_at(word)


def _as_told(word: Warning) -> Finding:
    return Finding(
        rule="", area=word.area, category=word.category, colour=word.colour, observed=word.observed,
        expected=word.expected, window=word.window, zh=word.explanation_zh, en=word.explanation_en,
        subject=word.subject, detail={name: getattr(word, name) for name in _DETAIL},
    )  # fmt: skip
