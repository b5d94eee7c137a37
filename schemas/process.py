"""What a process does once, as it begins its work."""

from __future__ import annotations

from schemas.collector import calm
from schemas.memory import hold_little


def begin_work() -> None:
    """Python's collector looks more seldom, and malloc keeps less: for a process that has made its parts."""
    calm()
    hold_little()
