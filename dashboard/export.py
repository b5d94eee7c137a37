"""Figures as files and tables: JSON as the API gives it, CSV and Excel with names in both languages."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import openpyxl

from dashboard.readings import Board
from schemas.indicators import CATALOGUE
from schemas.packs import Pack

HEADINGS = (
    "area", "name", "indicator", "name_zh", "name_en", "unit", "window", "value", "numerator", "denominator",
    "previous", "year_ago", "from", "to", "as_of",
)  # fmt: skip


def figure_rows(board: Board, pack: Pack, codes: Sequence[str]) -> list[tuple[Any, ...]]:
    """One row an area and indicator, under `HEADINGS`; None is "no data"."""
    rows = []
    for code in codes:
        name = pack.areas[code].name if code in pack.areas else code
        for indicator in CATALOGUE:
            r = board.reading(code, indicator.name)
            times = (t.astimezone(pack.zone).isoformat() for t in (r.from_, r.to, r.as_of))
            rows.append(
                (
                    code, name, indicator.name, indicator.zh, indicator.en, indicator.unit, board.window, r.value,
                    r.numerator, r.denominator, r.previous, r.year_ago, *times,
                )
            )  # fmt: skip
    return rows


def as_json(board: Board, codes: Sequence[str]) -> str:
    """The figures of the areas, each as the API encodes it."""
    content = {
        "window": board.window,
        "as_of": board.as_of,
        "areas": {code: dict(board.figures[code]) for code in codes},
    }
    return msgspec.json.format(msgspec.json.encode(content, enc_hook=dict), indent=2).decode()


def as_csv(board: Board, pack: Pack, codes: Sequence[str]) -> str:
    """The figures as CSV; an empty cell is "no data"."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(figure_rows(board, pack, codes))
    return text.getvalue()


def as_xlsx(board: Board, pack: Pack, codes: Sequence[str]) -> bytes:
    """The figures as an Excel book of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("gridpulse")
    sheet.append(HEADINGS)
    for row in figure_rows(board, pack, codes):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def write_xlsx(path: Path, board: Board, pack: Pack, codes: Sequence[str]) -> None:
    """The figures as one Excel sheet. Raises `OSError` where the file cannot be written."""
    path.write_bytes(as_xlsx(board, pack, codes))
