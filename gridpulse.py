"""gridpulse 格脉: the command line, and the one place where the parts are put together.

Each command imports the parts it needs: a worker carries no screens, a dashboard no Faust.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import logging
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import msgspec
import typer
import uvicorn
from kafka.errors import KafkaError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from schemas import generate
from schemas.clickhouse import Store, migrate
from schemas.clock import Clock, ReplayClock, WallClock
from schemas.errors import ConfigError, GridpulseError, MappingError
from schemas.packs import Pack, load_pack
from schemas.process import begin_work
from schemas.windows import WINDOWS
from streams.settings import WorkerSettings

if TYPE_CHECKING:
    from dashboard.settings import DashboardSettings
    from streams.feed import Feeder, Source
    from streams.risk.policy import Level
    from streams.sources import Mapping, Report

#: Comparisons and order statistics may be a minute old by their definition; a replay's minutes are shorter.
KEEP_SECONDS = 55.0
KEEP_SECONDS_REPLAY = 5.0
#: A browser keeps a connection for its next page: closed just as a tour takes it again, a request of that page fails.
KEEP_ALIVE_SECONDS = 75

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
quarantine_app = typer.Typer(no_args_is_help=True, help="What could not be taken, and sending it again.")
app.add_typer(quarantine_app, name="quarantine")
risk_app = typer.Typer(no_args_is_help=True, help="Statistical warnings, tried on the past.")
app.add_typer(risk_app, name="risk")
console = Console()
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings; GRIDPULSE_* wins over it")
]


def main() -> None:
    """Run the command line; a mistake of the user ends in one clear line, not in a traceback."""
    try:
        app()
    except (GridpulseError, KafkaError, OSError) as error:
        fail(error)


def fail(error: Exception) -> NoReturn:
    """Say what is wrong in one line and end with status 1."""
    line = Text.assemble((type(error).__name__, "red"), ": ", " ".join(str(error).split()))
    Console(stderr=True).print(line, soft_wrap=True)
    raise SystemExit(1)


# The whole chain in one process ------------------------------------------------------------------------------------


def parse_backfill(text: str) -> bool | timedelta:
    """`all`, `none` or a number of days."""
    if text in ("all", "none"):
        return text == "all"
    try:
        return timedelta(days=float(text))
    except ValueError as error:
        raise ConfigError(f"--backfill takes all, none or a number of days, not {text!r}") from error


def demo_clock(pack: Pack, start: str | None, speed: float) -> Clock:
    """A recorded pack replays from `start` or its own beginning; a simulated one is live unless `start` is given."""
    if start is not None:
        return ReplayClock(_time_given(start, pack), speed, time.time())
    if pack.settings.recording is not None:
        return ReplayClock(pack.settings.recording.start, speed, time.time())
    return WallClock()


def _time_given(text: str, pack: Pack) -> datetime:
    """What --from says, in the pack's zone where it names none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"--from takes a time such as 2015-02-01 or 2015-02-01T08:00, not {text!r}"
        ) from error
    return at.replace(tzinfo=pack.zone) if at.tzinfo is None else at


def demo_source(pack: Pack, folder: Path, start: datetime) -> Source:
    """What feeds the demo with its store in `folder`: the pack's recording or its simulation."""
    from streams.feed import Recording, SimulatedSource, simulated_end

    if pack.settings.recording is not None:
        return Recording(pack)
    return SimulatedSource(pack, simulated_end(folder, start))


