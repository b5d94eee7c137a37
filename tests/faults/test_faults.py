"""The faults in short: exact after each of them, on both brokers. The long form is `make faults`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import catalogue
from tests.faults.catalogue import Doing
from tests.faults.run import Outcome, Run
from tests.faults.worker import POINTS
from tests.support.kafka import Cluster, kafka_cluster

pytestmark = [
    pytest.mark.broker,
    pytest.mark.filterwarnings(
        "ignore:unclosed:ResourceWarning"
    ),  # of client libraries whose broker was killed
]
#: Five areas and the own parts of two that have children × indicators × windows × times.
FIGURES = 7 * 27 * 6 * 3


def exact(outcome: Outcome) -> None:
    assert (outcome.lost, outcome.doubled, outcome.figures) == (0, 0, FIGURES)


@pytest.mark.parametrize(
    "do",
    [
        pytest.param(catalogue.killed_at(*POINTS), id="killed-at-every-point"),
        pytest.param(catalogue.coming_and_going(2, 2), id="two-workers-one-comes-and-goes"),
        pytest.param(catalogue.paused(6), id="paused-while-partitions-move"),
    ],
)
def test_whatever_happens_to_a_worker_the_figures_are_those_of_the_messages(
    do: Doing, brokers: str, tmp_path: Path
) -> None:
    with Run(brokers, tmp_path / "run", seed=7, size=1500) as run:
        do(run, None)
        exact(run.outcome(run.settle()))


@pytest.mark.parametrize(
    "do",
    [
        pytest.param(catalogue.store_down(3), id="down"),
        pytest.param(catalogue.store_in_trouble, id="slow-refusing-cutting-off"),
        pytest.param(catalogue.stopped_while_the_store_hangs, id="hangs-while-the-worker-is-to-end"),
    ],
)
@pytest.mark.parametrize("brokers", ["embedded"], indirect=True)
def test_whatever_happens_to_the_store_the_figures_are_those_of_the_messages(
    do: Doing, brokers: str, tmp_path: Path
) -> None:
    with Run(brokers, tmp_path / "run", seed=11, size=1500) as run:
        do(run, None)
        exact(run.outcome(run.settle()))


@pytest.mark.parametrize("brokers", ["embedded"], indirect=True)
def test_every_good_message_counts_and_every_bad_one_is_held_with_its_reason(
    brokers: str, tmp_path: Path
) -> None:
    with Run(brokers, tmp_path / "run", seed=23, size=1500) as run:
        catalogue.poison(run, None)
        exact(run.outcome(run.settle()))


@pytest.mark.parametrize("brokers", ["embedded"], indirect=True)
def test_a_full_disk_of_the_embedded_store_loses_nothing(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=29, size=800, embedded=True) as run:
        catalogue.disk_full(run, None)
        exact(run.outcome(run.settle()))


@pytest.mark.parametrize("brokers", ["embedded"], indirect=True)
def test_a_worker_whose_consumer_is_stuck_starts_again_by_itself(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=17, size=500, stuck_seconds=6) as run:
        catalogue.hanging(run, None)
        exact(run.outcome(run.settle()))
        assert run.workers[0].code is None


@pytest.mark.kafka
@pytest.mark.parametrize("brokers", ["kafka"], indirect=True)
def test_topics_made_anew_are_taken_from_their_beginning(brokers: str, tmp_path: Path) -> None:
    with Run(brokers, tmp_path / "run", seed=19, size=500, stuck_seconds=6) as run:
        catalogue.recreated(run, None)
        exact(run.outcome(run.settle()))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with kafka_cluster(tmp_path_factory.mktemp("three"), 3) as cluster:
        yield cluster


@pytest.mark.kafka
@pytest.mark.parametrize(
    "do",
    [
        pytest.param(
            catalogue.brokers_harmed(catalogue.kill_first, 4, catalogue.start_first), id="one-of-three-lost"
        ),
        pytest.param(catalogue.brokers_harmed(catalogue.kill_all, 4, catalogue.start_all), id="all-down"),
    ],
)
def test_whatever_happens_to_the_brokers_the_figures_are_those_of_the_messages(
    do: Doing, three: Cluster, tmp_path: Path
) -> None:
    with Run(three.brokers, tmp_path / "run", seed=13, size=1500, replication=three.replication) as run:
        do(run, three)
        exact(run.outcome(run.settle()))
