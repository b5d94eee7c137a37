"""Every device of a scope at one time, from one query: sums by area and network, those longest away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from dashboard.queries import sql
from dashboard.queries.holding import NEVER
from dashboard.queries.tree_sums import Sums
from dashboard.readings import CameraPanel, NetworkState, OfflineDevice
from schemas.clickhouse import Store

#: Devices away that are kept of each area and network.
WORST = 20
_AT = "{at:DateTime64(3, 'UTC')}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FOREVER_MS = 10**15

#: Every device by its last message, those of T or later among them: true for T where there are none of these.
_NEWEST = f"""
    SELECT device_id, last_at, said[1] AS status, said[2] AS area, said[3] AS network, online_at
    FROM (
        SELECT device_id, max(camera_newest.last_at) AS last_at, {sql.SAID % "max(last)"} AS said,
               max(last_online) AS online_at
        FROM camera_newest GROUP BY device_id
    )
    WHERE last_at >= {_AT} OR {sql.IN_SCOPE}
"""

_ms = "toUnixTimestamp64Milli(%s)"
_SINCE = f"({_ms % _AT} - {_ms} )"
_ONLINE = f"(status = 'online' AND {_SINCE % 'last_at'} <= {{offline_after_ms:Int64}})"
_LONG_OFFLINE = f"{_SINCE % 'online_at'} > 86400000"


def _sums(source: str) -> str:
    """Sums of devices at T by area and network, the last millisecond they hold for, and those longest away.

    Takes at, offline_after_ms, worst, scope.
    """
    wanted = ", ".join(
        f"sum(toInt64({m.expression})) AS m{i}" for i, m in enumerate(sql.measures(sql.device_indicators()))
    )
    silent = f"if(online, {_ms % 'last_at'} + {{offline_after_ms:Int64}}, {_FOREVER_MS})"
    long_offline = f"if(long_offline, {_FOREVER_MS}, {_ms % 'online_at'} + 86400000)"
    away = "tuple(online_at, device_id, if(status = 'online', 'silent', status))"
    return f"""
        SELECT area, network, {wanted}, min(least({silent}, {long_offline})) AS until_ms,
               max(last_at >= {_AT}) AS spoke_later,
               arraySlice(arraySort(groupArrayIf({away}, NOT online)), 1, {{worst:UInt32}}) AS away
        FROM (SELECT *, {_ONLINE} AS online, {_LONG_OFFLINE} AS long_offline FROM ({source}))
        GROUP BY area, network
    """


@dataclass(frozen=True, slots=True)
class Devices:
    """Devices of a scope at T, a row an area and network. `sums` has a column a measure of the device indicators; the
    first is how many are registered, the second how many are online."""

    areas: tuple[str, ...]
    networks: tuple[str, ...]
    sums: Sums
    away: tuple[tuple[OfflineDevice, ...], ...]
    until: datetime

    def panel(self, areas: frozenset[str] | None, worst: int) -> CameraPanel:
        """Devices of these areas (None: all) by network, and those longest away."""
        wanted = [row for row, area in enumerate(self.areas) if areas is None or area in areas]
        counts: dict[str, Sums] = {}
        for row in wanted:
            network = self.networks[row]
            counts[network] = counts[network] + self.sums[row] if network in counts else self.sums[row]
        states = [
            NetworkState(network, int(found[REGISTERED]), int(found[ONLINE]))
            for network, found in counts.items()
        ]
        states.sort(key=lambda state: (-state.registered, state.network))
        away = [device for row in wanted for device in self.away[row]]
        away.sort(key=lambda device: (device.since or _EPOCH, device.device_id))
        return CameraPanel(tuple(states), tuple(away[:worst]))


def _place(expression: str) -> int:
    measures = sql.measures(sql.device_indicators())
    return next(at for at, measure in enumerate(measures) if measure.expression == expression)


REGISTERED, ONLINE = _place("1"), _place("online")


def devices(store: Store, bound: dict[str, Any], at: datetime) -> Devices:
    """Devices at T. Where some spoke at T or later their state of T is made of what they said before, which is true
    for T alone. `bound`: offline_after_ms and scope. Blocks; raises `StoreError`."""
    bound = bound | {"at": at, "worst": WORST}
    table = store.table(_sums(_NEWEST), bound)
    if any(table["spoke_later"].to_pylist()):
        return _read(store.table(_sums(sql.DEVICES), bound), at)
    least = min(table["until_ms"].to_pylist(), default=_FOREVER_MS)
    until = NEVER if least >= _FOREVER_MS else _EPOCH + timedelta(milliseconds=least)
    return _read(table, until)


def _read(table: pa.Table, until: datetime) -> Devices:
    areas, networks = table["area"].to_pylist(), table["network"].to_pylist()
    many = len(sql.measures(sql.device_indicators()))
    sums = (
        np.column_stack([table[f"m{at}"].to_numpy().astype(np.int64) for at in range(many)])
        if areas
        else np.zeros((0, many), dtype=np.int64)
    )
    away = tuple(
        tuple(_device(area, network, found) for found in listed)
        for area, network, listed in zip(areas, networks, table["away"].to_pylist(), strict=True)
    )
    return Devices(tuple(areas), tuple(networks), sums, away, until)


def _device(area: str, network: str, found: dict[str, Any]) -> OfflineDevice:
    since, device_id, status = found.values()
    since = since.replace(tzinfo=UTC)
    return OfflineDevice(device_id, area, network, status, since if since > _EPOCH else None)
