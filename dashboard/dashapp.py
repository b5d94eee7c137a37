"""Dash as the screens need it: html components only, no socket of its own, one page, nothing from elsewhere."""

from __future__ import annotations

from typing import Any

import dash
import pandas  # noqa: F401 - plotly, which writes the layout, fails where another thread is half way through this import
from dash.backends import _fastapi
from fastapi import FastAPI, Request

from dashboard.build import ASSETS
from dashboard.scope import THEMES, Page

#: Bundles the screens do not use: core components (and plotly with them), tables, old browsers.
_UNUSED = ("/dash/dcc/", "/dash/dash_table/", "/deps/polyfill")
_SHEETS: dict[Page, tuple[str, ...]] = {
    "explore": ("base", "stage", "panels", "map", "explore", "emergency"),
    "wall": ("base", "stage", "panels", "map", "board", "wall", "emergency"),
    "ops": ("base", "stage", "panels", "explore", "ops"),
    "warnings": ("base", "stage", "panels", "explore", "desk", "emergency"),
}
_SHEETS |= dict.fromkeys(THEMES, (*_SHEETS["explore"], "board", "theme"))
_FONTS = ("noto-sans-sc-400-common", "noto-sans-sc-700-common")

_PAGE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
{%metas%}
<meta name="gridpulse-build" content="@build@">
<title>{%title%}</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
@links@
{%css%}
</head>
<body>
{%app_entry%}
<footer class="dash-machinery">
{%config%}
{%scripts%}
{%renderer%}
</footer>
<script type="module" src="/assets/js/main.js"></script>
</body>
</html>"""


class Screens:
    """The Dash app of one live page on an existing FastAPI server: one layout for all its addresses."""

    def __init__(self, server: FastAPI, page: Page, title: str, layout: Any, build: str) -> None:
        make: Any = dash.Dash
        self._dash: Any = make(
            f"gridpulse-{page}",
            server=server,
            backend="fastapi",
            routes_pathname_prefix=f"/screens/{page}/",
            requests_pathname_prefix=f"/screens/{page}/",
            assets_folder=str(ASSETS),
            include_assets_files=False,
            update_title=None,
            title=title,
            use_pages=False,
            add_log_handler=False,
        )
        self._dash.backend.websocket_capability = False
        # Unknown addresses are errors with their own page, not another screen.
        self._dash.backend._setup_catchall = lambda: None
        self._dash.layout = layout
        self._dash.index_string = _PAGE.replace("@build@", build).replace("@links@", _links(page))
        interpolate = self._dash.interpolate_index
        self._dash.interpolate_index = lambda **parts: interpolate(**_lighter(parts))
        # Dash does this with the first request for `/`; other addresses may come first.
        self._dash._setup_server()

    def script_hashes(self) -> list[str]:
        """The inline scripts of the page, for the content security policy."""
        return list(self._dash.csp_hashes())

    def page(self, request: Request) -> str:
        """The page, for an address Dash does not route by itself."""
        adapter: Any = _fastapi
        token = adapter.set_current_request(request)
        try:
            return str(self._dash.index())
        finally:
            adapter.reset_current_request(token)


def _links(page: Page) -> str:
    sheets = [f'<link rel="stylesheet" href="/assets/css/{name}.css">' for name in _SHEETS[page]]
    preload = 'as="font" type="font/woff2" crossorigin'
    fonts = [f'<link rel="preload" href="/assets/fonts/{name}.woff2" {preload}>' for name in _FONTS]
    return "\n".join(fonts + sheets)


def _lighter(parts: dict[str, Any]) -> dict[str, Any]:
    """The parts of the page without the bundles nobody uses."""
    wanted = [line for line in parts["scripts"].split("\n") if not any(word in line for word in _UNUSED)]
    return {**parts, "scripts": "\n".join(wanted), "favicon": ""}
