"""A screen without a browser: what it knows after each message, as assets/js does it."""

from __future__ import annotations

from typing import Any


def after(known: dict[str, Any] | None, message: dict[str, Any]) -> dict[str, Any]:
    """The snapshot a screen has after a snapshot, or a change upon the one it had."""
    if message["kind"] != "change":
        return message
    assert known is not None, "a change came before a snapshot"
    within: dict[str, Any] = {name: known[name] | values for name, values in message["within"].items()}
    return {**known, **message["parts"], **within}
