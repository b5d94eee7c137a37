"""The comparator decides as R's `surveillance` does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.bench.risk import farrington
from tests.bench.risk.scenarios import FIRST, simulate

_PROGRAM = """
suppressMessages(library(surveillance)); folder <- commandArgs(TRUE)[1]
x <- t(as.matrix(read.csv(file.path(folder, "in.csv"), header=FALSE)))
control <- list(range=576:624, b=5, w=3, noPeriods=10, weightsThreshold=2.58, pastWeeksNotIncluded=26,
                pThresholdTrend=1, thresholdMethod="nbPlugin", alpha=0.01, limit54=c(5, 4))
r <- suppressWarnings(farringtonFlexible(sts(observed=x, frequency=52), control=control))
write.table(1 * t(alarms(r)), file.path(folder, "out.csv"), sep=",", row.names=FALSE, col.names=FALSE)
"""


def _r_has_surveillance() -> bool:
    program = shutil.which("Rscript")
    asked = 'quit(status = !requireNamespace("surveillance", quietly = TRUE))'
    if program is None:
        return False
    return subprocess.run([program, "-e", asked], check=False, capture_output=True).returncode == 0


def test_farrington_flexible_decides_as_r_does_in_at_least_995_of_1000_cases(tmp_path: Path) -> None:
    if not _r_has_surveillance():
        pytest.skip("R with the package surveillance is absent (Debian: r-base-core, r-cran-surveillance)")
    counts = simulate(1, seed=99).counts[::3]
    np.savetxt(tmp_path / "in.csv", counts, fmt="%d", delimiter=",")
    (tmp_path / "run.R").write_text(_PROGRAM)
    subprocess.run(["Rscript", str(tmp_path / "run.R"), str(tmp_path)], check=True, capture_output=True)
    theirs = np.genfromtxt(tmp_path / "out.csv", delimiter=",") == 1
    ours = farrington.score(counts, FIRST)[1] < 0.01
    assert theirs.sum() > 5
    assert (ours == theirs).mean() >= 0.995
