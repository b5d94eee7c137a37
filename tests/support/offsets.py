"""How far topics are filled at a broker, and how much of them a group has committed."""

from __future__ import annotations

from collections.abc import Iterable

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient


def committed(admin: KafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    """The committed offset of each partition that has one above zero."""
    found = admin.list_group_offsets({group: None})[group]
    return {tp: meta.offset for tp, meta in found.items() if meta.offset > 0}


def ends(consumer: KafkaConsumer, names: Iterable[str]) -> dict[TopicPartition, int]:
    """Where every partition of these topics ends that has anything."""
    every = [
        TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name) or ()
    ]
    return {tp: end for tp, end in consumer.end_offsets(every).items() if end}
