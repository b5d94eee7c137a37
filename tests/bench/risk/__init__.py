"""`gridpulse bench risk`: the engine on scenarios (A), a synthetic district (B), real series (C), and its speed (D)."""

from __future__ import annotations

import os
from pathlib import Path

from tests.bench.report import Goal, Result, Row, machine
from tests.bench.risk import bar_a, bar_b, bar_c, bar_d


def run(rounds: int) -> Result:
    """All bars in one run; seeds and districts as many as `rounds`, at most what each bar has set aside.

    RISK_BARS chooses some of them (such as AC); the real series of bar C are read from GRIDPULSE_DATA.
    """
    data = Path(os.environ.get("GRIDPULSE_DATA", Path(__file__).parents[4] / "shared" / "data"))
    bars = {
        "A": lambda: bar_a.run(rounds),
        "B": lambda: bar_b.run(rounds),
        "C": lambda: bar_c.run(data),
        "D": lambda: bar_d.run(rounds),
    }
    rows: list[Row] = []
    ratios: dict[str, float] = {}
    goals: dict[str, Goal] = {}
    for name in os.environ.get("RISK_BARS", "ABCD"):
        more, compared, reached = bars[name]()
        rows += more
        ratios |= compared
        goals |= reached
    return Result("risk", machine(), tuple(rows), ratios, goals)
