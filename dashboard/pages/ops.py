"""Operations: lag, freshness, quarantine and data quality, for the engineer."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components import header, progress
from dashboard.figures.operations import operations
from dashboard.pages.stage import stage
from dashboard.view import Props, View
from schemas.packs import Pack


def layout(pack: Pack) -> Any:
    """Header and one place; the tables are set as text by the browser."""
    return stage("ops", header.layout(pack, "ops"), html.Main(id="ops"))


def props(view: View) -> Props:
    """The header's; all else is in the figures."""
    return header.props(view) | progress.props(view)


def figures(view: View) -> dict[str, Any]:
    """The tables."""
    return {"ops": operations(view)}
