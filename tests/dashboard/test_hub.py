"""The hub's rules: one look a tick however many look on, nothing for nobody, an outage told and healed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from dashboard.geometry import Geometry
from dashboard.hub import Hub, look_after
from dashboard.mailbox import Mailbox, Message
from dashboard.scope import Scopes
from dashboard.settings import DashboardSettings
from schemas.clock import FixedClock
from schemas.packs import Pack
from tests.dashboard.conftest import AT
from tests.support.readings import FakeReadings
from tests.support.screens import after

TICK = 0.05


@asynccontextmanager
async def running(
    readings: FakeReadings, scopes: Scopes, pack: Pack, stale_after: float = 0.3
) -> AsyncIterator[Hub]:
    settings = DashboardSettings(tick_seconds=TICK, stale_after_s=stale_after)
    hub = Hub(readings, scopes, Geometry(pack), FixedClock(AT), settings, "build-1")
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def take(box: Mailbox) -> dict[str, Any]:
    async with asyncio.timeout(10):
        message: dict[str, Any] = json.loads(await box.take())
        return message


async def until(box: Mailbox, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message for which it holds."""
    while not holds(message := await take(box)):
        pass
    return message


Story = Callable[[Hub], Awaitable[None]]


@pytest.fixture
def play(readings: FakeReadings, scopes: Scopes, pack: Pack) -> Callable[..., None]:
    """Runs a story with a hub."""

    def run(story: Story, **settings: float) -> None:
        async def with_hub() -> None:
            async with running(readings, scopes, pack, **settings) as hub:
                await story(hub)

        asyncio.run(with_hub())

    return run


