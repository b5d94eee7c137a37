"""Errors as RFC 9457 problem objects for programs, and as a plain page for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from dashboard.pages import problem
from dashboard.scope import ScopeError, Scopes
from schemas.errors import StoreError


def problem_response(status: int, detail: str) -> JSONResponse:
    """The JSON of a problem."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, media_type="application/problem+json")


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI, scopes: Scopes) -> None:
    """Every error of a route leaves in one of the two forms."""

    def answer(request: Request, status: int, detail: str) -> Response:
        if _wants_page(request):
            asked = request.query_params.get("lang")
            language = asked if asked in ("zh", "en") else scopes.home.language
            return HTMLResponse(problem.page(status, detail, language, scopes.home.href), status)
        return problem_response(status, detail)

    async def scope_error(request: Request, error: Exception) -> Response:
        return answer(request, cast(ScopeError, error).status, str(error))

    async def http_error(request: Request, error: Exception) -> Response:
        http = cast(HTTPException, error)
        return answer(request, http.status_code, str(http.detail))

    async def invalid(request: Request, error: Exception) -> Response:
        wrong = cast(RequestValidationError, error).errors()
        return answer(
            request, 422, "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in wrong)
        )

    async def store_error(request: Request, error: Exception) -> Response:
        return answer(request, 503, str(error))

    app.add_exception_handler(ScopeError, scope_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(StoreError, store_error)
