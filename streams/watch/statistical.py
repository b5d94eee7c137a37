"""Statistical warnings live: the baseline is learnt at night and at the start, every look judges the last week by it.

The engine (`streams.risk`) finds; here its findings become the watch's: with the codes of the pack, under the name of
the warning that already stands for the same thing, and in words.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from schemas.areas import AreaTree
from schemas.contracts import Warning
from schemas.errors import StoreError
from schemas.packs import Risk
from streams.risk import baseline, explain, scan
from streams.risk.baseline import Baseline
from streams.risk.explain import warnings_of
from streams.risk.policy import TIERS, Policy
from streams.watch.coverage import Coverage, coverage
from streams.watch.explanation import Named, explained
from streams.watch.finding import Finding, Look
from streams.watch.ground import Ground, ground
from streams.watch.reports import incidents, instant_of, local_hour, reports

log = logging.getLogger(__name__)

#: A fit is not repeated sooner, in real time, however fast a replay's nights follow each other.
FIT_SECONDS = 60.0
#: While history fills in, the baseline is learnt anew when there are so many times the events it was learnt from.
GROWN = 1.2
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def policy(risk: Risk) -> Policy:
    """The engine's constants as the pack sets them."""
    return Policy(
        half_life=risk.half_life_days, red=risk.red_days, yellow=risk.yellow_days, blue=risk.blue_days,
        kappa=risk.kappa, coverage=risk.coverage,
    )  # fmt: skip


@dataclass(frozen=True)
class Learnt:
    """What is usual, and the ground it is told of; `day` is the local day and `events` the count it was learnt at."""

    ground: Ground
    baseline: Baseline
    day: date
    events: int


@dataclass(frozen=True)
class Judged:
    """One look judged: the engine's look, and what each place was heard of."""

    look: Look
    learnt: Learnt
    scanned: scan.Look
    coverage: Coverage


def learn(look: Look) -> Learnt:
    """Fit the baseline to the store's whole past. Takes seconds on a large district; raises `StoreError`."""
    past = reports(look.store, look.pack, _EARLIEST, look.at)
    found = ground(look.pack, past.occurring(past.area), past.occurring(past.category))
    fitted = baseline.fit(
        incidents(past, found), found.places, local_hour(look.at, look.pack), policy(look.pack.settings.risk)
    )
    return Learnt(found, fitted, look.at.astimezone(look.pack.zone).date(), len(past.hour))


def judge(look: Look, learnt: Learnt) -> Judged:
    """Judge the last week. Raises `StoreError`."""
    recent = reports(look.store, look.pack, look.at - timedelta(hours=170), look.at)
    heard = coverage(look, learnt.ground.areas)
    known = heard.known(look.pack.settings.risk.coverage)
    scanned = scan.look(
        learnt.baseline, incidents(recent, learnt.ground), local_hour(look.at, look.pack),
        heard.heard * known[:, None],
    )  # fmt: skip
    return Judged(look, learnt, scanned, heard)


class Statistical:
    """Looks with the newest baseline there is, and has one fitted in the background at the start, each local night,
    and when much history has come in. `judged` is the last look. Used by one caller at a time."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._fitter = ThreadPoolExecutor(1, thread_name_prefix="baseline")
        self._fitting: Future[Learnt] | None = None
        self._begun = float("-inf")
        self.learnt: Learnt | None = None
        self.judged: Judged | None = None

    def find(self, look: Look) -> Iterator[Finding]:
        """The findings of this look; none before the first baseline is learnt."""
        self._learn(look)
        self.judged = None if self.learnt is None else judge(look, self.learnt)
        if self.judged is not None:
            yield from findings(self.judged)

    def learn_now(self, look: Look) -> None:
        """Fit before the next look, in this thread."""
        self.learnt, self._begun = learn(look), self._seconds()

    def _learn(self, look: Look) -> None:
        if self._fitting is not None:
            if not self._fitting.done():
                return
            fitted, self._fitting = self._fitting, None
            try:
                self.learnt = fitted.result()
            except StoreError as error:
                log.warning("the baseline waits for the store: %s", error)
            except Exception:  # the older baseline goes on
                log.exception("the baseline could not be learnt")
        if self._seconds() - self._begun >= FIT_SECONDS and self._outdated(look):
            self._begun = self._seconds()
            self._fitting = self._fitter.submit(learn, replace(look, known=()))

    def _outdated(self, look: Look) -> bool:
        if self.learnt is None or self.learnt.day != look.at.astimezone(look.pack.zone).date():
            return True
        ((events,),) = look.store.rows(
            "SELECT count() FROM event_cases WHERE reported_at < {at:DateTime64(3, 'UTC')}", {"at": look.at}
        )
        return bool(events > GROWN * max(self.learnt.events, 100))


def findings(judged: Judged) -> Iterator[Finding]:
    """The engine's findings as the watch's, the rarest first: towns that rise together are one of the whole, and each
    goes under the name of the warning that stands for it, if one does."""
    pack = judged.look.pack
    found = together(
        [named(judged, one) for one in warnings_of(judged.scanned)],
        pack.areas.root.code,
        pack.settings.risk.together,
    )
    standing = [word for word in judged.look.known if not word.rule]
    taken = set()
    for one in found:
        anchor = next((word for word in standing if same(pack.areas, word, one)), None)
        if anchor is not None:
            one = replace(  # noqa: PLW2901
                one, area=anchor.area, areas=tuple(dict.fromkeys((*anchor.areas, *one.areas)))
            )
        key = one.area, one.category
        if key not in taken:
            taken.add(key)
            yield explained(one, pack, judged.look.at)


def named(judged: Judged, one: explain.Finding) -> Named:
    """Codes for indices: a town by its code, a grid and a neighbourhood by the place in its middle."""
    ground, pack = judged.learnt.ground, judged.look.pack
    area = ground.towns[one.place] if one.level == "town" else ground.areas[one.place]
    first, end = (instant_of(hour, pack) for hour in one.baseline)
    areas = (area,) if one.level == "town" else ground.codes(one.grids)
    return Named(area, ground.categories[one.category], areas, area, areas, one.level, one, (first, end))


def same(tree: AreaTree, word: Warning, one: Named) -> bool:
    """Whether a standing warning tells of the same thing: one category, and one in the places of the other. What rises
    in the whole district is not what stood for one town of it."""
    if word.category != one.category or (one.level == "district" and word.area != one.area):
        return False
    return any(
        tree.within(mine, other) or tree.within(other, mine)
        for mine in one.places
        for other in (word.areas or (word.area,))
        if other in tree
    )


def together(found: Sequence[Named], root: str, least: int) -> list[Named]:
    """Towns that rise in one category at once, from `least` on, as one finding of the whole district, which speaks for
    every other finding of the category; the rest as they are."""
    towns: dict[str, list[Named]] = {}
    for one in found:
        if one.level == "town" and one.area != root:
            towns.setdefault(one.category, []).append(one)
    whole = {category: _whole(alike, root) for category, alike in towns.items() if len(alike) >= least}
    kept = [one for one in found if one.category not in whole]
    return [*whole.values(), *kept]


def _whole(alike: Iterable[Named], root: str) -> Named:
    alike = sorted(alike, key=lambda one: (TIERS.index(one.found.tier), one.found.p))
    window = alike[0].found.window
    of_window = [one for one in alike if one.found.window == window]
    lead = replace(
        alike[0].found,
        observed=sum(one.found.observed for one in of_window),
        expected=sum(one.found.expected for one in of_window),
    )
    towns = tuple(one.area for one in alike)
    return replace(alike[0], area=root, areas=towns, told_at=root, places=towns, level="district", found=lead)
