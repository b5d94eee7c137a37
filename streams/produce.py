"""Sends messages to a topic through kafka-python, packed: some hundred records a message, as an array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas.errors import ConfigError

#: Records in one packed message: large enough to cost little each, small enough to be taken in one breath.
PACK = 400

#: Seconds a broker may take to answer at first.
PATIENCE = 10.0


def packed(messages: Iterable[dict[str, Any]], size: int = PACK) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of packed messages; the key is the area of the first record."""
    iterator = iter(messages)
    while chunk := list(islice(iterator, size)):
        yield str(chunk[0].get("area", "")).encode(), msgspec.json.encode(chunk)


def single(messages: Iterable[dict[str, Any]]) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of one message a record."""
    for message in messages:
        yield str(message.get("area", "")).encode(), msgspec.json.encode(message)


class Producer:
    """A producer to one set of brokers. `send` returns when the broker has everything."""

    def __init__(self, brokers: str, patience: float = PATIENCE) -> None:
        """Raises `ConfigError` where no broker answers within so many seconds."""
        try:
            self._producer = KafkaProducer(
                bootstrap_servers=brokers.split(","),
                bootstrap_timeout_ms=int(patience * 1000),
                compression_type="zstd",
                linger_ms=20,
                batch_size=2 * 1024 * 1024,
                max_request_size=16 * 1024 * 1024,
                acks="all",
                retries=10,
            )
        except KafkaError as error:
            raise ConfigError(f"no broker answers at {brokers}: {error}; set GRIDPULSE_BROKERS") from error

    def send(
        self, topic: str, values: Iterable[tuple[bytes, bytes]], sent: Callable[[int], None] | None = None
    ) -> int:
        """Send (key, value) pairs and wait for all; `sent` is told the running count. Returns the count."""
        futures = []
        count = 0
        for key, value in values:
            futures.append(self._producer.send(topic, value=value, key=key))
            count += 1
            if sent is not None:
                sent(count)
            if len(futures) >= 2000:
                _settle(futures)
                futures = []
        self._producer.flush()
        _settle(futures)
        return count

    def close(self) -> None:
        """Flush and close."""
        self._producer.close()


def _settle(futures: list[Any]) -> None:
    for future in futures:
        future.get(timeout=60)
