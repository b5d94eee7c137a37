"""Figures as JSON, CSV and Excel: the same values, exact, with "no data" empty and names in both languages."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import openpyxl
import pytest

from dashboard import export
from dashboard.readings import Board, unassigned_key
from schemas.indicators import CATALOGUE
from schemas.packs import Pack
from tests.support.readings import FakeReadings

AT = datetime(2026, 3, 9, 0, 12, 3, tzinfo=UTC)
CODES = ["D", "T1", unassigned_key("D")]


@pytest.fixture
def board(readings: FakeReadings) -> Board:
    return readings.board("D", "7d", AT)


def test_there_is_one_row_an_area_and_indicator_in_order(board: Board, pack: Pack) -> None:
    rows = export.figure_rows(board, pack, CODES)
    assert [(row[0], row[2]) for row in rows] == [(code, i.name) for code in CODES for i in CATALOGUE]
    assert all(len(row) == len(export.HEADINGS) for row in rows)


def test_a_row_is_the_reading_with_its_names_and_local_times(board: Board, pack: Pack) -> None:
    indicator = CATALOGUE[0]
    reading = board.reading("T1", indicator.name)
    row = dict(zip(export.HEADINGS, export.figure_rows(board, pack, ["T1"])[0], strict=True))
    assert row == {
        "area": "T1", "name": "东镇", "indicator": indicator.name, "name_zh": indicator.zh, "name_en": indicator.en,
        "unit": indicator.unit, "window": "7d", "value": reading.value, "numerator": reading.numerator,
        "denominator": reading.denominator, "previous": reading.previous, "year_ago": reading.year_ago,
        "from": reading.from_.astimezone(pack.zone).isoformat(), "to": reading.to.astimezone(pack.zone).isoformat(),
        "as_of": "2026-03-09T08:12:03+08:00",
    }  # fmt: skip


def test_csv_reads_back_exactly_and_no_data_is_an_empty_cell(board: Board, pack: Pack) -> None:
    text = export.as_csv(board, pack, CODES)
    heading, *rows = csv.reader(io.StringIO(text))
    assert tuple(heading) == export.HEADINGS
    expected = export.figure_rows(board, pack, CODES)
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in expected]
    values = [row[heading.index("value")] for row in rows]
    assert [float(v) if v else None for v in values] == [row[7] for row in expected]


def sixteen_digits(cell: object) -> object:
    """What a cell of a sheet can hold of a number."""
    return float(f"{cell:.16g}") if isinstance(cell, float) else cell


def test_excel_reads_back_to_the_digits_a_cell_holds(board: Board, pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    export.write_xlsx(path, board, pack, CODES)
    book = openpyxl.load_workbook(path)
    heading, *rows = book["gridpulse"].iter_rows(values_only=True)
    assert heading == export.HEADINGS
    expected = export.figure_rows(board, pack, CODES)
    assert rows == [tuple(map(sixteen_digits, row)) for row in expected]
    book.close()


def test_json_is_as_the_api_encodes_it(board: Board) -> None:
    content = json.loads(export.as_json(board, CODES))
    assert (content["window"], content["as_of"], list(content["areas"])) == (
        "7d",
        "2026-03-09T00:12:03Z",
        CODES,
    )
    for code in CODES:
        expected = {i.name: msgspec.to_builtins(board.reading(code, i.name)) for i in CATALOGUE}
        assert content["areas"][code] == expected
