"""The one place where the bytes of a message become a typed one, or a reason why they cannot.

Pure: bytes in, `Decoded` out. A value is one JSON object or an array of them; a bad item of an array does not harm
the others. Everything is decided here that makes a record acceptable: form, types, times, personal numbers, area.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from schemas.contracts import CONTRACTS, Topic
from schemas.errors import RecordError
from schemas.privacy import masked, may_hold_personal, personal_field
from streams.columns import EPOCH
from streams.sent import FORMS

#: Times outside are mistakes of a clock or a format, not events.
EARLIEST, LATEST = EPOCH, datetime(2100, 1, 1, tzinfo=UTC)
#: A payload in quarantine is cut to this many characters.
PAYLOAD_LIMIT = 4096
#: Longer than any number of a person, however it is written.
NUMBER_LIMIT = 512
#: A single message larger than this is refused whole.
VALUE_LIMIT = 8 * 1024 * 1024

#: Values looked at together, in bytes: they stay in the processor's cache.
CHUNK_BYTES = 128 * 1024

#: Reasons to refuse a message whole, not single items of it.
WHOLE_MESSAGE = frozenset({"empty", "too_large", "not_utf8", "not_json", "too_deep"})

_TIMES: dict[Topic, tuple[str, ...]] = {
    "events": ("at", "reported_at", "due_at"),
    "mediation": ("at", "registered_at", "due_at"),
    "cameras": ("at",),
    "statistics": ("at",),
    "actions": ("at", "until"),
    "warnings": ("raised_at", "updated_at"),
}
#: Topics that need no canonical bytes, their equals being told apart by typed fields.
WITHOUT_CANONICAL: tuple[Topic, ...] = ("cameras",)
#: What records become: the form they were sent in, of the topics with many, or the type of their contract.
_KINDS: dict[Topic, Any] = {
    topic: FORMS[topic].loose if topic in FORMS else contract for topic, contract in CONTRACTS.items()
}
_LISTS: dict[Topic, Any] = {topic: list[kind] for topic, kind in _KINDS.items()}  # type: ignore[valid-type]
_STRAIGHT: dict[Topic, Callable[[bytes], Any]] = {
    topic: msgspec.json.Decoder(form.strict | list[form.strict]).decode  # type: ignore[name-defined]
    for topic, form in FORMS.items()
}
_FINE_FRACTION = re.compile(r"(\.\d{6})\d+")
_FINE_TIME = re.compile(rb"\.\d{7}")
#: NUL as JSON writes it. The store parts words by it.
_NUL = b"\\u0000"
_AT_FIELD = re.compile(r"`\$\.([A-Za-z_]+)")

_decode = msgspec.json.Decoder().decode
_canonical = msgspec.json.Encoder(order="sorted").encode
#: Of a record in the form it was sent in, whose fields are sorted.
_as_it_stands = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was not taken: which item of which message, why, and its text with personal numbers masked."""

    offset: int
    item: int
    reason: str
    field: str | None
    payload: str


@dataclass(slots=True)
class Decoded:
    """The good and the bad of a batch: typed messages (of the topics with many as they were sent, `sent.py`) with their
    canonical bytes (of cameras none), and rejects."""

    messages: list[Any] = field(default_factory=list)
    canonical: list[bytes] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def decode(topic: Topic, records: Iterable[tuple[int, bytes | None]], codes: Container[str] = ()) -> Decoded:
    """Decode (offset, value) pairs of one topic. Never raises for what a record holds.

    `codes` are known area codes: a long one may look like a number of a person and is none.
    """
    decoded = Decoded()
    for run in decode_runs(topic, records, codes):
        decoded.messages += run.messages
        decoded.canonical += run.canonical
        decoded.rejects += run.rejects
    return decoded


def decode_runs(
    topic: Topic, records: Iterable[tuple[int, bytes | None]], codes: Container[str] = ()
) -> Iterator[Decoded]:
    """The same in runs of some hundred messages, for who goes on with each while it lies in the processor's cache."""
    for chunk in _chunks(records):
        quick = _all_good(topic, [value for _, value in chunk])
        yield _one_by_one(topic, chunk, codes) if quick is None else Decoded(*quick)


def _chunks(records: Iterable[tuple[int, bytes | None]]) -> Iterator[list[tuple[int, bytes | None]]]:
    """The records in runs of some hundred; one that needs a closer look costs its run and no more."""
    chunk: list[tuple[int, bytes | None]] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += len(record[1] or b"")
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _all_good(topic: Topic, values: Sequence[bytes | None]) -> tuple[list[Any], list[bytes]] | None:
    """Messages and canonical bytes of values without any fault; None where one of them needs a closer look."""
    full = [value for value in values if value is not None]
    if len(full) < len(values) or max(map(len, full)) > VALUE_LIMIT:
        return None
    try:
        return _straight(topic, full) or _typed(topic, full)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None


def _straight(topic: Topic, values: Sequence[bytes]) -> tuple[list[Any], list[bytes]] | None:
    """The same of values that hold no field but those of their contract, regular times, and no doubtful word."""
    if topic not in FORMS:
        return None
    try:
        messages = _flat(list(map(_STRAIGHT[topic], values)))
    except msgspec.ValidationError:
        return None
    if not FORMS[topic].usual(messages):
        return None
    return messages, [] if topic in WITHOUT_CANONICAL else list(map(_as_it_stands, messages))


