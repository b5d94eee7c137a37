"""Every command through its entry point: what it prints, what it leaves behind, and one clear line for wrong use."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from kafka import KafkaConsumer, TopicPartition

import gridpulse
from dashboard.export import HEADINGS
from schemas.clickhouse import Store, migrate, migrations
from schemas.contracts import TOPICS, Topic
from schemas.indicators import CATALOGUE
from schemas.packs import Pack
from streams.broker import create_topics, embedded_broker
from streams.decoding import Reject
from streams.produce import Producer, packed, single
from streams.sink import quarantine_rows
from streams.watch.heat import heat_rows
from tests.support import small
from tests.support.tiny_pack import tiny_pack

ROOT = Path(__file__).parents[1]
AT = "2026-03-10T16:00:00+08:00"
_numbers = count()

MAPPING = """
topic = "events"
source = "desk"
[fields]
id = "ID"
reported_at = "OPENED"
category = { constant = "sanitation" }
channel = { constant = "hotline" }
[[area]]
column = "GRID"
[[stages]]
stage = "reported"
at = "OPENED"
"""
ROWS = "ID,OPENED,GRID\n1,2026-03-09T08:00:00,T1-1\n2,2026-03-09T09:00:00,T2-1\n3,someday,T2-1\n"


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    with embedded_broker() as address:
        yield address


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return tiny_pack(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def url(engine: Path) -> Iterator[str]:
    """A store of its own for one test, not yet migrated."""
    name = f"cli_{next(_numbers)}"
    url = f"chdb://{engine}?database={name}"
    yield url
    store = Store(url)
    store.command("DROP DATABASE IF EXISTS {name:Identifier}", {"name": name})
    store.close()


@pytest.fixture
def cli(url: str, pack: Pack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in this process, through `main`, over the test's store, the tiny pack and no broker."""
    settings = {"STORE": url, "PACK": str(pack.folder), "BROKERS": "127.0.0.1:1"}
    for name, value in settings.items():
        monkeypatch.setenv(f"GRIDPULSE_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, **settings: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["gridpulse", *arguments])
        for name, value in settings.items():
            monkeypatch.setenv(f"GRIDPULSE_{name.upper()}", value)
        capsys.readouterr()
        status = 0
        try:
            gridpulse.main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return run


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The command's store, migrated, as the test itself sees it."""
    store = Store(url)
    migrate(store)
    yield store
    store.close()


def fill(store: Store, pack: Pack) -> None:
    """Three events of 9 March: two in T1, of which one is closed, and one of an unknown area."""
    at = "2026-03-09T08:00:00+08:00"
    told = {"reported_at": at, "category": "sanitation", "channel": "hotline"}
    messages = [
        small.event(n, "reported", at, area=area, **told)
        for n, area in enumerate(("T1-1", "T1-2", "nowhere"))
    ]
    messages.append(small.event(0, "closed", "2026-03-09T09:00:00+08:00", area="T1-1", **told))
    small.stored(store, "events", messages, pack)


def values(brokers: str, *names: str) -> list[bytes]:
    """Every value that lies in topics of one partition."""
    consumer = KafkaConsumer(bootstrap_servers=brokers, group_id=None)
    try:
        consumer.assign([TopicPartition(name, 0) for name in names])
        consumer.seek_to_beginning()
        found: list[bytes] = []
        while batches := consumer.poll(1000):
            found += [record.value for batch in batches.values() for record in batch]
        return found
    finally:
        consumer.close()


# Store, topics, schema -----------------------------------------------------------------------------------------------


def test_migrate_applies_what_is_missing_and_says_so(cli: Cli) -> None:
    names = [f"{number:04d}_{name}" for number, name, _ in migrations()]
    assert cli("migrate") == Done(0, "\n".join(names) + "\n", "")
    assert cli("migrate") == Done(0, "the store is up to date\n", "")


@pytest.mark.broker
def test_topics_creates_what_is_missing_and_says_so(cli: Cli, brokers: str) -> None:
    names = sorted(f"t1.{topic}" for topic in TOPICS)
    assert cli("topics", brokers=brokers, topic_prefix="t1.") == Done(0, "\n".join(names) + "\n", "")
    assert cli("topics") == Done(0, "all topics exist\n", "")


def test_settings_come_from_a_file_below_the_environment(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "gridpulse.toml"
    file.write_text('store = "chdb:///nowhere"\npack = "xuecheng"\nquarantine_cap = 7\n', "utf-8")
    assert cli("migrate", "--config", str(file)).status == 0


def test_schema_check_finds_the_files_as_generated(cli: Cli) -> None:
    assert cli("schema", "--check") == Done(0, "", "")


@pytest.mark.broker
def test_doctor_is_well_where_everything_answers(cli: Cli, brokers: str) -> None:
    done = cli("doctor", brokers=brokers)
    assert (done.status, done.err) == (0, "")
    assert "✗" not in done.out
    for what in ("python", "faust-streaming", "embedded broker", "pack", "store", "broker"):
        assert re.search(rf"✓ +│ {what} ", done.out), what
    assert "tiny: 8 areas" in done.out
    assert f"empty: `gridpulse migrate` applies {len(migrations())} migrations" in done.out


# Data in -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path: Path) -> tuple[str, str]:
    """A mapping and a file of three rows, one of them bad."""
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, "utf-8")
    return str(tmp_path / "mapping.toml"), str(tmp_path / "rows.csv")


def test_a_dry_run_reads_and_reports_and_needs_no_broker(
    cli: Cli, source: tuple[str, str], tmp_path: Path
) -> None:
    done = cli("import", *source, "--dry-run", "--rejects", str(tmp_path / "rejects.jsonl"))
    assert (done.status, done.err) == (0, "")
    assert f"rejected rows: {tmp_path}" in done.out
    (reject,) = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text("utf-8").splitlines()]
    assert (reject["row"], reject["field"]) == (4, "reported_at")


