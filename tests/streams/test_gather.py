"""What goes to the store in one insert: a first little at once, then what trickles in together, of much what fits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import pytest

from streams.agents import (
    BYTES_AT_ONCE,
    BYTES_WAITING,
    LITTLE_BYTES,
    LITTLE_SECONDS,
    LONGEST_SECONDS,
    Waiting,
    gather,
)
from streams.turns import Turns


@dataclass
class Message:
    size: int


@dataclass
class Event:
    message: Message


def waiting(*sizes: int) -> asyncio.Queue[Event]:
    queue: asyncio.Queue[Event] = asyncio.Queue()
    for size in sizes:
        queue.put_nowait(Event(Message(size)))
    return queue


async def gathered(
    queue: asyncio.Queue[Event], last: float, *later: int, turns: Turns | None = None
) -> list[int]:
    """The sizes gathered, while these come in a little later."""

    async def come() -> None:
        for size in later:
            queue.put_nowait(Event(Message(size)))

    coming = asyncio.get_running_loop().call_later(0.01, lambda: asyncio.ensure_future(come()))
    found = [event.message.size for event in await gather(queue, last, turns or Turns())]
    coming.cancel()
    return found


def test_after_a_rest_what_waits_goes_at_once() -> None:
    assert asyncio.run(gathered(waiting(10, 20), time.monotonic() - LITTLE_SECONDS, 30)) == [10, 20]


def test_little_soon_after_the_last_waits_for_what_comes() -> None:
    assert asyncio.run(gathered(waiting(10), time.monotonic(), 20, 30)) == [10, 20, 30]


def test_little_waits_for_the_figures_of_what_was_stored_but_not_for_ever() -> None:
    async def story(last: float, shown: bool) -> list[int]:
        turns = Turns()
        turns.stored()
        turns.begin()
        if shown:
            asyncio.get_running_loop().call_later(0.05, turns.end)
        return await gathered(waiting(10), last, 20, turns=turns)

    now = time.monotonic()
    assert asyncio.run(story(now - LITTLE_SECONDS, shown=True)) == [10, 20]
    assert asyncio.run(story(now - LONGEST_SECONDS + 0.1, shown=False)) == [10, 20]
    assert asyncio.run(story(now - LONGEST_SECONDS - 1, shown=False)) == [10]


def test_what_is_stored_while_figures_are_made_has_a_round_of_its_own() -> None:
    async def story() -> list[bool]:
        turns, found = Turns(), []
        for step in (turns.stored, turns.begin, turns.stored, turns.end, turns.begin, turns.end):
            step()
            waiting = asyncio.create_task(turns.until_shown(60))
            await asyncio.sleep(0.02)
            found.append(waiting.done())
            waiting.cancel()
        return found

    assert asyncio.run(story()) == [False, False, False, False, False, True]


def test_much_goes_at_once_and_no_more_than_fits() -> None:
    much = waiting(LITTLE_BYTES, BYTES_AT_ONCE, 1)
    assert asyncio.run(gathered(much, time.monotonic(), 2)) == [LITTLE_BYTES, BYTES_AT_ONCE]
    assert much.qsize() == 1


def test_what_waits_is_bounded_by_its_bytes_and_never_by_less_than_one_batch() -> None:
    async def story() -> None:
        queue = Waiting()
        await queue.put(Event(Message(BYTES_WAITING - 1)))
        await queue.put(Event(Message(BYTES_WAITING)))  # of any size while there is room
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(queue.put(Event(Message(1))), 0.05)
        later = asyncio.create_task(queue.put(Event(Message(1))))
        await asyncio.sleep(0)
        for _ in range(2):
            queue.get_nowait()
        await asyncio.wait_for(later, 10)
        assert queue.qsize() == 1

    asyncio.run(story())
