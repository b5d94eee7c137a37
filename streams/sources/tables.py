"""Excel and Parquet files as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from schemas.errors import MappingError
from streams.sources.mapping import FileOptions
from streams.sources.rows import BadRow, Row, cell, places


def excel_rows(file: Path, columns: tuple[str, ...], options: FileOptions) -> Iterator[Row | BadRow]:
    import openpyxl  # noqa: PLC0415 - slow to load, and only Excel files need it

    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        sheets = book.sheetnames
        name = (
            sheets[options.sheet]
            if isinstance(options.sheet, int) and options.sheet < len(sheets)
            else options.sheet
        )
        if name not in sheets:
            raise MappingError(f"{file}: has no sheet {name!r}; its sheets are {', '.join(sheets)}")
        rows: Iterator[tuple[object, ...]] = book[name].iter_rows(values_only=True)
        at_places = places(file, [str(name) for name in next(rows, ())], columns)
        for number, cells in enumerate(rows, 2):
            if any(value is not None for value in cells):
                yield Row(number, [cell(cells[at]) if at < len(cells) else "" for at in at_places])
    finally:
        book.close()


def parquet_rows(file: Path, columns: tuple[str, ...]) -> Iterator[Row | BadRow]:
    import pyarrow.parquet  # noqa: PLC0415 - slow to load, and only Parquet files need it

    try:
        table = pyarrow.parquet.ParquetFile(file)
    except pyarrow.ArrowException as error:
        raise MappingError(f"{file}: cannot be read ({error}); give a whole Parquet file") from error
    with table:
        names = table.schema_arrow.names
        wanted = [names[at] for at in places(file, names, columns)]
        number = 1
        for batch in table.iter_batches(columns=list(dict.fromkeys(wanted))):
            lists = {name: batch.column(name).to_pylist() for name in set(wanted)}
            rows: Iterable[tuple[object, ...]] = zip(*(lists[name] for name in wanted), strict=True)
            for cells in rows:
                number += 1
                yield Row(number, [cell(value) for value in cells])
