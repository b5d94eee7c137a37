"""`/api/v1/catalogue`: what the figures are called and how they are defined."""

from __future__ import annotations

from fastapi import APIRouter, Response

from dashboard.api import as_json
from dashboard.scope import Scopes
from schemas.indicators import CATALOGUE
from schemas.windows import WINDOW_LABELS


def router(scopes: Scopes) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/api/v1", tags=["figures"], default_response_class=Response)

    @routes.get("/catalogue")
    def catalogue() -> Response:
        """Every indicator with its names, unit, direction and definition; the windows; the pack's words."""
        pack = scopes.pack.settings
        shown = ("name", "topic", "over", "unit", "direction")
        indicators = [
            {key: getattr(indicator, key) for key in shown}
            | {"name_zh": indicator.zh, "name_en": indicator.en}
            | {"formula_zh": indicator.formula_zh, "formula_en": indicator.formula_en}
            for indicator in CATALOGUE
        ]
        windows = [{"name": name, "name_zh": zh, "name_en": en} for name, (zh, en) in WINDOW_LABELS.items()]
        words = {
            "pack": pack.name,
            "title": pack.title,
            "time_zone": pack.time_zone,
            "root": scopes.viewer_area,
        }
        entries = {
            kind: getattr(pack, kind)
            for kind in ("levels", "categories", "channels", "dispute_types", "networks")
        }
        return as_json({**words, "indicators": indicators, "windows": windows, **entries})

    return routes
