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


#: Prints the share of a large block that goes back by itself though another one lies behind it, and malloc's heaps:
#: "held" of a process that begins its work.
_USES = """
import ctypes, sys, threading
from pathlib import Path
from schemas.memory import OWN_BYTES
from schemas.process import begin_work

LARGE = 64 * OWN_BYTES  # the system counts pages by and by, some hundred KB late

def resident():
    return 4096 * int(Path("/proc/self/statm").read_text("ascii").split()[1])

def freed(size):
    block, behind = b"x" * size, b"y" * 5000
    before = resident()
    del block
    return (before - resident()) / size

if sys.argv[1] == "held":
    begin_work()
freed(LARGE + OWN_BYTES), freed(LARGE + OWN_BYTES)
print("freed", round(freed(LARGE)), flush=True)

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


def used(how: str) -> tuple[bool, int]:
    """Whether a large block went back at once, and how many heaps eight threads and the main one have: in a process of
    its own, which what is set there leaves alone."""
    told = subprocess.run(
        [sys.executable, "-c", _USES, how], check=True, timeout=60, stdout=subprocess.PIPE, text=True
    )
    return "freed 1" in told.stdout, told.stdout.count("<heap nr=")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library has no mallopt")
def test_a_large_block_goes_back_at_once_and_threads_share_heaps() -> None:
    assert used("held") == (True, memory.HEAPS)
    freed, heaps = used("left alone")
    assert (freed, heaps > memory.HEAPS) == (False, True), "nothing would have to be told"
