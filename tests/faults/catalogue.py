"""The faults, each a function over a run: it brings the trouble about, mends it, and leaves a worker running."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import msgspec

from schemas.contracts import Topic
from streams import held
from streams.app import DRAIN_SECONDS
from streams.decoding import WITHOUT_CANONICAL, decode
from streams.held import Replayed
from streams.quarantine import quarantined
from streams.running import STOP_SECONDS
from streams.sink import rows_of
from tests.faults.fuzz import GOOD, mutated
from tests.faults.poison import array_with_one_bad_item, poisoned
from tests.faults.run import Run, WorkerProcess
from tests.faults.traffic import Traffic, split, traffic
from tests.faults.worker import POINTS, refused
from tests.support import small
from tests.support.chain import LATE, records_in, wait_until
from tests.support.clickhouse import DISK_FULL, MEMORY_LIMIT, READ_ONLY, TOO_MANY_PARTS, Trouble
from tests.support.kafka import Cluster
from tests.support.require import require

#: A worker that is watched impatiently.
WATCHED = {"stuck_seconds": 20.0}
#: A worker that goes on whatever share of its records is bad.
NO_CAP = {"quarantine_cap": 10**9}
#: A run with the brokers it stands on; None where those are not to be harmed.
Doing = Callable[[Run, Cluster | None], None]


@dataclass(frozen=True)
class Fault:
    """A fault by name. `harms`: it needs so many brokers of Kafka's, to be harmed; `settings` of its workers;
    `embedded`: its one worker has the store in its own process; `least`: messages of a run of the long form."""

    name: str
    do: Doing
    harms: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    embedded: bool = False
    least: int = 0


def killed_at(*points: str) -> Doing:
    """A worker dies at each of these points in turn, while messages keep coming."""

    def do(run: Run, cluster: Cluster | None) -> None:
        waves = split(traffic(run.seed, run.size), len(points) + 1)
        for point, wave in zip(points, waves, strict=False):
            run.produce(wave)
            armed = run.worker(point)
            if point == "in_rebalance":
                wait_until(lambda: not run.behind(), run.patience, armed.said, 0.25)
                run.worker()
            armed.wait_dead(run.patience)
        run.produce(waves[-1])
        run.worker()

    return do


def killed_often(kills: int, low: float, high: float) -> Doing:
    """Killed so many times, within so many seconds after it is ready, while messages keep coming."""

    def do(run: Run, cluster: Cluster | None) -> None:
        feeding = _feeding(run, traffic(run.seed, run.size))
        for _ in range(kills):
            worker = run.worker()
            worker.wait_ready(run.patience)
            time.sleep(run.dice.uniform(low, high))
            worker.kill()
        feeding.join()
        run.worker()

    return do


def coming_and_going(times: int, seconds: float) -> Doing:
    """Two workers, one of which leaves and comes back every few seconds, in order and by force."""

    def do(run: Run, cluster: Cluster | None) -> None:
        run.worker()
        feeding = _feeding(run, traffic(run.seed, run.size))
        for number in range(times):
            other = run.worker()
            other.wait_ready(run.patience)
            time.sleep(run.dice.uniform(seconds, 1.5 * seconds))
            if number % 2:
                other.kill()
            else:
                other.stop()
        feeding.join()

    return do


def asked_to_end(times: int) -> Doing:
    """Workers asked to end (SIGTERM) amid the stream, one after the other: each in time, no message written twice."""

    def do(run: Run, cluster: Cluster | None) -> None:
        run.server.trouble(Trouble("_messages", seconds=0.3))
        for part in split(traffic(run.seed, run.size), times):
            worker, before = run.worker(), run.written()
            worker.wait_ready(run.patience)
            feeding = _feeding(run, part, 1500 * times / run.size)  # 15 s long
            wait_until(lambda before=before: run.written() > before, run.patience, worker.said, 0.05)  # type: ignore[misc]
            seconds = worker.stop(60)
            assert feeding.is_alive() or run.behind(), "it was asked to end when all was done"
            assert seconds < STOP_SECONDS, f"the worker took {seconds:.0f} s to end"
            feeding.join()
        assert run.server.troubled > 0, "no insert was held up"
        run.worker()
        run.settle()
        assert run.written() == run.records.total(), "messages were written twice, or not at all"

    return do


def paused(seconds: float) -> Doing:
    """A worker stopped amid an insert (SIGSTOP) wakes up after its partitions moved and others wrote the same cases."""

    def do(run: Run, cluster: Cluster | None) -> None:
        before, after = split(traffic(run.seed, run.size), 2)
        sleeper = run.worker()
        run.server.trouble(Trouble("INSERT INTO `event_messages`", seconds=1.5))
        run.produce(before)
        wait_until(lambda: run.taken() > 0 and run.server.troubled > 0, run.patience, sleeper.said, 0.05)
        sleeper.signal(signal.SIGSTOP)
        assert _writes(sleeper), "it was not amid an insert when it was stopped"
        run.server.trouble()
        run.worker()
        run.produce(after)
        time.sleep(seconds)
        run.settle()
        joined = _joined(sleeper)
        sleeper.signal(signal.SIGCONT)
        # Once it has joined anew, it has written, and tried to commit, all it took for its own.
        wait_until(
            lambda: not _writes(sleeper) and _joined(sleeper) > joined, run.patience, sleeper.said, 0.05
        )

    return do


def _joined(worker: WorkerProcess) -> int:
    """How often it has joined its group, as its log says."""
    return worker.log().count("Worker ready")


def _writes(worker: WorkerProcess) -> bool:
    """Whether an insert of messages is under way, as its log says."""
    said = worker.log()
    return said.count("writing ") > said.count("wrote ")


def store_down(seconds: float) -> Doing:
    """The store is killed amid the stream and comes back on the same folder."""

    def do(run: Run, cluster: Cluster | None) -> None:
        first, second, third = split(traffic(run.seed, run.size), 3)
        worker = run.worker()
        run.produce(first)
        wait_until(lambda: run.taken() > 0, run.patience, worker.said, 0.1)
        run.server.kill()
        run.produce(second)
        time.sleep(seconds)
        run.server.start()
        run.produce(third)

    return do


def stopped_while_the_store_hangs(run: Run, cluster: Cluster | None) -> None:
    """Asked to end (SIGTERM) while an insert hangs: it ends all the same, and what was under way is taken again."""
    before, amid = split(traffic(run.seed, run.size), 2)
    worker = run.worker()
    run.produce(before)
    wait_until(lambda: run.taken() > 0, run.patience, worker.said, 0.1)
    run.server.pause()
    run.produce(amid)
    wait_until(lambda: _writes(worker), run.patience, worker.said, 0.05)
    seconds = worker.stop(60)
    run.server.resume()
    assert seconds > DRAIN_SECONDS, "no insert hung when it was asked to end"
    assert seconds < STOP_SECONDS + 15, f"the worker took {seconds:.0f} s to end"
    run.worker()


def store_in_trouble(run: Run, cluster: Cluster | None) -> None:
    """Slow, out of memory, too many parts, read-only, full, and answers that are cut off after the work was done."""
    troubles = (
        Trouble(where="INSERT", seconds=0.5, times=6),
        replace(MEMORY_LIMIT, where="INSERT", times=5),
        replace(TOO_MANY_PARTS, where="_messages", times=5),
        replace(READ_ONLY, where="rollup", times=5),
        replace(DISK_FULL, where="INSERT", times=5),
        Trouble(where="INSERT", cut=True, times=8),
        replace(MEMORY_LIMIT, where="SELECT", times=5),
    )
    waves = split(traffic(run.seed, run.size), len(troubles))
    worker = run.worker()
    for trouble, wave in zip(troubles, waves, strict=True):
        run.server.trouble(trouble)
        run.produce(wave)
        wait_until(lambda: not run.behind(), run.patience, worker.said, 0.1)
        assert run.server.troubled > 0, f"nothing met {trouble}"
    run.server.trouble()


def brokers_harmed(harm: Callable[[Cluster], None], seconds: float, mend: Callable[[Cluster], None]) -> Doing:
    """Brokers are harmed amid the stream, and mended after so many seconds."""

    def do(run: Run, cluster: Cluster | None) -> None:
        assert cluster is not None
        before, amid, after = split(traffic(run.seed, run.size), 3)
        worker = run.worker()
        run.produce(before)
        wait_until(lambda: run.taken() > 0, run.patience, worker.said, 0.1)
        harm(cluster)
        feeding = _feeding(run, amid)
        time.sleep(seconds)
        mend(cluster)
        feeding.join()
        run.produce(after)

    return do


def kill_first(cluster: Cluster) -> None:
    cluster.nodes[0].kill()


def start_first(cluster: Cluster) -> None:
    cluster.nodes[0].start()
    cluster.wait()


def pause_all(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.pause()


def resume_all(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.resume()


def kill_all(cluster: Cluster) -> None:
    cluster.kill()


def start_all(cluster: Cluster) -> None:
    cluster.start()


def hanging(run: Run, cluster: Cluster | None) -> None:
    """The consumer waits for ever while messages wait: the watchdog starts the worker again."""
    stuck = run.worker("hang")
    run.produce(traffic(run.seed, run.size))
    wait_until(lambda: "starting again" in stuck.log(), run.patience, stuck.said, 0.2)


def disk_full(run: Run, cluster: Cluster | None) -> None:
    """The disk of the embedded store fills up amid the stream, and is given room again."""
    require(os.geteuid() == 0 and shutil.which("mount"), "root, to mount a disk of its own size")
    disk = run.folder / "store"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(disk)], check=True)
    run.at_end("umount", str(disk))
    before, amid = split(traffic(run.seed, run.size), 2)
    worker = run.worker()
    run.produce(before)
    wait_until(lambda: not run.behind(), run.patience, worker.said, 0.25)
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    run.produce(amid)
    wait_until(lambda: worker.log().count("for the store") > 2, run.patience, worker.said, 0.25)
    filler.unlink()


def clock_jumps(run: Run, cluster: Cluster | None) -> None:
    """The worker's clock jumps by years, to and fro, all the time."""
    run.worker(FAULT_CLOCK="jumps")
    run.produce(traffic(run.seed, run.size), 0.02)


