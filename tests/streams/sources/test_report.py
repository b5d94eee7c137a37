"""What the report tells: cases and messages that differ, what is worth a look, shapes in place of texts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from schemas.errors import MappingError
from streams.sources import Report, samples, shown
from streams.sources.cases import CaseTally
from streams.sources.hints import nearest, ordinal, shape
from tests.streams.sources.small import EVENTS, REPORTED, ROW, Row, imported

CLOSED = '[[stages]]\nstage = "closed"\nat = "CLOSED"\nwhen = { STATE = ["done", "finished"] }\n'
WITHDRAWN = '[[stages]]\nstage = "withdrawn"\nat = "CLOSED"\nwhen = { STATE = ["cancelled"] }\n'


def row(state: str, closed: str = "2015-02-02", number: str = "1") -> Row:
    return {"ID": number, "OPENED": "2015-02-01", "STATE": state, "CLOSED": closed}


def text_of(report: Report) -> str:
    out = io.StringIO()
    Console(width=160, file=out).print(shown(report))
    return " ".join(out.getvalue().split())


def message(**given: Any) -> dict[str, Any]:
    case = {"source": "s", "id": "1", "reported_at": "2015-02-01T00:00:00Z", "area": "a"}
    return {**case, "category": "c", "channel": "w", "stage": "reported", **given}


def test_equal_messages_count_once_and_cases_are_told_apart_by_source_id_and_time() -> None:
    tally = CaseTally()
    later = "2015-03-01T00:00:00Z"
    for one in (message(), message(), message(stage="closed"), message(reported_at=later), message(id="2")):
        tally.note("events", one)
    assert (tally.messages, tally.cases, tally.several_times, tally.disagreeing) == (4, 3, 1, {})


def test_a_case_whose_messages_disagree_is_counted_once_a_field() -> None:
    tally = CaseTally()
    for category in ("c", "d", "e"):
        tally.note("events", message(category=category, channel="x" if category == "e" else "w"))
    assert tally.disagreeing == {"category": 1, "channel": 1}


def test_topics_without_cases_have_messages_alone() -> None:
    tally = CaseTally()
    tally.note("cameras", {"device_id": "1", "at": "2015-02-01T00:00:00Z", "status": "online", "area": "a"})
    assert (tally.messages, tally.cases) == (1, 0)


def test_a_tally_that_is_full_says_so() -> None:
    tally = CaseTally(limit=2)
    for number in (1, 2, 2):
        tally.note("events", message(id=str(number)))
    assert not tally.cut
    tally.note("events", message(id="3"))
    assert (tally.cut, tally.messages, tally.cases) == (True, 2, 2)


def test_a_time_no_stage_took_is_counted_and_a_value_that_never_occurs_is_named(tmp_path: Path) -> None:
    rows = [row("Done"), row("completed"), row("completed"), row("open", ""), row("cancelled")]
    _, report = imported(tmp_path, EVENTS + REPORTED + CLOSED + WITHDRAWN, rows)
    assert report.unmet == {"closed": 2, "withdrawn": 2}
    assert report.conditions == {
        ("STATE", "done"): True,
        ("STATE", "finished"): False,
        ("STATE", "cancelled"): True,
    }
    text = text_of(report)
    assert "closed: time present, condition not met │ 2" in text
    assert "when: STATE is never 'finished'" in text
    assert "'done'" not in text


def test_the_time_of_reporting_is_not_taken_for_a_stage_left_out(tmp_path: Path) -> None:
    withdrawn = WITHDRAWN.replace('"CLOSED"', '"OPENED"')
    _, report = imported(tmp_path, EVENTS + REPORTED + withdrawn, [row("open"), row("cancelled")])
    assert report.unmet == {}


def test_a_stage_no_row_tells_of_shows_with_zero(tmp_path: Path) -> None:
    _, report = imported(tmp_path, EVENTS + REPORTED + CLOSED, [row("open", "")])
    assert report.stages == {"reported": 1, "closed": 0}
    mapped = 'at = "OPENED"\n[fields.stage]\ncolumn = "STATE"\nmap = { open = "reported", done = "Closed", x = "" }\n'
    _, report = imported(tmp_path, EVENTS + mapped, [row("open")])
    assert report.stages == {"reported": 1, "closed": 0}


def test_rows_of_one_case_show_in_the_totals(tmp_path: Path) -> None:
    mapping = EVENTS.replace('{ constant = "litter" }', '"STATE"') + REPORTED
    rows = [
        row("a"),
        row("a"),
        row("b"),
        row("a", number="2"),
        {**row("a", number="2"), "OPENED": "2015-03-01"},
    ]
    _, report = imported(tmp_path, mapping, rows)
    text = text_of(report)
    for line in (
        "pack small",
        "messages │ 5",
        "distinct messages │ 4",
        "cases │ 3",
        "cases whose rows disagree in category: the latest message's counts │ 1",
        "ids with several times of reporting: each is a case of its own │ 1",
    ):
        assert line in text


def test_a_reject_tells_the_shape_of_a_time_and_the_report_one_mend_for_each_reason(tmp_path: Path) -> None:
    rows = [{**ROW, "OPENED": "13/05/2015 Mr Lee"}, {**ROW, "OPENED": "later"}]
    _, report = imported(tmp_path, EVENTS + REPORTED, rows)
    assert [r.mend.split(",")[0] for r in report.rejects] == [
        "OPENED looks like 99/99/9999 AA AAA",
        "OPENED looks like AAAAA",
    ]
    text = text_of(report)
    assert "rows.csv, row 2" in text
    assert "99/99/9999" in text
    assert "Lee" not in text
    assert "AAAAA" not in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018年6月20日", "9999A9A99A"),
        ("１２:30 é", "99:99 A"),
        ("x" * 50, "A" * 40 + "…"),
        ("", ""),
    ],
)
def test_a_shape_tells_digits_letters_and_signs(text: str, expected: str) -> None:
    assert shape(text) == expected


def test_names_far_from_all_known_ones_get_no_proposal() -> None:
    assert nearest("colour", ["when", "at"]) == ""
    assert nearest("STATUS ", ["Status"]) == "; did you mean `Status`?"
    assert [ordinal(number) for number in (1, 10, 11)] == ["first", "tenth", "number 11"]


def test_samples_are_the_first_messages_with_personal_numbers_masked() -> None:
    report = Report(show=2)
    report.note("events", [message(id="13812345678")])
    report.note("events", [message(), message(id="3")])
    lines = samples(report)
    assert len(lines) == 2
    assert '"id":"1**********"' in lines[0]


def test_a_reject_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be written"):
        Report(tmp_path / "none" / "rejects.jsonl")
