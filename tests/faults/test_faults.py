"""The faults in short: exact after each of them, on both brokers. The long form is `make faults`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import catalogue
from tests.faults.__main__ import main
from tests.faults.catalogue import Doing, Fault
from tests.faults.run import Outcome, Run
from tests.faults.traffic import traffic
from tests.faults.worker import POINTS
from tests.support.kafka import Cluster, kafka_cluster

pytestmark = [
    pytest.mark.broker,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # of clients whose broker was killed
]
#: Five areas and the own parts of two that have children × indicators × windows × times.
FIGURES = 7 * 27 * 6 * 3


def exact(outcome: Outcome) -> None:
    assert (outcome.lost, outcome.doubled, outcome.figures) == (0, 0, FIGURES)


ON_EMBEDDED = pytest.mark.parametrize("brokers", ["embedded"], indirect=True)
ON_KAFKA = pytest.mark.parametrize("brokers", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)


def test_killed_at_any_point_a_worker_loses_and_repeats_nothing(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=7, size=1500, session_timeout=3) as run:
        catalogue.killed_at(*POINTS)(run, None)
        exact(run.outcome(run.settle()))


def test_a_worker_asked_to_end_finishes_in_time_what_is_under_way_and_repeats_nothing(
    brokers: str, tmp_path: Path
) -> None:
    with Run(brokers, tmp_path / "run", seed=10, size=3000) as run:
        catalogue.asked_to_end(2)(run, None)
        exact(run.outcome(run.settle()))


@ON_KAFKA
def test_a_worker_that_leaves_and_comes_back_harms_nothing(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=8, size=1500) as run:
        catalogue.coming_and_going(2, 2)(run, None)
        exact(run.outcome(run.settle()))


@ON_EMBEDDED
def test_a_worker_that_wakes_after_its_partitions_moved_harms_nothing(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=9, size=1500) as run:
        catalogue.paused(6)(run, None)
        exact(run.outcome(run.settle()))


@ON_EMBEDDED
@pytest.mark.parametrize("do", [catalogue.store_in_trouble, catalogue.stopped_while_the_store_hangs])
def test_a_store_in_trouble_loses_nothing(do: Doing, brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=11, size=1500) as run:
        do(run, None)
        exact(run.outcome(run.settle()))


@ON_EMBEDDED
def test_every_good_message_counts_and_every_bad_one_is_held_with_its_reason(
    brokers: str, tmp_path: Path
) -> None:
    with Run(brokers, tmp_path / "run", seed=23, size=1500) as run:
        catalogue.poison(run, None)
        exact(run.outcome(run.settle()))


@ON_EMBEDDED
def test_a_full_disk_of_the_embedded_store_loses_nothing(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=29, size=800, embedded=True) as run:
        catalogue.disk_full(run, None)
        exact(run.outcome(run.settle()))


@ON_EMBEDDED
def test_a_worker_whose_consumer_is_stuck_starts_again_by_itself(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=17, size=500, stuck_seconds=16) as run:
        catalogue.hanging(run, None)
        exact(run.outcome(run.settle()))
        assert run.workers[0].code is None


@ON_KAFKA
def test_topics_made_anew_are_taken_from_their_beginning(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=19, size=500, stuck_seconds=16) as run:
        catalogue.recreated(run, None)
        exact(run.outcome(run.settle()))


def test_a_fault_that_fails_or_cannot_be_brought_about_stops_no_other_and_the_verdict_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def breaks(run: Run, cluster: Cluster | None) -> None:
        raise AssertionError("it broke")

    def cannot(run: Run, cluster: Cluster | None) -> None:
        pytest.skip("no disk to fill")

    def calm(run: Run, cluster: Cluster | None) -> None:
        run.worker()
        run.produce(traffic(run.seed, run.size))

    faults = [Fault("breaks", breaks), Fault("cannot", cannot), Fault("calm", calm)]
    assert main(["--broker", "embedded", "--size", "200"], faults) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["fault", "breaks", "seed", "cannot", "seed", "calm"]
    assert lines[2:5:2] == ["  seed 1: it broke", "  seed 1: no disk to fill"]
    assert (lines[1][-11:], lines[-1].partition(", ")[2]) == ("1 NOT EXACT", "NOT ALL EXACT")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Cluster]:
    with kafka_cluster(tmp_path / "kafka", 3) as cluster:
        yield cluster


@pytest.mark.kafka
def test_the_loss_of_one_of_three_brokers_loses_nothing(three: Cluster, tmp_path: Path) -> None:
    with Run(three.brokers, tmp_path / "run", seed=13, size=1500, replication=three.replication) as run:
        catalogue.brokers_harmed(catalogue.kill_first, 4, catalogue.start_first)(run, three)
        exact(run.outcome(run.settle()))
