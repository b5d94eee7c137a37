"""The indicator help, written by the catalogue itself: what every figure means, and which way is good."""

from __future__ import annotations

from html import escape

from dashboard.components.header import fed_topics
from dashboard.format import short
from dashboard.pages.page import document, table, tag
from dashboard.texts import text
from schemas.indicators import Indicator, indicators
from schemas.packs import Pack


def page(pack: Pack, language: str, home: str) -> str:
    """One table a topic, every indicator of the catalogue; topics the pack has no feed for come last."""
    fed = fed_topics(pack)
    topics = [*fed, *(t for t in dict.fromkeys(i.topic for i in indicators()) if t not in fed)]
    other = "zh" if language == "en" else "en"
    head = tag(
        "header",
        tag("h1", escape(text("help_title", language))),
        tag(
            "nav",
            tag("a", text("back_to_screen", language), href=home),
            tag("a", text("language_switch", language), href=f"/help?lang={other}"),
        ),
        tag("p", escape(text("help_lead", language))),
    )
    sections = [
        tag("section", tag("h2", escape(text(f"topic_{topic}", language))), _topic(pack, topic, language))
        for topic in topics
    ]
    title = f"{text('help_title', language)} · {pack.settings.title.label(language)}"
    return document(title, language, tag("main", head, *sections))


def _topic(pack: Pack, topic: str, language: str) -> str:
    keys = ("help_name", "help_formula", "help_basis", "help_direction", "help_thresholds")
    rows = [_row(pack, indicator, language) for indicator in indicators() if indicator.topic == topic]
    return table([escape(text(key, language)) for key in keys], rows)


def _row(pack: Pack, indicator: Indicator, language: str) -> list[str]:
    threshold = pack.settings.thresholds.get(indicator.name)
    edges = [short(edge, indicator.unit) for edge in (threshold.yellow, threshold.red)] if threshold else []
    unit = indicator.unit_label(language)
    return [
        tag("strong", escape(indicator.label(language)))
        + (tag("small", escape(f" ({unit})")) if unit else "")
        + tag("code", indicator.name),
        escape(indicator.formula(language)),
        escape(text(f"over_{indicator.over}", language)),
        escape(text(f"direction_{indicator.direction}", language)),
        escape(" / ".join(edges)) or "—",
    ]