@contextlib.contextmanager
def demo_folder(data: Path | None) -> Iterator[Path]:
    """The folder of the embedded store: the given one, kept, or one that goes away with the demo."""
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="gridpulse-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@app.command()
def demo(
    pack: Annotated[str, typer.Option(help="boston, xuecheng or a pack's folder")] = "boston",
    port: Annotated[int, typer.Option(help="port of the screens")] = 8050,
    speed: Annotated[float, typer.Option(help="how many times faster than real a replay runs")] = 60,
    from_: Annotated[str | None, typer.Option("--from", help="replay from this time, ISO 8601")] = None,
    data: Annotated[Path | None, typer.Option(help="keep the store in this folder")] = None,
    backfill: Annotated[
        str, typer.Option(help="history before the start: all, a number of days, or none")
    ] = "all",
) -> None:
    """Run broker, worker, store and screens in one process and open them at http://127.0.0.1:PORT."""
    from dashboard.settings import DashboardSettings
    from streams.app import topic_names
    from streams.broker import create_topics, embedded_broker
    from streams.feed import Feeder

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the broker must not outlive the demo
    loaded, past, screens = load_pack(pack), parse_backfill(backfill), DashboardSettings(port=port)
    clock = demo_clock(loaded, from_, speed)
    require_free(screens)
    importlib.import_module("chdb")  # half a second in which a signal is told as a package that is missing
    with demo_folder(data) as folder, embedded_broker() as brokers:
        screens = screens.model_copy(update={"brokers": brokers})
        settings = WorkerSettings(brokers=brokers, session_timeout=6)
        create_topics(brokers, topic_names(settings), settings.partitions, settings.replication)
        store = Store(f"chdb://{folder / 'store'}")
        migrate(store)
        console.print(
            f"[bold]{loaded.settings.title.zh}[/bold] {loaded.settings.title.en}: http://127.0.0.1:{port}"
        )
        feeder = Feeder(partial(demo_source, loaded, folder), brokers, clock, settings.topic_prefix, past)
        asyncio.run(run_together(store, loaded, clock, settings, screens, feeder))
        store.close()


async def run_together(
    store: Store, pack: Pack, clock: Clock, worker: WorkerSettings, screens: DashboardSettings, feeder: Feeder
) -> None:
    """Worker, screens and feed on one event loop, until the server is asked to end or the worker dies."""
    from streams.app import create_worker
    from streams.running import at_end_signals, run_worker

    asked = asyncio.Event()
    with at_end_signals(
        asked.set
    ):  # a signal that comes while the parts are made is not for the loop's own handler
        server = screen_server(store, pack, clock, screens)
        running = create_worker(store, pack, clock, worker, feeder.filling)
        await asyncio.sleep(0.01)
    if asked.is_set():
        return
    begin_work()
    feeder.start()
    serving = asyncio.create_task(server.serve())
    try:
        await run_worker(running, serving)
    finally:
        server.should_exit = True
        await asyncio.to_thread(feeder.stop)
        await serving


def require_free(settings: DashboardSettings) -> None:
    """Raises `ConfigError` where something listens on the screens' port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another port"
            ) from error


def screen_server(store: Store, pack: Pack, clock: Clock, settings: DashboardSettings) -> uvicorn.Server:
    """The dashboard on its own server, ready to serve."""
    from dashboard.actions import KafkaActions
    from dashboard.app import create_app
    from dashboard.queries import StoreReadings

    keep = KEEP_SECONDS_REPLAY if clock.replay else KEEP_SECONDS
    actions = KafkaActions(settings.brokers, settings.topic_prefix)
    readings = StoreReadings(store, pack, keep, clock.replay, settings.viewer_area)
    screens = create_app(readings, pack, clock, settings, actions)
    config = uvicorn.Config(
        screens,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    return uvicorn.Server(config)


# The parts apart -----------------------------------------------------------------------------------------------------


@app.command()
def worker(config: ConfigFile = None) -> None:
    """Consume the topics into the store, with the rollups and rules, until ended."""
    from streams.app import create_worker
    from streams.logs import begin_log
    from streams.running import at_end_signals, serve_worker

    begin_log()
    settings = WorkerSettings.from_file(config)
    pack = load_pack(settings.pack)

    async def run(store: Store) -> None:
        with at_end_signals(lambda: None):  # one that comes while the parts are made is told once it runs
            made = create_worker(store, pack, settings.clock, settings)
            begin_work()
            await serve_worker(made)

    with opened(settings) as store:
        asyncio.run(run(store))


@app.command()
def dashboard(config: ConfigFile = None) -> None:
    """Serve the screens and the API from the store, until ended."""
    from dashboard.settings import DashboardSettings

    common = WorkerSettings.from_file(config)
    pack = load_pack(common.pack)
    server = screen_server(Store(common.store), pack, common.clock, DashboardSettings.from_file(config))
    begin_work()
    server.run()


@app.command("migrate")
def migrate_command(config: ConfigFile = None) -> None:
    """Bring the store's tables to this version."""
    applied = migrate(Store(WorkerSettings.from_file(config).store))
    console.print("\n".join(applied) or "the store is up to date")


@app.command()
def topics(config: ConfigFile = None) -> None:
    """Create the topics that do not exist yet."""
    from streams.app import topic_names
    from streams.broker import create_topics

    settings = WorkerSettings.from_file(config)
    created = create_topics(
        settings.brokers, topic_names(settings), settings.partitions, settings.replication
    )
    console.print("\n".join(created) or "all topics exist")


