"""Templates such as "{REASON} > {TYPE}": which columns they name, and filling them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import Formatter

_FORMATTER = Formatter()


def template_columns(template: str) -> tuple[str, ...]:
    """The names between braces, in order. Raises `ValueError` for a template that cannot be read.

    >>> template_columns("{REASON} > {TYPE}")
    ('REASON', 'TYPE')
    """
    names = [name for _, name, _, _ in _FORMATTER.parse(template) if name is not None]
    if "" in names:
        raise ValueError(f"{template!r} has empty braces; name what goes there, such as {{ward}}")
    return tuple(names)


def filler(template: str) -> Callable[[Sequence[str]], str]:
    """A function from the values of `template_columns`, in their order, to the text. Takes width and fill:
    `{ward:0>2}` writes ward 3 as 03."""
    parts = [(text, name is not None, spec or "") for text, name, spec, _ in _FORMATTER.parse(template)]

    def fill(values: Sequence[str]) -> str:
        rest = iter(values)
        return "".join(text + (format(next(rest), spec) if named else "") for text, named, spec in parts)

    return fill
