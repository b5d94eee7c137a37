"""Bar D: how long a look, and a baseline, take with 12,000 grids × 30 categories."""

from __future__ import annotations

import time

import numpy as np

from streams.risk.baseline import fit
from streams.risk.explain import warnings_of
from streams.risk.heat import heat
from streams.risk.scan import look
from tests.bench.report import Goal, Row, row
from tests.bench.risk import district as field


def run(rounds: int) -> tuple[list[Row], dict[str, float], dict[str, Goal]]:
    """A year of history; looks over a day. A look is counting incidents, scoring, merging, heat."""
    home = field.district(366, seed=81)
    now = field.START + 24.0 * 365
    history = home.reports.counts(field.START, now)
    fits = []
    for _ in range(max(1, min(rounds, 5))):
        begun = time.perf_counter()
        baseline = fit(history, home.places, now)
        fits.append(time.perf_counter() - begun)
    looks = []
    for at in now + np.arange(1, 101) * 0.2:
        begun = time.perf_counter()
        seen = look(baseline, home.reports.counts(at - 169, at), at)
        warnings_of(seen)
        heat(seen)
        looks.append(1000 * (time.perf_counter() - begun))
    late, slow = float(np.quantile(looks, 0.95)), float(np.median(fits))
    rows = [row("D look", "ms", looks), row("D look p95", "ms", [late]), row("D fit", "s", fits)]
    goals = {"D look p95": Goal("<= 250 ms", late, late <= 250), "D fit": Goal("<= 5 s", slow, slow <= 5)}
    return rows, {}, goals
