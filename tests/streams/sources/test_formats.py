"""One table in every format gives the same messages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from schemas.errors import MappingError
from streams.sources import load_mapping, messages_of, raw_payload
from streams.sources.mapping import FileOptions
from tests.streams.sources.small import EVENTS, REPORTED, pack_of, write_csv

ROWS = [
    {"ID": "1", "OPENED": "2015-02-01T08:00:00", "R": "5", "DUE": ""},
    {"ID": "二", "OPENED": "2015-07-01T08:00:00", "R": "", "DUE": "2015-07-02T00:00:00"},
]
MAPPING = EVENTS + 'rating = "R"\ndue_at = "DUE"\n' + REPORTED
CASE = {"source": "desk", "area": "city", "category": "litter", "channel": "web", "stage": "reported"}
EXPECTED = [
    {
        **CASE,
        "id": "1",
        "reported_at": "2015-02-01T08:00:00-05:00",
        "at": "2015-02-01T08:00:00-05:00",
        "rating": 5,
    },
    {
        **CASE,
        "id": "二",
        "reported_at": "2015-07-01T08:00:00-04:00",
        "at": "2015-07-01T08:00:00-04:00",
        "due_at": "2015-07-02T00:00:00-04:00",
    },
]


def read(folder: Path, file: Path, mapping: str = MAPPING) -> list[dict[str, Any]]:
    (folder / "m.toml").write_text(mapping, "utf-8")
    messages, report = messages_of(load_mapping(folder / "m.toml"), [file], pack_of())
    assert report.rejects == []
    return messages


def frame() -> pd.DataFrame:
    """The table with typed columns: numbers, times, dates, and gaps."""
    table = pd.DataFrame(ROWS)
    table["R"] = pd.to_numeric(table["R"])
    for column in ("OPENED", "DUE"):
        table[column] = pd.to_datetime(table[column])
    return table


def json_lines(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text(
        "\n\n".join(json.dumps({**row, "R": int(row["R"] or 0) or None}) for row in ROWS), "utf-8"
    )
    return path


def test_csv_gives_the_messages(tmp_path: Path) -> None:
    assert read(tmp_path, write_csv(tmp_path / "rows.csv", ROWS)) == EXPECTED


def test_gzipped_csv_gives_the_same(tmp_path: Path) -> None:
    plain = write_csv(tmp_path / "rows.csv", ROWS).read_bytes()
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(plain))
    assert read(tmp_path, tmp_path / "rows.csv.gz") == EXPECTED


def test_csv_of_another_encoding_and_delimiter_gives_the_same(tmp_path: Path) -> None:
    plain = write_csv(tmp_path / "rows.csv", ROWS).read_text("utf-8").replace(",", ";")
    (tmp_path / "rows.csv").write_bytes(plain.encode("gb18030"))
    options = '[file]\nencoding = "gb18030"\ndelimiter = ";"\n'
    assert read(tmp_path, tmp_path / "rows.csv", MAPPING + options) == EXPECTED


def test_json_lines_give_the_same(tmp_path: Path) -> None:
    assert read(tmp_path, json_lines(tmp_path)) == EXPECTED


def test_gzipped_json_lines_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(json_lines(tmp_path).read_bytes()))
    assert read(tmp_path, tmp_path / "rows.jsonl.gz") == EXPECTED


def test_a_json_document_gives_the_same_from_the_list_and_the_names_within(tmp_path: Path) -> None:
    nested = [
        {"ID": row["ID"], "OPENED": row["OPENED"], "R": row["R"], "x": {"DUE": row["DUE"]}} for row in ROWS
    ]
    (tmp_path / "rows.json").write_text(json.dumps({"data": {"rows": nested}}), "utf-8")
    mapping = MAPPING.replace('"DUE"', '"x.DUE"') + '[file]\nrecords = "data.rows"\n'
    assert read(tmp_path, tmp_path / "rows.json", mapping) == EXPECTED


def test_excel_gives_the_same(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("empty first", 0)
    frame().to_excel(tmp_path / "typed.xlsx", index=False, sheet_name="rows")
    assert read(tmp_path, tmp_path / "typed.xlsx") == EXPECTED
    assert read(tmp_path, tmp_path / "typed.xlsx", MAPPING + '[file]\nsheet = "rows"\n') == EXPECTED
    with pytest.raises(MappingError, match="has no sheet 'other'; its sheets are rows"):
        read(tmp_path, tmp_path / "typed.xlsx", MAPPING + '[file]\nsheet = "other"\n')


def test_parquet_gives_the_same(tmp_path: Path) -> None:
    frame().to_parquet(tmp_path / "rows.parquet")
    assert read(tmp_path, tmp_path / "rows.parquet") == EXPECTED


def test_a_column_the_file_lacks_is_named_with_those_it_has(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "rows.csv", [{"ID": "1", "Opened": "x"}])
    with pytest.raises(MappingError, match="has no column 'OPENED', 'R', 'DUE'; its columns are ID, Opened"):
        read(tmp_path, file)


def test_spaces_around_the_name_of_a_column_do_not_matter(tmp_path: Path) -> None:
    rows = [{f" {name} ": value for name, value in row.items()} for row in ROWS]
    assert read(tmp_path, write_csv(tmp_path / "rows.csv", rows)) == EXPECTED


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rows.dat", b"", "tells no format"),
        ("rows.csv", b"", "is empty"),
        ("rows.csv", "ID,OPENED,R,DUE\n\u4e8c,,,".encode("gb18030"), "is not utf-8-sig"),
        ("rows.csv.gz", b"ID,OPENED", "cannot be read"),
        ("rows.xlsx", b"no book", "cannot be read"),
        ("rows.parquet", b"no table", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MappingError, match=says):
        read(tmp_path, tmp_path / name)


def test_rows_that_cannot_be_read_are_rejects(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(EVENTS + REPORTED, "utf-8")
    mapping = load_mapping(tmp_path / "m.toml")
    (tmp_path / "a.csv").write_text("ID,OPENED\n1,2015-02-01,more\n\n2,2015-02-01\n", "utf-8")
    (tmp_path / "b.jsonl").write_text('{"ID"\n[]\n{"ID": 3, "OPENED": "2015-02-01"}\n', "utf-8")
    messages, report = messages_of(mapping, [tmp_path / "a.csv", tmp_path / "b.jsonl"], pack_of())
    assert [message["id"] for message in messages] == ["2", "3"]
    assert [(r.file, r.row, r.reason) for r in report.rejects] == [
        ("a.csv", 2, "ragged_row"),
        ("b.jsonl", 1, "not_json"),
        ("b.jsonl", 2, "not_an_object"),
    ]


def test_a_json_document_that_is_none_is_a_reject_and_its_bytes_are_at_hand(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(EVENTS + REPORTED, "utf-8")
    (tmp_path / "poll.json").write_bytes(b"404 Not Found")
    messages, report = messages_of(load_mapping(tmp_path / "m.toml"), [tmp_path / "poll.json"], pack_of())
    assert (messages, [r.reason for r in report.rejects]) == ([], ["not_json"])
    assert raw_payload(tmp_path / "poll.json") == b"404 Not Found"


def test_a_json_file_of_another_form_or_encoding_is_none_to_quarantine(tmp_path: Path) -> None:
    path = tmp_path / "poll.json"
    path.write_text('{"a": 1}\n{"a": 2}\n', "utf-8")
    assert raw_payload(path) is not None
    assert raw_payload(path, FileOptions(format="jsonl")) is None
    path.write_bytes('["二"]'.encode("gb18030"))
    assert raw_payload(path) is not None
    assert raw_payload(path, FileOptions(encoding="gb18030")) is None
    with pytest.raises(MappingError, match=r"none.json: cannot be read \(No such file"):
        raw_payload(tmp_path / "none.json")


def test_a_json_document_that_is_one_has_no_raw_payload(tmp_path: Path) -> None:
    (tmp_path / "poll.json").write_text("[]", "utf-8")
    assert raw_payload(tmp_path / "poll.json") is None
    assert raw_payload(tmp_path / "m.csv") is None
