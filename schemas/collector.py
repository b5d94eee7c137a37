"""Python's collector of cyclic garbage, kept out of the way of records that come and go by the million."""

from __future__ import annotations

import gc
from functools import cache

#: So many more objects than before are made before the collector looks at them; Python's own 700 are one message of a
#: topic in three, and every look at all there is stops the process for a tenth of a second.
OBJECTS = 50_000


@cache
def calm() -> None:
    """Look for cycles more seldom, and never again at what lives now. For a process that begins its work: what it has
    imported stays. Records hold no cycles and are freed without the collector, as ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS, 20, 20)
