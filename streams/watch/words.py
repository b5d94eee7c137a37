"""What the watch must say so that the warnings that stand become what is found. Pure: facts in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from schemas.clickhouse.warnings import Facts
from schemas.contracts import Warning
from schemas.lifecycle import Life, said_at
from schemas.packs import Pack
from schemas.routing import desk, lived
from streams.watch.finding import Finding, Key, key_of, warning_id

#: A standing warning whose count changed by this share is told anew, at most once in `REFRESH`.
_WORTH = 0.2
REFRESH = timedelta(minutes=10)
#: What is known before T includes what is said at T itself.
_JUST_AFTER = timedelta(milliseconds=1)
#: Rules whose warning ends with the first look that does not find it.
_AT_ONCE = frozenset({"feed_silent"})


def quiet_time(pack: Pack, rule: str) -> timedelta:
    """How long a rule ('' a test) must find nothing before its warning ends."""
    settings = pack.settings.life
    if rule in _AT_ONCE:
        return timedelta(0)
    return timedelta(minutes=settings.quiet_minutes) if rule else timedelta(hours=settings.quiet_hours)


def words(
    pack: Pack,
    known: Mapping[str, Facts],
    findings: Iterable[Finding],
    seen: Mapping[Key, datetime],
    at: datetime,
) -> list[Warning]:
    """The words to say at `at`: found first, graver, ended, or changed by what operators did or left undone.

    `known`: facts by id, of all that stand and of what ended not long ago; `seen`: when each thing was last found, as
    far as this watch remembers. Saying the same twice, or by two watches at once, changes nothing.
    """
    lives = {i: life for i, f in known.items() if (life := lived(pack, f.words, f.actions, at))}
    said = {word.warning_id: word for word in _found_or_ended(pack, lives, findings, seen, at)}
    told = []
    for identity in {**lives, **said}:
        facts, new = known.get(identity, Facts()), said.get(identity)
        now = lived(pack, (*facts.words, *((new,) if new else ())), facts.actions, at + _JUST_AFTER)
        if now is not None:
            word = with_life(pack, now, at)
            if new is not None or (not now.ended and _differs(word, now.word)):
                told.append(word)
    return told


def with_life(pack: Pack, one: Life, at: datetime) -> Warning:
    """The newest word, said anew at `at` with the state of the life and the desk it goes to."""
    where = desk(pack, one.word, one.escalated)
    return msgspec.structs.replace(
        one.word,
        state=one.state,
        raised_at=one.raised_at,
        reopened=one.reopened,
        escalated=one.escalated,
        level=where.level,
        departments=where.departments,
        updated_at=at,
    )


def _differs(word: Warning, before: Warning) -> bool:
    return msgspec.structs.replace(word, updated_at=before.updated_at) != before


def _found_or_ended(
    pack: Pack,
    lives: Mapping[str, Life],
    findings: Iterable[Finding],
    seen: Mapping[Key, datetime],
    at: datetime,
) -> Iterator[Warning]:
    standing, before, doubles = _by_key(pack, lives, at)
    for one in doubles:
        yield _ended(one, at)
    for finding in findings:
        if finding.key not in standing:
            yield _opened(pack, finding, before.get(finding.key), at)
            continue
        one = standing.pop(finding.key)
        if _worth_saying(finding, one.word, quiet_time(pack, finding.rule), at):
            yield _word(finding, one.word.warning_id, one.raised_at, at)
    for key, one in standing.items():
        last = max(said_at(one.word), seen.get(key, one.raised_at))
        if at - last >= quiet_time(pack, key[0]):
            yield _ended(one, at)


def _by_key(
    pack: Pack, lives: Mapping[str, Life], at: datetime
) -> tuple[dict[Key, Life], dict[Key, Life], list[Life]]:
    """What stands, the newest that ended and may be reopened, and later doubles of what stands (raised by two watches
    on either side of midnight): of those the oldest stays."""
    reopen = timedelta(hours=pack.settings.life.reopen_hours)
    standing: dict[Key, Life] = {}
    before: dict[Key, Life] = {}
    doubles = []
    for one in sorted(lives.values(), key=lambda one: (one.raised_at, one.word.warning_id)):
        key = key_of(one.word)
        if not one.ended:
            if standing.setdefault(key, one) is not one:
                doubles.append(one)
        elif at - one.since <= reopen:
            before[key] = one
    return standing, before, doubles


def _worth_saying(finding: Finding, word: Warning, quiet: timedelta, at: datetime) -> bool:
    if finding.colour != word.colour:
        return True
    age = at - said_at(word)
    changed = abs(finding.observed - word.observed)
    if changed >= _WORTH * max(abs(word.observed), 1.0):
        return age >= REFRESH
    return age >= max(timedelta(hours=1), quiet / 8) and (bool(changed) or quiet > timedelta(hours=6))


def _opened(pack: Pack, finding: Finding, before: Life | None, at: datetime) -> Warning:
    """The first word of a warning, or one that opens again what ended not long ago."""
    if before is not None:
        return _word(finding, before.word.warning_id, before.raised_at, at)
    day = at.astimezone(pack.zone).date().isoformat()
    return _word(finding, warning_id(finding.key, day), at, at)


def _word(finding: Finding, identity: str, raised_at: datetime, at: datetime) -> Warning:
    word = Warning(
        warning_id=identity,
        area=finding.area,
        category=finding.category,
        colour=finding.colour,
        state="raised",
        raised_at=raised_at,
        window=finding.window,
        observed=float(finding.observed),
        expected=None if finding.expected is None else float(finding.expected),
        rule=finding.rule,
        subject=finding.subject,
        updated_at=at,
        explanation_zh=finding.zh,
        explanation_en=finding.en,
    )
    return msgspec.structs.replace(word, **finding.detail)


def _ended(one: Life, at: datetime) -> Warning:
    return msgspec.structs.replace(one.word, found=False, state="cleared", updated_at=at)
