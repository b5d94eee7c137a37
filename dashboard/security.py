"""Headers of every answer: nothing loads from elsewhere, no inline code runs, no other site frames a screen."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The two style blocks Dash's renderer inserts by itself: an empty one and that of its undo button.
RENDERER_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-Do5Z9ZqsPvCQTUBQS9BnDm/2+on7omuzuLYk5sbA+2s='",
)


def policy(script_hashes: Iterable[str]) -> str:
    """The content security policy; inline scripts only by their hash."""
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *script_hashes],
        "style-src": ["'self'", *RENDERER_STYLES],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


class Headers:
    """ASGI middleware that adds the headers; streams and websockets pass untouched."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._fixed = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._fixed.items():
                    headers[name] = value
                headers.setdefault("cache-control", cache_rule(scope["path"]))
            await send(message)

        await self._app(scope, receive, with_headers)


def cache_rule(path: str) -> str:
    """Fonts never change under their name; everything else is asked for again, cheaply by its ETag."""
    return "public, max-age=31536000, immutable" if path.startswith("/assets/fonts/") else "no-cache"
