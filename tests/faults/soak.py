"""The soak: `make soak ARGS="--minutes 120 --rate 500"` streams on and on with a fault every other minute.

Two workers (`gridpulse worker`) on one store, and a dashboard (`gridpulse dashboard`) with screens that look at it. The
deployment's clock runs a day a minute, so that history, warnings and rollups grow as they would in months. Every so
often one worker is killed, stopped or paused, the store is killed, or the broker (Kafka) is. The other worker and the
dashboard are never harmed: their memory is told as a slope. At the end every figure is compared.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from schemas.clock import ReplayClock
from schemas.packs import load_pack
from streams.broker import free_port
from tests.faults.poison import KINDS
from tests.faults.run import Outcome, Run
from tests.faults.screens import Screens
from tests.faults.traffic import Traffic, traffic
from tests.support import small
from tests.support.chain import wait_until
from tests.support.kafka import Cluster, kafka_cluster

#: Messages sent at once.
WAVE_SECONDS = 2.0
#: The deployment's time starts here and runs so fast.
START, SPEED = datetime(2026, 1, 1, tzinfo=UTC), 1440.0
#: How long something is away.
AWAY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Wave:
    """What is sent at once: made from its number and the deployment's time alone, so it can be made again."""

    seed: int
    number: int
    at: datetime
    size: int

    def messages(self) -> Traffic:
        """Nearly all of the last hours; every fifth wave brings some of the days before as well."""
        found = traffic(self.seed * 1_000_000 + self.number, self.size, self.at, 0.25, 1 / 40)
        if self.number % 5 == 0:
            late = traffic(self.seed * 1_000_000 - self.number, 20, self.at, 20, 1 / 40)
            for topic, messages in late.items():
                found[topic] += messages
        return found


