"""The feed of statistics: stocks and filings by quarter, complaints, petitions and new devices by month, by town."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from schemas.packs import Pack
from streams.simulate.feed import Packed
from streams.simulate.places import apportion
from streams.simulate.plan import Plan, StatisticPlan
from streams.simulate.rhythm import Floats


@dataclass(frozen=True)
class Period:
    """A month or a quarter (`months` 1 or 3) by its number since year 0, in steps of its own length."""

    number: int
    months: int

    @property
    def code(self) -> str:
        year, step = divmod(self.number, 12 // self.months)
        return f"{year}-Q{step + 1}" if self.months == 3 else f"{year}-{step + 1:02d}"

    @property
    def end(self) -> date:
        """The first day after it."""
        year, month = divmod((self.number + 1) * self.months, 12)
        return date(year, month + 1, 1)

    def published(self, zone: ZoneInfo) -> datetime:
        """Nine o'clock of the third day after it."""
        day = self.end + timedelta(days=2)
        return datetime(day.year, day.month, day.day, 9, tzinfo=zone)


def _last_known(at: datetime, months: int, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    number = (local.year * 12 + local.month - 1) // months
    while Period(number, months).published(zone) >= at:
        number -= 1
    return number


class Yearbook:
    """Statistics of every town and any time. The periods of the last year known at `end` stand in the plan's ratio to
    those of the year before, exactly where the plan's figures allow it; the towns' figures add up to the plan's."""

    def __init__(self, pack: Pack, plan: Plan, end: datetime, seed: int) -> None:
        self._zone, self._end, self._seed = pack.zone, end, seed
        self._plan, self._added = plan.statistics, plan.cameras.added
        towns = pack.areas.children(pack.areas.root.code)
        self._towns = [town.code for town in towns]
        self._people = np.array([town.population or 1 for town in towns], dtype=np.float64)

    def happened(self, start: int, end: int) -> Iterator[Packed]:
        """The figures published in start ≤ t < end (Unix seconds), one message a town and publication."""
        for months in (3, 1):
            first = _last_known(datetime.fromtimestamp(start, UTC), months, self._zone) + 1
            last = _last_known(datetime.fromtimestamp(end, UTC), months, self._zone)
            for number in range(first, last + 1):
                yield from self._publish(Period(number, months))

    def count(self, start: int, end: int) -> int:
        """How many records `happened` yields."""
        return sum(value.count(b'"name"') for _, value in self.happened(start, end))

    def _publish(self, period: Period) -> Iterator[Packed]:
        at = period.published(self._zone).isoformat()
        figures = {name: self._split(name, total) for name, total in self._totals(period).items()}
        if period.months == 3:
            rng = np.random.default_rng((self._seed, 8, period.number))
            rated = self._plan.satisfaction + rng.normal(0, 1.1, len(self._towns))
            figures["satisfaction_survey"] = np.asarray(np.round(np.clip(rated, 0, 100), 1), dtype=np.float64)
        for place, town in enumerate(self._towns):
            records = [
                f'{{"area":"{town}","name":"{name}","period":"{period.code}","value":{values[place]:g}'
                f',"at":"{at}","source":"statistics-office"}}'
                for name, values in figures.items()
            ]
            yield town.encode(), f"[{','.join(records)}]".encode()

    def _totals(self, period: Period) -> dict[str, int]:
        """The root's figures of the period."""
        plan: StatisticPlan = self._plan
        known = _last_known(self._end, period.months, self._zone)
        a_year = 12 // period.months
        now = period.number > known - a_year
        if period.months == 3:
            filings = plan.court_filings[period.number % 4] * (plan.court_filings_ratio if now else 1)
            stocks = {"population": plan.population, "buildings": plan.buildings, "dwellings": plan.dwellings}
            return stocks | {"court_filings": round(filings)}
        wave = 1 + 0.09 * np.cos((period.number % 12 - 6) / 12 * 2 * np.pi)
        in_year = (period.number - known - 1) % 12
        added = apportion(self._added, 1 + 0.6 * np.cos(np.arange(12)))[in_year] if now else 30
        return {
            "hotline_complaints": round(plan.hotline_complaints * wave * (plan.hotline_ratio if now else 1)),
            "petitions": round(plan.petitions * wave * (plan.petitions_ratio if now else 1)),
            "cameras_added": int(added),
        }

    def _split(self, name: str, total: int) -> Floats:
        """The towns' parts of a figure: by population and a habit of the place that lasts."""
        rng = np.random.default_rng((self._seed, 9, *name.encode()))
        habit = 1.0 if name == "population" else rng.lognormal(0, 0.2, len(self._towns))
        return apportion(total, self._people * habit).astype(np.float64)
