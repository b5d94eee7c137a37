"""What operators do about warnings, sent to the actions topic: the dashboard writes nowhere else."""

from __future__ import annotations

import threading
from typing import Any, Protocol

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas.contracts import Action
from schemas.errors import GridpulseError

#: Seconds a broker may take to have an action.
PATIENCE = 8.0


class ActionsError(GridpulseError):
    """The broker does not have the action; it may be sent again, for a repeated one counts once."""


class Actions(Protocol):
    """Where actions go."""

    def send(self, action: Action) -> None:
        """Returns when the broker has it; raises `ActionsError`. Blocks; may be called from any thread."""
        ...


class KafkaActions:
    """Actions sent through kafka-python, which connects with the first one."""

    def __init__(self, brokers: str, prefix: str, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._brokers, self._topic = brokers, f"{prefix}actions"
        self._producer: Any = None
        self._lock = threading.Lock()

    def send(self, action: Action) -> None:
        try:
            with self._lock:
                self._producer = self._producer or self._connected()
            value, key = msgspec.json.encode(action), action.warning_id.encode()
            self._producer.send(self._topic, value=value, key=key).get(timeout=self._patience)
        except KafkaError as error:
            raise ActionsError(f"no broker at {self._brokers} took the action: {error}") from error

    def _connected(self) -> Any:
        return KafkaProducer(
            bootstrap_servers=self._brokers.split(","),
            bootstrap_timeout_ms=int(self._patience * 1000),
            acks="all",
            retries=3,
        )
