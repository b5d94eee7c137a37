"""The themes, each its own page at every level of the tree: the same small parts in the composition of one topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.components import (
    cameras,
    charts,
    definitions,
    emergency,
    funnel,
    header,
    hotspots,
    kpis,
    mapframe,
    mediation,
    progress,
    ranking,
    toolbar,
    warnings,
)
from dashboard.components.parts import panel
from dashboard.figures import table
from dashboard.figures.cells import heatmap, week
from dashboard.figures.flow import flow
from dashboard.figures.risk import risk_matrix
from dashboard.figures.trend import cases, trend
from dashboard.pages.stage import stage
from dashboard.scope import Theme
from dashboard.view import Props, View
from schemas.contracts import Topic
from schemas.packs import Pack

#: Themes whose page has a table of the areas below.
_TABLES: dict[Theme, Topic] = {"mediation": "mediation", "cameras": "cameras", "statistics": "statistics"}


@dataclass(frozen=True, slots=True)
class ThemePage:
    """One theme's page: layout, properties and figures, as every live page has them."""

    theme: Theme

    def layout(self, pack: Pack) -> Any:
        """The component tree. It never changes while the page lives."""
        columns = [
            html.Div(column, className="column column-map" if at == 1 else "column")
            for at, column in enumerate(self._columns(pack))
        ]
        return stage(
            self.theme,
            *emergency.layout(),
            header.layout(pack, self.theme),
            kpis.layout(pack, self.theme),
            html.Main(columns, id="main"),
            warnings.ticker_layout(),
            **{"data-fills": "yes"},
        )

    def _columns(self, pack: Pack) -> tuple[list[Any], list[Any], list[Any]]:
        tour = html.Div(id="tour", role="status", className="tour")
        middle = [toolbar.theme_layout(pack), mapframe.layout(toolbar.crumbs_layout(pack), tour)]
        if self.theme in _TABLES:
            middle.append(panel("areas", html.Div(id="table"), height=300))
        match self.theme:
            case "events":
                middle.append(charts.trend_layout(206))
                left = [ranking.layout(pack, 356), charts.heat_layout()]
                return left, middle, [charts.flow_layout(), charts.cells_layout("week"), warnings.layout()]
            case "mediation":
                left = [ranking.layout(pack, 470), charts.trend_layout()]
                return left, middle, [funnel.layout("funnel"), mediation.layout(None), warnings.layout()]
            case "cameras":
                return [ranking.layout(pack, 420), warnings.layout()], middle, [cameras.layout(pack)]
            case "statistics":
                return (
                    [ranking.layout(pack, 420), warnings.layout()],
                    middle,
                    [definitions.layout(pack, "statistics")],
                )
            case "risk":
                middle.append(charts.cells_layout("matrix"))
                return [hotspots.layout()], middle, [warnings.layout(), charts.cells_layout("week")]

    def props(self, view: View) -> Props:
        """All properties of one view, by component and property."""
        found: Props = {}
        for part in (header, emergency, progress, kpis, mapframe, warnings):
            found |= part.props(view)
        found |= toolbar.theme_props(view)
        if self.theme in _TABLES:
            topic = view.text(f"topic_{_TABLES[self.theme]}")
            found |= {
                "areas-title": {"children": view.text("children_table", topic=topic)},
                "areas-note": {"children": view.window_label},
            }
        return found | self._own(view)

    def _own(self, view: View) -> Props:
        match self.theme:
            case "events":
                return ranking.props(view) | charts.props(view) | charts.wall_props(view, "flow", "week")
            case "mediation":
                drawn = {key: value for key, value in charts.props(view).items() if key.startswith("trend")}
                named = {
                    "trend-title": {"children": view.text("cases_trend")},
                    "trend-reported": {"children": view.text("cases_registered")},
                    "trend-closed": {"children": view.text("cases_succeeded")},
                }
                panels = funnel.props(view, "funnel") | mediation.props(view)
                return ranking.props(view) | panels | drawn | named
            case "cameras":
                return ranking.props(view) | cameras.props(view)
            case "statistics":
                return ranking.props(view) | definitions.props(view)
            case "risk":
                return hotspots.props(view) | charts.wall_props(view, "matrix", "week")

    def figures(self, view: View) -> dict[str, Any]:
        """What is drawn on canvases or set as a table, by the name of its place."""
        language, pack, wall = view.language, view.pack, view.wall
        assert wall is not None  # noqa: S101
        if self.theme in _TABLES:
            found: dict[str, Any] = {"table": table.children(view, _TABLES[self.theme])}
            if self.theme == "mediation":
                found["trend"] = cases(view.courses, view.at.astimezone(pack.zone).date(), language)
            return found
        found = {"week": week(wall.hours, language)}
        if self.theme == "events":
            found |= {
                "trend": trend(view.trend, language),
                "heat": heatmap(view.heat, pack, language),
                "flow": flow(wall.hours, pack.zone, language),
            }
        else:
            areas = [area.code for area in pack.areas.children(view.frame)] or [view.frame]
            found["matrix"] = risk_matrix(wall.risk, areas, view.heat.categories, pack, language)
        return found
