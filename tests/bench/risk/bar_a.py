"""Bar A: the 42 scenarios, ours beside Farrington Flexible and EARS, on seeds nothing was tuned on."""

from __future__ import annotations

import time
from dataclasses import fields

import numpy as np

from streams.risk.series import score, weekly
from tests.bench.report import Goal, Row, row
from tests.bench.risk import ears, farrington
from tests.bench.risk.measures import Measured, inside, measure, threshold_for
from tests.bench.risk.scenarios import FIRST, simulate

#: Tuning used seed 1; these were drawn afterwards. Each is a run of its own with `REPLICATES` series a scenario.
SEEDS, REPLICATES = (20261, 20262, 20263), 20


def run(rounds: int) -> tuple[list[Row], dict[str, float], dict[str, Goal]]:
    """Rows over up to three seeds, ratios of processor time, goals on the medians."""
    found: dict[str, list[Measured]] = {}
    seconds: dict[str, list[float]] = {"ours": [], "farrington": []}
    nominal = []
    for seed in SEEDS[: max(1, rounds)]:
        drawn = simulate(REPLICATES, seed)
        begun = time.process_time()
        ours = score(drawn.counts, FIRST, weekly(52)).p
        between = time.process_time()
        theirs = farrington.score(drawn.counts, FIRST)[1]
        updates = ours.size / 10_000
        seconds["ours"].append((between - begun) / updates)
        seconds["farrington"].append((time.process_time() - between) / updates)
        nominal.append(float((ours[~inside(drawn.outbreak)] < 0.005).mean()))
        detectors = {"ours": ours, "farrington": theirs, **ears.score(drawn.counts, FIRST)}
        for name, p in detectors.items():
            at = threshold_for(p, drawn.outbreak)
            found.setdefault(name, []).append(measure(p, drawn.outbreak, drawn.scenario, at))
    rows = [
        row(f"A {name} {part.name}", "share", [getattr(one, part.name) for one in each])
        for name, each in found.items()
        for part in fields(Measured)
        if part.name != "threshold"
    ]
    rows += [row(f"A {name} processor", "s / 10,000 updates", each) for name, each in seconds.items()]
    rows.append(row("A ours nominal p < .005", "share", nominal))
    goals = _goals(found["ours"], found["farrington"], nominal)
    ratio = float(np.median(seconds["farrington"]) / np.median(seconds["ours"]))
    return rows, {"A farrington in numpy / ours, processor": ratio}, goals


def _goals(ours: list[Measured], theirs: list[Measured], nominal: list[float]) -> dict[str, Goal]:
    def middle(each: list[Measured], name: str) -> float:
        return float(np.median([getattr(one, name) for one in each]))

    def ahead(name: str) -> float:
        return middle(ours, name) - middle(theirs, name)

    sensitivity, worst, usual = middle(ours, "sensitivity"), middle(ours, "worst"), float(np.median(nominal))
    return {
        "A sensitivity": Goal(">= 0.38", sensitivity, sensitivity >= 0.38),
        "A sensitivity over Farrington": _least(0.10, ahead("sensitivity")),
        "A detected over Farrington": _least(-0.01, ahead("detected")),
        "A first week over Farrington": _least(-0.02, ahead("first_week")),
        "A precision over Farrington": _least(0.05, ahead("precision")),
        "A worst scenario": Goal("<= 0.03", worst, worst <= 0.03),
        "A nominal p < .005": Goal("0.004 to 0.009", usual, 0.004 <= usual <= 0.009),
    }


def _least(limit: float, got: float) -> Goal:
    return Goal(f">= {limit:+g}", got, got >= limit)
