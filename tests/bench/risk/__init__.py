"""`gridpulse bench risk`: the engine on scenarios (A), a synthetic district (B), real series (C), its speed (D), and
feeds that are cut (E)."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.report import Goal, Result, Row, machine, row
from tests.bench.risk import bar_a, bar_b, bar_c, bar_d, bar_e

Part = tuple[list[Row], dict[str, float], dict[str, Goal]]


def run(rounds: int) -> Result:
    """All bars in one run; seeds and districts as many as `rounds`, at most what each bar has set aside.

    RISK_BARS chooses some of them (such as AC); the real series of bar C are read from GRIDPULSE_DATA. The speed (D)
    comes first, before the processor is hot. A bar that fails says why and hides no other.
    """
    data = Path(os.environ.get("GRIDPULSE_DATA", Path(__file__).parents[4] / "shared" / "data"))
    bars: dict[str, Callable[[], Part]] = {
        "A": lambda: bar_a.run(rounds),
        "B": lambda: bar_b.run(rounds),
        "C": lambda: bar_c.run(data),
        "D": lambda: bar_d.run(rounds),
        "E": bar_e.run,
    }
    wanted = os.environ.get("RISK_BARS", "".join(bars))
    parts = {name: _part(name, bars[name]) for name in sorted(wanted, key=lambda name: (name != "D", name))}
    rows = [one for name in sorted(parts) for one in parts[name][0]]
    ratios = {key: value for name in sorted(parts) for key, value in parts[name][1].items()}
    goals = {key: value for name in sorted(parts) for key, value in parts[name][2].items()}
    return Result("risk", machine(), tuple(rows), ratios, goals)


def _part(name: str, bar: Callable[[], Part]) -> Part:
    """One bar, with the time it took; what it told goes to stderr as soon as it is done."""
    begun = time.monotonic()
    try:
        rows, ratios, goals = bar()
    except Exception as error:  # the other bars are run all the same
        print(f"bar {name} failed: {error!r}", file=sys.stderr, flush=True)
        return [], {}, {f"{name} ran to its end": Goal("yes", 0.0, met=False)}
    took = time.monotonic() - begun
    for key, goal in goals.items():
        verdict = "met" if goal.met else "not met"
        print(f"{key}: {goal.got:.3g} ({goal.goal}) {verdict}", file=sys.stderr, flush=True)
    print(f"bar {name} took {took:.0f} s", file=sys.stderr, flush=True)
    return [*rows, row(f"{name} took", "s", [took])], ratios, goals
