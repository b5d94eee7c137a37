"""Several readings at the same time: most of each is the store's work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, wait
from typing import TypeVar

T = TypeVar("T")


def together(others: Executor | None, *reads: Callable[[], T]) -> list[T]:
    """What these find, in their order; `others` take what they can beside the caller.

    What nobody has begun yet the caller reads itself, so that busy others never hold it up. Raises what one of them has
    raised; none is still being read then.
    """
    if others is None:
        return [read() for read in reads]
    first, *rest = reads
    begun = [others.submit(read) for read in rest]
    try:
        found = [first()]
        mine = {reading: read() for read, reading in zip(rest, begun, strict=True) if reading.cancel()}
        return found + [mine[reading] if reading in mine else reading.result() for reading in begun]
    finally:
        wait([reading for reading in begun if not reading.cancel()])
