"""Sends what changes about warnings to a webhook: signed, each at least once with an id, tried again until taken."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa

from schemas.clickhouse import Store
from schemas.clickhouse.warnings import read_word
from schemas.contracts import Warning
from schemas.lifecycle import changes, said_at

log = logging.getLogger(__name__)

#: What a receiver has not taken within so long is given up: it would be no news any more.
KEPT = timedelta(days=7)
#: A receiver has so many seconds to answer.
ANSWER_SECONDS = 10.0

#: The words that change something, of every warning spoken of lately, from its beginning: each has its number.
_WORDS = """
    SELECT message FROM (
        SELECT warning_id, message, updated_at, lagInFrame(now) OVER said AS before, now FROM (
            SELECT warning_id, message, updated_at,
                   (colour, state, JSONExtractInt(message, 'escalated'), JSONExtractInt(message, 'reopened')) AS now
            FROM warning_words WHERE warning_id IN (
                SELECT warning_id FROM warning_words WHERE updated_at >= {since:DateTime64(3, 'UTC')})
        )
        WINDOW said AS (PARTITION BY warning_id ORDER BY updated_at, message
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ) WHERE now != before
    ORDER BY warning_id, updated_at, message
"""
_TAKEN = "SELECT DISTINCT delivery_id FROM deliveries WHERE output = {output:String}"

Post = Callable[[str, bytes, dict[str, str]], None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One change to tell; `id` is the same whoever tells it, however often."""

    id: str
    word: Warning

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(self.word)


def deliveries(words: list[Warning], since: datetime) -> list[Delivery]:
    """What changed about warnings since then, oldest first: raised, recoloured, acknowledged, handed up, ended …

    `words`: of each warning all that change something, from its beginning on."""
    by_id: dict[str, list[Warning]] = defaultdict(list)
    for word in words:
        by_id[word.warning_id].append(word)
    found = []
    for said in by_id.values():
        times = Counter[tuple[str, ...]]()
        for word in changes(said):
            times[_state(word)] += 1
            if said_at(word) >= since:
                found.append(Delivery(delivery_id(word, times[_state(word)]), word))
    return sorted(found, key=lambda one: (said_at(one.word), one.id))


def _state(word: Warning) -> tuple[str, ...]:
    return word.colour, word.state, str(word.escalated), str(word.reopened)


def delivery_id(word: Warning, time: int = 1) -> str:
    """The id of what the word changes, where the warning becomes so for the first, second … time: what went from red to
    yellow and back is told to be red again."""
    parts = (word.warning_id, *_state(word), *([str(time)] if time > 1 else []))
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def signature(secret: str, sent_at: str, body: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of time and body, so that neither can be changed nor an old one sent again unseen."""
    return "sha256=" + hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """POST; raises `OSError` where the receiver does not answer with 2xx in time."""
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - http(s), see `Webhook`
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS):  # noqa: S310
        pass


@dataclass
class Webhook:
    """One receiver. What it has taken stands in the store, so any worker can go on after any crash: at least once.

    `first`, `longest`: seconds between tries after a failure, doubling. Blocks; one caller at a time.
    """

    store: Store
    url: str
    secret: str
    first: float = 1.0
    longest: float = 300.0
    post: Post = post
    seconds: Callable[[], float] = time.monotonic
    _pause: float = field(default=0.0, init=False)
    _not_before: float = field(default=float("-inf"), init=False)

    def send(self, now: datetime) -> int:
        """Send what was not taken yet, oldest first; returns how many were. Stops at the first that fails, and tries
        no sooner than its pause allows. Raises `StoreError`."""
        if self.seconds() < self._not_before:
            return 0
        sent = 0
        for delivery in self._pending(now):
            try:
                self.post(self.url, delivery.body, self._headers(delivery))
            except OSError as error:
                self._pause = min(max(self.first, 2 * self._pause), self.longest)
                self._not_before = self.seconds() + self._pause
                log.warning("the webhook takes nothing, tried again in %.0f s: %s", self._pause, error)
                return sent
            self._taken(delivery)
            self._pause = 0.0
            sent += 1
        return sent

    def _pending(self, now: datetime) -> Iterator[Delivery]:
        rows = self.store.rows(_WORDS, {"since": now - KEPT})
        words = [word for (message,) in rows if (word := read_word(message)) is not None]
        taken = {identity for (identity,) in self.store.rows(_TAKEN, {"output": self.url})}
        seen = set(taken)
        for delivery in deliveries(words, now - KEPT):
            if delivery.id not in seen:
                seen.add(delivery.id)
                yield delivery

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        sent_at = str(int(time.time()))
        return {
            "Content-Type": "application/json",
            "X-Gridpulse-Delivery": delivery.id,
            "X-Gridpulse-Timestamp": sent_at,
            "X-Gridpulse-Signature": signature(self.secret, sent_at, delivery.body),
        }

    def _taken(self, delivery: Delivery) -> None:
        self.store.insert(
            "deliveries",
            pa.table(
                {
                    "output": [self.url],
                    "delivery_id": [delivery.id],
                    "at": pa.array([datetime.now(UTC)], pa.timestamp("ms", tz="UTC")),
                }
            ),
        )