# Data in -------------------------------------------------------------------------------------------------------------


@app.command("import")
def import_command(
    mapping: Annotated[Path, typer.Argument(help="mapping file, see docs/connect-a-source.md")],
    files: Annotated[list[Path], typer.Argument(help="CSV, gzip, JSON lines, Excel or Parquet files")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="read and report, send nothing")] = False,
    show: Annotated[int | None, typer.Option(help="print the first N messages; 3 in a dry run")] = None,
    rejects: Annotated[Path | None, typer.Option(help="write rejected rows here, as JSON lines")] = None,
    config: ConfigFile = None,
) -> None:
    """Convert files by a mapping and send them to their topic; status 1 if no row gave a message."""
    from streams.produce import Producer
    from streams.sources import Report, load_mapping, samples, shown

    settings = WorkerSettings.from_file(config)
    pack, loaded = load_pack(settings.pack), load_mapping(mapping)
    first = show if show is not None else 3 * dry_run
    with Report(rejects, first, pack.name) as report, Progress(console=console) as progress:
        task = progress.add_task(f"{loaded.topic}: rows", total=None)
        values = chain.from_iterable(_values(loaded, path, pack, report) for path in files)

        def told(count: int) -> None:
            progress.update(task, completed=report.rows)

        if dry_run:
            for count, _ in enumerate(values, start=1):
                told(count)
        else:
            producer = Producer(settings.brokers)
            producer.send(settings.topic_prefix + loaded.topic, values, told)
            producer.close()
        progress.update(task, completed=report.rows, total=report.rows)
    for line in samples(report):
        console.print(Text(line), soft_wrap=True)
    console.print(shown(report))
    if report.rejects and rejects is not None:
        console.print(f"rejected rows: {rejects}")
    if report.rows and not report.converted:
        raise MappingError(f"NONE of {report.rows:,} rows gave a message; the report says why")


def _values(mapping: Mapping, path: Path, pack: Pack, report: Report) -> Iterator[tuple[bytes, bytes]]:
    """Packed messages of one file; a document that cannot be read goes as it is, for the worker to quarantine."""
    from streams.produce import packed
    from streams.sources import convert_file, raw_payload

    raw = raw_payload(path, mapping.file)
    if raw is not None:
        report.documents += 1
        yield b"", raw
        return
    yield from packed(convert_file(mapping, path, pack, report))


@app.command()
def simulate(
    pack: Annotated[str | None, typer.Option(help="a pack with a simulation")] = None,
    rate: Annotated[float, typer.Option(help="simulated seconds a real second")] = 1.0,
    duration: Annotated[float, typer.Option(help="real seconds, 0 for ever")] = 0.0,
    seed: Annotated[int, typer.Option(help="the same seed gives the same messages")] = 1,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="go on with the district that was started at this time, ISO 8601"),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Send a simulated district's messages to the topics, from now on; with --from, after all since then."""
    from streams.feed import Feeder, SimulatedSource

    settings = WorkerSettings.from_file(config)
    loaded = load_pack(pack or settings.pack)
    now = datetime.now(UTC)
    begun = None if from_ is None else _time_given(from_, loaded)
    if begun is not None and begun > now:
        raise ConfigError(f"--from takes a time that is over, not {from_!r}")
    feeder = Feeder(
        lambda start: SimulatedSource(loaded, begun or start, seed),
        settings.brokers,
        ReplayClock(now, rate, time.time()),
        settings.topic_prefix,
        begun or False,
    )
    feeder.start()
    with contextlib.suppress(KeyboardInterrupt):
        feeder.wait(duration or None)
    feeder.stop()
    if feeder.failure is not None:
        raise feeder.failure
    console.print(f"sent {feeder.sent} messages")


# Figures out ---------------------------------------------------------------------------------------------------------


