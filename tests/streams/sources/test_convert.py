"""Rows become stages, and what gives no message is a reject with its row, its reason and the mend."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from schemas.errors import MappingError
from streams.sources import Reject, Report, convert_file, load_mapping, shown
from tests.streams.sources.small import EVENTS, REPORTED, ROW, imported, pack_of, write_csv

CLOSED = """
[[stages]]
stage = "closed"
at = "CLOSED"
when = { STATE = ["closed", "done"] }
unless = { NOTE = ["*"] }
"""


EMPTY = "ID is empty; fill it in, name a second column, or set default"
NO_TIME = "OPENED looks like AAAA, which fits none of time_formats iso; add its format"


def test_a_row_gives_a_message_for_each_stage_it_tells_of(tmp_path: Path) -> None:
    row = {**ROW, "CLOSED": "2015-02-02T09:00:00", "STATE": " CLOSED", "NOTE": ""}
    messages, report = imported(tmp_path, EVENTS + REPORTED + CLOSED, [row])
    case = {
        "source": "desk",
        "id": "1",
        "reported_at": "2015-02-01T08:00:00-05:00",
        "area": "city",
        "category": "litter",
        "channel": "web",
    }
    assert messages == [
        {**case, "stage": "reported", "at": "2015-02-01T08:00:00-05:00"},
        {**case, "stage": "closed", "at": "2015-02-02T09:00:00-05:00"},
    ]
    assert (report.rows, report.converted, report.messages) == (1, 1, 2)
    assert report.stages == {"reported": 1, "closed": 1}


def test_conditions_decide_whether_a_stage_happened_and_one_without_a_time_is_counted(tmp_path: Path) -> None:
    states = [("open", "", ""), ("Closed", "", "x"), ("done", "", ""), ("done", "2015-02-02T09:00:00", "")]
    rows = [{**ROW, "STATE": state, "CLOSED": at, "NOTE": note} for state, at, note in states]
    messages, report = imported(tmp_path, EVENTS + CLOSED, rows)
    assert [message["stage"] for message in messages] == ["closed"]
    assert report.untimed == {"closed": 1}
    assert (report.rows, report.converted, report.rejected, report.silent) == (4, 1, 0, 3)


def test_a_stage_may_bring_fields_and_a_round_of_its_own(tmp_path: Path) -> None:
    stage = '[[stages]]\nstage = "extended"\nat = "T"\nround = "N"\nfields = { due_at = "NEW" }\n'
    row = {**ROW, "T": "2015-02-02T09:00:00", "N": "2", "NEW": "2015-03-02T09:00:00"}
    messages, _ = imported(tmp_path, EVENTS + REPORTED + stage, [row])
    assert [(m["stage"], m.get("round"), m.get("due_at")) for m in messages] == [
        ("reported", None, None),
        ("extended", 2, "2015-03-02T09:00:00-05:00"),
    ]


def test_a_file_with_one_row_a_stage_maps_its_words_to_stages(tmp_path: Path) -> None:
    mapping = EVENTS + 'at = "T"\n[fields.stage]\ncolumn = "S"\nmap = { new = "reported", note = "" }\n'
    times = {"T": "2015-02-02T09:00:00"}
    rows = [{**ROW, **times, "S": stage} for stage in ("NEW", "Closed", "note", "odd", "")]
    messages, report = imported(tmp_path, mapping, rows)
    assert [message["stage"] for message in messages] == ["reported", "closed"]
    assert (report.silent, report.rejected) == (1, 2)
    assert [(r.row, r.reason, r.field) for r in report.rejects] == [
        (5, "unknown_value", "stage"),
        (6, "missing", "stage"),
    ]
    assert report.unknown == {"S": {"odd": 1}}


def test_a_row_that_gives_no_message_is_rejected_with_row_field_reason_and_mend(tmp_path: Path) -> None:
    rows = [{**ROW, "ID": ""}, {"ID": "2", "OPENED": "soon"}, {**ROW, "ID": "x" * 201}]
    messages, report = imported(tmp_path, EVENTS + REPORTED, rows)
    assert messages == []
    assert report.rejects[:2] == [
        Reject("rows.csv", 2, "missing", "id", EMPTY),
        Reject("rows.csv", 3, "bad_time", "reported_at", NO_TIME),
    ]
    assert (report.rejects[2].row, report.rejects[2].reason, report.rejects[2].field) == (4, "invalid", "id")
    assert (report.rows, report.converted, report.rejected, report.silent) == (3, 0, 3, 0)


def test_a_stage_whose_time_cannot_be_read_is_rejected_and_the_other_stages_stay(tmp_path: Path) -> None:
    row = {**ROW, "CLOSED": "later", "STATE": "done", "NOTE": ""}
    messages, report = imported(tmp_path, EVENTS + REPORTED + CLOSED, [row])
    assert [message["stage"] for message in messages] == ["reported"]
    assert [(r.stage, r.field, r.reason) for r in report.rejects] == [("closed", "at", "bad_time")]
    assert (report.converted, report.rejected) == (1, 0)


def test_a_constant_the_contract_does_not_know_is_a_mapping_error(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="stage: constant finished has an unknown value"):
        imported(tmp_path, EVENTS + REPORTED.replace("reported", "finished"), [ROW])


def test_duplicates_and_times_out_of_order_are_passed_on_as_they_are(tmp_path: Path) -> None:
    row = {**ROW, "CLOSED": "2015-01-01T00:00:00", "STATE": "done", "NOTE": ""}
    messages, _ = imported(tmp_path, EVENTS + REPORTED + CLOSED, [row, row])
    assert messages[:2] == messages[2:]
    assert messages[1]["at"] < messages[1]["reported_at"]


def test_rejects_go_to_a_file_as_json_lines(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(EVENTS + REPORTED, "utf-8")
    file = write_csv(tmp_path / "rows.csv", [{"ID": "", "OPENED": ""}, ROW])
    with Report(tmp_path / "rejects.jsonl") as report:
        list(convert_file(load_mapping(tmp_path / "m.toml"), file, pack_of(), report))
    assert [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text("utf-8").splitlines()] == [
        {
            "file": "rows.csv",
            "row": 2,
            "reason": "missing",
            "field": "id",
            "mend": EMPTY,
            "stage": "",
        }
    ]


def test_the_report_shows_on_a_terminal_and_masks_personal_numbers(tmp_path: Path) -> None:
    mapping = EVENTS.replace(
        'category = { constant = "litter" }', 'category = { column = "C", map = { a = "b" } }'
    )
    rows = [{**ROW, "C": "call 13812345678 [red]"}, {"ID": "", "OPENED": "", "C": ""}]
    _, report = imported(tmp_path, mapping + REPORTED, rows)
    out = io.StringIO()
    console = Console(width=120, file=out)
    console.print(shown(report))
    text = out.getvalue()
    assert "call 1********** [red]" in text
    assert "missing" in text


def test_what_is_read_of_a_file_are_its_mapped_columns_alone(tmp_path: Path) -> None:
    row = {**ROW, "ADDRESS": "1 Main St", "NOTES": "call me"}
    messages, _ = imported(tmp_path, EVENTS + REPORTED, [row])
    assert "Main" not in json.dumps(messages)
    assert "call me" not in json.dumps(messages)
