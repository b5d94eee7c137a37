"""The long form: `make faults` runs every fault and prints one line for each; status 1 if one is not exact.

make faults ARGS="--runs 1 --size 5000 --only 'store' --broker embedded"
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from streams.broker import embedded_broker
from tests.faults.catalogue import FAULTS, Fault
from tests.faults.run import Outcome, Run
from tests.support.kafka import Cluster, kafka_cluster

SIZE = 5_000
HEAD = ("fault", "broker", "runs", "messages", "lost", "doubled", "figures", "seconds to recover")
LINE = "{:<48} {:<9} {:>4} {:>9} {:>5} {:>7} {:>9} {:>20}"


def main(arguments: Sequence[str] | None = None, faults: Sequence[Fault] = FAULTS) -> int:
    """Run those that are asked for; returns the status."""
    options = argparse.ArgumentParser(prog="make faults")
    options.add_argument(
        "--runs", type=int, default=1, help="runs of each fault, each with a seed of its own"
    )
    options.add_argument(
        "--size", type=int, help="messages of each run; 5,000, and more for some faults, where not given"
    )
    options.add_argument("--seed", type=int, default=1, help="the first run's seed")
    options.add_argument("--only", default="", help="faults whose name this pattern finds")
    options.add_argument("--broker", choices=("embedded", "kafka", "both"), default="kafka")
    given = options.parse_args(arguments)
    print(LINE.format(*HEAD), flush=True)
    whole, begun = True, time.monotonic()
    for fault in faults:
        if not re.search(given.only, fault.name):
            continue
        for broker in _brokers_of(fault, given.broker):
            whole &= _told(
                fault,
                broker,
                range(given.seed, given.seed + given.runs),
                given.size or max(SIZE, fault.least),
            )
    print(f"{(time.monotonic() - begun) / 60:.0f} minutes, {'all exact' if whole else 'NOT ALL EXACT'}")
    return 0 if whole else 1


def _brokers_of(fault: Fault, wanted: str) -> list[str]:
    able = ["kafka"] if fault.harms else ["embedded", "kafka"]
    return [broker for broker in able if wanted in (broker, "both")]


def _told(fault: Fault, broker: str, seeds: range, size: int) -> bool:
    """Run a fault once a seed and print its line; whether all were exact."""
    outcomes, failures = [], []
    for seed in seeds:
        try:
            outcomes.append(_run(fault, broker, seed, size))
        except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:  # the others go on
            failures.append(f"  seed {seed}: {error}")
            traceback.print_exc(limit=3)
    lost, doubled = sum(o.lost for o in outcomes), sum(o.doubled for o in outcomes)
    print(_line(fault.name, broker, outcomes, len(failures)), flush=True)
    for failure in failures:
        print(failure[:2000], flush=True)
    return not failures and lost == doubled == 0


def _line(name: str, broker: str, outcomes: list[Outcome], failures: int) -> str:
    seconds = sorted(o.seconds for o in outcomes)
    span = f"{seconds[0]:.1f}–{seconds[-1]:.1f}" if seconds else "—"
    return LINE.format(
        name,
        broker,
        len(outcomes) + failures,
        sum(o.messages for o in outcomes),
        sum(o.lost for o in outcomes),
        sum(o.doubled for o in outcomes),
        sum(o.figures for o in outcomes),
        f"{failures} NOT EXACT" if failures else span,
    )


def _run(fault: Fault, broker: str, seed: int, size: int) -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _started(broker, fault.harms, folder / "broker") as (brokers, cluster):
            replication = cluster.replication if cluster else 1
            with Run(
                brokers, folder / "run", seed, size, replication, fault.embedded, **fault.settings
            ) as run:
                fault.do(run, cluster)
                return run.outcome(run.settle())


@contextlib.contextmanager
def _started(broker: str, size: int, folder: Path) -> Iterator[tuple[str, Cluster | None]]:
    if broker == "embedded":
        with embedded_broker() as address:
            yield address, None
    else:
        with kafka_cluster(folder, max(1, size)) as cluster:
            yield cluster.brokers, cluster


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    sys.exit(main())
