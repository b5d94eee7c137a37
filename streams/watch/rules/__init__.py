"""The rules behind warnings, one a module: each has its query, its judgement and its words. Thresholds: the pack."""

from __future__ import annotations

from streams.watch.finding import Find
from streams.watch.rules import (
    devices,
    due_soon,
    overdue,
    projects,
    returning,
    silence,
    triage,
)

RULES: tuple[Find, ...] = (
    overdue.find,
    due_soon.find,
    triage.find,
    returning.find,
    devices.find,
    silence.find,
    projects.find,
)
