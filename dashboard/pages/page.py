"""The shell of the plain pages, those that are no screen: one style sheet, no script. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def tag(name: str, *inside: str, **attributes: str) -> str:
    """An element; `inside` is markup already, attribute values are escaped, `class_` stands for `class`."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items()
    )
    return f"<{name}{named}>{''.join(inside)}</{name}>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; head and cells are markup already."""
    top = tag("thead", tag("tr", *(tag("th", cell) for cell in head)))
    return tag("table", top, tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows)))


def document(title: str, language: str, body: str) -> str:
    """A whole page."""
    return (
        f'<!DOCTYPE html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        '<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/assets/css/base.css"><link rel="stylesheet" href="/assets/css/page.css">'
        f'</head><body class="page">{body}</body></html>'
    )
