"""Devices: one device as it stood at T, its time online, and the five indicators over devices."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from tests.support.oracle.areas import Slots
from tests.support.oracle.cases import FOREVER, Body, Message
from tests.support.oracle.clock import DAY, Span, parse
from tests.support.oracle.figure import Measure, count, if_fed, ratio

RANK = {"online": 0, "fault": 1, "offline": 2}


@dataclass(frozen=True, slots=True)
class DeviceAtT:
    """`known_ms` and `online_ms` are of the window that T belongs to, both ends cut to the whole hour."""

    area: str
    online: bool
    offline_over_24h: bool
    known_ms: int
    online_ms: int


class Device:
    """All that was heard of one device; `offline_after` in milliseconds, None = a status holds.

    Of messages of one time and status, the one in the greater area of those the pack knows (`home`) stands.
    """

    def __init__(
        self, messages: Sequence[Message], offline_after: int | None, home: Callable[[str], str]
    ) -> None:
        at_once: dict[int, list[Message]] = defaultdict(list)
        for message in messages:
            at_once[message.at].append(message)
        self._ats = sorted(at_once)
        winners = [
            max(at_once[at], key=lambda message: (message.place, home(message.body["area"]))).body
            for at in self._ats
        ]
        self._statuses = [body["status"] for body in winners]
        self._areas = [body["area"] for body in winners]
        self._heard_online = sorted(message.at for message in messages if message.body["status"] == "online")
        self._holds = FOREVER if offline_after is None else offline_after
        self._online_until = [
            min(at + self._holds, following) if status == "online" else at
            for (at, following), status in zip(pairwise([*self._ats, FOREVER]), self._statuses, strict=True)
        ]
        stretches = [end - at for at, end in zip(self._ats, self._online_until, strict=True)]
        self._online_before_message = list(accumulate(stretches, initial=0))

    def stood(self, t: int, window: Span) -> DeviceAtT | None:
        """The device at t with its times in the window, which ends no later than t; None if not heard of."""
        heard = bisect_left(self._ats, t)
        if heard == 0:
            return None
        online = self._statuses[heard - 1] == "online" and t - self._ats[heard - 1] <= self._holds
        heard_online = bisect_left(self._heard_online, t)
        silent_for = t - self._heard_online[heard_online - 1] if heard_online else FOREVER
        return DeviceAtT(
            area=self._areas[heard - 1],
            online=online,
            offline_over_24h=not online and silent_for > DAY,
            known_ms=max(0, window.end - max(window.start, self._ats[0])),
            online_ms=self._online_before(window.end) - self._online_before(window.start),
        )

    def _online_before(self, t: int) -> int:
        """Milliseconds online from the first message to t."""
        heard = bisect_left(self._ats, t)
        if heard == 0:
            return 0
        began, ended = self._ats[heard - 1], self._online_until[heard - 1]
        return self._online_before_message[heard - 1] + min(ended, t) - began


def over_stock(devices: Sequence[DeviceAtT]) -> dict[str, Measure]:
    online = sum(device.online for device in devices)
    return {
        "cameras_registered": count(len(devices)),
        "cameras_online": count(online),
        "online_rate": ratio(online, len(devices)),
        "offline_over_24h": count(sum(device.offline_over_24h for device in devices)),
    }


def over_window(devices: Sequence[DeviceAtT]) -> dict[str, Measure]:
    online = sum(device.online_ms for device in devices)
    return {"availability": ratio(online, sum(device.known_ms for device in devices))}


class Devices:
    """The cameras topic."""

    def __init__(self, slots: Slots, whole_hour: Callable[[int], int], offline_after: int | None) -> None:
        self._slots = slots
        self._whole_hour = whole_hour
        self._offline_after = offline_after
        self._messages: dict[str, list[Message]] = defaultdict(list)
        self._devices: dict[str, Device] = {}
        self._first_at: int | None = None

    def add(self, bodies: Iterable[Body]) -> None:
        for body in bodies:
            message = Message((parse(body["at"]), RANK[body["status"]]), body)
            self._messages[body["device_id"]].append(message)
            self._devices.pop(body["device_id"], None)
            self._first_at = message.at if self._first_at is None else min(self._first_at, message.at)

    def measure(self, span: Span, stock_at: int) -> dict[str, dict[str, Measure]]:
        """Every slot's indicators: stock as at `stock_at`, availability over the span cut to whole hours."""
        hours = Span(self._whole_hour(span.start), self._whole_hour(span.end))
        stock = self._slots.group(self._at(stock_at, hours))
        window = self._slots.group(self._at(span.end, hours))
        return {
            slot: {
                **if_fed(self._first_at, stock_at, over_stock(stock[slot])),
                **if_fed(self._first_at, hours.end, over_window(window[slot])),
            }
            for slot in self._slots.names
        }

    def _at(self, t: int, hours: Span) -> list[DeviceAtT]:
        for name in self._messages.keys() - self._devices.keys():
            self._devices[name] = Device(self._messages[name], self._offline_after, self._slots.nearest_known)
        stood = (device.stood(t, hours) for device in self._devices.values())
        return [device for device in stood if device is not None]
