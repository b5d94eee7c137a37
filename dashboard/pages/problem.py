"""The page a person sees instead of what is not there."""

from __future__ import annotations

from html import escape

from dashboard.pages.page import document, tag
from dashboard.texts import text


def page(status: int, detail: str, language: str, home: str) -> str:
    """Status, what is wrong, and the way back."""
    body = tag(
        "main",
        tag("p", str(status), class_="status"),
        tag("h1", escape(detail)),
        tag("p", tag("a", text("problem_home", language), href=home)),
        class_="problem",
    )
    return document(f"{status} · {detail}", language, body)