@pytest.mark.broker
def test_an_import_sends_every_good_row_to_its_topic(cli: Cli, source: tuple[str, str], brokers: str) -> None:
    create_topics(brokers, ["t2.events"], 1, 1)
    done = cli("import", *source, brokers=brokers, topic_prefix="t2.")
    assert (done.status, done.err) == (0, "")
    (value,) = values(brokers, "t2.events")
    assert [(m["id"], m["stage"], m["area"]) for m in json.loads(value)] == [
        ("1", "reported", "T1-1"), ("2", "reported", "T2-1"),
    ]  # fmt: skip


@pytest.mark.broker
def test_simulate_sends_a_district_for_some_seconds(cli: Cli, brokers: str) -> None:
    topics = [f"t3.{topic}" for topic in TOPICS]
    create_topics(brokers, topics, 1, 1)
    done = cli(
        "simulate", "--pack", "xuecheng", "--rate", "3600", "--duration", "3", brokers=brokers, topic_prefix="t3."
    )  # fmt: skip
    assert (done.status, done.err) == (0, "")
    match = re.fullmatch(r"sent (\d+) messages\n", done.out)
    assert match is not None
    assert len(values(brokers, *topics)) == int(match[1]) > 0


@pytest.mark.broker
def test_a_district_simulated_from_an_earlier_start_goes_on_with_its_cases(cli: Cli, brokers: str) -> None:
    begun = datetime.now(UTC) - timedelta(hours=2)
    sent = []
    for prefix in ("t5.", "t6."):
        topics = [f"{prefix}{topic}" for topic in TOPICS]
        create_topics(brokers, topics, 1, 1)
        done = cli(
            "simulate", "--pack", "xuecheng", "--from", begun.isoformat(), "--duration", "20", brokers=brokers,
            topic_prefix=prefix,
        )  # fmt: skip
        assert (done.status, done.err) == (0, "")
        found = values(brokers, f"{prefix}events", f"{prefix}mediation")
        sent.append({json.dumps(message) for value in found for message in json.loads(value)})
    first, again = sent
    assert first <= again
    assert len(first) > 50


# Figures out ---------------------------------------------------------------------------------------------------------


def test_indicators_prints_a_table_with_names_in_both_languages(cli: Cli, store: Store, pack: Pack) -> None:
    fill(store, pack)
    done = cli("indicators", "T1", "--window", "mtd", "--at", AT)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("东镇 mtd")
    assert re.search(r"│ Events reported +│ 2 ", done.out)
    assert len([line for line in done.out.splitlines() if line.startswith("│ 东镇")]) == len(CATALOGUE)


