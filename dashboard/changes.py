"""What a snapshot changes in the one before it: a second later most of a screen is as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What makes `now` of `before`, two snapshots of one scope, two levels deep; assets/js/changes.js puts it together.

    `parts`: the parts that differ. `within`: of parts that are objects with the same names before and now, by part, the
    values that differ.
    """
    parts: dict[str, Any] = {}
    within: dict[str, dict[str, Any]] = {}
    for name, value in now.items():
        was = before.get(name)
        if was == value and name in before:
            continue
        if isinstance(value, Mapping) and isinstance(was, Mapping) and was.keys() == value.keys():
            within[name] = {key: one for key, one in value.items() if was[key] != one}
        else:
            parts[name] = value
    return {"kind": "change", "parts": parts, "within": within}
