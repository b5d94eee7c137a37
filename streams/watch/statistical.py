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
from datetime import date, datetime, timedelta

from schemas.areas import AreaTree
from schemas.contracts import Warning
from schemas.errors import StoreError
from schemas.lifecycle import said_at
from schemas.packs import Pack, Risk
from streams.risk import baseline, explain, scan
from streams.risk.baseline import Baseline
from streams.risk.counts import Floats
from streams.risk.explain import warnings_of
from streams.risk.policy import TIERS, Policy
from streams.risk.tally import Tally
from streams.watch.arrival import arrived
from streams.watch.coverage import Coverage, coverage, unheard_days
from streams.watch.explanation import Named, explained
from streams.watch.finding import Finding, Look, second_level
from streams.watch.ground import Ground, ground
from streams.watch.reports import (
    Survey,
    counted,
    history,
    history_from,
    incidents,
    instant_of,
    local_hour,
    reports,
)
from streams.watch.unheard import unheard

log = logging.getLogger(__name__)

#: A fit is not repeated sooner, in real time, however fast a replay's nights follow each other.
FIT_SECONDS = 60.0
#: While history fills in, the baseline is learnt anew when there are so many times the events it was learnt from.
GROWN = 1.2


def policy(risk: Risk) -> Policy:
    """The engine's constants as the pack sets them."""
    return Policy(
        half_life=risk.half_life_days, red=risk.red_days, yellow=risk.yellow_days, blue=risk.blue_days,
        kappa=(*risk.kappa, risk.kappa_district), coverage=risk.coverage,
    )  # fmt: skip


@dataclass(frozen=True)
class Learnt:
    """What is usual, and the ground it is told of; `day` is the local day and `events` the count it was learnt at;
    `known` [168] the share of reports known by their age in hours, None where that is not known."""

    ground: Ground
    baseline: Baseline
    day: date
    events: int
    known: Floats | None = None


@dataclass(frozen=True)
class Judged:
    """One look judged: the engine's look, and what each place was heard of."""

    look: Look
    learnt: Learnt
    scanned: scan.Look
    coverage: Coverage


def learn(look: Look) -> Learnt:
    """Fit the baseline to the store's whole past, read twice: for what occurs, and to count it.

    Takes seconds on a large district; raises `StoreError`."""
    pack, now = look.pack, local_hour(look.at, look.pack)
    past = Survey.of(history(look.store, pack, look.at))
    found = ground(pack, past.areas, tested(pack, past))
    constants = policy(pack.settings.risk)
    tally = Tally(found.places, past.first, now, constants, unheard_days(look, past))
    for counts in counted(history(look.store, pack, look.at), found):
        tally.add(counts)
    day = look.at.astimezone(pack.zone).date()
    return Learnt(found, baseline.fit_tally(tally, constants), day, past.events, arrived(look))


def tested(pack: Pack, past: Survey) -> list[str]:
    """The categories that occur and are not ignored."""
    ignored = set(pack.settings.risk.ignored)
    return sorted(code for code in past.categories if ignored.isdisjoint(pack.category_path(code)))