def test_indicators_as_json_csv_and_excel_agree(cli: Cli, store: Store, pack: Pack, tmp_path: Path) -> None:
    fill(store, pack)
    asked = ("indicators", "D", "--children", "--window", "mtd", "--at", AT)
    content = json.loads(cli(*asked, "--json").out)
    heading, *rows = csv.reader(io.StringIO(cli(*asked, "--csv").out))
    assert cli(*asked, "--xlsx", str(tmp_path / "d.xlsx")) == Done(0, "", "")
    book = openpyxl.load_workbook(tmp_path / "d.xlsx")
    cells = list(book["gridpulse"].iter_rows(values_only=True))
    book.close()

    assert list(content["areas"]) == ["D", "T1", "T2", "D/unassigned"]
    reported = {code: figures["events_reported"]["value"] for code, figures in content["areas"].items()}
    assert reported == {"D": 3, "T1": 2, "T2": 0, "D/unassigned": 1}
    assert content["areas"]["T1"]["closing_rate"]["value"] == 0.5
    assert content["areas"]["T1"]["mediation_open"]["value"] is None

    assert tuple(heading) == cells[0] == HEADINGS
    place = {name: HEADINGS.index(name) for name in ("area", "indicator", "value")}
    expected = [
        (code, name, figures[name]["value"]) for code, figures in content["areas"].items() for name in figures
    ]
    assert [tuple(row[place[n]] for n in place) for row in rows] == [
        (code, name, "" if value is None else str(value)) for code, name, value in expected
    ]
    assert [(row[place["area"]], row[place["indicator"]]) for row in cells[1:]] == [e[:2] for e in expected]


def test_an_indicator_is_told_as_it_stood_at_the_time_asked(cli: Cli, store: Store, pack: Pack) -> None:
    fill(store, pack)

    def told(at: str) -> tuple[Any, Any]:
        figures = json.loads(cli("indicators", "D", "--window", "mtd", "--at", at, "--json").out)["areas"][
            "D"
        ]
        return figures["events_reported"]["value"], figures["closing_rate"]["value"]

    assert told("2026-03-09T08:30:00+08:00") == (3, 0.0)
    assert told("2026-03-09T01:00:00.001Z") == (3, 1 / 3)
    assert told("2026-03-09T00:00:00Z") == (None, None)


def test_warnings_prints_what_stands(cli: Cli, store: Store, pack: Pack) -> None:
    assert cli("warnings", "--json") == Done(0, "", "")
    message = {
        "warning_id": "w1", "area": "T1", "category": "sanitation", "colour": "red", "state": "raised",
        "raised_at": "2026-03-09T08:00:00Z", "window": "24h", "observed": 9, "expected": 2, "rule": "overdue",
        "updated_at": "2026-03-09T08:00:00Z",
    }  # fmt: skip
    small.stored(store, "warnings", [message], pack)
    (line,) = cli("warnings", "--json").out.splitlines()
    assert json.loads(line) == {
        "warning_id": "w1", "area": "T1", "category": "sanitation", "rule": "overdue", "colour": "red",
        "state": "raised", "raised_at": "2026-03-09T08:00:00Z", "observed": 9.0, "expected": 2.0, "window": "24h",
        "subject": "", "since": "2026-03-09T08:00:00Z", "reopened": 0, "escalated": 1, "acknowledge_by": None,
        "level": "district", "departments": [], "by": "", "explanation_zh": "", "explanation_en": "",
        "recurrence_days": None,
    }  # fmt: skip
    assert re.search(r"│ red +│ raised +│ T1 +│ sanitation +│ overdue ", cli("warnings").out)


def test_heat_prints_the_same_as_the_api_and_dashes_for_unknown(cli: Cli, store: Store, pack: Pack) -> None:
    rows = [
        ("D", "", 62.5, 0.5, 0.5, 1.0, 9.0, 2.0, 24), ("T1", "", 62.5, 0.5, 0.5, 1.0, 9.0, 2.0, 24),
        ("T1", "hazard", 50.0, 0.5, None, 1.0, 9.0, 2.0, 24), ("T2", "", None, None, None, 0.2, 0.0, None, 24),
    ]  # fmt: skip
    at = datetime(2026, 3, 9, 7, 59, 59, tzinfo=UTC)
    store.insert("heat", heat_rows(at, rows))
    told = json.loads(cli("heat", "D", "--at", "2026-03-09T08:00:00Z", "--json").out)
    assert {area: heat["score"] for area, heat in told["areas"].items()} == {
        "D": 62.5,
        "T1": 62.5,
        "T2": None,
    }
    assert [cell["category"] for cell in told["cells"]["T1"]] == ["hazard"]
    printed = cli("heat", "D", "--at", "2026-03-09T08:00:00Z").out
    assert re.search(r"│ T1 +│ 东镇 +│ 62.5 ", printed)
    assert re.search(r"│ T2 +│ 西镇 +│ — ", printed)
    assert json.loads(cli("heat", "D", "--at", "2026-03-09T09:00:00Z", "--json").out)["looked_at"] is None


