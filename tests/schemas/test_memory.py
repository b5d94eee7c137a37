"""Free memory is handed back, and little of it is kept."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from schemas import memory


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


_HOLDS = """
import ctypes, threading
from pathlib import Path
from schemas.memory import HEAPS, OWN_BYTES, hold_little

def resident():
    return 4096 * int(Path("/proc/self/statm").read_text("ascii").split()[1])

def freed(size):
    # How much of a block goes back by itself, where another one lies behind it.
    block, behind = b"x" * size, b"y" * 5000
    before = resident()
    del block
    return before - resident()

freed(16 * OWN_BYTES), freed(16 * OWN_BYTES)
assert freed(8 * OWN_BYTES) < OWN_BYTES, "left alone, malloc keeps it"
hold_little()
assert freed(8 * OWN_BYTES) > 7 * OWN_BYTES

ready = threading.Barrier(9)
def hold():
    kept = bytes(5000)
    ready.wait()
threads = [threading.Thread(target=hold, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
ready.wait()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library has no mallopt")
def test_a_large_block_goes_back_at_once_and_threads_share_heaps() -> None:
    """In a process of its own: what is set there stays so."""
    done = subprocess.run(
        [sys.executable, "-c", _HOLDS], check=True, timeout=60, capture_output=True, text=True
    )
    assert done.stdout.count("<heap nr=") == memory.HEAPS
