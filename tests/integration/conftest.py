"""What integration tests share: the recorded stream of Boston."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.packs import Pack, load_pack
from streams.sources import load_mapping, messages_of
from tests.support.published import DATA


@pytest.fixture(scope="session")
def boston() -> Pack:
    return load_pack("boston")


@pytest.fixture(scope="session")
def boston_messages(boston: Pack) -> list[dict[str, Any]]:
    """The half year of the published file; where it is absent, of the recording, which gives the same messages."""
    mapping = load_mapping(boston.folder / "mappings" / "boston311.toml")
    recording = boston.settings.recording
    assert recording is not None
    raw = DATA / "events" / "boston311_2015_H1.csv.gz"
    files = [raw] if raw.exists() else [boston.folder / Path(name) for name in recording.files]
    return messages_of(mapping, files, boston)[0]
