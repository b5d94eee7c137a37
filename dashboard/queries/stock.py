"""What is open: it changes with every case, and with every deadline that passes while nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from dashboard.queries.tree_sums import Sums

#: Deadlines so far ahead are read with what is open.
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Deadlines ahead: when (milliseconds since the epoch), where in the tree, and what each changes in the sums."""

    moments: Sums
    positions: Sums
    changes: Sums

    def chosen(self, which: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Deadlines:
        """Some of them."""
        return Deadlines(self.moments[which], self.positions[which], self.changes[which])

    def plus(self, others: Deadlines) -> Deadlines:
        """These and others."""
        return Deadlines(
            np.concatenate([self.moments, others.moments]),
            np.concatenate([self.positions, others.positions]),
            np.concatenate([self.changes, others.changes]),
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """Sums of open cases (areas, measures) at one time, and the deadlines from then until `AHEAD` of their reading."""

    sums: Sums
    ahead: Deadlines

    def at(self, moment: datetime) -> Stock:
        """What is open at a later time, as long as no case changes."""
        passed = self.ahead.moments < milliseconds(moment)
        if not passed.any():
            return self
        sums = self.sums.copy()
        np.add.at(sums, self.ahead.positions[passed], self.ahead.changes[passed])
        return Stock(sums, self.ahead.chosen(~passed))

    def plus(self, positions: Sums, sums: Sums, ahead: Deadlines) -> Stock:
        """With more open cases: sums at places of the tree, and their deadlines."""
        found = self.sums.copy()
        np.add.at(found, positions, sums)
        return Stock(found, self.ahead.plus(ahead))


def deadlines(table: pa.Table, positions: Sums, measures: int) -> Deadlines:
    """The column `ahead`: of each row, at its place, an array of (moment, changes…)."""
    lists = table["ahead"].combine_chunks()
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks)
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    parts = [part.to_numpy(zero_copy_only=False).astype(np.int64) for part in lists.flatten().flatten()]
    changes = np.column_stack(parts[1:]) if len(parts[0]) else np.zeros((0, measures), dtype=np.int64)
    return Deadlines(parts[0], np.repeat(positions, lengths), changes)


def no_deadlines(measures: int) -> Deadlines:
    """None are ahead."""
    nothing = np.zeros(0, dtype=np.int64)
    return Deadlines(nothing, nothing, np.zeros((0, measures), dtype=np.int64))


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)
