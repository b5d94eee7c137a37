"""Metrics: every name has its help, and the page is what Prometheus reads."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from schemas.metrics import HELP, MetricName, Sample, exposition


def test_every_metric_has_its_help() -> None:
    assert set(HELP) == set(get_args(MetricName))


def test_a_metric_is_told_once_with_help_type_and_all_its_values() -> None:
    page = exposition(
        [
            Sample("gridpulse_taken_total", 7, "events"),
            Sample("gridpulse_rollup_seconds", 0.25),
            Sample("gridpulse_taken_total", 0, "cameras"),
        ]
    )
    assert page.splitlines() == [
        "# HELP gridpulse_taken_total records stored since this worker started",
        "# TYPE gridpulse_taken_total counter",
        'gridpulse_taken_total{topic="events"} 7',
        'gridpulse_taken_total{topic="cameras"} 0',
        "# HELP gridpulse_rollup_seconds seconds since the start of the last recomputation of all touched units",
        "# TYPE gridpulse_rollup_seconds gauge",
        "gridpulse_rollup_seconds 0.25",
    ]


def test_every_metric_is_on_the_operators_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    assert [name for name in HELP if f"`{name}`" not in page] == []
