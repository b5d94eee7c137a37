"""`/live`: a viewer says what it looks at, and gets the latest snapshot of it as often as it can take one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlparse

import orjson
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from dashboard.hub import Hub
from dashboard.mailbox import Mailbox, Message
from dashboard.scope import Scope, ScopeError, Scopes
from dashboard.settings import DashboardSettings

#: Close codes of our own: another site's page, and too many viewers.
FOREIGN, FULL = 4403, 4429
_MOST_BYTES = 4096


def same_origin(headers: Mapping[str, str]) -> bool:
    """A browser's page of another site may not listen; clients that send no Origin are no browsers."""
    origin = headers.get("origin")
    return origin is None or urlparse(origin).netloc == headers.get("host")


class Viewer:
    """One connection: its socket, its mailbox, and the scope it is joined with."""

    def __init__(self, socket: WebSocket, hub: Hub, scopes: Scopes, send_timeout: float) -> None:
        self._socket, self._hub, self._scopes, self._send_timeout = socket, hub, scopes, send_timeout
        self._box = Mailbox()
        self._scope: Scope | None = None

    async def serve(self) -> None:
        """Until either side ends it; always leaves the hub."""
        tasks = {asyncio.create_task(self._listen()), asyncio.create_task(self._speak())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                with contextlib.suppress(WebSocketDisconnect, TimeoutError, RuntimeError, OSError):
                    task.result()
        finally:
            self._leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            said = await self._socket.receive_text()
            try:
                scope, self._box.changes = _wanted(said)
                self._look_at(self._scopes.read(scope))
            except ScopeError as error:
                self._leave()
                problem = {"kind": "problem", "status": error.status, "detail": str(error)}
                self._box.put(Message(orjson.dumps(problem).decode()))

    async def _speak(self) -> None:
        while True:
            message = await self._box.take()
            async with asyncio.timeout(self._send_timeout):
                await self._socket.send_text(message)

    def _look_at(self, scope: Scope) -> None:
        self._leave()
        self._scope = scope
        self._hub.join(scope, self._box)

    def _leave(self) -> None:
        if self._scope is not None:
            self._hub.leave(self._scope, self._box)
            self._scope = None


def _wanted(said: str) -> tuple[dict[str, Any], bool]:
    """The scope of a message `{"scope": {…}}`, and whether it says `"changes": true`: that the viewer puts a snapshot
    together out of the last one and what changed. Raises `ScopeError` for anything else."""
    try:
        message = orjson.loads(said) if len(said) <= _MOST_BYTES else None
    except orjson.JSONDecodeError:
        message = None
    scope = message.get("scope") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(scope, dict):
        raise ScopeError(422, 'a message is {"scope": {"area", "window", "indicator", "lang", "detail"}}')
    return scope, message.get("changes") is True


def router(hub: Hub, scopes: Scopes, settings: DashboardSettings) -> APIRouter:
    """The websocket's route."""
    routes = APIRouter()

    @routes.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        if not same_origin(socket.headers):
            await socket.close(FOREIGN, "another site's page")
        elif hub.viewers >= settings.max_viewers:
            await socket.close(FULL, "too many viewers")
        else:
            await Viewer(socket, hub, scopes, settings.send_timeout_s).serve()

    return routes
