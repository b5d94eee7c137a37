"""Boards against the oracle: every indicator of every area and own part, the whole reading."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dashboard.queries import StoreReadings
from dashboard.readings import Board, Reading
from schemas.packs import Pack
from schemas.windows import WindowName
from tests.support.oracle import Figure, Oracle, OracleAreas
from tests.support.oracle.clock import EPOCH, MILLISECOND, Clock, millis

#: A difference is told with this many places at most.
SHOWN = 12


def oracle_of(pack: Pack) -> Oracle:
    """An oracle with nothing heard yet, for the areas and rules of a pack."""
    areas = pack.areas.areas
    tree = OracleAreas(
        {area.code: area.parent for area in areas},
        {area.code: area.population for area in areas},
        pack.settings.nested_codes,
    )
    return Oracle(tree, pack.settings.time_zone, pack.offline_after)


def expected(pack: Pack, oracle: Oracle, window: WindowName, at: datetime) -> dict[str, dict[str, Reading]]:
    """What a board of the whole pack has to say, by the oracle."""
    span = Clock(pack.settings.time_zone).spans(window, millis(at))[0]
    start, end = (EPOCH + moment * MILLISECOND for moment in (span.start, span.end))
    return {
        slot: {name: _reading(figure, start, end) for name, figure in figures.items()}
        for slot, figures in oracle.figures(window, at).items()
    }


def _reading(figure: Figure, start: datetime, end: datetime) -> Reading:
    return Reading(
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        previous=figure.previous,
        year_ago=figure.year_ago,
        as_of=end,
        from_=start,
        to=end,
    )


def told(board: Board, indicators: Iterable[str]) -> dict[str, dict[str, Reading]]:
    """What a board says, written out."""
    names = tuple(indicators)
    return {slot: {name: figures[name] for name in names} for slot, figures in board.figures.items()}


def assert_as_the_oracle(
    pack: Pack, oracle: Oracle, readings: StoreReadings, window: WindowName, at: datetime
) -> int:
    """The board of the whole pack says what the oracle says; returns how many figures were compared."""
    wanted = expected(pack, oracle, window, at)
    root = pack.areas.root.code
    found = told(readings.board(root, window, at), wanted[root])
    assert found.keys() == wanted.keys()
    differences = [
        f"{window} at {at.isoformat()}, {slot}, {name}:\n  store  {found[slot][name]}\n  oracle {reading}"
        for slot, figures in wanted.items()
        for name, reading in figures.items()
        if found[slot][name] != reading
    ]
    assert not differences, f"{len(differences)} differ\n" + "\n".join(differences[:SHOWN])
    return sum(len(figures) for figures in wanted.values())
