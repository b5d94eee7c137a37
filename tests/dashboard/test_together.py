"""Readings at the same time: all are found in their order, whoever reads them, and none waits for busy others."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

import pytest

from dashboard.together import together


def meeting(patience: float) -> list[str]:
    """What two readings find that go on only once both have begun."""
    both = threading.Barrier(2, timeout=patience)

    def read(name: str) -> str:
        both.wait()
        return name

    with ThreadPoolExecutor(1) as others:
        return together(others, lambda: read("first"), lambda: read("second"))


def test_others_read_beside_the_caller() -> None:
    assert meeting(30) == ["first", "second"]


def test_what_busy_others_have_not_begun_the_caller_reads_itself() -> None:
    go = threading.Event()
    with ThreadPoolExecutor(1) as others:
        busy = others.submit(go.wait, 30)
        try:
            found = together(others, *(threading.get_ident for _ in range(3)))
        finally:
            go.set()
        assert busy.result()
    assert found == [threading.get_ident()] * 3


@pytest.mark.parametrize("failing", range(3))
@pytest.mark.parametrize("pool", [True, False])
def test_what_goes_wrong_is_raised(failing: int, pool: bool) -> None:
    def read(number: int) -> int:
        if number == failing:
            raise OSError("no store")
        return number

    reads = [partial(read, number) for number in range(3)]
    with ThreadPoolExecutor(2) as threads:
        others: Executor | None = threads if pool else None
        with pytest.raises(OSError, match="no store"):
            together(others, *reads)


def test_after_one_failed_none_is_still_being_read() -> None:
    begun, over = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        over.wait(0.2)
        over.set()

    def failing() -> None:
        assert begun.wait(30)
        raise OSError("no store")

    with ThreadPoolExecutor(1) as others:
        with pytest.raises(OSError, match="no store"):
            together(others, failing, slow, begun.clear)
        assert over.is_set()
        assert begun.is_set(), "what nobody had begun is not read any more"