def test_all_viewers_of_a_scope_get_the_same_message_of_one_look(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        boxes = [Mailbox() for _ in range(50)]
        for box in boxes:
            hub.join(scopes.home, box)
        assert hub.viewers == 50
        messages = [await box.take() for box in boxes]
        assert len(set(messages)) == 1
        message = json.loads(messages[0])
        assert (message["state"], message["build"], message["scope"]["area"]) == ("live", "build-1", "D")
        assert message["as_of"] == "2026-03-09T00:12:03+00:00"
        assert readings.calls.count(("board", "D", "7d")) == 1

    play(story)


def test_a_viewer_that_takes_changes_knows_what_the_others_do(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        plain, changing = Mailbox(), Mailbox(changes=True)
        for box in (plain, changing):
            hub.join(scopes.home, box)
        known = await take(plain)
        assert await take(changing) == known
        for _ in range(3):
            readings.written += 1
            whole, sent = await take(plain), await take(changing)
            assert (whole["kind"], sent["kind"]) == ("snapshot", "change")
            known = after(known, sent)
            assert known == whole

    play(story)


def test_scopes_of_one_window_share_one_board(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        boxes = {code: Mailbox() for code in ("D", "T1", "T1-1")}
        for code, box in boxes.items():
            hub.join(scopes.home.to(area=code), box)
        for code, box in boxes.items():
            assert (await take(box))["scope"]["area"] == code
        ticks = readings.calls.count(("feeds",))
        boards = [call for call in readings.calls if call[0] == "board"]
        assert set(boards) == {("board", "D", "7d")}
        assert len(boards) == ticks

    play(story)


def test_a_scope_nobody_looks_at_costs_nothing(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        await asyncio.sleep(3 * TICK)
        assert readings.calls == []
        box = Mailbox()
        hub.join(scopes.home, box)
        await take(box)
        hub.leave(scopes.home, box)
        await asyncio.sleep(2 * TICK)
        readings.calls.clear()
        await asyncio.sleep(4 * TICK)
        assert readings.calls == []
        assert hub.viewers == 0

    play(story)


def test_a_viewer_who_comes_between_ticks_does_not_wait_for_the_next(
    readings: FakeReadings, scopes: Scopes, pack: Pack
) -> None:
    async def story() -> None:
        settings = DashboardSettings(tick_seconds=30)
        hub = Hub(readings, scopes, Geometry(pack), FixedClock(AT), settings, "b")
        task = asyncio.create_task(hub.run())
        first, second, third = Mailbox(), Mailbox(), Mailbox()
        hub.join(scopes.home, first)
        await take(first)
        hub.join(scopes.home.to(area="T1"), second)
        assert (await take(second))["scope"]["area"] == "T1"
        hub.join(scopes.home, third)
        assert (await take(third))["scope"]["area"] == "D"
        assert readings.calls.count(("board", "D", "7d")) == 1
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(story())


def test_news_is_shown_before_the_next_tick_but_never_too_often(
    readings: FakeReadings, scopes: Scopes, pack: Pack
) -> None:
    async def story() -> None:
        settings = DashboardSettings(tick_seconds=30, news_seconds=0.3, look_seconds=0.02)
        hub = Hub(readings, scopes, Geometry(pack), FixedClock(AT), settings, "b")
        task = asyncio.create_task(hub.run())
        box = Mailbox()
        hub.join(scopes.home, box)
        await take(box)
        began = time.monotonic()
        for _ in range(2):
            readings.written += 1
            await take(box)
        spent = time.monotonic() - began
        assert 0.3 <= spent < 10  # two snapshots, the second at least 0.3 s after the first
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await box.take()  # nothing is written: nothing to show until the next tick
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(story())


def test_news_is_looked_for_more_rarely_where_there_was_none() -> None:
    assert [look_after(quiet, 0.1) for quiet in (0.0, 10.0, 10.1, float("inf"))] == pytest.approx(
        [0.1, 0.1, 0.3, 0.3]
    )


def test_an_outage_is_told_with_its_age_and_reason_and_heals_by_itself(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        box = Mailbox()
        hub.join(scopes.home, box)
        assert (await take(box))["state"] == "live"
        readings.down = True
        stale = await until(box, lambda message: message["state"] == "stale")
        assert (stale["kind"], stale["reason"], stale["as_of"]) == (
            "stale",
            "store",
            "2026-03-09T00:12:03+00:00",
        )
        assert stale["age"] >= 0.3
        assert "存储无响应" in stale["props"]["banner"]["children"]
        assert "2026-03-09 08:12:03" in stale["props"]["banner"]["children"]
        readings.down = False
        healed = await until(box, lambda message: message["state"] == "live")
        assert healed["props"]["banner"] == {"children": ""}

    play(story)


def test_one_failed_look_is_no_outage(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        box = Mailbox()
        hub.join(scopes.home, box)
        await take(box)
        readings.down = True
        await asyncio.sleep(2 * TICK)
        readings.down = False
        for _ in range(6):
            assert (await take(box))["state"] == "live"

    play(story, stale_after=5.0)


def test_a_viewer_who_comes_during_an_outage_is_told_at_once(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        readings.down = True
        box = Mailbox()
        hub.join(scopes.home, box)
        stale = await take(box)
        assert (stale["state"], stale["age"], stale["as_of"]) == ("stale", None, None)
        readings.down = False
        assert (await until(box, lambda message: message["state"] == "live"))["kind"] == "snapshot"

    play(story, stale_after=60.0)


def test_a_slow_store_is_told_as_slow(
    play: Callable[..., None], readings: FakeReadings, scopes: Scopes
) -> None:
    async def story(hub: Hub) -> None:
        box = Mailbox()
        hub.join(scopes.home, box)
        await take(box)
        readings.pause = 0.2
        assert (await until(box, lambda message: message["state"] == "stale"))["reason"] == "slow"
        readings.pause = 0.0
        await until(box, lambda message: message["state"] == "live")

    play(story)


def test_the_latest_message_wins() -> None:
    async def story() -> None:
        box = Mailbox()
        for number in range(1000):
            box.put(Message(str(number)))
        assert await box.take() == "999"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await box.take()

    asyncio.run(story())
