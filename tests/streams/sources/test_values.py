"""How one value comes about: its source, pattern and map; and what becomes of the unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.mapping import Value
from streams.sources.values import ValueReader, folded, words
from tests.streams.sources.small import EVENTS, REPORTED, ROW, entries, imported, pack_of

PLACES = {"A": 0, "B": 1}


def read(value: Value, a: str = "", b: str = "", **options: Any) -> tuple[str | None, str | None]:
    reader = ValueReader(value, PLACES, options.pop("empty", ()), **options)
    return (reader.plain((a, b)), None) if reader.is_plain else reader.read((a, b))  # type: ignore[return-value]


MAP = {"Call": "hotline", "none": ""}


@pytest.mark.parametrize(
    ("value", "a", "b", "expected"),
    [
        (Value(column="A"), "x", "", ("x", None)),
        (Value(column="A"), "", "y", (None, None)),
        (Value(column=("A", "B")), "", "y", ("y", None)),
        (Value(column="A", default="z"), "", "y", ("z", None)),
        (Value(constant=5), "", "", ("5", None)),
        (Value(template="{A} > {B}"), "x", "y", ("x > y", None)),
        (Value(template="{A} > {B}"), "x", "", (None, None)),
        (Value(template="{B:0>3}/{A}"), "x", "7", ("007/x", None)),
        (Value(column="A", pattern=r"(?:Ward )?0*(\d+)"), "ward 03", "", ("3", None)),
        (Value(column="A", pattern=r"\d+"), "12", "", ("12", None)),
        (Value(column="A", pattern=r"\d+"), "12a", "", ("12a", "12a")),
        (Value(column="A", pattern=r"(\d)(\d\d)", format="W{1:0>2}-P{2}"), "306", "", ("W03-P06", None)),
        (Value(column="A", pattern=r"(?P<w>\d)(?P<p>\d\d)", format="{w}.{p}"), "306", "", ("3.06", None)),
        (Value(column="A", map=MAP), " cALL ", "", ("hotline", None)),
        (Value(column="A", map=MAP), "none", "", ("", None)),
        (Value(column="A", map=MAP), "Fax", "", ("Fax", "Fax")),
        (Value(column="A", map=MAP, unknown="keep"), "Fax", "", ("Fax", None)),
        (Value(column="A", map=MAP, unknown="other"), "Fax", "", ("other", "Fax")),
        (Value(column="A", map=MAP, unknown="other"), "", "", (None, None)),
    ],
)
def test_a_value_is_taken_matched_formatted_and_mapped(
    value: Value, a: str, b: str, expected: tuple[str | None, str | None]
) -> None:
    assert read(value, a, b) == expected


def test_texts_the_mapping_calls_empty_are_no_value() -> None:
    assert read(Value(column=("A", "B")), "n/a", "y", empty=("N/A",)) == ("y", None)


def test_a_value_may_have_texts_of_its_own_that_are_no_value() -> None:
    assert read(Value(column=("A", "B"), empty=("-",)), "-", "n/a", empty=("n/a",)) == (None, None)


def test_known_words_are_told_in_their_own_spelling() -> None:
    assert read(Value(column="A"), "ONLINE", known=words(["online"]), strict=True) == ("online", None)


def test_an_unknown_word_of_a_closed_list_cannot_be_kept() -> None:
    assert read(Value(column="A"), "odd", known=words(["online"]), strict=True) == (None, "odd")
    assert read(Value(column="A", unknown="keep"), "odd", known=words(["online"]), strict=True) == (
        None,
        "odd",
    )


@given(st.text(alphabet="aB \t", max_size=8))
def test_comparing_looks_neither_at_case_nor_at_the_length_of_spaces(text: str) -> None:
    assert folded(text) == folded(f"  {text.upper()} ".replace(" ", "   "))


def test_ids_from_content_are_the_same_every_time_and_rows_alike_are_told_apart() -> None:
    rows = [("x", "1"), ("x", "1"), ("x", "2"), ("x1", "")]

    def ids() -> list[str | None]:
        reader = ValueReader(Value(hash=("A", "B")), PLACES, ())
        return [reader.read(row)[0] for row in rows]

    first, second, third, fourth = ids()
    assert ids() == [first, second, third, fourth]
    assert second == f"{first}-2"
    assert len({first, second, third, fourth}) == 4


def test_unknown_values_of_the_packs_dictionaries_are_kept_and_counted(tmp_path: Path) -> None:
    mapping = EVENTS.replace('channel = { constant = "web" }', 'channel = "C"') + REPORTED
    rows = [{**ROW, "C": channel} for channel in ("Web", "fax", "fax")]
    messages, report = imported(tmp_path, mapping, rows, pack_of(channels=entries("web"), categories=()))
    assert [message["channel"] for message in messages] == ["web", "fax", "fax"]
    assert report.unknown == {"C": {"fax": 2}}


def test_numbers_are_numbers_and_what_is_none_is_left_out_and_counted(tmp_path: Path) -> None:
    mapping = EVENTS + 'rating = "R"\n' + REPORTED
    messages, report = imported(
        tmp_path, mapping, [{**ROW, "R": rating} for rating in ("4.0", "4.5", "good", "")]
    )
    assert [message.get("rating") for message in messages] == [4, None, None, None]
    assert report.unreadable == {"R": {"9.9": 1, "AAAA": 1}}