@app.command()
def indicators(
    area: Annotated[str, typer.Argument(help="code of an area of the pack")],
    window: Annotated[str, typer.Option(help="today, 7d, 30d, mtd, qtd or ytd")] = "today",
    at: Annotated[
        str | None, typer.Option(help="time of evaluation, RFC 3339 with offset; now if absent")
    ] = None,
    children: Annotated[bool, typer.Option("--children", help="the area's children too")] = False,
    json: Annotated[bool, typer.Option("--json", help="as the API gives it")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="one row an area and indicator")] = False,
    xlsx: Annotated[Path | None, typer.Option(help="write an Excel file")] = None,
    config: ConfigFile = None,
) -> None:
    """Print every indicator of an area."""
    from dashboard import export
    from dashboard.queries import StoreReadings
    from dashboard.readings import unassigned_key
    from streams import rollups

    settings = WorkerSettings.from_file(config)
    pack = load_pack(settings.pack)
    if area not in pack.areas:
        raise ConfigError(f"pack {pack.name} has no area {area!r}; its root is {pack.areas.root.code}")
    if window not in WINDOWS:
        raise ConfigError(f"--window takes {', '.join(WINDOWS)}, not {window!r}")
    moment = parse_time(at) if at else settings.clock.now()
    codes = [area]
    if children and pack.areas.children(area):
        codes += [child.code for child in pack.areas.children(area)] + [unassigned_key(area)]
    with opened(settings) as store:
        rollups.refresh(store, pack)
        board = StoreReadings(store, pack).board(area, window, moment)
    if xlsx is not None:
        export.write_xlsx(xlsx, board, pack, codes)
    elif json:
        print(export.as_json(board, codes))
    elif csv:
        print(export.as_csv(board, pack, codes), end="")
    else:
        _print_table(
            f"{pack.areas[area].name} {window}",
            ("area", "指标", "indicator", "value", "previous", "year ago"),
            [(r[1], r[3], r[4], r[7], r[10], r[11]) for r in export.figure_rows(board, pack, codes)],
        )


@app.command()
def warnings(
    json: Annotated[bool, typer.Option("--json", help="as JSON lines")] = False, config: ConfigFile = None
) -> None:
    """Print the warnings that stand."""
    from dashboard.queries import StoreReadings

    settings = WorkerSettings.from_file(config)
    pack = load_pack(settings.pack)
    with opened(settings) as store:
        rows = StoreReadings(store, pack).warnings(pack.areas.root.code, settings.clock.now(), 1000)
    if json:
        for row in rows:
            print(msgspec.json.encode(row).decode())
    else:
        _print_table(
            "warnings",
            ("colour", "state", "area", "category", "rule", "observed", "raised at"),
            [(r.colour, r.state, r.area, r.category, r.rule, r.observed, r.raised_at) for r in rows],
        )


@app.command()
def heat(
    area: Annotated[str, typer.Argument(help="code of an area of the pack")],
    at: Annotated[
        str | None, typer.Option(help="time of evaluation, RFC 3339 with offset; now if absent")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="as the API gives it")] = False,
    config: ConfigFile = None,
) -> None:
    """Print the heat of an area and its children, with its parts; — is unknown."""
    from dashboard.api import risk_of
    from dashboard.queries import StoreReadings

    settings = WorkerSettings.from_file(config)
    pack = load_pack(settings.pack)
    if area not in pack.areas:
        raise ConfigError(f"pack {pack.name} has no area {area!r}; its root is {pack.areas.root.code}")
    moment = parse_time(at) if at else settings.clock.now()
    with opened(settings) as store:
        told = StoreReadings(store, pack, speed=settings.clock.replay).risk(area, moment)
    if json:
        print(msgspec.json.encode(risk_of(told, pack.areas, area), enc_hook=dict).decode())
        return
    codes = [area, *(child.code for child in pack.areas.children(area))]
    shown = [(code, told.areas.get(code), told.cells.get(code, ())) for code in codes]
    _print_table(
        f"heat at {told.looked_at or 'no look'}",
        ("area", "name", "score", "surge", "burden", "coverage", "hottest"),
        [
            (
                code, pack.areas[code].name, h and h.score, h and h.surge, h and h.burden, h and h.coverage,
                " · ".join(pack.label("categories", cell.category, "zh") for cell in cells[:3]),
            )
            for code, h, cells in shown
        ],
    )  # fmt: skip


# Keeping it well -----------------------------------------------------------------------------------------------------