# Keeping it well -----------------------------------------------------------------------------------------------------


def hold(store: Store, *rejects: Reject, topic: Topic = "events") -> None:
    store.insert("quarantine", quarantine_rows(topic, 0, list(rejects), datetime(2026, 3, 9, 8, tzinfo=UTC)))


def test_quarantine_lists_reasons_and_records(cli: Cli, store: Store) -> None:
    hold(store, Reject(7, 0, "bad_value", "stage", "{}"), Reject(7, 1, "bad_value", "stage", "{}"))
    hold(store, Reject(3, 0, "not_json", None, "{"), topic="cameras")
    every = cli("quarantine", "list")
    assert every.status == 0
    assert re.search(r"│ events +│ bad_value +│ stage +│ 2 ", every.out)
    assert re.search(r"│ cameras +│ 0 +│ 3 +│ 0 +│ not_json ", every.out)
    newest = cli("quarantine", "list", "--topic", "events", "--limit", "1").out.partition("newest")[2]
    assert len(re.findall(r"│ events +│ 0 +│ 7 ", newest)) == 1


def test_quarantine_shows_the_masked_payloads_of_an_offset(cli: Cli, store: Store) -> None:
    hold(
        store, Reject(7, 0, "personal_number", "id", '{"id":"1**********"}'), Reject(7, 2, "empty", None, "")
    )
    assert cli("quarantine", "show", "events", "0", "7") == Done(
        0,
        'item 0: personal_number id (2026-03-09 08:00:00+00:00)\n{"id":"1**********"}\n'
        "item 2: empty  (2026-03-09 08:00:00+00:00)\n\n",
        "",
    )


@pytest.mark.broker
def test_quarantine_replay_tells_what_it_did(cli: Cli, store: Store, brokers: str) -> None:
    create_topics(brokers, ["t4.events"], 1, 1)
    producer = Producer(brokers)
    good, bad = (small.event(1, stage, "2026-03-09T08:00:00Z") for stage in ("reported", "eaten"))
    producer.send("t4.events", packed([good, bad]))
    producer.send("t4.events", single([good]))
    producer.close()
    hold(
        store,
        *(Reject(0, item, "bad_value", "stage", "") for item in (0, 1)),
        Reject(99, 0, "empty", None, ""),
    )
    again = ("quarantine", "replay", "--topic", "events")
    assert cli(*again, brokers=brokers, topic_prefix="t4.") == Done(
        0, "sent again 1, still bad 1, no longer in the topic 1\n", ""
    )
    assert cli(*again).out == "sent again 0, still bad 1, no longer in the topic 1\n"
    assert values(brokers, "t4.events")[2:] == [msgspec.json.encode(good)]


def test_a_backtest_writes_the_judged_steps_and_says_how_many(cli: Cli, tmp_path: Path) -> None:
    lines = [f"ward {ward},{week},{(week * ward) % 4}" for ward in (1, 2) for week in range(1, 81)]
    (tmp_path / "own.csv").write_text("\n".join(["series,t,count", *lines]), "utf-8")
    out = tmp_path / "out.csv"
    done = cli(
        "risk",
        "backtest",
        str(tmp_path / "own.csv"),
        "--out",
        str(out),
        "--season",
        "52",
        "--evaluate-from",
        "78",
    )
    assert (done.status, done.out) == (
        0, f"6 steps of 2 series judged from 78 on (season of 52 steps): 0 alarms, in {out}\n",
    )  # fmt: skip
    assert [line.split(",")[:2] for line in out.read_text("utf-8").splitlines()[1:]] == [
        [f"ward {ward}", str(week)] for ward in (1, 2) for week in (78, 79, 80)
    ]


def test_verify_ends_with_status_1_where_a_figure_differs(cli: Cli, store: Store, pack: Pack) -> None:
    fill(store, pack)
    proved = cli("verify")
    assert (proved.status, proved.out.splitlines()[-1]) == (0, "1 units, 12 rows, 0 differences")
    store.command("INSERT INTO event_days SELECT * FROM event_days LIMIT 1")
    differs = cli("verify")
    assert (differs.status, differs.out.splitlines()[-1]) == (1, "1 units, 13 rows, 1 differences")
    assert re.search(
        r"differs Difference\(table='event_days', unit=datetime\.datetime\(2026, 3, 9", differs.out
    )


