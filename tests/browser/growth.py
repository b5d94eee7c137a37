"""Whether a page grows: its heap and its nodes over many looks."""

from __future__ import annotations

import statistics
from itertools import combinations

from playwright.sync_api import Page


def slope(values: list[float]) -> float:
    """Change a step: the median over any two looks (Theil and Sen), which one look amid a tick does not tilt."""
    return statistics.median(
        (later - sooner) / (at - before)
        for (before, sooner), (at, later) in combinations(enumerate(values), 2)
    )


def measured(page: Page) -> tuple[float, float]:
    """Heap in use in bytes after a collection, and nodes of the document."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return metrics["JSHeapUsedSize"], metrics["Nodes"]
