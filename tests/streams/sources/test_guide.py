"""The page on mappings: its example runs and gives what it says, and it names every key there is."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from schemas.contracts import CONTRACTS
from schemas.packs import Pack
from streams.sources import load_mapping, messages_of
from streams.sources.keys import unknown_key
from streams.sources.mapping import AreaStep, Document, FileOptions, Stage
from tests.streams.sources.small import pack_of
from tests.support.published import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "connect-a-source.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture
def pack() -> Pack:
    return pack_of(tree=[("city", "市", "City", None, "city"), ("W03", "三区", "Ward 3", "city", "ward")])


def test_the_worked_example_gives_the_messages_it_says(tmp_path: Path, pack: Pack) -> None:
    rows = next(block for block in blocks("") if block.startswith("Ticket,"))
    (tmp_path / "requests.csv").write_text(rows, "utf-8")
    (tmp_path / "requests.toml").write_text(blocks("toml")[0], "utf-8")
    messages, report = messages_of(
        load_mapping(tmp_path / "requests.toml"), [tmp_path / "requests.csv"], pack
    )
    assert messages[0] == json.loads(blocks("json")[0])
    assert [(m["id"], m["stage"], m["area"], m["channel"]) for m in messages] == [
        ("T-1", "reported", "W03", "hotline"),
        ("T-1", "closed", "W03", "hotline"),
        ("T-2", "reported", "W03", "resident_app"),
        ("T-3", "reported", "city", "Fax"),
        ("T-3", "withdrawn", "city", "Fax"),
    ]
    assert report.unknown == {"Via": {"Fax": 1}}


@pytest.mark.parametrize("part", [Document, FileOptions, Stage, AreaStep], ids=lambda part: part.__name__)
def test_the_guide_names_every_key(part: type[msgspec.Struct]) -> None:
    keys = [field.name for field in msgspec.structs.fields(part)]
    assert [key for key in keys if not re.search(rf"`\[*{key}\]*`", GUIDE)] == []


@pytest.mark.parametrize("topic", ["events", "mediation", "cameras", "statistics"])
def test_the_guide_names_every_field_of_a_topic(topic: str) -> None:
    line = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{topic}` |"))
    own = {"area", "stage"} | ({"at", "source"} if topic in ("events", "mediation") else set())
    fields = {field.name for field in msgspec.structs.fields(CONTRACTS[topic])} - own  # type: ignore[index]
    assert {name for name in fields if f"`{name}`" not in line} == set()


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_piece_of_a_mapping_on_the_page_has_known_keys(block: str) -> None:
    assert unknown_key(tomllib.loads(block)) is None
