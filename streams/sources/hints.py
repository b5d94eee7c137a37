"""Help in messages: the nearest known name, an ordinal, and the shape of a text in place of the text."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: A shape is cut to this length: enough for any time or number.
SHAPE_LIMIT = 40
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]


def nearest(name: str, known: Iterable[str]) -> str:
    """`"; did you mean `level`?"` for a name near a known one, else nothing.

    >>> nearest("levels", ["level", "by"])
    '; did you mean `level`?'
    """
    names = {other.casefold(): other for other in known}
    close = get_close_matches(name.casefold(), names, 1)
    return f"; did you mean `{names[close[0]]}`?" if close else ""


def ordinal(number: int) -> str:
    """The word for a place in a list that begins with 1."""
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"number {number}"


def shape(text: str) -> str:
    """How a text is built, without telling it: digits as 9, letters as A, ASCII signs and spaces as they are.

    >>> shape("06/20/2018 4:30 pm")
    '99/99/9999 9:99 AA'
    """
    told = "".join(_sign(char) for char in text[:SHAPE_LIMIT])
    return told + "…" * (len(text) > SHAPE_LIMIT)


def _sign(char: str) -> str:
    if char.isdigit():
        return "9"
    return char if char.isascii() and not char.isalpha() else "A"
