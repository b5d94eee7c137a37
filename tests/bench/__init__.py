"""Benchmarks, run by `gridpulse bench NAME` from a checkout. None is a test: a timing never passes or fails a build."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench import cost, freshness, ingest, risk, screens, snapshot, start, workers, year
from tests.bench import map as map_bench
from tests.bench.report import Result

BENCHES: dict[str, Callable[..., Result]] = {
    "start": start.run,
    "ingest": ingest.run,
    "workers": workers.run,
    "year": year.run,
    "snapshot": snapshot.run,
    "map": map_bench.run,
    "screens": screens.run,
    "freshness": freshness.run,
    "cost": cost.run,
    "risk": risk.run,
}
