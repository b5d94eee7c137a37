"""The feed of device health: a heartbeat a minute from every device that is up, one message when it goes down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schemas.packs import Pack
from streams.simulate.feed import Packed, pack, stamps
from streams.simulate.places import Places, apportion
from streams.simulate.plan import CameraPlan
from streams.simulate.rhythm import DAY, HOUR, Flags, Ints
from streams.simulate.tables import stack, take

#: How long before the asked span an outage may have begun.
_LONGEST = 14 * DAY


@dataclass(frozen=True)
class Outages:
    """Which device is down from when to when (Unix seconds), and whether it told a fault before it fell silent."""

    device: Ints
    start: Ints
    end: Ints
    fault: Ints


def device_ids(root: str, count: int) -> list[str]:
    """National codes of 20 digits (GB/T 28181): centre 8, trade 2, type 3 (132 IP camera, 131 camera), network 1, 6."""
    centre = f"{root:0<8}"[:8]
    return [f"{centre}00{'131' if n % 4 == 0 else '132'}7{n + 1:06d}" for n in range(count)]


class CameraFeeds:
    """Every heartbeat of any span, drawn anew for it: no span depends on another one having been asked.

    Nothing of the devices' past is told before `since` but for those that are down then: their last heartbeat and
    the message that they went down.
    """

    def __init__(self, pack: Pack, plan: CameraPlan, since: int, seed: int) -> None:
        rng = np.random.default_rng((seed, 5))
        places = Places(pack.areas, seed)
        self._plan, self._seed, self._since = plan, seed, since
        self._outages: tuple[int, Outages] | None = None
        self.keys = places.keys
        weights = np.sqrt(places.weights("cameras"))
        area = np.sort(places.draw(weights, plan.devices, rng))
        self._key = places.key[area]
        self._phase = rng.integers(0, 60, plan.devices)
        networks = np.repeat(list(plan.networks), apportion(plan.devices, list(plan.networks.values())))
        rng.shuffle(networks)
        ids = device_ids(pack.areas.root.code, plan.devices)
        self._heads = [
            f'{{"device_id":"{device}","area":"{places.codes[place]}","network":"{network}","status":"'
            for device, place, network in zip(ids, area.tolist(), networks.tolist(), strict=True)
        ]

    def count(self, start: int, end: int) -> int:
        """About how many messages `happened` yields."""
        return max(0, end - max(start, self._since)) // 60 * self._plan.devices

    def happened(self, start: int, end: int, since: int | None = None) -> Iterator[Packed]:
        """Messages with start ≤ at < end, minute by minute, each minute's in no particular order.

        `since` takes the place of the feed's own: the time before which only those that are down are told of.
        """
        since = self._since if since is None else since
        if start < since:
            yield from self._past(since, start, min(end, since))
        for minute in range(max(start, since) // 60 * 60, end, 60):
            yield from self._minute(minute, max(start, since), end)

    def _minute(self, minute: int, start: int, end: int) -> Iterator[Packed]:
        at = minute + self._phase
        down, fell = self._down(minute, at)
        rng = np.random.default_rng((self._seed, 6, minute))
        missed = rng.random(len(at)) < 0.002
        up = np.flatnonzero(~down & ~missed & (at >= start) & (at < end))
        device, when = np.concatenate([up, fell.device]), np.concatenate([at[up], fell.start])
        status = np.concatenate([np.zeros(len(up), dtype=np.int64), 1 + fell.fault])
        inside = (when >= start) & (when < end)
        yield from self._write(device[inside], when[inside], status[inside])

    def _down(self, minute: int, at: Ints) -> tuple[Flags, Outages]:
        """Which devices are down at their heartbeat, and the outages that begin in this minute."""
        outages = self._near(minute // DAY)
        down = np.zeros(len(at), dtype=bool)
        beat = at[outages.device]
        down[outages.device[(outages.start <= beat) & (beat < outages.end)]] = True
        new = (outages.start >= minute) & (outages.start < minute + 60)
        return down, take(outages, new)

    def _past(self, since: int, start: int, end: int) -> Iterator[Packed]:
        near = self._near((since - 1) // DAY)
        cut = take(near, (near.start < since) & (near.end > since))
        device, at = np.concatenate([cut.device, cut.device]), np.concatenate([cut.start - 60, cut.start])
        status = np.concatenate([np.zeros(len(cut.device), dtype=np.int64), 1 + cut.fault])
        inside = (at >= start) & (at < end)
        yield from self._write(device[inside], at[inside], status[inside])

    def _write(self, device: Ints, at: Ints, status: Ints) -> Iterator[Packed]:
        words = ("online", "offline", "fault")
        texts = [
            f'{self._heads[n]}{words[s]}","at":"{t}"}}'
            for n, s, t in zip(device.tolist(), status.tolist(), stamps(at), strict=True)
        ]
        yield from pack(self.keys, self._key[device], texts)

    def _near(self, day: int) -> Outages:
        """All outages that may touch this day (UTC); of the last day asked for they are kept, for any thread."""
        kept = self._outages
        if kept is None or kept[0] != day:
            first = day - _LONGEST // DAY
            kept = self._outages = day, stack([self._begun(d) for d in range(first, day + 1)])
        return kept[1]

    def _begun(self, day: int) -> Outages:
        plan, rng = self._plan, np.random.default_rng((self._seed, 7, day))
        short, long = rng.poisson(plan.outages_a_day), rng.poisson(plan.long_outages_a_day)
        size = int(short + long)
        device = rng.permutation(plan.devices)[:size]
        start = day * DAY + rng.integers(0, DAY, size)
        hours = np.where(np.arange(size) < short, plan.outage_hours, plan.long_outage_hours)
        lasts = np.clip(hours * rng.lognormal(0, 0.8, size) * HOUR, 240, _LONGEST - DAY).astype(np.int64)
        return Outages(device, start, start + lasts, (rng.random(size) < 0.25).astype(np.int64))
