"""Free memory is handed back."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from streams import memory


def resident() -> int:
    """Pages of this process in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1])


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library has no malloc_trim")
def test_what_was_freed_goes_back_to_the_system() -> None:
    kept = [np.ones(1000) for _ in range(20_000)]  # 160 MB in pieces that malloc keeps
    last = np.ones(1000)
    kept.clear()
    before = resident()
    memory.give_back()
    assert resident() < before - 20_000
    assert last.sum() == 1000
