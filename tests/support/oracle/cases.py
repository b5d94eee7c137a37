"""Cases: what the messages of one event or mediation case amount to, and how the case stood at a time."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tests.support.oracle.clock import parse

Body = Mapping[str, Any]
Key = tuple[str, str, int]
S = TypeVar("S")
FOREVER = 1 << 62


def canonical(body: Body) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Message:
    """`place` orders the messages of a case (at, then stage) or of a device (at, then status)."""

    place: tuple[int, int]
    body: Body

    @property
    def at(self) -> int:
        return self.place[0]


def latest(messages: Iterable[Message]) -> Message:
    """The last by place, then by canonical bytes (which are made only where there is a tie)."""
    messages = list(messages)
    last = max(message.place for message in messages)
    tied = [message for message in messages if message.place == last]
    return tied[0] if len(tied) == 1 else max(tied, key=lambda message: canonical(message.body))


@dataclass(frozen=True, slots=True)
class Case:
    """`began` is reported_at or registered_at; `stages` has the least `at` of each (stage, round)."""

    began: int
    stages: dict[tuple[str, int], int]
    area: str
    carried: dict[str, Any]
    first: int
    last: int

    def times(self, stage: str, t: int) -> list[int]:
        """When this stage happened, in any round, as far as known at t."""
        return [at for (name, _), at in self.stages.items() if name == stage and at < t]

    def withdrawn(self, t: int, begins: str) -> bool:
        """Withdrawn later than every stage that opens the case: `begins` and reopened."""
        opened = self.times(begins, t) + self.times("reopened", t)
        return any(at > max(opened, default=-FOREVER) for at in self.times("withdrawn", t))


def reduce(began: int, messages: Sequence[Message], carried: Sequence[str]) -> Case:
    """Times are the least of each stage; attributes the newest the messages hold, whatever T."""
    stages: dict[tuple[str, int], int] = {}
    for message in messages:
        stage = message.body["stage"], message.body.get("round") or 0
        stages[stage] = min(message.at, stages.get(stage, message.at))
    newest: dict[str, Any] = {}
    for name in carried:
        carriers = [message for message in messages if message.body.get(name) is not None]
        newest[name] = latest(carriers).body[name] if carriers else None
    area = latest(messages).body["area"]
    return Case(began, stages, area, newest, min(stages.values()), max(stages.values()))


class CaseBook(Generic[S]):
    """All cases of a topic.

    `stages` is their order, `began` the field of the time that a case counts by, `carried` the attributes
    that not every message has, `stood(case, t)` what the topic makes of a case known at t.
    """

    def __init__(
        self, stages: Sequence[str], began: str, carried: Sequence[str], stood: Callable[[Case, int], S]
    ) -> None:
        self._order = {stage: place for place, stage in enumerate(stages)}
        self._began = began
        self._carried = carried
        self._stood = stood
        self._messages: dict[Key, list[Message]] = defaultdict(list)
        self._reduced: dict[Key, tuple[Case, S]] = {}
        self.first_at: int | None = None

    def add(self, bodies: Iterable[Body]) -> None:
        for body in bodies:
            message = Message((parse(body["at"]), self._order[body["stage"]]), body)
            key = body["source"], body["id"], parse(body[self._began])
            self._messages[key].append(message)
            self._reduced.pop(key, None)
            self.first_at = message.at if self.first_at is None else min(self.first_at, message.at)

    def at(self, t: int) -> list[S]:
        """Every case known at t, as it stood; one with nothing at t or later stands as it does in the end."""
        for key in self._messages.keys() - self._reduced.keys():
            case = reduce(key[2], self._messages[key], self._carried)
            self._reduced[key] = case, self._stood(case, FOREVER)
        return [
            in_the_end if case.last < t else self._stood(case, t)
            for case, in_the_end in self._reduced.values()
            if case.first < t
        ]
