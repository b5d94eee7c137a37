"""Apache Kafka as the tests start it: what was acknowledged outlives a kill."""

from __future__ import annotations

from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from streams.broker import create_topics
from streams.produce import Producer
from tests.support.chain import wait_until
from tests.support.kafka import Cluster, kafka_cluster

pytestmark = [pytest.mark.kafka, pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]


def produced(cluster: Cluster, *values: bytes) -> None:
    producer = Producer(cluster.brokers)
    producer.send("things", ((b"", value) for value in values))
    producer.close()


def lying(cluster: Cluster, count: int) -> list[bytes]:
    """Every value of the topic, once there are so many."""
    consumer = KafkaConsumer(bootstrap_servers=cluster.brokers.split(","), group_id=None)
    try:
        consumer.assign([TopicPartition("things", 0)])
        consumer.seek_to_beginning()
        found: list[bytes] = []

        def all_there() -> bool:
            found.extend(r.value for batch in consumer.poll(500).values() for r in batch)
            return len(found) >= count

        wait_until(all_there, 60, lambda: f"{len(found)} of {count} are there")
        return found
    finally:
        consumer.close()


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    with kafka_cluster(tmp_path) as cluster:
        create_topics(cluster.brokers, ["things"], 1, cluster.replication)
        produced(cluster, b"one", b"two")
        cluster.nodes[0].kill()
        cluster.nodes[0].start()
        cluster.wait()
        produced(cluster, b"three")
        assert lying(cluster, 3) == [b"one", b"two", b"three"]
