"""One example record a topic, for the generated documents; every one of them is a valid record."""

from __future__ import annotations

from schemas.contracts import Topic

EXAMPLES: dict[Topic, dict[str, object]] = {
    "events": {
        "source": "platform",
        "id": "E-2026-000123",
        "stage": "closed",
        "at": "2026-03-01T10:20:00+08:00",
        "reported_at": "2026-03-01T08:05:00+08:00",
        "area": "370403001001002",
        "category": "sanitation",
        "channel": "grid_app",
        "due_at": "2026-03-02T08:05:00+08:00",
        "handling_level": "grid",
    },
    "mediation": {
        "source": "platform",
        "id": "M-2026-000045",
        "stage": "succeeded",
        "at": "2026-03-05T16:00:00+08:00",
        "registered_at": "2026-03-01T09:30:00+08:00",
        "area": "370403001001",
        "dispute_type": "neighbour",
        "origin": "platform",
        "body_level": "village",
        "triage": "blue",
    },
    "cameras": {
        "device_id": "37040300001310000012",
        "at": "2026-03-01T10:00:00+08:00",
        "status": "online",
        "area": "370403001001002",
        "network": "xueliang",
    },
    "statistics": {
        "area": "370403",
        "name": "court_filings",
        "period": "2026-Q1",
        "value": 812.0,
        "at": "2026-04-05T09:00:00+08:00",
        "source": "court",
    },
    "actions": {
        "warning_id": "w-5f0c2a",
        "action": "acknowledge",
        "by": "district desk",
        "at": "2026-03-01T10:21:00+08:00",
    },
    "warnings": {
        "warning_id": "w-5f0c2a",
        "area": "370403001",
        "category": "sanitation",
        "colour": "yellow",
        "state": "raised",
        "raised_at": "2026-03-01T10:20:30+08:00",
        "window": "24h",
        "observed": 19.0,
        "expected": 6.4,
        "recurrence_days": 62.0,
    },
    "quarantine": {
        "topic": "events",
        "partition": 3,
        "offset": 10482,
        "reason": "personal",
        "at": "2026-03-01T10:20:01+08:00",
        "payload": '{"source":"platform","id":"1**********"}',
        "field": "id",
    },
}