# Wrong use -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["indicators", "nowhere"], "ConfigError: pack tiny has no area 'nowhere'; its root is D"),
        (["indicators", "D", "--window", "week"], "ConfigError: --window takes today, 7d, .*, not 'week'"),
        (["indicators", "D", "--at", "noon"], "ConfigError: 'noon' is no RFC 3339 time such as .*"),
        (["indicators", "D", "--at", "2026-03-09"], r"ConfigError: '2026-03-09' has no offset: write .*"),
        (["indicators", "D", "--xlsx", "/nowhere/d.xlsx"], "FileNotFoundError: .*/nowhere/d.xlsx.*"),
        (["import", "/nowhere.toml", "/nowhere.csv"], r"MappingError: /nowhere\.toml: cannot be read .*"),
        (["import", "{mapping}", "/nowhere.csv", "--dry-run"], r"\w+Error: .*/nowhere\.csv.*"),
        (["quarantine", "show", "events", "0", "5"], "ConfigError: nothing is held of events at partition 0, offset 5"),
        (["simulate", "--pack", "nowhere"], "PackError: no pack 'nowhere': give a folder with .*"),
        (["simulate", "--pack", "xuecheng", "--from", "2999-01-01"], "ConfigError: --from .* that is over, .*"),
        (["simulate", "--duration", "60"], r"PackError: pack 'tiny' cannot be simulated: .*"),
        (["demo", "--pack", "/nowhere"], "PackError: no pack '/nowhere': give a folder with a pack.toml, or one of .*"),
        (["demo", "--from", "never"], "ConfigError: --from takes a time such as 2015-02-01 or .*, not 'never'"),
        (["demo", "--backfill", "some"], "ConfigError: --backfill takes all, none or a number of days, not 'some'"),
        (["demo", "--port", "99999"], "ConfigError: GRIDPULSE_PORT: .* 65535, not 99999"),
        (["risk", "backtest", "{mapping}", "--out", "/nowhere"], "HistoryError: .* has no column series, t, count: .*"),
        (["topics", "--config", "/nowhere.toml"], "ConfigError: cannot read settings from /nowhere.toml: .*"),
        (["topics", "--config", "{broken}"], r"ConfigError: cannot read settings from .*broken\.toml: .*line 1.*"),
    ],
)  # fmt: skip
def test_wrong_use_ends_with_one_clear_line(
    cli: Cli, source: tuple[str, str], tmp_path: Path, arguments: list[str], line: str
) -> None:
    (tmp_path / "broken.toml").write_text("store = \n", "utf-8")
    given = {"mapping": source[0], "broken": str(tmp_path / "broken.toml")}
    done = cli(*(argument.format(**given) for argument in arguments))
    assert done.status == 1
    told = [said for said in done.err.splitlines() if "the feed ended" not in said]
    assert len(told) == 1
    assert re.fullmatch(line, told[0]), told[0]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"store": "ftp://desk:secret@x"},
            r"ConfigError: 'ftp://desk:\*\*\*@x' names no store: chdb:///folder, .*",
        ),
        (
            {"store": "http://desk:secret@127.0.0.1:1/x"},
            r"StoreError: cannot open the store http://desk:\*\*\*@127.*",
        ),
        ({"partitions": "many"}, "ConfigError: GRIDPULSE_PARTITIONS: .* valid integer, .*, not 'many'"),
        ({"clock_from": "soon"}, "ConfigError: GRIDPULSE_CLOCK_FROM: .*, not 'soon'"),
        ({"pack": "nowhere"}, "PackError: no pack 'nowhere': .*"),
    ],
)
def test_an_impossible_setting_is_named_in_one_clear_line(
    cli: Cli, settings: dict[str, str], line: str
) -> None:
    done = cli("verify", **settings)
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert re.fullmatch(line, done.err.strip())
    assert "secret" not in done.err


@pytest.mark.parametrize(
    "arguments", [["nosuch"], ["indicators"], ["demo", "--port", "x"], ["quarantine", "show", "a"]]
)
def test_an_unknown_word_ends_with_usage(cli: Cli, arguments: list[str]) -> None:
    done = cli(*arguments)
    assert done.status == 2
    assert "Usage: " in done.err