@dataclass
class Memory:
    """Resident megabytes of a process over time, in seconds."""

    at: list[float] = field(default_factory=list)
    mb: list[float] = field(default_factory=list)

    def look(self, pid: int) -> None:
        with contextlib.suppress(OSError, IndexError):
            status = Path(f"/proc/{pid}/status").read_text()
            self.mb.append(int(status.partition("VmRSS:")[2].split()[0]) / 1024)
            self.at.append(time.monotonic())

    def slope(self) -> float:
        """Megabytes an hour over the second half of the time."""
        half = len(self.at) // 2
        hours = np.array(self.at[half:]) / 3600
        return float(np.polyfit(hours, self.mb[half:], 1)[0]) if len(hours) > 2 else 0.0

    def told(self) -> str:
        half = self.mb[len(self.mb) // 2 :] or [0.0]
        return f"{half[0]:.0f} → {half[-1]:.0f} MB, slope {self.slope():+.1f} MB an hour over the second half"


class Soak:
    """One soak over a run: `steady` and `dashboard` are never harmed, `other` is."""

    def __init__(self, run: Run, cluster: Cluster, rate: int, screens: int) -> None:
        self.run, self.cluster = run, cluster
        self.size = int(rate * WAVE_SECONDS)
        self.waves: list[Wave] = []
        self.failure: BaseException | None = None
        self.failed: list[str] = []
        self.ended = threading.Event()
        settings = run.settings
        self.clock = ReplayClock(START, SPEED, settings.clock_origin)
        self.steady, self.other = run.process("gridpulse", "worker"), run.process("gridpulse", "worker")
        port = free_port()
        self.dashboard = run.process("gridpulse", "dashboard", GRIDPULSE_PORT=str(port))
        self.screens = Screens(f"http://127.0.0.1:{port}", screens)
        self.memory = {"worker": Memory(), "dashboard": Memory()}
        self.faults: list[Callable[[], None]] = [
            self.kill_worker, self.stop_worker, self.pause_worker, self.kill_store, self.kill_broker,
        ]  # fmt: skip

    # Faults ------------------------------------------------------------------------------------------------------

    def kill_worker(self) -> None:
        self.other.kill()
        time.sleep(AWAY_SECONDS)
        self.other = self.run.process("gridpulse", "worker")

    def stop_worker(self) -> None:
        self.other.wait_ready(240)
        self.other.stop(60)
        time.sleep(AWAY_SECONDS)
        self.other = self.run.process("gridpulse", "worker")

    def pause_worker(self) -> None:
        self.other.signal(signal.SIGSTOP)
        time.sleep(3 * AWAY_SECONDS)
        self.other.signal(signal.SIGCONT)

    def kill_store(self) -> None:
        self.run.server.kill()
        time.sleep(AWAY_SECONDS)
        self.run.server.start()

    def kill_broker(self) -> None:
        self.cluster.nodes[0].kill()
        time.sleep(AWAY_SECONDS)
        self.cluster.nodes[0].start()
        self.cluster.wait()

    # Going on ----------------------------------------------------------------------------------------------------

    def feed(self) -> None:
        """Send wave after wave until ended; what the broker did not answer for is sent again."""
        due = time.monotonic()
        try:
            while not self.ended.is_set():
                wave = Wave(self.run.seed, len(self.waves) + 1, self.clock.now(), self.size)
                self.waves.append(wave)
                while True:
                    try:
                        self.run.send(wave.messages())
                        break
                    except Exception as error:  # kafka-python has many; the broker is being harmed
                        print(f"wave {wave.number} again: {error!r}"[:200], flush=True)
                        time.sleep(1)
                due += WAVE_SECONDS
                time.sleep(max(0.0, due - time.monotonic()))
        except BaseException as error:
            self.failure = error

    def go_on(self, minutes: float, every: float) -> int:
        """Stream and harm for so long; returns the number of faults."""
        self.screens.start()
        feeding = threading.Thread(target=self.feed, daemon=True)
        feeding.start()
        begun = time.monotonic()
        end, due, done, told = begun + 60 * minutes, begun + every, 0, begun
        poison = random.Random(self.run.seed)
        while (now := time.monotonic()) < end:
            assert self.failure is None, self.failure
            for name, process in (("worker", self.steady), ("dashboard", self.dashboard)):
                assert process.code is None, f"the {name} ended with {process.code}: {process.said()}"
                self.memory[name].look(process.pid)
            if now > told + 60:
                told = now
                print(self._line(now - begun), flush=True)
            if now > due and end - now > every:
                fault = self.faults[done % len(self.faults)]
                print(f"{(now - begun) / 60:5.1f} min  {fault.__name__}", flush=True)
                self.run.produce_raw("events", [make(poison) for make, _ in KINDS.values()], len(KINDS))
                try:
                    fault()
                except Exception as error:  # the soak goes on, and fails at its end
                    self.failed.append(f"{fault.__name__}: {error}"[:2000])
                    print(self.failed[-1], flush=True)
                due, done = time.monotonic() + every, done + 1
            time.sleep(1)
        self.ended.set()
        feeding.join(120)
        self.screens.stop()
        return done

    def _line(self, seconds: float) -> str:
        behind = sum(self.run.behind().values())
        memory = ", ".join(f"{name} {memory.mb[-1]:.0f} MB" for name, memory in self.memory.items())
        store = Memory()
        store.look(self.run.server.pid)
        seen = sum(seen.messages for seen in self.screens.seen)
        return (
            f"{seconds / 60:5.1f} min  {len(self.waves)} waves, behind {behind}, {memory}, store's stand-in "
            f"{store.mb[-1] if store.mb else 0:.0f} MB, screens got {seen}, load {os.getloadavg()[0]:.1f}"
        )

    def outcome(self) -> Outcome:
        """Wait until all is taken, make the messages anew and compare."""
        begun = time.monotonic()
        wait_until(lambda: not self.run.behind(), 1200, lambda: f"behind {self.run.behind()}", 1)
        seconds = time.monotonic() - begun
        for wave in self.waves:
            self.run.keep(wave.messages())
        self.run.settle(1200)
        last = self.waves[-1].at
        return self.run.outcome(seconds, (START + (last - START) / 2, last, last + timedelta(days=90)))

    def told(self, outcome: Outcome, faults: int) -> list[str]:
        """What the soak came to, in lines."""
        seen = self.screens.seen
        again = sum(said.count("starting again") for said in (self.steady.log(), self.dashboard.log()))
        return [
            f"{outcome.messages} messages, {faults} faults, lost {outcome.lost}, doubled {outcome.doubled}, "
            f"{outcome.figures} figures exact, caught up in {outcome.seconds:.1f} s",
            f"worker: {self.memory['worker'].told()}; started again by itself: {again}",
            f"dashboard: {self.memory['dashboard'].told()}",
            f"{len(seen)} screens: {sum(s.messages for s in seen)} messages on {sum(s.visits for s in seen)} "
            f"connections, longest silence {max(s.silence for s in seen):.0f} s",
        ]


def main() -> int:
    options = argparse.ArgumentParser(prog="make soak")
    options.add_argument("--minutes", type=float, default=120)
    options.add_argument("--rate", type=int, default=500, help="messages a second")
    options.add_argument("--every", type=float, default=120, help="seconds between two faults")
    options.add_argument("--screens", type=int, default=12, help="screens that look at the dashboard")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    logging.disable(logging.ERROR)
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        pack = small.written(folder / "pack")
        cluster = ends.enter_context(kafka_cluster(folder / "kafka"))
        settings: dict[str, Any] = {
            "pack": str(pack), "clock_from": START, "clock_speed": SPEED, "clock_origin": time.time(),
            "session_timeout": 10, "rollup_seconds": 0.5, "rules_seconds": 5, "retry_max_seconds": 15,
        }  # fmt: skip
        run = ends.enter_context(Run(cluster.brokers, folder / "run", given.seed, 0, **settings))
        run.pack = load_pack(pack)
        soak = Soak(run, cluster, given.rate, given.screens)
        faults = soak.go_on(given.minutes, given.every)
        outcome = soak.outcome()
        print("\n".join(soak.told(outcome, faults)), flush=True)
    return 0 if outcome.lost == outcome.doubled == len(soak.failed) == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
