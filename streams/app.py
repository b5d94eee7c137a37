"""The Faust app: how gridpulse reaches the broker, and the loops that keep rollups and warnings current."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import faust
import msgspec
from faust.tables.manager import TableManager
from faust.types import TP, AppT

from schemas.clickhouse import Store
from schemas.clock import Clock
from schemas.contracts import INPUT_TOPICS, TOPICS, Topic
from schemas.errors import ConfigError, StoreError
from schemas.memory import give_back
from schemas.packs import Pack
from streams import rollups
from streams.agents import Intaker, declare_agents
from streams.ledger import Ledger
from streams.patience import Patience
from streams.pipeline import Progress, nothing_more, unanswered_of, waiting_of
from streams.settings import WorkerSettings
from streams.transport import BulkTransport, Waiting
from streams.turns import Turns
from streams.watch.leading import Leading
from streams.watch.webhook import Webhook

log = logging.getLogger(__name__)

#: Rows of superseded versions are looked for, and free memory handed back, this often.
CLEAN_SECONDS = 20.0
#: Nothing is watched while messages wait for longer than this.
BEHIND_SECONDS = 15.0
#: Between two rounds of a loop at least; one that took longer than a short one may be followed by a longer rest.
REST_SECONDS, SHORT_SECONDS = 0.1, 0.5
#: For what is under way at the end; a worker that waits for longer leaves it to be taken again.
DRAIN_SECONDS = 5.0
#: Fetched batches of a topic that Faust holds for its agent before it stops fetching (its own limit is of messages).
BATCHES_BUFFERED = 4
#: A fetch of one partition in bytes as they are sent: packed and compressed, a megabyte of them is ten or more here.
FETCH_BYTES = 256 * 1024
#: The worker tells how far it is this often.
TELL_SECONDS = 2.0


@dataclass
class Worker:
    """A worker's parts: the Faust app and what its agents and loops share."""

    app: AppT
    store: Store
    pack: Pack
    clock: Clock
    settings: WorkerSettings
    progress: Progress
    intakers: dict[Topic, Intaker]

    @property
    def joined(self) -> bool:
        """Whether the group has given this worker partitions."""
        return self.app.consumer.started and bool(self.app.consumer.assignment())

    async def stop(self) -> None:
        """End in order: inserts under way are finished and committed, no more are begun, and the app stops."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._drain()
        except Exception as error:  # whatever it is, the app stops; what is not committed is taken again
            log.warning("what was under way is not stored and committed: %r", error)
        await self.app.stop()
        shutil.rmtree(self.app.conf.datadir, ignore_errors=True)  # Faust's own: nothing of ours lies in it

    async def _drain(self) -> None:
        await asyncio.gather(*(intaker.drain() for intaker in self.intakers.values()))
        if self.joined and not self.app.should_stop:
            for _ in range(2):  # the first may join a commit that began before the last insert
                await self.app.consumer.commit()


def topic_name(settings: WorkerSettings, topic: Topic) -> str:
    """The topic's name at the broker, such as gridpulse.events."""
    return settings.topic_prefix + topic


def topic_names(settings: WorkerSettings) -> list[str]:
    """All seven, as created by `gridpulse topics`."""
    return [topic_name(settings, topic) for topic in TOPICS]


def create_worker(
    store: Store,
    pack: Pack,
    clock: Clock,
    settings: WorkerSettings,
    filling: Callable[[], bool] = nothing_more,
) -> Worker:
    """A worker ready for `await worker.app.start()`, ended by `await worker.stop()`.

    Call it in the running event loop that will carry the worker. `filling` says whether somebody is still sending
    history to the topics, so that the screens can tell.
    """
    app, ledger, turns = faust_app(settings), Ledger(), Turns()
    progress = Progress(f"{settings.group}-{secrets.token_hex(4)}", filling)
    intakers = declare_agents(app, store, pack, settings, ledger, turns)
    worker = Worker(app, store, pack, clock, settings, progress, intakers)
    _keep_current(worker, ledger, turns)
    _keep_told(worker)
    _keep_watched(worker)
    _keep_sent(worker)
    return worker


class NoTables(TableManager):
    """Faust's manager of tables, of which there are none: it would wait a second for some to be declared."""

    async def on_start(self) -> None:
        """Ready at once."""
        await self._update_channels()
        await self.recovery.start()


def faust_app(settings: WorkerSettings) -> AppT:
    """The Faust app on the running event loop, over the bulk transport, with nothing declared yet."""
    app = faust.App(
        settings.group,
        loop=asyncio.get_running_loop(),
        broker=f"kafka://{settings.brokers.replace(',', ';kafka://')}",
        topic_allow_declare=False,
        topic_disable_leader=False,
        web_enabled=False,
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="gridpulse-faust-"),
        broker_session_timeout=settings.session_timeout,
        broker_rebalance_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 6,
        broker_request_timeout=settings.session_timeout * 2,
        broker_commit_interval=1.0,
        consumer_max_fetch_size=FETCH_BYTES,
        consumer_auto_offset_reset="earliest",
        processing_guarantee="at_least_once",
        stream_buffer_maxsize=BATCHES_BUFFERED,
        stream_wait_empty=False,
        TableManager=NoTables,
        stream_processing_timeout=1e9,  # Faust's own alarm knows no batches; the watchdog looks at the offsets
    )
    app.transport = BulkTransport(app.conf.broker_consumer, app, loop=app.loop)
    return app


