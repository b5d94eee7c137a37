"""The soak: `make soak ARGS="--minutes 120 --rate 500"` streams on and on with a fault every minute or so.

Two workers on one store; every so often one of them is killed, stopped or paused, the store is killed, or the broker
(Kafka) is. At the end every figure is compared, and the memory of what was never harmed is told as a slope.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.faults.run import Outcome, Run, WorkerProcess
from tests.faults.traffic import traffic
from tests.support.kafka import Cluster, kafka_cluster

#: Messages sent at once.
WAVE_SECONDS = 2.0


class Soak:
    """One soak over a run: `steady` is never harmed, `other` is."""

    def __init__(self, run: Run, cluster: Cluster, rate: int) -> None:
        self.run, self.cluster, self.rate = run, cluster, rate
        self.steady, self.other = run.worker(), run.worker()
        self.memory: list[tuple[float, float]] = []
        self.faults: list[Callable[[], None]] = [
            self.kill_worker, self.stop_worker, self.pause_worker, self.kill_store, self.kill_broker,
        ]  # fmt: skip

    def kill_worker(self) -> None:
        self.other.kill()
        self.other = self.run.worker()

    def stop_worker(self) -> None:
        self.other.wait_ready()
        self.other.stop()
        self.other = self.run.worker()

    def pause_worker(self) -> None:
        self.other.signal(signal.SIGSTOP)
        time.sleep(10)
        self.other.signal(signal.SIGCONT)

    def kill_store(self) -> None:
        self.run.server.kill()
        time.sleep(5)
        self.run.server.start()

    def kill_broker(self) -> None:
        self.cluster.nodes[0].kill()
        time.sleep(5)
        self.cluster.nodes[0].start()
        self.cluster.wait()

    def go_on(self, minutes: float, every: float) -> int:
        """Stream and harm for so long; returns the number of faults."""
        end = time.monotonic() + 60 * minutes
        due, done, wave = time.monotonic() + every, 0, 0
        while time.monotonic() < end:
            begun, wave = time.monotonic(), wave + 1
            self.run.produce(traffic(self.run.seed * 1_000_000 + wave, int(self.rate * WAVE_SECONDS)))
            self.memory.append((begun, resident_mb(self.steady)))
            if begun > due:
                fault = self.faults[done % len(self.faults)]
                print(f"{fault.__name__}: memory {self.memory[-1][1]:.0f} MB", flush=True)
                fault()
                due, done = time.monotonic() + every, done + 1
            time.sleep(max(0.0, WAVE_SECONDS - (time.monotonic() - begun)))
        return done

    def slope(self) -> float:
        """Megabytes an hour of the worker that was never harmed, over the second half of the time."""
        late = np.array(self.memory[len(self.memory) // 2 :])
        return float(np.polyfit(late[:, 0] / 3600, late[:, 1], 1)[0]) if len(late) > 2 else 0.0


def resident_mb(worker: WorkerProcess) -> float:
    """Resident memory of a process in megabytes."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> int:
    options = argparse.ArgumentParser(prog="make soak")
    options.add_argument("--minutes", type=float, default=120)
    options.add_argument("--rate", type=int, default=500, help="messages a second")
    options.add_argument("--every", type=float, default=60, help="seconds between two faults")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    logging.disable(logging.ERROR)
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory()))
        cluster = ends.enter_context(kafka_cluster(folder / "kafka"))
        run = ends.enter_context(Run(cluster.brokers, folder / "run", given.seed, 0, stuck_seconds=60))
        soak = Soak(run, cluster, given.rate)
        faults = soak.go_on(given.minutes, given.every)
        outcome: Outcome = run.outcome(run.settle(600))
        print(
            f"{outcome.messages} messages, {faults} faults, lost {outcome.lost}, doubled {outcome.doubled}, "
            f"{outcome.figures} figures exact; worker's memory {soak.memory[-1][1]:.0f} MB, "
            f"slope {soak.slope():+.1f} MB an hour over the second half; caught up in {outcome.seconds:.1f} s"
        )
    return 0 if outcome.lost == outcome.doubled == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
