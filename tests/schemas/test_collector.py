"""The collector of cycles rests, and still collects."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import gc, weakref
from schemas.collector import OBJECTS
from schemas.process import begin_work

class Knot:
    def __init__(self):
        self.own = self

old = Knot()
begin_work()
assert gc.get_freeze_count() > 1000 and gc.get_threshold()[0] == OBJECTS
frozen = gc.get_freeze_count()
begin_work()
assert gc.get_freeze_count() <= frozen, "what lives later is not frozen"
seen = weakref.ref(Knot())
assert seen() is not None, "nothing was collected yet"
knots = [Knot() for _ in range(2 * OBJECTS)]
assert seen() is None, "a cycle is collected once many objects were made"
"""


def test_cycles_are_still_collected_once_many_objects_were_made() -> None:
    """In a process of its own: what is frozen there stays so."""
    subprocess.run([sys.executable, "-c", _CODE], check=True, timeout=60)
