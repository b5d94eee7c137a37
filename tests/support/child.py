"""Processes that a test starts and that never outlive it."""

from __future__ import annotations

import shutil


def bound(*command: str) -> list[str]:
    """The command, killed by the system when the process that starts it ends, where the system can do that."""
    return ["setpriv", "--pdeathsig", "KILL", *command] if shutil.which("setpriv") else list(command)
