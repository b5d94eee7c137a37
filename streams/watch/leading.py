"""What the worker that watches does at each look: rules and tests, the words they call for, and heat."""

from __future__ import annotations

import time
from collections.abc import Callable

from schemas.clickhouse import Store
from schemas.clock import Clock
from schemas.contracts import Warning
from schemas.packs import Pack
from streams.watch.heat import HeatTeller
from streams.watch.rules import RULES
from streams.watch.statistical import Statistical
from streams.watch.watch import Watch


class Leading:
    """One watch with its baseline. Blocks; one caller at a time.

    All workers have one, and the one that leads looks: what another one knew is read from the store.
    """

    def __init__(
        self, store: Store, pack: Pack, clock: Clock, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.statistical = Statistical(seconds)
        self.heat = HeatTeller(seconds)
        self.watch = Watch(store, pack, clock, seconds, (*RULES, self.statistical.find))

    def rest(self) -> None:
        """Another worker leads, or nobody looks: the next look is as a new one's."""
        self.watch.rest()

    def look(self) -> list[Warning]:
        """The words for the warnings topic; heat goes to the store. Raises `StoreError`."""
        words = self.watch.look()
        if self.statistical.judged is not None:
            self.heat.tell(self.store, self.statistical.judged)
        return words
