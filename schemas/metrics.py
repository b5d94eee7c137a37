"""The names of every metric and their exposition as Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

MetricName = Literal[
    "gridpulse_waiting_messages",  # gauge, by topic
    "gridpulse_waiting_seconds",  # gauge, by topic
    "gridpulse_taken_total",  # counter, by topic
    "gridpulse_rejected_total",  # counter, by topic
    "gridpulse_topic_stopped",  # gauge, by topic
    "gridpulse_store_errors_total",  # counter, by topic
    "gridpulse_rollup_seconds",  # gauge
    "gridpulse_feed_age_seconds",  # gauge, by topic
    "gridpulse_worker_age_seconds",  # gauge
]

#: What each one says; a name that ends in _total is a counter, any other a gauge.
HELP: dict[MetricName, str] = {
    "gridpulse_waiting_messages": "messages at the broker that are not stored yet, in this worker's partitions",
    "gridpulse_waiting_seconds": "age of the oldest of them that was fetched",
    "gridpulse_taken_total": "records stored since this worker started",
    "gridpulse_rejected_total": "records put into quarantine since this worker started",
    "gridpulse_topic_stopped": "1 where the quarantine's cap has stopped the topic",
    "gridpulse_store_errors_total": "inserts the store refused since this worker started; each is tried again",
    "gridpulse_rollup_seconds": "seconds since the start of the last recomputation of all touched units",
    "gridpulse_feed_age_seconds": "seconds from a topic's newest message to the clock's now: freshness of the screens",
    "gridpulse_worker_age_seconds": "seconds since a worker last told the store how far it is",
}
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """One value of a metric, of one topic where `topic` is given."""

    name: MetricName
    value: float
    topic: str = ""


def exposition(samples: Iterable[Sample]) -> str:
    """The samples as a page for Prometheus, each metric with its help and type before its values."""
    by_name: dict[MetricName, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    lines = []
    for name, values in by_name.items():
        lines += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} {kind(name)}"]
        lines += [f"{name}{_labels(s)} {s.value!r}" for s in values]
    return "".join(line + "\n" for line in lines)


def kind(name: MetricName) -> str:
    """`counter` or `gauge`."""
    return "counter" if name.endswith("_total") else "gauge"


def _labels(sample: Sample) -> str:
    return f'{{topic="{sample.topic}"}}' if sample.topic else ""
