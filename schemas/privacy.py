"""The guard that keeps persons out: finds and masks what is shaped like an identity or a mobile number.

* identity: 18 characters of GB 11643: a real birth date of 1900–2099, ISO 7064 MOD 11-2 check digit, X too
* mobile:   11 digits 1[3-9]…, alone or after +86, 0086 or 86, in one piece or grouped by spaces or dashes

Neither counts inside a longer run of digits (device ids, grid codes, timestamps), nor does a mobile number
inside a UUID or a hexadecimal digest. Digits may be full-width, and written as JSON escapes. An id built as
region + date + sequence in 18 digits is shaped like an identity number one time in eleven: rejected too.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from datetime import date
from typing import Literal

Kind = Literal["identity", "mobile"]

_D = "[0-9０-９]"
_GAP = r"(?:[\s\u200b-\u200d\u2060\ufeff\-‐-―−﹣－]|\\[bfnrt]){0,3}"
_PERSONAL = re.compile(
    rf"(?<!{_D})(?:"
    rf"(?P<identity>[1-9１-９]{_D}{{16}}(?:{_D}(?!{_D})|[XxＸｘ]))"
    rf"|(?:(?:[+＋]|[0０]{{2}})?[8８][6６]{_GAP})?"
    rf"(?P<mobile>[1１][3-9３-９](?:{_D}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}}"
    rf"|{_D}{{2}}{_GAP}{_D}{{3}}{_GAP}{_D}{{4}}|{_D}{_GAP}{_D}{{3}}{_GAP}{_D}{{5}}))(?!{_D}))"
)
_HEX = "[0-9A-Fa-f]"
_OPAQUE = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"
    rf"|{_HEX}{{64}}|{_HEX}{{40}}|{_HEX}{{32}}|{_HEX}{{24}})(?![0-9A-Za-z])"
)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]+")
_ESCAPE = re.compile(r"\\+u([0-9A-Fa-f]{4})")
_KEPT_ESCAPED = {'"': '\\"', "\\": "\\\\"}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

# The quick look at raw bytes. Two patterns start with a literal, which `re` searches for several times faster
# than for a set; what only escapes or full-width digits can hide is looked for where such bytes are at all.
_RAW_GAP = rb"[\t-\r\x1c- \-\x80-\xff]{0,9}"
_RAW_MOBILE = re.compile(
    rb"1[3-9][0-9](?:(?<![0-9]{4})|(?<=861[3-9][0-9]))"
    rb"(?:G[0-9]{4}G[0-9]{4}|[0-9]G[0-9]{3}G[0-9]{4}|G[0-9]{3}G[0-9]{5})(?![0-9])".replace(b"G", _RAW_GAP)
    + rb"|19(?<=[0-9]{8})(?<![0-9]{9})[0-9]{9}(?:[0-9](?![0-9])|[Xx\\\xef])"
)
_RAW_BIRTH_20 = re.compile(rb"20(?<=[0-9]{8})(?<![0-9]{9})[0-9]{9}(?:[0-9](?![0-9])|[Xx\\\xef])")
_RAW_FULL_WIDTH = re.compile(rb"\xef\xbc[\x90-\x99]")
_RAW_ESCAPED = re.compile(
    rb"\\(?:u(?:003|[fF][fF]1)|(?:u[0-9A-Fa-f]{4}|[bfnrt])"
    rb"(?:[^0-9A-Za-z\"\\]|\\u[0-9A-Fa-f]{4}|\\[bfnrt])*[0-9])"
)


def may_hold_personal(raw: bytes) -> bool:
    """Whether JSON bytes are worth the exact look: never False where `personal_field` finds something.

    (A number in exponent form is not looked into.) Takes under a microsecond for one message; several ones
    joined by newlines may be asked about in one call.
    """
    return (
        _RAW_MOBILE.search(raw) is not None
        or _RAW_BIRTH_20.search(raw) is not None
        or (not raw.isascii() and _RAW_FULL_WIDTH.search(raw) is not None)
        or (0x5C in raw and _RAW_ESCAPED.search(raw) is not None)
    )


def identity_check_digit(first_17: str) -> str:
    """The 18th character of an identity number (ISO 7064 MOD 11-2 over the first 17 digits).

    >>> identity_check_digit("11010519491231002")
    'X'
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return "10X98765432"[total % 11]


def find_personal(text: str) -> Kind | None:
    """The kind of the first personal number in a text, JSON escapes seen through; None where it has none."""
    return next((kind for kind, _ in _findings(_unescaped(text))), None)


def masked(text: str) -> str:
    """The text with every digit but the first of each personal number starred: length and place still show.

    A text without a finding comes back as it is; one with a finding has its JSON escapes resolved. What is
    returned never holds a finding.

    >>> masked('{"id": "+86 138-1234-5678"}')
    '{"id": "+86 1**-****-****"}'
    """
    if find_personal(text) is None:
        return text
    text = _unescaped(text)
    while found := list(_findings(text)):
        for _, (start, end) in reversed(found):
            text = text[: start + 1] + re.sub(r"[0-9０-９XxＸｘ]", "*", text[start + 1 : end]) + text[end:]
    return text


def personal_field(message: object, codes: Container[str] = ()) -> tuple[str, Kind] | None:
    """Where a decoded message (object, array or value) holds a personal number: the field's path, the kind.

    Looks at every string, whole number and field name at any depth, unknown fields too. A value that is one
    of `codes` (the pack's area codes) or a decimal fraction such as a coordinate is no finding. The path is
    masked too.
    """
    stack: list[tuple[str, object]] = [("", message)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, Mapping):
            pairs = [
                (f"{path}.{name}" if path else str(name), str(name), item) for name, item in value.items()
            ]
            for place, name, _ in pairs:
                if kind := find_personal(name):
                    return masked(place), kind
            stack.extend((place, item) for place, _, item in reversed(pairs))
        elif isinstance(value, list | tuple):
            stack.extend((f"{path}[{index}]", value[index]) for index in reversed(range(len(value))))
        elif (text := _as_text(value)) and text not in codes and (kind := find_personal(text)):
            return masked(path), kind
    return None


def _as_text(value: object) -> str | None:
    """What of a decoded value is looked at: a string that is no decimal fraction, or a whole number."""
    if isinstance(value, str):
        return None if _DECIMAL.fullmatch(value) else value
    if isinstance(value, int | float) and abs(value) < 10**18 and value == int(value):
        return str(int(value))
    return None


def _findings(text: str) -> Iterator[tuple[Kind, tuple[int, int]]]:
    opaque: list[tuple[int, int]] | None = None
    for match in _PERSONAL.finditer(text):
        if match["identity"] is not None:
            if _is_identity(match["identity"]):
                yield "identity", match.span("identity")
            continue
        if opaque is None:
            opaque = [token.span() for token in _OPAQUE.finditer(text)]
        start, end = match.span("mobile")
        if not any(low <= start and end <= high for low, high in opaque):
            yield "mobile", (start, end)


def _is_identity(candidate: str) -> bool:
    digits = "".join(str(int(char)) for char in candidate[:17])
    last = candidate[17].upper().replace("Ｘ", "X")
    year, month, day = int(digits[6:10]), int(digits[10:12]), int(digits[12:14])
    if not 1900 <= year <= 2099:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return identity_check_digit(digits) == (last if last == "X" else str(int(last)))


def _unescaped(text: str) -> str:
    """The text with every \\uXXXX resolved, twice escaped ones too; control characters become spaces."""
    if "\\u" not in text:
        return text

    def resolve(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return " " if char < " " else _KEPT_ESCAPED.get(char, char)

    return _ESCAPE.sub(resolve, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
