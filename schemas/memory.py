"""Memory that is free goes back to the system: malloc alone keeps what a busy minute took."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

#: Threads share so many of malloc's heaps; left alone each takes its own, up to eight a core, and leaves holes in it.
HEAPS = 2
#: A block of so many bytes for which no heap has room is mapped by itself, and gone once it is freed. Left alone malloc
#: soon lets its heaps grow for blocks of up to 32 MB, where a small one behind them keeps them.
OWN_BYTES = 256 * 1024
#: So much is left at the end of a heap.
LEFT_BYTES = 1024 * 1024
#: Names of malloc.h (mallopt(3)).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def hold_little() -> None:
    """Let malloc keep less of what is freed; does nothing where the C library cannot (musl, macOS). For a process that
    begins its work: heaps that threads have by then stay theirs."""
    set_to = _of_glibc("mallopt")
    if set_to is not None:
        set_to(_ARENA_MAX, HEAPS)
        set_to(_MMAP_THRESHOLD, OWN_BYTES)
        set_to(_TRIM_THRESHOLD, LEFT_BYTES)


def give_back() -> None:
    """Hand free memory back, in some milliseconds; does nothing where the C library cannot (musl, macOS)."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


@cache
def _of_glibc(name: str) -> Callable[..., int] | None:
    """A function of glibc's malloc (mallopt(3), malloc_trim(3)), None where there is none."""
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
