"""The life of a warning as a function of the facts: what the watch found, what operators did, and the time asked.

raised → acknowledged → handled → cleared. Nothing is remembered anywhere else, so any order, repetition or replay of
the facts, and any change of the worker that watches, gives the same life.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from schemas.contracts import Action, ActionKind, Colour, Warning, WarningState

Happening = Literal[
    "raised", "recoloured", "reopened", "escalated", "acknowledged", "handled", "cleared", "comment", "ended"
]
SEVERITY: dict[Colour, int] = {"blue": 1, "yellow": 2, "red": 3}
_STATE_AFTER: dict[ActionKind, WarningState] = {
    "acknowledge": "acknowledged",
    "handle": "handled",
    "clear": "cleared",
}
#: An action moves a warning forward only: acknowledging one that is handled changes nothing.
_PROGRESS: dict[WarningState, int] = {"raised": 0, "acknowledged": 1, "handled": 2, "cleared": 3}


class Entry(msgspec.Struct, frozen=True):
    """One thing that happened to a warning. `by` is empty where the watch or the clock did it."""

    at: datetime
    what: Happening
    colour: Colour
    by: str = ""
    note: str = ""


class Life(msgspec.Struct, frozen=True):
    """A warning at one time. `since`: when this state began; `escalated`: levels up since it was last raised;
    `acknowledge_by`: when it goes up (again) unless somebody acknowledges; `ended`: what it warned of has passed;
    `by`: who acted last; `word`: the newest the watch said."""

    state: WarningState
    colour: Colour
    raised_at: datetime
    since: datetime
    word: Warning
    reopened: int = 0
    escalated: int = 0
    acknowledge_by: datetime | None = None
    ended: bool = False
    by: str = ""
    history: tuple[Entry, ...] = ()


def said_at(word: Warning) -> datetime:
    """When the watch said it."""
    return word.updated_at or word.raised_at


def life(
    words: Iterable[Warning],
    actions: Iterable[Action],
    at: datetime,
    patience: Mapping[Colour, timedelta],
    steps: int = 9,
) -> Life | None:
    """The life of one warning at T = `at` from what was said and done before T; None where nothing was.

    `patience`: how long a raised warning of each colour may wait for an acknowledgement before it goes up one level, at
    most `steps` levels. An action of before the first word belongs to the first word: clocks differ.

    A found word opens the warning, opens it again after its end, and does so, too, where its colour is graver than the
    one somebody had acknowledged, handled or cleared. A word that is not found ends it.
    """
    known = sorted({word for word in words if said_at(word) < at}, key=_order)
    if not known:
        return None
    first = said_at(known[0])
    facts: list[Warning | Action] = [*known]
    facts += {action for action in actions if action.at < at}
    told = _Telling(first, patience, steps)
    for fact in sorted(
        facts, key=lambda fact: (max(_time(fact), first), isinstance(fact, Action), _order(fact))
    ):
        told.wait_until(max(_time(fact), first))
        told.hear(fact)
    told.wait_until(at)
    return told.life(known[-1])


def _time(fact: Warning | Action) -> datetime:
    return fact.at if isinstance(fact, Action) else said_at(fact)


def _order(fact: Warning | Action) -> tuple[datetime, bool, bytes]:
    """By time, words before actions, then by content: never by arrival."""
    return _time(fact), isinstance(fact, Action), msgspec.json.encode(fact)


class _Telling:
    """The facts of one warning told one after the other."""

    def __init__(self, first: datetime, patience: Mapping[Colour, timedelta], steps: int) -> None:
        self.patience, self.steps = patience, steps
        self.raised_at = self.since = first
        self.state: WarningState = "cleared"  # nothing stands yet: the first word opens it
        self.opened = False
        self.colour: Colour = "blue"
        self.answered = 0  # severity of the gravest colour somebody acted on since it was last raised
        self.reopened = self.escalated = 0
        self.next_step: datetime | None = None
        self.ended = False
        self.by = ""
        self.history: list[Entry] = []

    def wait_until(self, at: datetime) -> None:
        """Time passes: the warning goes up a level whenever the patience of its colour is over."""
        while self.next_step is not None and self.next_step < at and self.escalated < self.steps:
            self.escalated += 1
            self._note(self.next_step, "escalated")
            self.next_step = self._patient_until(self.next_step)

    def hear(self, fact: Warning | Action) -> None:
        if isinstance(fact, Action):
            self._act(fact)
        elif fact.found:
            self._find(said_at(fact), fact.colour)
        elif self.opened and not self.ended:
            self.ended = True
            self._become("cleared", said_at(fact), "ended")

    def _find(self, at: datetime, colour: Colour) -> None:
        graver = SEVERITY[colour] > SEVERITY[self.colour]
        changed = colour != self.colour
        opens_again = self.state != "raised" and (self.ended or SEVERITY[colour] > self.answered)
        self.colour = colour
        if not self.opened:
            self.opened = True
            self._raise(at, "raised")
        elif opens_again:
            self.reopened += 1
            self._raise(at, "reopened")
        elif changed:
            self._note(at, "recoloured")
            if graver and self.state == "raised":
                self.next_step = min(filter(None, (self.next_step, self._patient_until(at))), default=None)
        self.ended = False

    def _raise(self, at: datetime, what: Happening) -> None:
        self._become("raised", at, what)
        self.escalated = self.answered = 0
        self.next_step = self._patient_until(at)

    def _act(self, action: Action) -> None:
        at = max(action.at, self.raised_at)
        if action.action == "comment":
            self._note(at, "comment", action.by, action.note)
            return
        state = _STATE_AFTER.get(action.action)
        if state is not None and self.opened and _PROGRESS[state] > _PROGRESS[self.state]:
            self.by = action.by
            self.answered = max(self.answered, SEVERITY[self.colour])
            self._become(state, at, state, action.by, action.note)

    def _become(
        self, state: WarningState, at: datetime, what: Happening | WarningState, by: str = "", note: str = ""
    ) -> None:
        self.state, self.since, self.next_step = state, at, None
        self._note(at, what, by, note)

    def _note(self, at: datetime, what: Happening | WarningState, by: str = "", note: str = "") -> None:
        self.history.append(Entry(at, what, self.colour, by, note))

    def _patient_until(self, at: datetime) -> datetime | None:
        patience = self.patience.get(self.colour)
        return None if patience is None else at + patience

    def life(self, newest: Warning) -> Life:
        return Life(
            self.state,
            self.colour,
            self.raised_at,
            self.since,
            newest,
            self.reopened,
            self.escalated,
            self.next_step if self.escalated < self.steps else None,
            self.ended,
            self.by,
            tuple(self.history),
        )


def changes(words: Iterable[Warning]) -> Iterator[Warning]:
    """The words that say something new about colour, state, level or reopening: what is worth sending on."""
    before: tuple[object, ...] | None = None
    for word in sorted(set(words), key=_order):
        now = (word.colour, word.state, word.escalated, word.reopened)
        if now != before:
            yield word
        before = now