@risk_app.command("backtest")
def risk_backtest(
    file: Annotated[
        Path, typer.Argument(help="CSV file with the columns series, t (integer or time), count")
    ],
    out: Annotated[Path, typer.Option(help="CSV file to write: series, t, expected, p, alarm")],
    season: Annotated[float | None, typer.Option(help="steps in a season; as found if not given")] = None,
    evaluate_from: Annotated[
        str | None, typer.Option(help="first t to judge, each with earlier data only")
    ] = None,
) -> None:
    """Judge every step of your own series as it would have been judged when it was the newest."""
    from streams.risk.backtest import backtest

    done = backtest(file, out, season, evaluate_from)
    console.print(
        f"{done.steps} steps of {done.series} series judged from {done.start} on "
        f"(season of {done.season:g} steps): {done.alarms} alarms, in {out}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@risk_app.command("calibrate")
def risk_calibrate(
    weeks: Annotated[int, typer.Option(min=1, help="whole weeks of the past to judge")] = 8,
    every: Annotated[int, typer.Option(min=1, max=24, help="hours between two looks")] = 6,
    at: Annotated[
        str | None, typer.Option(help="end of the past, RFC 3339 with offset; now if absent")
    ] = None,
    seed: Annotated[int, typer.Option(help="the same seed draws the same district")] = 1,
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    config: ConfigFile = None,
) -> None:
    """Print warnings a week by colour: of the store's own past, and false ones with nothing to find; and kappa."""
    from streams.watch.calibrate import calibrate

    settings = WorkerSettings.from_file(config)
    pack = load_pack(settings.pack)
    moment = parse_time(at) if at else settings.clock.now()
    with opened(settings) as store, Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("weeks", total=weeks)
        told = calibrate(
            store, pack, moment, weeks, every, seed, lambda n, _: progress.update(task, completed=n)
        )
    if json:
        print(msgspec.json.encode(told).decode())
        return
    _print_table(
        f"{pack.name}: statistical warnings a week, {told.weeks} weeks before {moment:%Y-%m-%d}",
        ("colour", "of the past", "false, nothing to find"),
        [(colour, f"{told.past[colour]:.2f}", f"{told.empty[colour]:.2f}") for colour in told.past],
    )
    _print_table(
        "kappa for half a false warning in the days it is said to be rare by",
        ("level", "nothing to find", "the past, were it calm"),
        [(k, f"{v:.3g}", f"{told.kappa_past[k]:.3g}") for k, v in told.kappa.items()],
    )
    console.print(_kappa_lines(told.kappa_past), markup=False, highlight=False)


def _kappa_lines(kappa: dict[Level, float]) -> str:
    """As `pack.toml` takes it."""
    from streams.risk.policy import LEVELS

    levels = ", ".join(f"{kappa[level]:.3g}" for level in LEVELS if level != "district")
    text = f"kappa = [{levels}]\nkappa_district = {kappa['district']:.3g}"
    return f"\n# the past, were it calm; for pack.toml\n[risk]\n{text}"


@quarantine_app.command("list")
def quarantine_list(
    topic: Annotated[str, typer.Option(help="only this topic")] = "",
    limit: Annotated[int, typer.Option(help="records at most")] = 20,
    config: ConfigFile = None,
) -> None:
    """Count what is held by reason, and list the newest records."""
    from streams import held

    with opened(WorkerSettings.from_file(config)) as store:
        _print_table("held", ("topic", "reason", "field", "records", "newest"), held.reasons(store))
        _print_table(
            "newest",
            ("topic", "partition", "offset", "item", "reason", "field", "at"),
            [
                (r.topic, r.partition, r.offset, r.item, r.reason, r.field, r.at)
                for r in held.held(store, topic, limit)
            ],
        )


@quarantine_app.command("show")
def quarantine_show(topic: str, partition: int, offset: int, config: ConfigFile = None) -> None:
    """Print the masked payloads held at one offset."""
    from streams import held

    with opened(WorkerSettings.from_file(config)) as store:
        found = [r for r in held.held(store, topic, 10**9) if (r.partition, r.offset) == (partition, offset)]
    if not found:
        raise ConfigError(f"nothing is held of {topic} at partition {partition}, offset {offset}")
    for record in found:
        console.print(f"item {record.item}: {record.reason} {record.field} ({record.at})", markup=False)
        print(record.payload)


@quarantine_app.command("replay")
def quarantine_replay(
    topic: Annotated[str, typer.Option(help="only this topic")] = "", config: ConfigFile = None
) -> None:
    """Send again what is good after a fix; it counts once."""
    from streams import held

    settings = WorkerSettings.from_file(config)
    with opened(settings) as store:
        done = held.replay(store, settings, topic)
    console.print(f"sent again {done.sent}, still bad {done.still_bad}, no longer in the topic {done.gone}")


@app.command()
def verify(config: ConfigFile = None) -> None:
    """Recompute every rollup from the facts and compare; status 1 where anything differs."""
    from streams.verify import verify as prove

    settings = WorkerSettings.from_file(config)
    with opened(settings) as store, Progress(console=console) as progress:
        task = progress.add_task("units")
        verdict = prove(
            store, load_pack(settings.pack), lambda d, n: progress.update(task, completed=d, total=n)
        )
    for difference in verdict.differences:
        console.print(f"[red]differs[/red] {difference}", highlight=False)
    console.print(f"{verdict.units} units, {verdict.rows} rows, {len(verdict.differences)} differences")
    if verdict.differences:
        raise SystemExit(1)


@app.command()
def doctor(config: ConfigFile = None) -> None:
    """Look over the installation; status 1 where something needs mending."""
    from streams.doctor import check

    checks = list(check(WorkerSettings.from_file(config)))
    _print_table("doctor", ("", "what", "found"), [("✓" if c.well else "✗", c.name, c.found) for c in checks])
    if not all(c.well for c in checks):
        raise SystemExit(1)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="which benchmark")] = "start",
    json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    rounds: Annotated[int, typer.Option(help="runs of each figure")] = 5,
    messages: Annotated[int | None, typer.Option(help="ingest, snapshot: how many events")] = None,
    stores: Annotated[Path | None, typer.Option(help="snapshot: make its stores here, or find them")] = None,
) -> None:
    """Measure, and print median and spread beside the goals; needs a checkout, where the benchmarks are."""
    checkout = Path(__file__).parent
    if not (checkout / "tests" / "bench").is_dir():
        raise ConfigError("benchmarks run from a checkout of the repository: `make bench`")
    sys.path.insert(0, str(checkout))  # an installed command does not look into the checkout it belongs to
    benches: dict[str, Callable[[int], Any]] = importlib.import_module("tests.bench").BENCHES
    if name not in benches:
        raise ConfigError(f"no benchmark {name!r}; there are {', '.join(benches)}")
    asked = {"messages": messages, "stores": stores}
    work = {option: value for option, value in asked.items() if value is not None}
    if unknown := work.keys() - inspect.signature(benches[name]).parameters.keys():
        raise ConfigError(f"bench {name} always does the same work: leave --{min(unknown)} out")
    result = benches[name](rounds, **work)
    if json:
        print(msgspec.json.encode(result).decode())
        return
    _print_table(
        f"{result.bench} · {result.machine}",
        ("figure", "unit", "median", "min", "max", "runs", "goal"),
        [
            (
                r.name,
                r.unit,
                f"{r.median:.3g}",
                f"{r.min:.3g}",
                f"{r.max:.3g}",
                r.runs,
                _goal(result.goals.get(r.name)),
            )
            for r in result.rows
        ],
    )
    if apart := {
        name: goal for name, goal in result.goals.items() if name not in {r.name for r in result.rows}
    }:
        _print_table(
            "goals",
            ("goal", "bar", "got", ""),
            [(n, g.goal, f"{g.got:.3g}", "met" if g.met else "not met") for n, g in apart.items()],
        )


def _goal(goal: Any) -> str:
    return "" if goal is None else f"{goal.goal}: {'met' if goal.met else 'not met'}"


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="change nothing, fail where files differ")] = False,
) -> None:
    """Write the JSON Schemas, the AsyncAPI document and the indicator reference, or check them."""
    root = Path(__file__).parent
    if not check:
        generate.write(root)
        return
    differing = generate.check(root)
    if differing:
        raise ConfigError("not as generated: " + ", ".join(differing) + "; run `gridpulse schema`")


@contextlib.contextmanager
def opened(settings: WorkerSettings) -> Iterator[Store]:
    """The settings' store, migrated, closed at the end."""
    store = Store(settings.store)
    migrate(store)
    try:
        yield store
    finally:
        store.close()


def parse_time(text: str) -> datetime:
    """An RFC 3339 time with offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is no RFC 3339 time such as 2015-02-10T08:00:00-05:00") from error
    if at.tzinfo is None:
        raise ConfigError(f"{text!r} has no offset: write 2015-02-10T08:00:00-05:00 or …Z")
    return at


def _print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(Text("—" if cell is None else str(cell)) for cell in row))
    console.print(table)


if __name__ == "__main__":
    main()
