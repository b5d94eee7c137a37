"""What a test needs from the machine: missing, it skips at a desk and fails where CI=true."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def in_ci() -> bool:
    """Whether this run may skip nothing for want of a tool."""
    return os.environ.get("CI", "").lower() == "true"


def require(condition: object, reason: str) -> None:
    """Go on where the condition holds; else skip with the reason, or fail with it under CI=true."""
    if condition:
        return
    if in_ci():
        pytest.fail(f"needed under CI=true: {reason}", pytrace=False)
    pytest.skip(reason)


def shared_data(relative: str) -> Path:
    """A file of the shared data folder (`GRIDPULSE_DATA`, else `../shared/data`); absent, the test skips."""
    folder = Path(os.environ.get("GRIDPULSE_DATA", _ROOT.parent / "shared" / "data"))
    path = folder / relative
    if not path.exists():
        pytest.skip(f"no {relative} in {folder}: set GRIDPULSE_DATA to the folder with the published files")
    return path
