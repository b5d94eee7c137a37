"""The name of what a server sends to browsers: when it changes, open pages load themselves anew."""

from __future__ import annotations

import hashlib
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"


def build_id(layout: str) -> str:
    """A hash over the assets and the layout, so a mere restart does not reload every screen."""
    digest = hashlib.sha256(layout.encode())
    for path in sorted(ASSETS.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(ASSETS).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