def test_a_port_in_use_is_said_before_anything_starts(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("demo", "--port", str(port))
    assert (done.status, done.out) == (1, "")
    assert re.fullmatch(
        rf"ConfigError: cannot listen on 127\.0\.0\.1:{port}: .*; choose another port\n", done.err
    )


# Processes of their own ----------------------------------------------------------------------------------------------


def started(*arguments: str, **settings: str) -> subprocess.Popen[str]:
    """A command as an operator starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "gridpulse", *arguments],
        cwd=ROOT,
        env=os.environ | {f"GRIDPULSE_{name.upper()}": value for name, value in settings.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(*arguments: str, **settings: str) -> Done:
    """A command that was run to its end."""
    process = started(*arguments, **settings)
    out, err = process.communicate(timeout=60)
    return Done(process.returncode, out, err)


def children(process: subprocess.Popen[str]) -> set[int]:
    """The processes a process has started."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in found.stdout.split()}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ended_by(process: subprocess.Popen[str], number: signal.Signals, within: float = 30.0) -> Done:
    """End a process by a signal, politely; it must not be left behind."""
    process.send_signal(number)
    try:
        out, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Done(process.returncode, out, err)


def answer(port: int, path: str) -> Any:
    """What the demo's API says; None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            return json.load(reply)
    except OSError:
        return None


@pytest.mark.broker
def test_a_worker_stores_what_is_produced_and_ends_at_a_signal(
    brokers: str, pack: Pack, tmp_path: Path
) -> None:
    settings = {
        "brokers": brokers, "topic_prefix": "t5.", "group": "t5", "partitions": "1", "session_timeout": "3",
        "store": f"chdb://{tmp_path}/store", "pack": str(pack.folder),
    }  # fmt: skip
    create_topics(brokers, [f"t5.{topic}" for topic in TOPICS], 1, 1)
    producer = Producer(brokers)
    told = {"area": "T1-1", "reported_at": "2026-03-09T08:00:00+08:00"}
    producer.send(
        "t5.events", packed(small.event(n, "reported", told["reported_at"], **told) for n in range(50))
    )
    worker = started("worker", **settings)
    try:
        committed = _until_committed(brokers, "t5", "t5.events")
        second = ended("indicators", "T1", **settings)
    finally:
        done = ended_by(worker, signal.SIGTERM)
    producer.close()
    assert (committed, done.status) == (True, 0)
    assert "Traceback" not in done.err
    assert (second.status, second.out, second.err.splitlines()[-1]) == (
        1, "", f"StoreError: the store {settings['store']} is in use by another process; stop it, or ask its API",
    )  # fmt: skip
    figures = ended("indicators", "T1", "--window", "mtd", "--at", AT, "--json", **settings)
    assert json.loads(figures.out)["areas"]["T1"]["events_reported"]["value"] == 50
    assert ended("verify", **settings).status == 0


def _until_committed(brokers: str, group: str, topic: str, seconds: float = 60.0) -> bool:
    """Whether a group has committed past the topic's first record before the time is over."""
    consumer = KafkaConsumer(bootstrap_servers=brokers, group_id=group, enable_auto_commit=False)
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if consumer.committed(TopicPartition(topic, 0)):
                return True
            time.sleep(0.2)
        return False
    finally:
        consumer.close()


@pytest.mark.broker
def test_a_demo_shows_figures_and_leaves_nothing_behind_at_a_signal() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo = started("demo", "--pack", "boston", "--port", str(port))
    found = None
    try:
        deadline = time.monotonic() + 90
        while not found and time.monotonic() < deadline and demo.poll() is None:
            told = answer(port, "/api/v1/areas/boston/indicators?window=ytd")
            found = told and told["indicators"]["events_reported"]["value"]
            time.sleep(0.1)
        broker = children(demo)  # and its guard
    finally:
        done = ended_by(demo, signal.SIGTERM)
    assert found
    assert (done.status, "Traceback" in done.err, len(broker)) == (0, False, 2)
    assert not any(alive(pid) for pid in broker)


@pytest.mark.broker
def test_a_demo_that_is_ended_while_it_starts_leaves_no_broker_behind() -> None:
    demo = started("demo", "--port", "0")
    broker: set[int] = set()
    try:
        deadline = time.monotonic() + 60
        while len(broker) < 2 and time.monotonic() < deadline:
            broker = children(demo)
            time.sleep(0.05)
    finally:
        done = ended_by(demo, signal.SIGINT)
    assert len(broker) == 2  # and its guard
    assert "Traceback" not in done.err
    assert not any(alive(pid) for pid in broker)
