"""The watch itself: looks at the store, and keeps what it said until the store has it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from schemas.clickhouse import Store
from schemas.clickhouse.warnings import Facts, standing
from schemas.clock import Clock
from schemas.contracts import Warning
from schemas.lifecycle import said_at
from schemas.packs import Pack
from schemas.windows import floor_ms
from streams.watch.finding import Find, Finding, Key, Look, key_of
from streams.watch.rules import RULES
from streams.watch.words import words

#: A word said but not yet seen in the store is trusted so many seconds, whatever a replay's clock says.
TOLD_SECONDS = 120.0


class Watch:
    """Looks at the store with rules and tests. Blocks; one caller at a time. `seconds` tells real time passing.

    A new watch that knows nothing goes on where another one ended. What a rule warned of counts as found at its first
    look: the one before may have seen it a moment ago. So a warning ends once one watch has found nothing for the whole
    of its quiet time.
    """

    def __init__(
        self,
        store: Store,
        pack: Pack,
        clock: Clock,
        seconds: Callable[[], float] = time.monotonic,
        finds: Sequence[Find] = RULES,
    ) -> None:
        self.store = store
        self.pack = pack
        self.clock = clock
        self.finds = finds
        self._seconds = seconds
        self._told: list[tuple[float, Warning]] = []
        self._seen: dict[Key, datetime] | None = None

    def rest(self) -> None:
        """Until the next look another watch looks, or none: what this one saw is forgotten."""
        self._seen = None

    def look(self) -> list[Warning]:
        """The words for the warnings topic. Raises `StoreError`; the look after one that failed is as a new watch's."""
        at = floor_ms(self.clock.now())
        seen, self._seen = self._seen, None
        known = self._known(at)
        newest = [max(facts.words, key=said_at) for facts in known.values() if facts.words]
        findings = list(self._findings(Look(self.store, self.pack, at, newest)))
        if seen is None:
            seen = {key_of(word): at for word in newest if word.rule}
        told = words(self.pack, known, findings, seen, at)
        recent = {key: when for key, when in seen.items() if at - when < timedelta(days=2)}
        self._seen = recent | dict.fromkeys((finding.key for finding in findings), at)
        self._told += [(self._seconds(), word) for word in told]
        return told

    def _findings(self, look: Look) -> Iterator[Finding]:
        for find in self.finds:
            yield from find(look)

    def _known(self, at: datetime) -> dict[str, Facts]:
        """The facts in the store, and the words on their way there."""
        life = self.pack.settings.life
        since = at - timedelta(hours=max(life.reopen_hours, life.quiet_hours) + 1)
        known = standing(self.store, at, since=since)
        self._told = [(when, word) for when, word in self._told if self._seconds() - when <= TOLD_SECONDS]
        for _, word in self._told:
            facts = known.get(word.warning_id, Facts())
            if word not in facts.words:
                known[word.warning_id] = Facts((*facts.words, word), facts.actions)
        return known