def judge(look: Look, learnt: Learnt) -> Judged:
    """Judge the last week. Raises `StoreError`."""
    recent = reports(look.store, look.pack, look.at - timedelta(hours=170), look.at)
    heard = coverage(look, learnt.ground.areas)
    known = heard.known(look.pack.settings.risk.coverage)
    scanned = scan.look(
        learnt.baseline, incidents(recent, learnt.ground), local_hour(look.at, look.pack),
        heard.heard * known[:, None], learnt.known,
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
        """The findings of this look; none before a baseline is learnt from (nearly) all there is: what is usual in half
        a history makes everything else look like a surge, and so does none at all."""
        grown = self._learn(look)
        usual = self.learnt is not None and self.learnt.baseline.events > 0
        self.judged = judge(look, self.learnt) if self.learnt is not None and usual and not grown else None
        if self.judged is not None:
            yield from findings(self.judged)

    def learn_now(self, look: Look) -> None:
        """Fit before the next look, in this thread."""
        self.learnt, self._begun = learn(look), self._seconds()

    def _learn(self, look: Look) -> bool:
        """Take over a baseline that is ready and have one fitted where it is time; returns whether the newest rests on
        too little of what there is now."""
        if self._fitting is not None and self._fitting.done():
            fitted, self._fitting = self._fitting, None
            try:
                self.learnt = fitted.result()
            except StoreError as error:
                log.warning("the baseline waits for the store: %s", error)
            except Exception:  # the older baseline goes on
                log.exception("the baseline could not be learnt")
        grown = self.learnt is not None and self._grown(look, self.learnt)
        another_day = self.learnt is None or self.learnt.day != look.at.astimezone(look.pack.zone).date()
        rested = self._seconds() - self._begun >= FIT_SECONDS
        if self._fitting is None and (grown or (another_day and rested)):
            self._begun = self._seconds()
            self._fitting = self._fitter.submit(learn, replace(look, known=()))
        return grown

    def _grown(self, look: Look, learnt: Learnt) -> bool:
        ((events,),) = look.store.rows(
            "SELECT uniq(source, id, reported_at) FROM event_newest "  # nearly is enough
            "WHERE reported_at >= {first:DateTime64(3, 'UTC')} AND reported_at < {at:DateTime64(3, 'UTC')}",
            {"first": history_from(look.store, look.pack), "at": look.at},
        )
        return bool(events > GROWN * learnt.events + 100)


def findings(judged: Judged) -> Iterator[Finding]:
    """The engine's findings as the watch's, the rarest first: towns that rise together are one of the whole, and each
    goes under the name of the warning that stands for it, if one does. Last what stands for places unknown now."""
    pack = judged.look.pack
    named_all = (named(judged, one) for one in warnings_of(judged.scanned))
    found = together(judged, [one for one in named_all if placed(one, pack)])
    standing = [word for word in judged.look.known if not word.rule and _goes_on(word, judged.look)]
    told = [explained(one, pack, judged.look.at) for one in anchored(pack.areas, standing, found)]
    yield from told
    yield from unheard(
        pack.areas, judged.learnt.ground.areas, judged.scanned.known, standing, (one.key for one in told),
        judged.look.at,
    )  # fmt: skip


def _goes_on(word: Warning, look: Look) -> bool:
    """Whether it stands, or ended so lately that it would be opened again."""
    return word.found or look.at - said_at(word) <= timedelta(hours=look.pack.settings.life.reopen_hours)


def anchored(tree: AreaTree, standing: Sequence[Warning], found: Sequence[Named]) -> Iterator[Named]:
    """Each finding under the name of the warning that stands for it, if one does, and each name once: the first has it.

    Of several that of its own area comes first, then one whose cause still held, then the older. What the whole
    district's warning stands for is its own while the district itself is found."""
    root = tree.root.code
    whole = {one.category for one in found if one.level == "district"}
    taken = set()
    for one in found:
        beside = one.category in whole and one.level != "district"
        alike = [word for word in standing if same(tree, word, one) and not (beside and word.area == root)]
        if alike:
            word = min(alike, key=lambda word: _nearness(word, one))
            one = replace(one, area=word.area, areas=tuple(dict.fromkeys((*word.areas, *one.areas))))  # noqa: PLW2901
        key = one.area, one.category
        if key not in taken:
            taken.add(key)
            yield one


def _nearness(word: Warning, one: Named) -> tuple[bool, bool, datetime, str]:
    return word.area != one.area, not word.found, word.raised_at, word.warning_id


def named(judged: Judged, one: explain.Finding) -> Named:
    """Codes for indices: a town by its code, a grid and a neighbourhood by the place in its middle."""
    ground, pack = judged.learnt.ground, judged.look.pack
    first, end = (instant_of(hour, pack) for hour in one.baseline)
    if one.level == "district":
        area, areas = pack.areas.root.code, risen(judged, one)
    elif one.level == "town":
        area = ground.towns[one.place]
        areas = (area,)
    else:
        area, areas = ground.areas[one.place], ground.codes(one.grids)
    return Named(
        area, ground.categories[one.category], areas, area, areas, one.level, one, (first, end),
        arrived_of(judged, one),
    )  # fmt: skip


def arrived_of(judged: Judged, one: explain.Finding) -> float:
    """Share of the finding's window that is known by now."""
    window = judged.learnt.baseline.policy.windows.index(one.window)
    return float(judged.scanned.arrived[window, one.category])


def risen(judged: Judged, one: explain.Finding) -> tuple[str, ...]:
    """The towns that have more of its category than their own past says, over its window; the whole where none has."""
    cells = judged.scanned.cells["town"]
    window = judged.learnt.baseline.policy.windows.index(one.window)
    more = (cells.category == one.category) & (cells.observed[window] > cells.expected[window])
    root = judged.look.pack.areas.root.code
    towns = (judged.learnt.ground.towns[n] for n in cells.place[more])
    return tuple(town for town in towns if town != root) or (root,)


def placed(one: Named, pack: Pack) -> bool:
    """Whether it has a place: what lies at the root itself lies nowhere, and is judged as one town only."""
    return one.level in ("town", "district") or one.told_at != pack.areas.root.code


def same(tree: AreaTree, word: Warning, one: Named) -> bool:
    """Whether a standing warning tells of the same thing: one category, and one in the places of the other. What rises
    in the whole district is not what stood for one town of it, and what lies at the root lies in no other place."""
    if word.category != one.category or (one.level == "district" and word.area != one.area):
        return False
    root = tree.root.code
    return any(
        mine == other
        or (root not in (mine, other) and (tree.within(mine, other) or tree.within(other, mine)))
        for mine in one.places
        for other in (word.areas or (word.area,))
        if other in tree
    )


def together(judged: Judged, found: Sequence[Named]) -> list[Named]:
    """What rises in one category in the whole district, or in several towns at once, as many as the pack says, as one
    finding of the whole district, which speaks for every other finding of the category. Beyond a rise of the district,
    fewer towns are told of only where they are graver than it; the rest stays as it is."""
    pack = judged.look.pack
    root = pack.areas.root.code
    alike: dict[str, list[Named]] = {}
    for one in found:
        alike.setdefault(one.category, []).append(one)
    kept = []
    for found_there in alike.values():
        towns = dict.fromkeys(second_level(pack.areas, one.told_at) for one in found_there)
        towns.pop(root, None)
        whole = [one for one in found_there if one.level == "district"]
        if len(towns) >= pack.settings.risk.together:
            kept.append(_whole(judged, found_there, tuple(towns)))
        elif whole:
            line = TIERS.index(whole[0].found.tier)
            kept += [one for one in found_there if one in whole or TIERS.index(one.found.tier) < line]
        else:
            kept += found_there
    return kept


def _gravity(one: Named) -> tuple[int, float]:
    return TIERS.index(one.found.tier), one.found.p


def _whole(judged: Judged, alike: Iterable[Named], towns: tuple[str, ...]) -> Named:
    """The rarest speaks for all, whose chance is told; the figures are the whole district's over its window."""
    root = judged.look.pack.areas.root.code
    first = min(alike, key=_gravity)
    cells = judged.scanned.cells["district"]
    rows = cells.category == judged.learnt.ground.category_index[first.category]
    window = judged.learnt.baseline.policy.windows.index(first.found.window)
    lead = replace(
        first.found,
        observed=float(cells.observed[window, rows].sum()),
        expected=float(cells.expected[window, rows].sum()),
    )
    return replace(
        first, area=root, areas=towns, told_at=root, places=towns, level="district", found=lead,
        rarest="" if first.level == "district" else first.told_at,
    )  # fmt: skip