def poison(run: Run, cluster: Cluster | None) -> None:
    """One in a hundred malformed of every kind, among good ones: each is held with its reason, every good one counts.

    The worker itself refuses one good case in a hundred, by mistake. Once it is mended they are sent again, twice.
    """
    whole = traffic(run.seed, run.size)
    single = [message for message in whole["events"] if refused(message["id"])]
    others = [message for message in whole["events"] if not refused(message["id"])]
    packed, others = others[: run.size // 10], others[run.size // 10 :]
    bad = poisoned(run.dice, max(1, run.size // 100))
    fives = (packed[start : start + 5] for start in range(0, len(packed), 5))
    arrays = [array_with_one_bad_item(run.dice, items) for items in fives]
    mistaken = len(single) + sum(refused(message["id"]) for message in whole["mediation"])
    wanted = Counter(reason for _, reason in bad) + Counter(bad_value=len(arrays) + mistaken)
    good = (msgspec.json.encode(message) for message in (*others, *single))
    mixed = [*good, *arrays, *(value for value, _ in bad)]
    run.dice.shuffle(mixed)
    worker = run.worker(FAULT_STRICT="yes")
    run.keep({"events": packed + others + single})
    run.produce_raw("events", mixed, len(bad) + len(arrays))
    run.produce({topic: messages for topic, messages in whole.items() if topic != "events"})
    run.bad += mistaken
    wait_until(lambda: not run.behind(), run.patience, worker.said, 0.5)
    found: Any = run.store.rows("SELECT reason, count() FROM quarantine FINAL GROUP BY reason")
    assert dict(found) == dict(wanted)
    exposed = run.store.rows("SELECT count() FROM quarantine FINAL WHERE payload LIKE '%13812345678%'")
    assert exposed == [(0,)]
    worker.stop()
    run.worker()
    assert held.replay(run.store, run.settings) == Replayed(mistaken, len(bad) + len(arrays), 0)
    assert held.replay(run.store, run.settings) == Replayed(0, len(bad) + len(arrays), 0)


def fuzzed(run: Run, cluster: Cluster | None) -> None:
    """Mutated messages of every topic among good ones: each is counted or held, and the worker goes on.

    Beside that, ten times as many are taken through a worker's own steps without a broker: none of them is an error.
    """
    each = run.size // len(GOOD)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as beside:
        steps = [beside.submit(through_the_steps, topic, run.seed, 10 * each) for topic in GOOD]
        worker = run.worker()
        first, second = split(traffic(run.seed, run.size // 10), 2)
        run.produce(first)
        for topic in GOOD:
            values = list(mutated(topic, run.dice, each))
            decoded = decode(topic, [(0, value) for value in values], run.pack.areas)
            if topic in run.good:
                typed = small.plain(decoded.messages)
                if topic not in WITHOUT_CANONICAL:  # what no contract knows stays: it decides between equals
                    sent = (msgspec.json.decode(content) for content in decoded.canonical)
                    typed = [whole | known for whole, known in zip(sent, typed, strict=True)]
                run.keep({topic: typed})
            run.produce_raw(topic, values, len(decoded.rejects))
        run.produce(second)
        run.settle()
        run.records["steps"] += sum(done.result() for done in steps)
    assert worker.code is None, worker.said()
    assert not re.search("starting again|Restarting dead", worker.log()), worker.said()


def through_the_steps(topic: Topic, seed: int, count: int) -> int:
    """Decode so many mutated messages and make rows of them; each record comes out as good or as held."""
    values, areas = mutated(topic, random.Random(seed + 1), count), small.pack().areas
    while chunk := list(islice(values, 500)):
        decoded = decode(topic, list(enumerate(chunk)), areas)
        rows = rows_of(topic, areas, [decoded])
        assert (rows.num_rows if rows else 0) == len(decoded.messages)
        assert len(decoded.messages) + len(decoded.rejects) == sum(map(records_in, chunk))
        told = quarantined(topic, 0, decoded.rejects, LATE)
        assert all(len(value) < 1_000_000 for value in told)
    return count


def recreated(run: Run, cluster: Cluster | None) -> None:
    """Every topic is deleted and made again while the worker runs: offsets begin at zero, the group's do not."""
    first, second = split(traffic(run.seed, run.size), 2)
    run.worker()
    run.produce(first)
    run.settle()
    run.recreate_topics()
    run.produce(second)


def _feeding(run: Run, messages: Traffic, pause: float = 0.05) -> threading.Thread:
    """Messages that keep coming, in a thread, with a pause after each hundred."""
    thread = threading.Thread(target=run.produce, args=(messages, pause), daemon=True)
    thread.start()
    return thread


FAULTS = (
    *(Fault(f"killed {point.replace('_', ' ')}", killed_at(point)) for point in POINTS),
    Fault("20 kills in one run", killed_often(20, 0, 8), least=200_000),
    Fault("two workers, one comes and goes", coming_and_going(6, 5)),
    Fault("paused worker wakes after its partitions moved", paused(30)),
    Fault("store down", store_down(60)),
    Fault("asked to end, amid the stream", asked_to_end(5), least=20_000),
    Fault("asked to end while the store hangs", stopped_while_the_store_hangs),
    Fault("store slow, refusing, cutting off", store_in_trouble),
    Fault("3 kills, store embedded", killed_often(3, 0, 6), embedded=True),
    Fault("disk full, store embedded", disk_full, embedded=True),
    Fault("clock jumps", clock_jumps),
    Fault("1 % poison of every kind, sent again", poison, least=200_000),
    Fault("mutated messages of every topic", fuzzed, settings=NO_CAP, least=100_000),
    Fault("consumer stuck", hanging, settings=WATCHED),
    Fault("topics recreated at offset zero", recreated, 1, WATCHED),
    Fault("broker killed and started again", brokers_harmed(kill_first, 5, start_first), 1),
    Fault("broker paused", brokers_harmed(pause_all, 15, resume_all), 1),
    Fault("one of three brokers lost", brokers_harmed(kill_first, 10, start_first), 3),
    Fault("all brokers down", brokers_harmed(kill_all, 60, start_all), 3),
)
