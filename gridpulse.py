"""gridpulse 格脉: the command line, and the one place where the parts are put together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn
from rich.console import Console

from dashboard.app import create_app
from dashboard.queries import StoreReadings
from dashboard.settings import DashboardSettings

from schemas.clickhouse import Store, migrate
from schemas.clock import Clock, ReplayClock, WallClock
from schemas.errors import ConfigError, GridpulseError
from schemas.packs import Pack, load_pack
from streams.app import create_worker, topic_names
from streams.broker import create_topics, embedded_broker
from streams.feed import Feeder, Recording, Source
from streams.settings import WorkerSettings

#: Comparisons and order statistics may be a minute old by their definition; a replay's minutes are shorter.
KEEP_SECONDS = 30.0
KEEP_SECONDS_REPLAY = 5.0

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console()
ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file with settings; GRIDPULSE_* wins over it")]


def main() -> None:
    """Run the command line; a mistake of the user ends in one clear line, not in a traceback."""
    try:
        app()
    except GridpulseError as error:
        fail(error)


def fail(error: Exception) -> NoReturn:
    """Say what is wrong and end with status 1."""
    Console(stderr=True).print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False)
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
        at = datetime.fromisoformat(start)
        at = at.replace(tzinfo=pack.zone) if at.tzinfo is None else at
        return ReplayClock(at, speed, time.time())
    if pack.settings.recording is not None:
        return ReplayClock(pack.settings.recording.start, speed, time.time())
    return WallClock()


def demo_source(pack: Pack, clock: Clock) -> Source:
    """What feeds the demo: the pack's recording or its simulation."""
    return Recording(pack)


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
    backfill: Annotated[str, typer.Option(help="history before the start: all, a number of days, or none")] = "all",
) -> None:
    """Run broker, worker, store and screens in one process and open them at http://127.0.0.1:PORT."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)
    loaded = load_pack(pack)
    clock = demo_clock(loaded, from_, speed)
    with demo_folder(data) as folder, embedded_broker() as brokers:
        settings = WorkerSettings(brokers=brokers, session_timeout=6, rollup_seconds=0.3)
        create_topics(brokers, topic_names(settings), settings.partitions, settings.replication)
        store = Store(f"chdb://{folder / 'store'}")
        migrate(store)
        console.print(f"[bold]{loaded.settings.title.zh}[/bold] {loaded.settings.title.en}: http://127.0.0.1:{port}")
        past = parse_backfill(backfill)
        feeder = Feeder(lambda: demo_source(loaded, clock), brokers, clock, settings.topic_prefix, past)
        asyncio.run(run_together(store, loaded, clock, settings, DashboardSettings(port=port), feeder))
        store.close()


async def run_together(
    store: Store, pack: Pack, clock: Clock, worker: WorkerSettings, screens: DashboardSettings, feeder: Feeder
) -> None:
    """Worker, screens and feed on one event loop, until the server is asked to end or the worker dies."""
    server = screen_server(store, pack, clock, screens)
    running = create_worker(store, pack, clock, worker).app
    feeder.start()
    starting = asyncio.create_task(running.start())
    serving = asyncio.create_task(server.serve())
    await asyncio.wait({starting, serving}, return_when=asyncio.FIRST_COMPLETED)
    ended = asyncio.create_task(running.wait_until_stopped())
    await asyncio.wait({ended, serving}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await asyncio.to_thread(feeder.stop)
    await running.stop()
    await asyncio.gather(serving, starting)
    ended.cancel()
    if running.crash_reason is not None:
        raise ConfigError(f"the worker ended: {running.crash_reason!r}")


def screen_server(store: Store, pack: Pack, clock: Clock, settings: DashboardSettings) -> uvicorn.Server:
    """The dashboard on its own server, ready to serve."""
    keep = KEEP_SECONDS_REPLAY if clock.replay else KEEP_SECONDS
    screens = create_app(StoreReadings(store, pack, keep), pack, clock, settings)
    config = uvicorn.Config(screens, host=settings.host, port=settings.port, log_level="warning", ws="websockets-sansio")
    return uvicorn.Server(config)


# The parts apart -----------------------------------------------------------------------------------------------------


@app.command()
def worker(config: ConfigFile = None) -> None:
    """Consume the topics into the store, with the rollups and rules, until ended."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = WorkerSettings.from_file(config)
    store = Store(settings.store)
    migrate(store)

    async def run() -> None:
        running = create_worker(store, load_pack(settings.pack), settings.clock, settings).app
        await running.start()
        await running.wait_until_stopped()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


@app.command()
def dashboard(config: ConfigFile = None) -> None:
    """Serve the screens and the API from the store, until ended."""
    common = WorkerSettings.from_file(config)
    pack = load_pack(common.pack)
    screen_server(Store(common.store), pack, common.clock, DashboardSettings.from_file(config)).run()


@app.command("migrate")
def migrate_command(config: ConfigFile = None) -> None:
    """Bring the store's tables to this version."""
    applied = migrate(Store(WorkerSettings.from_file(config).store))
    console.print("\n".join(applied) or "the store is up to date")


@app.command()
def topics(config: ConfigFile = None) -> None:
    """Create the topics that do not exist yet."""
    settings = WorkerSettings.from_file(config)
    created = create_topics(settings.brokers, topic_names(settings), settings.partitions, settings.replication)
    console.print("\n".join(created) or "all topics exist")


@app.command()
def schema(check: Annotated[bool, typer.Option("--check", help="change nothing, fail where files differ")] = False) -> None:
    """Write the JSON Schemas, the AsyncAPI document and the indicator reference, or check them."""
    from schemas import generate

    root = Path(__file__).parent
    if not check:
        generate.write(root)
        return
    differing = generate.check(root)
    if differing:
        raise ConfigError("not as generated: " + ", ".join(differing) + "; run `gridpulse schema`")


if __name__ == "__main__":
    main()
