"""What every part agrees on: contracts, areas, windows, indicators, tables. Imports nothing of ours."""

import os

# Before Arrow is first imported: its own allocator keeps what was freed, up to a hundred megabytes in a worker.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
