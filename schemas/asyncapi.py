"""The AsyncAPI 3.0 document: topics as channels, what gridpulse receives and sends, and the messages."""

from __future__ import annotations

from typing import Any

from msgspec.json import schema_components

from schemas.contracts import CONTRACTS, INPUT_TOPICS, TOPICS, Topic
from schemas.examples import EXAMPLES

_KAFKA = "0.5.0"  # version of the Kafka binding
#: The topics gridpulse writes to: its own output, and what operators do on the screens.
_SENT: tuple[Topic, ...] = ("actions", "warnings", "quarantine")
_SUMMARY: dict[Topic, str] = {
    "events": "Stages of grid events",
    "mediation": "Stages of mediation cases",
    "cameras": "Status and heartbeats of devices",
    "statistics": "Periodic figures that no stream carries",
    "actions": "What operators did about warnings",
    "warnings": "Risk warnings raised, changed and cleared",
    "quarantine": "Records that could not be taken",
}
_KEYS: dict[Topic, str] = {"quarantine": "short name of the topic the record came on"}
_DESCRIPTION = (
    "Live indicators and risk warnings for grid governance. A message value is one UTF-8 JSON object or an "
    "array of them, its key the area code. Times are RFC 3339 with an offset. Unknown fields are ignored, "
    "new fields get defaults, a field never changes its type. The prefix of the topics' names is a setting. "
    "No record carries a person: one that holds something shaped like an identity or a mobile number is "
    "quarantined, with that value masked."
)


def document() -> dict[str, Any]:
    """The whole document, self-contained: no reference leads out of it."""
    references, schemas = schema_components(
        [CONTRACTS[topic] for topic in TOPICS], ref_template="#/components/schemas/{name}"
    )
    records = dict(zip(TOPICS, references, strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "gridpulse 格脉",
            "version": "1",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic) for topic in TOPICS},
        "operations": {
            **{f"receive_{topic}": _operation(topic, "receive") for topic in INPUT_TOPICS},
            **{f"send_{topic}": _operation(topic, "send") for topic in _SENT},
        },
        "components": {
            "messages": {topic: _message(topic, records[topic]) for topic in TOPICS},
            "schemas": schemas,
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    address = f"gridpulse.{topic}"
    return {
        "address": address,
        "title": _SUMMARY[topic],
        "messages": {topic: {"$ref": f"#/components/messages/{topic}"}},
        "bindings": {"kafka": {"topic": address, "bindingVersion": _KAFKA}},
    }


def _operation(topic: Topic, action: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": _SUMMARY[topic],
        "messages": [{"$ref": f"#/channels/{topic}/messages/{topic}"}],
        "bindings": {"kafka": {"bindingVersion": _KAFKA}},
    }


def _message(topic: Topic, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": topic,
        "title": _SUMMARY[topic],
        "contentType": "application/json",
        "payload": {"anyOf": [record, {"type": "array", "items": record}]},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": _KEYS.get(topic, "area code")},
                "bindingVersion": _KAFKA,
            }
        },
        "examples": [{"name": topic, "payload": EXAMPLES[topic]}],
    }