def _typed(topic: Topic, values: Sequence[bytes]) -> tuple[list[Any], list[bytes]] | None:
    """The same of values that may hold more."""
    text = b"\n".join(values)
    if _NUL in text or (b"." in text and _FINE_TIME.search(text)) or may_hold_personal(text):
        return None
    items = _flat(list(map(_decode, values)))
    messages = msgspec.convert(items, _LISTS[topic])
    if not (FORMS[topic].usual(messages) if topic in FORMS else _in_time(topic, messages)):
        return None
    return messages, [] if topic in WITHOUT_CANONICAL else list(map(_canonical, items))


def _in_time(topic: Topic, messages: Sequence[Any]) -> bool:
    times = (at for name in _TIMES[topic] for at in map(attrgetter(name), messages) if at is not None)
    return all(EARLIEST <= at < LATEST for at in times)


def _flat(items: list[Any]) -> list[Any]:
    """Single items, and those of lists, in one list."""
    if list not in set(map(type, items)):
        return items
    return [one for item in items for one in (item if isinstance(item, list) else (item,))]


def _one_by_one(topic: Topic, records: Iterable[tuple[int, bytes | None]], codes: Container[str]) -> Decoded:
    decoded = Decoded()
    contract = CONTRACTS[topic]
    times = _TIMES[topic]
    for offset, value in records:
        try:
            items = _items(value)
            wary = may_hold_personal(value or b"")
        except RecordError as error:
            decoded.rejects.append(Reject(offset, 0, error.reason, error.field, _payload(value)))
            continue
        for index, item in enumerate(items):
            try:
                message = _message(item, contract, times, codes if wary else None)
            except RecordError as error:
                decoded.rejects.append(
                    Reject(offset, index, error.reason, error.field, _payload(_plain(item, value)))
                )
            else:
                decoded.messages.append(FORMS[topic].keep(item, message) if topic in FORMS else message)
                if topic not in WITHOUT_CANONICAL:
                    decoded.canonical.append(_canonical(item))
    return decoded


def _items(value: bytes | None) -> Sequence[Any]:
    if not value:
        raise RecordError("empty", "the message has no value")
    if len(value) > VALUE_LIMIT:
        raise RecordError("too_large", f"the message has {len(value)} bytes, at most {VALUE_LIMIT} are taken")
    try:
        decoded = _decode(value)
    except msgspec.DecodeError as error:
        reason = "not_json" if _is_utf8(value) else "not_utf8"
        raise RecordError(reason, str(error)) from error
    except (RecursionError, UnicodeDecodeError) as error:
        reason = "too_deep" if isinstance(error, RecursionError) else "not_utf8"
        raise RecordError(reason, str(error)) from error
    return decoded if isinstance(decoded, list) else [decoded]


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _message(
    item: Any, contract: type[msgspec.Struct], times: Sequence[str], codes: Container[str] | None
) -> msgspec.Struct:
    if not isinstance(item, dict):
        raise RecordError("not_an_object", "a record is a JSON object")
    if codes is not None:
        found = personal_field(item, codes)
        if found is not None:
            raise RecordError(
                "personal_number", f"holds something shaped like a number of a person ({found[1]})", found[0]
            )
    for name in times:
        text = item.get(name)
        if isinstance(text, str) and text[26:27].isdigit():
            item = {
                **item,
                name: _FINE_FRACTION.sub(r"\1", text),
            }  # finer than a microsecond: cut, never rounded
    try:
        message = msgspec.convert(item, contract)
    except msgspec.ValidationError as error:
        raise _explained(str(error), item) from error
    for name in contract.__struct_fields__:
        if isinstance(text := getattr(message, name), str) and "\0" in text:
            raise RecordError("bad_value", f"{name} holds the character NUL", name)
    for name in times:
        at = getattr(message, name, None)
        if at is not None and not EARLIEST <= at < LATEST:
            raise RecordError("time_out_of_range", f"{name} {at.isoformat()} is not from 1970 to 2099", name)
    return message


def _explained(text: str, item: Mapping[str, Any]) -> RecordError:
    match = _AT_FIELD.search(text)
    if match is None:
        missing = re.search(r"missing required field `(\w+)`", text)
        return RecordError(
            "missing_field" if missing else "wrong_type", text, missing[1] if missing else None
        )
    name = match[1]
    if name in ("at", "reported_at", "registered_at", "due_at") and isinstance(item.get(name), str):
        naive = re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?", item[name])
        return RecordError("naive_time" if naive else "bad_time", text, name)
    return RecordError("wrong_type" if "`, got `" in text else "bad_value", text, name)


def _plain(item: Any, value: bytes | None) -> bytes | None:
    try:
        return msgspec.json.encode(item)
    except (RecursionError, msgspec.EncodeError):
        return value


def _payload(value: bytes | None) -> str:
    """The beginning of a value, masked. What lies behind is not looked at: ten megabytes would take half a minute.

    A number that the first cut goes through lies in the part that the second one takes away.
    """
    text = (value or b"").decode("utf-8", errors="backslashreplace")
    if len(text) <= PAYLOAD_LIMIT + NUMBER_LIMIT:
        return masked(text)[:PAYLOAD_LIMIT]
    return masked(text[: PAYLOAD_LIMIT + NUMBER_LIMIT])[:-NUMBER_LIMIT]
