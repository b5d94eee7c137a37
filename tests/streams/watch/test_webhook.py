"""A webhook gets every change at least once, signed and with an id, whatever fails on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from schemas.clickhouse import Store
from schemas.contracts import Warning
from schemas.errors import StoreError
from streams.watch.webhook import Webhook, delivery_id, signature
from tests.support import small
from tests.support.failing import FailingStore
from tests.support.receiver import Received, receiver

AT = datetime(2026, 3, 10, 8, tzinfo=UTC)
SECRET = "between us"


def told(store: Store, *changes: dict[str, Any]) -> list[Warning]:
    """A warning and its further words, a minute apart, in the store."""
    first = Warning(
        warning_id="w1", area="370403001", category="litter", colour="yellow", state="raised", raised_at=AT,
        window="24h", observed=3, updated_at=AT,
    )  # fmt: skip
    words = [first]
    for minute, change in enumerate(changes, start=1):
        words.append(msgspec.structs.replace(words[-1], updated_at=AT + timedelta(minutes=minute), **change))
    small.stored(store, "warnings", small.plain(words), small.pack())
    return words


def test_each_change_is_sent_once_in_order_signed_and_with_an_id(store: Store) -> None:
    words = told(store, {"observed": 5}, {"state": "acknowledged"}, {"state": "cleared", "found": False})
    received = Received()
    with receiver(received) as url:
        hook = Webhook(store, url, SECRET)
        assert [hook.send(AT), hook.send(AT)] == [3, 0]
        assert Webhook(store, url, SECRET).send(AT) == 0  # after a restart
    assert received.states == ["raised", "acknowledged", "cleared"]
    for headers, body in received.got:
        assert headers["X-Gridpulse-Signature"] == signature(SECRET, headers["X-Gridpulse-Timestamp"], body)
        assert headers["X-Gridpulse-Delivery"] == delivery_id(msgspec.json.decode(body, type=Warning))
    assert msgspec.json.decode(received.got[0][1], type=Warning) == words[0]
    assert signature("other", "1", b"") != signature(SECRET, "1", b"")


def test_what_fails_is_tried_again_with_growing_pauses_and_nothing_is_passed_over(store: Store) -> None:
    told(store, {"state": "acknowledged"})
    received, clock = Received([500, 503, 429]), [0.0]
    with receiver(received) as url:
        hook = Webhook(store, url, SECRET, first=1, longest=3, seconds=lambda: clock[0])
        tries = []
        for second in (0, 0.5, 1, 2.5, 3, 5.9, 6, 7):
            clock[0] = second
            before = len(received.got)
            hook.send(AT)
            tries.append((second, len(received.got) - before))
    assert tries == [(0, 1), (0.5, 0), (1, 1), (2.5, 0), (3, 1), (5.9, 0), (6, 2), (7, 0)]
    assert received.states[-2:] == ["raised", "acknowledged"]


def test_a_receiver_that_is_not_there_is_tried_again(store: Store) -> None:
    told(store)
    hook = Webhook(store, "http://127.0.0.1:1/nobody", SECRET)
    assert hook.send(AT) == 0


def test_a_crash_after_the_sending_sends_it_again_under_the_same_id(store: Store) -> None:
    told(store)
    received = Received()
    failing = FailingStore(store.url, failing=1, when=lambda what: what == "deliveries")
    with receiver(received) as url:
        with pytest.raises(StoreError, match="the store is away"):
            Webhook(failing, url, SECRET).send(AT)
        assert Webhook(store, url, SECRET).send(AT) == 1
    failing.close()
    assert len({headers["X-Gridpulse-Delivery"] for headers, _ in received.got}) == 1
    assert len(received.got) == 2


def test_the_same_word_of_two_watches_is_one_delivery(store: Store) -> None:
    told(store, {}, {})
    received = Received()
    with receiver(received) as url:
        assert Webhook(store, url, SECRET).send(AT) == 1


def test_a_colour_that_comes_back_is_told_again(store: Store) -> None:
    told(store, {"colour": "red"}, {"observed": 4}, {"colour": "yellow"}, {"colour": "red"})
    received = Received()
    with receiver(received) as url:
        assert Webhook(store, url, SECRET).send(AT) == 4
        late = AT + timedelta(days=7, minutes=3)  # of the past only the last two are young enough
        assert Webhook(store, url, SECRET).send(late) == 0
    colours = [msgspec.json.decode(body, type=Warning).colour for _, body in received.got]
    assert colours == ["yellow", "red", "yellow", "red"]


def test_each_receiver_gets_its_own(store: Store) -> None:
    told(store)
    received = Received()
    with receiver(received) as url:
        assert Webhook(store, url, SECRET).send(AT) == Webhook(store, url + "?second", SECRET).send(AT) == 1