def _keep_current(worker: Worker, ledger: Ledger, turns: Turns) -> None:
    """Recompute what was touched, as soon as something is stored, and remove what was superseded."""
    patience = Patience(lambda: any(intaker.behind for intaker in worker.intakers.values()))

    def refresh() -> None:
        begun = time.monotonic()
        patience.begin()
        rollups.refresh(worker.store, worker.pack, worker.clock.now(), patience.due, ledger)
        if not patience.left:
            worker.progress.rolled(begun)

    async def keep_rollups() -> None:
        while not worker.app.should_stop:
            turns.begin()
            took = await _told(refresh, "rollups")
            turns.end()
            await rest(took, lambda: much(worker.intakers, patience.left))
            await turns.until_stored(worker.settings.rollup_seconds)

    worker.app.task(keep_rollups)

    def clean() -> None:
        rollups.clean(worker.store)
        give_back()

    async def keep_clean() -> None:
        await _every(worker.app, CLEAN_SECONDS, clean, "clean-up of rollups")

    worker.app.task(keep_clean)


def _keep_told(worker: Worker) -> None:
    """Tell in the store how far the worker is."""
    app = worker.app

    async def keep_told() -> None:
        while not app.should_stop:
            try:
                await asyncio.to_thread(
                    worker.progress.tell, worker.store, _waiting(worker), unanswered_of(app)
                )
            except StoreError as error:
                log.warning("telling how far the worker is: %s", error)
            await asyncio.sleep(TELL_SECONDS)

    app.task(keep_told)


def _keep_watched(worker: Worker) -> None:
    """Look for warnings while this worker leads and is not far behind, and say what it found."""
    app, settings = worker.app, worker.settings
    leading = Leading(worker.store, worker.pack, worker.clock)
    out = app.topic(topic_name(settings, "warnings"), value_serializer="raw", key_serializer="raw")

    async def keep_watch() -> None:
        pause = settings.rules_seconds
        while not app.should_stop:
            await asyncio.sleep(pause)
            begun = time.monotonic()
            try:
                if leads(app, settings) and not behind(_waiting(worker), worker.progress.filling):
                    for word in await asyncio.to_thread(leading.look):
                        await out.send(key=word.area.encode(), value=msgspec.json.encode(word))
                else:
                    leading.rest()
            except StoreError as error:
                log.warning("watch: %s", error)
            except (
                Exception
            ):  # a look that fails must not end the worker: nothing is said, the next one tries again
                log.exception("the watch could not look")
            pause = max(settings.rules_seconds, 2 * (time.monotonic() - begun))

    app.task(keep_watch)


def _keep_sent(worker: Worker) -> None:
    """Send warnings to the receiver, if there is one, while this worker leads."""
    app, settings = worker.app, worker.settings
    hook = webhook(worker.store, settings)
    if hook is not None:

        async def keep_sent() -> None:
            await _every(
                app,
                settings.rules_seconds,
                lambda: leads(app, settings) and hook.send(worker.clock.now()),
                "webhook",
            )

        app.task(keep_sent)


def _waiting(worker: Worker) -> Mapping[Topic, Waiting]:
    return waiting_of(worker.app, INPUT_TOPICS, worker.settings.topic_prefix)


def webhook(store: Store, settings: WorkerSettings) -> Webhook | None:
    """The receiver of warnings, if there is one. Raises `ConfigError` where nothing is set to sign with."""
    if not settings.webhook_url:
        return None
    secret = settings.webhook_secret.get_secret_value()
    if not secret:
        raise ConfigError("GRIDPULSE_WEBHOOK_URL is set and GRIDPULSE_WEBHOOK_SECRET is not: set both")
    return Webhook(store, settings.webhook_url, secret, settings.retry_seconds)


def leads(app: AppT, settings: WorkerSettings) -> bool:
    """Whether this worker watches: the one that the group gave partition 0 of the warnings topic.

    The group's own protocol sees to it that one worker has it and that another one gets it when that one is gone.
    """
    return TP(topic_name(settings, "warnings"), 0) in app.consumer.assignment()


def behind(waiting: Mapping[Topic, Waiting], filling: Callable[[], bool]) -> bool:
    """Whether so much is still to be taken in that a look would judge half a history."""
    return filling() or any(topic.seconds > BEHIND_SECONDS for topic in waiting.values())


def much(intakers: Mapping[Topic, Intaker], left: int) -> bool:
    """Whether more comes in than is recomputed at once, so that so many units were left for later."""
    rolled = [intaker for topic, intaker in intakers.items() if topic in rollups.ROLLED_TOPICS]
    return any(intaker.behind for intaker in rolled) or (left > 0 and any(intaker.busy for intaker in rolled))


async def rest(took: float, much: Callable[[], bool]) -> None:
    """A moment after work that took so long; about as long as that for as long as `much` comes in: recomputing the same
    days over and over would take the time of taking it in."""
    until = time.monotonic() + took - SHORT_SECONDS
    await asyncio.sleep(REST_SECONDS)
    while much() and time.monotonic() < until:
        await asyncio.sleep(REST_SECONDS)


async def _every(app: AppT, seconds: float, work: Callable[[], object], name: str) -> None:
    """Do `work` in a thread, again and again, about half of the time at most, and wait `seconds` after each."""
    while not app.should_stop:
        await rest(await _told(work, name), lambda: True)
        await asyncio.sleep(seconds)


async def _told(work: Callable[[], object], name: str) -> float:
    """Do `work` in a thread; a failing store is told, and no end of what calls this. Returns the seconds it took."""
    begun = time.monotonic()
    try:
        await asyncio.to_thread(work)
    except StoreError as error:
        log.warning("%s: %s", name, error)
    return time.monotonic() - begun
