"""The errors gridpulse raises on purpose.

GridpulseError
├── PackError          a pack's files do not fit together: names file, line and the mend
├── ConfigError        a setting is missing or impossible
├── RecordError        one record cannot be taken: reason and field, goes to quarantine
├── MappingError       an import mapping does not fit its file
├── HistoryError       a history file cannot be judged: names line and the mend
├── StoreError         the store cannot be reached or is of another version
├── WorkerDied         a worker ended by itself after it had started: starting again mends it
└── QuarantineFull     the quarantine cap is reached: the source is misconfigured
"""

from __future__ import annotations


class GridpulseError(Exception):
    """Base of every error whose message is meant for a person: it says what, where and how to mend it."""


class PackError(GridpulseError):
    """A pack's files do not fit together."""


class ConfigError(GridpulseError):
    """A setting is missing or impossible."""


class MappingError(GridpulseError):
    """An import mapping does not fit its file."""


class HistoryError(GridpulseError):
    """A history file for a backtest has gaps, wrong values or steps that do not fit."""


class StoreError(GridpulseError):
    """The store cannot be reached, is locked, or holds tables of another version."""


class WorkerDied(GridpulseError):  # noqa: N818 - it is about a process
    """A worker ended by itself after it had started. Nothing is lost by starting it again."""


class QuarantineFull(GridpulseError):  # noqa: N818 - the word operators know it by
    """More records were rejected than the cap allows: consuming stops before a whole source ends there."""


class RecordError(GridpulseError):
    """One record cannot be taken. `reason` is a short machine-readable word, `field` the field at fault."""

    def __init__(self, reason: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.field = field
