"""Cases: what the messages of one event or mediation case amount to, before any question of time."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.oracle.clock import parse

Body = Mapping[str, Any]
FOREVER = 1 << 62


def canonical(body: Body) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Message:
    """`place` orders messages of a case (at, then stage) or of a device (at, then status)."""

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

    def times(self, stage: str, before: int) -> list[int]:
        """When this stage happened, in any round, as far as known at `before`."""
        return [at for (name, _), at in self.stages.items() if name == stage and at < before]

    def known(self, before: int) -> bool:
        return any(at < before for at in self.stages.values())

    def withdrawn(self, before: int, begins: str) -> bool:
        """Withdrawn later than every stage that (re)opens the case."""
        opened = self.times(begins, before) + self.times("reopened", before)
        return any(at > max(opened, default=-FOREVER) for at in self.times("withdrawn", before))


class CaseBook:
    """All cases of a topic; `carried` names the attributes that not every message carries."""

    def __init__(self, stages: Sequence[str], began: str, carried: Sequence[str] = ()) -> None:
        self._order = {stage: place for place, stage in enumerate(stages)}
        self._began = began
        self._carried = carried
        self._messages: dict[tuple[str, str, int], list[Message]] = defaultdict(list)
        self._reduced: dict[tuple[str, str, int], Case] = {}
        self.first_at: int | None = None

    def add(self, bodies: Iterable[Body]) -> None:
        for body in bodies:
            message = Message((parse(body["at"]), self._order[body["stage"]]), body)
            key = body["source"], body["id"], parse(body[self._began])
            self._messages[key].append(message)
            self._reduced.pop(key, None)
            self.first_at = message.at if self.first_at is None else min(self.first_at, message.at)

    def cases(self) -> list[Case]:
        for key in self._messages.keys() - self._reduced.keys():
            self._reduced[key] = self._reduce(key[2], self._messages[key])
        return list(self._reduced.values())

    def _reduce(self, began: int, messages: Sequence[Message]) -> Case:
        stages: dict[tuple[str, int], int] = {}
        for message in messages:
            stage = message.body["stage"], message.body.get("round") or 0
            stages[stage] = min(message.at, stages.get(stage, message.at))
        carried: dict[str, Any] = {}
        for name in self._carried:
            carriers = [message for message in messages if message.body.get(name) is not None]
            carried[name] = latest(carriers).body[name] if carriers else None
        return Case(began, stages, latest(messages).body["area"], carried)
