"""The oracle: messages in, every figure of every area at any time out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from tests.support.oracle.areas import OracleAreas, Slots
from tests.support.oracle.cases import Body
from tests.support.oracle.clock import MILLISECOND, Clock, Span, millis
from tests.support.oracle.devices import Devices
from tests.support.oracle.events import Events
from tests.support.oracle.figure import Figure, Measure
from tests.support.oracle.mediation import Mediation

THREE_MISSED_HEARTBEATS = timedelta(seconds=180)


class Topic(Protocol):
    """What the messages of one topic say."""

    def add(self, bodies: Iterable[Body]) -> None: ...

    def measure(self, span: Span, stock_at: int) -> dict[str, dict[str, Measure]]: ...


class Oracle:
    """Every indicator of semantics.md from plain messages, valid ones only, in any order, repeated or not.

    Messages are kept, not copied: the caller changes none afterwards. `offline_after` None = a status holds.
    """

    def __init__(
        self, areas: OracleAreas, time_zone: str, offline_after: timedelta | None = THREE_MISSED_HEARTBEATS
    ) -> None:
        slots = Slots(areas)
        self._clock = Clock(time_zone)
        rule = None if offline_after is None else offline_after // MILLISECOND
        self._devices = Devices(slots, self._clock.whole_hour, rule)
        self._topics: dict[str, Topic] = {
            "events": Events(slots),
            "mediation": Mediation(slots),
            "cameras": self._devices,
        }

    def add(self, topic: str, messages: Iterable[dict[str, Any]]) -> None:
        """Take in messages of "events", "mediation" or "cameras"; KeyError for another topic or stage."""
        self._topics[topic].add(messages)

    def figures(self, window: str, at: datetime) -> dict[str, dict[str, Figure]]:
        """Area code, and "<code>/unassigned" of each node with children → indicator → figure.

        `at` is aware (else ValueError); window is one of today, 7d, 30d, mtd, qtd, ytd (else KeyError).
        """
        span, before, a_year_ago = self._clock.spans(window, millis(at))
        now = self._measure(span, span.end)
        previous = self._measure(before, self._clock.whole_hour(before.end))
        year_ago = self._measure(a_year_ago, self._clock.whole_hour(a_year_ago.end))
        return {
            slot: {
                name: Figure(
                    measure.value,
                    measure.numerator,
                    measure.denominator,
                    previous[slot][name].value,
                    year_ago[slot][name].value,
                )
                for name, measure in measures.items()
            }
            for slot, measures in now.items()
        }

    def availability(self, start: datetime, end: datetime) -> dict[str, float | None]:
        """Slot → availability of the devices over a window of its own, both ends aware and whole hours."""
        found = self._devices.measure(Span(millis(start), millis(end)), millis(end))
        return {slot: measures["availability"].value for slot, measures in found.items()}

    def _measure(self, span: Span, stock_at: int) -> dict[str, dict[str, Measure]]:
        by_topic = [topic.measure(span, stock_at) for topic in self._topics.values()]
        return {
            slot: {name: measure for topic in by_topic for name, measure in topic[slot].items()}
            for slot in by_topic[0]
        }
