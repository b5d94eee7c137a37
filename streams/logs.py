"""A worker's log: what its libraries repeat many times a second while a broker is away is said now and then."""

from __future__ import annotations

import logging

#: Between two sayings of the same.
SECONDS = 30.0
#: Loggers that repeat themselves.
REPEATING = ("aiokafka", "faust.transport", "faust.assignor", "urllib3", "clickhouse_connect")
_REMEMBERED = 1000


class Seldom(logging.Filter):
    """Lets a repeating logger say the same, told by its text before the values are filled in, once in `SECONDS`."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(REPEATING):
            return True
        key = (record.name, str(record.msg)[:80])
        if record.created - self._said.get(key, 0.0) < SECONDS:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[key] = record.created
        return True


def begin_log() -> None:
    """Log to standard error from now on."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)  # the watchdog's looks at the broker
    for handler in logging.getLogger().handlers:
        handler.addFilter(Seldom())
