"""Memory that is free goes back to the system: malloc alone keeps what a busy minute took."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Hand free memory back, in some milliseconds; does nothing where the C library cannot (musl, macOS)."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """`malloc_trim` of glibc (mallopt(3)), None where there is none."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim
