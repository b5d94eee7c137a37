"""One value of a row: taken from its columns, matched, formatted, mapped; what is unknown told apart."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from streams.sources.mapping import Value
from streams.sources.rows import Cell
from streams.sources.templates import filler

#: (value, unknown): the value or None for none, and the text that was not known, if it was not.
Reading = tuple[str | None, str | None]
_MEMO_LIMIT = 50_000


def folded(text: str) -> str:
    """How texts are compared: without case, and any run of spaces as one."""
    return " ".join(text.split()).casefold()


def words(known: Collection[str]) -> dict[str, str]:
    """Known words by how they are compared."""
    return {folded(word): word for word in known}


class ValueReader:
    """Reads one mapped value from a row's cells.

    `columns` gives each column's place in the row, `empty` the texts that mean "no value". `known` are the
    words the field may have: others are unknown. `strict`: an unknown word cannot be kept: it reads as None.
    """

    def __init__(
        self,
        value: Value,
        columns: Mapping[str, int],
        empty: Collection[str],
        known: Mapping[str, str] | None = None,
        strict: bool = False,
    ) -> None:
        self.label = ", ".join(value.columns) or f"constant {value.constant}"
        self._value = value
        self._places = [columns[name] for name in value.columns]
        self._empty = frozenset(folded(text) for text in ("", *empty, *value.empty))
        self._has_empty = len(self._empty) > 1
        self._constant = None if value.constant is None else str(value.constant)
        self._known = known
        self._strict = strict
        self._map = {folded(text): word for text, word in value.map.items()}
        self._pattern = re.compile(value.pattern, re.IGNORECASE) if value.pattern is not None else None
        self._fill = filler(value.template) if value.template is not None else None
        self._memo: dict[object, Reading] = {}
        self._filled: dict[tuple[Cell, ...], str | None] = {}
        self.is_plain = not (value.map or value.pattern or known is not None or value.template or value.hash)
        self._source = self._choose_source()

    def plain(self, cells: Sequence[Cell]) -> Cell | None:
        """The value of a row where nothing is done to it: the cell as it is, a time as a time."""
        cell = self._cell(cells)
        return cell if cell is not None else self._value.default

    def is_filled(self, cells: Sequence[Cell]) -> bool:
        """Whether there is something in its columns."""
        return any(
            not isinstance(cells[at], str) or not self._is_empty(str(cells[at])) for at in self._places
        )

    def _cell(self, cells: Sequence[Cell]) -> Cell | None:
        for place in self._places:
            cell = cells[place]
            if not isinstance(cell, str) or (cell and not (self._has_empty and folded(cell) in self._empty)):
                return cell
        return self._constant

    def read(self, cells: Sequence[Cell]) -> Reading:
        """The value of a row."""
        text = self._source(cells)
        if self._value.hash is not None:
            return text, None
        found = self._memo.get(text)
        if found is None:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            found = self._memo[text] = self._interpret(text)
        return found

    def _is_empty(self, text: str) -> bool:
        return not text or (self._has_empty and folded(text) in self._empty)

    def _choose_source(self) -> Callable[[Sequence[Cell]], str | None]:
        if self._fill is not None:
            return self._templated
        if self._value.hash is not None:
            self._seen: Counter[str] = Counter()
            return self._hashed
        return self._first

    def _first(self, cells: Sequence[Cell]) -> str | None:
        cell = self._cell(cells)
        return cell if cell is None or isinstance(cell, str) else cell.isoformat()

    def _texts(self, cells: Sequence[Cell]) -> list[str]:
        found = [cells[place] for place in self._places]
        return [cell if isinstance(cell, str) else cell.isoformat() for cell in found]

    def _templated(self, cells: Sequence[Cell]) -> str | None:
        key = tuple([cells[place] for place in self._places])
        if key not in self._filled:
            if len(self._filled) >= _MEMO_LIMIT:
                self._filled.clear()
            texts = ["" if self._is_empty(text) else text for text in self._texts(cells)]
            assert self._fill is not None  # noqa: S101 - for the type checker
            self._filled[key] = self._fill(texts) if all(texts) else None  # a text with a hole says nothing
        return self._filled[key]

    def _hashed(self, cells: Sequence[Cell]) -> str:
        digest = hashlib.blake2b("\x1f".join(self._texts(cells)).encode(), digest_size=12).hexdigest()
        self._seen[digest] += 1
        return digest if self._seen[digest] == 1 else f"{digest}-{self._seen[digest]}"

    def _interpret(self, text: str | None) -> Reading:
        if text is None:
            return self._value.default, None
        shaped = self._shape(text)
        if shaped is None:
            return self._unknown(text)
        word = self._map.get(folded(shaped))
        if word == "":
            return "", None
        if word is None and self._map and self._known is None:
            return self._unknown(shaped)
        word = word if word is not None else shaped
        if self._known is None:
            return word, None
        known = self._known.get(folded(word))
        return (known, None) if known is not None else self._unknown(word)

    def _shape(self, text: str) -> str | None:
        if self._pattern is None:
            return text
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        if self._value.format is None:
            return found[1] if self._pattern.groups else found[0]
        groups = [group or "" for group in (found[0], *found.groups())]
        return self._value.format.format(*groups, **{k: v or "" for k, v in found.groupdict().items()})

    def _unknown(self, text: str) -> Reading:
        action = self._value.unknown
        if action not in ("keep", "report"):
            return action, text
        return (None if self._strict else text), (None if action == "keep" and not self._strict else text)
