"""A real uvicorn server on loopback for the tests that need one, in a thread of its own."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Any

import uvicorn
from fastapi import FastAPI

from gridpulse import KEEP_ALIVE_SECONDS


@dataclass(frozen=True)
class Answer:
    """What an HTTP request got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Serving:
    """Where the server listens."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> Answer:
        """A GET; `headers` with `_` for `-`. Errors are answers, too."""
        return self._ask(urllib.request.Request(self.url + path, headers=_named(headers)))

    def post(self, path: str, content: object, **headers: str) -> Answer:
        """A POST of JSON."""
        body = json.dumps(content).encode()
        given = {"content-type": "application/json"} | _named(headers)
        return self._ask(urllib.request.Request(self.url + path, data=body, headers=given))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return Answer(reply.status, _plain(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _plain(error.headers), error.read())


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _plain(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[Serving]:
    """Serves the app until the block ends; port 0 takes a free one."""
    config = uvicorn.Config(
        app,
        port=port,
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start within 20 s"
            time.sleep(0.01)
        yield Serving(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(20)
