"""Bar E: a feed cut at any time. Everything it speaks for is unknown at the next look, and a warning tells of it."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from dashboard.queries import StoreReadings
from schemas.clickhouse import Store
from schemas.clock import FixedClock
from schemas.packs import FeedScope, Pack, Rules
from streams.watch.finding import Look
from streams.watch.leading import Leading
from tests.bench.report import Goal, Row, row
from tests.support import small
from tests.support.store import fresh_store

MONDAY, DAYS, EVERY = datetime(2026, 3, 2, tzinfo=UTC), 8, timedelta(minutes=20)
CUTS, SEED, LIMIT = 12, 5, 60  # cuts of each kind; minutes after which a feed is silent
WHOLE = small.pack(Rules(silent_yellow_minutes=LIMIT, silent_red_minutes=360))
PART = small.pack(
    Rules(silent_yellow_minutes=LIMIT), feeds=(FeedScope("events", "village", "370403001001", LIMIT),)
)


def run() -> tuple[list[Row], dict[str, float], dict[str, Goal]]:
    """Whole feeds and feeds of one village, cut at random times of a week, looked at after the limit and within three
    days."""
    random = np.random.default_rng(SEED)
    told, calm, others, before = [], 0, [], []
    with tempfile.TemporaryDirectory() as folder:
        for pack in (WHOLE, PART):
            for _ in range(CUTS):
                cut = MONDAY + timedelta(minutes=int(random.integers(7 * 24 * 60)))
                later = [
                    timedelta(minutes=LIMIT),
                    timedelta(minutes=int(random.integers(LIMIT, 3 * 24 * 60))),
                ]
                with fresh_store(Path(folder)) as store:
                    _speak(store, pack, cut, later[-1])
                    before.append(None not in _looked(store, pack, cut)[1].values())
                    for after in later:
                        silent, scores = _looked(store, pack, cut + after)
                        lost = set(scores) if pack is WHOLE else {"370403001001"}
                        told.append(silent)
                        calm += sum(scores[area] is not None for area in lost)
                        others.append(all(scores[area] is not None for area in set(scores) - lost))
    warned, known = float(np.mean(told)), float(np.mean(others))
    rows = [
        row("E cuts, each looked at twice", "cuts", [2 * CUTS]),
        row("E looks after a cut that tell of the silence", "share", [warned]),
        row("E places of a cut feed told as anything but unknown", "places", [calm]),
        row("E looks at which the other feeds' places stay known", "share", [known]),
        row("E looks before a cut at which all is known", "share", [float(np.mean(before))]),
    ]
    return (
        rows,
        {},
        {
            "E silence is told": Goal("1", warned, warned == 1),
            "E places of a cut feed that look calm": Goal("0", calm, calm == 0),
        },
    )


def _speak(store: Store, pack: Pack, cut: datetime, after: timedelta) -> None:
    """Events until the cut; where one village's feed is cut, those of another town go on."""
    places = [("village", "370403001001", cut)]
    places += [("desk", "370403002", cut + after)] if pack is PART else [("desk", "370403002", cut)]
    for source, area, until in places:
        times = [until - EVERY * n - timedelta(minutes=1) for n in range(DAYS * 72)]
        messages = [
            small.event(f"{source}{n}", "reported", t.isoformat(), reported_at=t.isoformat(), area=area, source=source)
            for n, t in enumerate(times)
        ]  # fmt: skip
        small.stored(store, "events", messages, pack)


def _looked(store: Store, pack: Pack, at: datetime) -> tuple[bool, dict[str, float | None]]:
    """Look; whether it tells of a silent feed, and the scores of the leaves as the screens have them then."""
    leading = Leading(store, pack, FixedClock(at))
    leading.statistical.learn_now(Look(store, pack, at))
    silent = any(word.rule == "feed_silent" for word in leading.look())
    found = StoreReadings(store, pack).risk("370403", at + timedelta(seconds=1))
    return silent, {code: found.score(code) for code in ("370403001001", "370403001002", "370403002")}
