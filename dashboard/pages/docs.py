"""The API page, written from the OpenAPI document: every route with its parameters and a form to try it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from dashboard.pages.page import document, table, tag
from dashboard.texts import text


def page(openapi: dict[str, Any], language: str, home: str, examples: dict[str, str]) -> str:
    """`examples` fills the forms: parameter name to a value that works."""
    link = tag("a", "/api/openapi.json", href="/api/openapi.json")
    other = "zh" if language == "en" else "en"
    head = tag(
        "header",
        tag("h1", escape(text("docs_title", language))),
        tag(
            "nav",
            tag("a", text("back_to_screen", language), href=home),
            tag("a", text("language_switch", language), href=f"/api/docs?lang={other}"),
        ),
        tag("p", escape(text("docs_lead", language)).replace("{link}", link)),
    )
    routes = [_route(*found, language, examples) for found in _operations(openapi)]
    return document(text("docs_title", language), language, tag("main", head, *routes))


def _operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for method in ("get", "post"):
            if method in methods:
                yield method, path, _with_body(openapi, methods[method])


def _with_body(openapi: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The operation with the fields of its body among its parameters."""
    if "requestBody" not in operation:
        return operation
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    fields = openapi["components"]["schemas"][name]["properties"]
    body = [
        {
            "name": field,
            "in": "body",
            "description": told.get("description") or ", ".join(told.get("enum", ())),
        }
        for field, told in fields.items()
    ]
    return operation | {"parameters": [*operation.get("parameters", []), *body]}


def _route(method: str, path: str, operation: dict[str, Any], language: str, examples: dict[str, str]) -> str:
    parameters = operation.get("parameters", [])
    rows = [
        [tag("code", escape(parameter["name"])), escape(parameter.get("description") or "")]
        for parameter in parameters
    ]
    keys = ("docs_parameter", "docs_meaning")
    return tag(
        "section",
        tag("h2", tag("code", f"{method.upper()} {escape(path)}")),
        tag("p", _code(escape(operation.get("description") or operation.get("summary") or ""))),
        table([escape(text(key, language)) for key in keys], rows) if rows else "",
        _form(path, parameters, language, examples) if method == "get" else "",
    )


def _code(words: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", words)


def _form(path: str, parameters: list[dict[str, Any]], language: str, examples: dict[str, str]) -> str:
    """A plain GET form; parts of the path are filled with the example, the query can be changed."""
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", examples.get(parameter["name"], ""))
    fields = [_field(parameter["name"], examples) for parameter in parameters if parameter["in"] == "query"]
    return tag("form", *fields, tag("button", escape(text("docs_try", language))), action=path, method="get")


def _field(name: str, examples: dict[str, str]) -> str:
    value = escape(examples.get(name, ""))
    return tag("label", escape(name), f'<input name="{escape(name)}" value="{value}">')
