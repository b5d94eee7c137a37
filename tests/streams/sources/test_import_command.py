"""`gridpulse import --dry-run`: the first messages, the report, and a status that tells an import of nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gridpulse import app
from schemas.errors import MappingError
from tests.streams.sources.small import EVENTS, REPORTED, ROW, Row, write_csv
from tests.support.published import PACKS


def dry_run(folder: Path, rows: list[Row], *options: str) -> Result:
    (folder / "m.toml").write_text(EVENTS + REPORTED, "utf-8")
    file = write_csv(folder / "rows.csv", rows)
    command = ["import", str(folder / "m.toml"), str(file), "--dry-run", *options]
    return CliRunner().invoke(app, command, env={"GRIDPULSE_PACK": str(PACKS / "stl")})


@pytest.mark.parametrize(("options", "count"), [((), 3), (("--show", "1"), 1), (("--show", "0"), 0)])
def test_a_dry_run_shows_the_first_messages_and_the_pack(
    tmp_path: Path, options: tuple[str, ...], count: int
) -> None:
    result = dry_run(tmp_path, [{**ROW, "ID": str(number)} for number in range(5)], *options)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert [line["id"] for line in lines] == [str(number) for number in range(count)]
    assert "Import, pack stl" in result.output


def test_an_import_of_which_no_row_gave_a_message_fails_loudly(tmp_path: Path) -> None:
    result = dry_run(tmp_path, [{**ROW, "OPENED": "soon"}, {**ROW, "OPENED": "late"}])
    assert result.exit_code == 1
    assert isinstance(result.exception, MappingError)
    assert "NONE of 2 rows gave a message" in str(result.exception)
    assert "AAAA" in result.output


def test_a_document_that_is_no_json_is_counted_as_sent_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(EVENTS + REPORTED, "utf-8")
    (tmp_path / "poll.json").write_bytes(b"404 Not Found")
    command = ["import", str(tmp_path / "m.toml"), str(tmp_path / "poll.json"), "--dry-run"]
    result = CliRunner().invoke(app, command, env={"GRIDPULSE_PACK": str(PACKS / "stl")})
    assert result.exit_code == 0
    assert "Import, pack stl" in result.output
    assert re.search(r"documents sent as they are \(no JSON\) +│ 1", result.output)
