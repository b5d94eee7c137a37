"""Several readings at the same time: most of each is the store's work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


def together(others: Executor | None, *reads: Callable[[], T]) -> list[T]:
    """What these find, in their order; `others` take what they can beside the caller.

    What nobody has begun yet the caller reads itself, so that busy others never hold it up. Raises what the first of
    them that failed has raised.
    """
    if others is None:
        return [read() for read in reads]
    first, *rest = reads
    begun = [others.submit(read) for read in rest]
    found = [first()]
    for read, reading in zip(rest, begun, strict=True):
        found.append(read() if reading.cancel() else reading.result())
    return found
