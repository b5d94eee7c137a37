"""What a worker tells of itself: what waits, since when, and how old the last recomputation is."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.queries import panels
from dashboard.readings import TopicLag
from schemas.clickhouse import Store
from streams.pipeline import Progress
from streams.transport import Waiting


@dataclass
class Seconds:
    """Real time, moved by hand."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_a_worker_tells_is_what_the_screens_read(store: Store) -> None:
    seconds = Seconds()
    progress = Progress("one", lambda: True, seconds)
    seconds.now = 107.5
    progress.tell(store, {"events": Waiting(5, 2.5), "cameras": Waiting(0, 0.0)})
    told = panels.pipeline(store)
    assert told is not None
    assert told.heard_s < 60
    assert (told.lags, told.rolled_s, told.filling) == (
        (TopicLag("cameras", 0, 0.0), TopicLag("events", 5, 2.5)), 7.5, True,
    )  # fmt: skip


def test_the_newest_word_of_a_worker_counts(store: Store) -> None:
    progress = Progress("one", seconds=Seconds())
    progress.tell(store, {"events": Waiting(5, 2.5)})
    progress.tell(store, {"events": Waiting(1, 0.5)})
    told = panels.pipeline(store)
    assert told is not None
    assert told.lags == (TopicLag("events", 1, 0.5),)


def test_workers_share_a_topic_and_the_freshest_recomputation_counts(store: Store) -> None:
    seconds = Seconds()
    one, two = Progress("one", seconds=seconds), Progress("two", seconds=seconds)
    seconds.now = 120.0
    two.rolled(119.0)
    one.tell(store, {"events": Waiting(5, 2.5)})
    two.tell(store, {"events": Waiting(7, 1.0)})
    told = panels.pipeline(store)
    assert told is not None
    assert (told.lags, told.rolled_s, told.filling) == ((TopicLag("events", 12, 2.5),), 1.0, False)


def test_a_worker_that_ended_no_longer_counts_beside_one_that_speaks(store: Store) -> None:
    Progress("gone", lambda: True, Seconds()).tell(store, {"events": Waiting(900, 90.0)})
    store.command(
        "INSERT INTO pipeline SELECT * REPLACE (told_at - INTERVAL 1 HOUR AS told_at, 'older' AS worker) FROM pipeline"
    )
    store.command("ALTER TABLE pipeline DELETE WHERE worker = 'gone' SETTINGS mutations_sync = 1")
    alone = panels.pipeline(store)
    assert alone is not None
    assert alone.silent(3000.0)
    Progress("new", seconds=Seconds()).tell(store, {"events": Waiting(3, 0.0)})
    told = panels.pipeline(store)
    assert told is not None
    assert (told.lags, told.filling, told.silent(60.0)) == ((TopicLag("events", 3, 0.0),), False, False)
