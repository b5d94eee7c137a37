"""Dash as the screens need it: html components only, no socket of its own, one template, nothing from elsewhere."""

from __future__ import annotations

from typing import Any

from dash import Dash
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import FastAPI, Request

from dashboard.build import ASSETS

#: Bundles the screens do not use: core components (and plotly with them), tables, old browsers.
_UNUSED = ("/dash/dcc/", "/dash/dash_table/", "/deps/polyfill")

_TEMPLATE = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
{%metas%}
<meta name="gridpulse-build" content="@build@">
<title>{%title%}</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<link rel="preload" href="/assets/fonts/noto-sans-sc-400-common.woff2" as="font" type="font/woff2" crossorigin>
<link rel="preload" href="/assets/fonts/noto-sans-sc-700-common.woff2" as="font" type="font/woff2" crossorigin>
@sheets@
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

SHEETS = ("base", "stage", "panels", "map")


class ScreenApp(Dash):
    """The Dash app of the screens, on an existing FastAPI server."""

    def __init__(self, server: FastAPI, title: str) -> None:
        super().__init__(
            "gridpulse",
            server=server,
            backend="fastapi",
            assets_folder=str(ASSETS),
            include_assets_files=False,
            update_title=None,
            title=title,
            use_pages=False,
            add_log_handler=False,
        )
        self.backend.websocket_capability = False
        # Unknown addresses are errors with their own page, not another screen.
        self.backend._setup_catchall = lambda: None

    def template(self, build: str) -> None:
        """Sets the page; to be called once the build is known."""
        sheets = "\n".join(f'<link rel="stylesheet" href="/assets/css/{name}.css">' for name in SHEETS)
        self.index_string = _TEMPLATE.replace("@build@", build).replace("@sheets@", sheets)

    def interpolate_index(self, **parts: Any) -> str:
        wanted = [line for line in parts["scripts"].split("\n") if not any(word in line for word in _UNUSED)]
        page: str = super().interpolate_index(**{**parts, "scripts": "\n".join(wanted), "favicon": ""})
        return page

    def ready(self) -> None:
        """Registers what Dash otherwise registers with the first request for `/`."""
        self._setup_server()

    def page_for(self, request: Request) -> str:
        """The page, for an address Dash does not route by itself."""
        token = set_current_request(request)
        try:
            page: str = self.index()
            return page
        finally:
            reset_current_request(token)
