"""Files as rows, one at a time, only the columns asked for: CSV here, other formats in modules beside it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from schemas.errors import MappingError
from streams.sources.json_rows import json_line_rows, json_rows
from streams.sources.mapping import FileOptions, Format
from streams.sources.rows import BadRow, Row, places
from streams.sources.tables import excel_rows, parquet_rows

#: A document that is sent to quarantine as it is, is cut to this size: a broker's usual limit is 1 MiB.
RAW_LIMIT = 512 * 1024

_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".geojson": "json", ".xlsx": "excel", ".xlsm": "excel", ".parquet": "parquet",
}  # fmt: skip


def read_rows(file: Path, columns: tuple[str, ...], options: FileOptions) -> Iterator[Row | BadRow]:
    """The rows of a file, as a stream. Raises `MappingError` if the file or a column is not there."""
    form = options.format or file_format(file)
    try:
        if form == "excel":
            yield from excel_rows(file, columns, options)
        elif form == "parquet":
            yield from parquet_rows(file, columns)
        else:
            with _opened(file, options.encoding) as text:
                yield from _text_rows(form, file, text, columns, options)
    except UnicodeDecodeError as error:
        message = f"{file}: is not {options.encoding} ({error.reason}); set encoding under [file]"
        raise MappingError(message) from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise MappingError(f"{file}: cannot be read ({error}); give the path of a whole file") from error


def _text_rows(
    form: Format, file: Path, text: TextIO, columns: tuple[str, ...], options: FileOptions
) -> Iterator[Row | BadRow]:
    if form == "jsonl":
        return json_line_rows(text, columns)
    if form == "json":
        return json_rows(text, columns, options.records)
    return _csv_rows(file, text, columns, options)


def file_format(file: Path) -> Format:
    """The format a file's name tells. Raises `MappingError` for a name that tells none."""
    ending = Path(file.stem).suffix if file.suffix == ".gz" else file.suffix
    if ending.lower() not in _ENDINGS:
        formats = "csv, jsonl, json, excel, parquet"
        raise MappingError(f"{file}: {ending!r} tells no format; set format under [file] to one of {formats}")
    return _ENDINGS[ending.lower()]


def raw_payload(file: Path, options: FileOptions | None = None) -> bytes | None:
    """The bytes of a `.json` document that is not JSON, to be sent as they are into quarantine; else None.

    Raises `MappingError` if the file cannot be read.
    """
    options = options or FileOptions()
    if file.suffix != ".json" or options.format not in (None, "json"):
        return None
    try:
        content = file.read_bytes()
    except OSError as error:
        raise MappingError(
            f"{file}: cannot be read ({error.strerror}); give the path of a whole file"
        ) from error
    try:
        json.loads(content.decode(options.encoding))
    except (ValueError, RecursionError, LookupError):
        return content[:RAW_LIMIT]
    return None


def _opened(file: Path, encoding: str) -> TextIO:
    raw = cast(BinaryIO, gzip.open(file, "rb")) if file.suffix == ".gz" else file.open("rb")  # noqa: SIM115
    return io.TextIOWrapper(raw, encoding=encoding, newline="")


def _csv_rows(
    file: Path, text: TextIO, columns: tuple[str, ...], options: FileOptions
) -> Iterator[Row | BadRow]:
    delimiter = "\t" if ".tsv" in file.suffixes and options.delimiter == "," else options.delimiter
    try:
        rows = csv.reader(text, delimiter=delimiter)
        header = next(rows, None)
        if header is None:
            raise MappingError(f"{file}: is empty; a CSV file begins with the names of its columns")
        at_places, width = places(file, header, columns), len(header)
        for number, cells in enumerate(rows, 2):
            if len(cells) == width:
                yield Row(number, [cells[at].strip() for at in at_places])
            elif cells:
                mend = f"has {len(cells)} cells, the header {width}; check quotes and delimiter"
                yield BadRow(number, "ragged_row", mend)
    except csv.Error as error:
        raise MappingError(f"{file}: {error}; check delimiter and encoding under [file]") from error
