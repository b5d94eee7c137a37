"""A server that speaks ClickHouse's HTTP interface over chDB: for the client's HTTP path and several workers.

It takes queries and inserts as a server does: settings and bound parameters (`param_*`) in the URL or, long ones, in a
form, the statement in the URL, in that form or before the data, compressed bodies, compressed answers, errors with
their code in a header. It runs as a
process of its own (`python -m tests.support.clickhouse FOLDER PORT`), so that it can be killed and started again.
A trouble put to `/trouble` changes how it answers, as a server in trouble would.
"""

from __future__ import annotations

import asyncio
import email
import gzip
import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import chdb
import lz4.frame
import uvicorn
import zstandard
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from streams.broker import free_port
from tests.support.child import bound

#: Parameters of a request that are no settings of the engine.
_TRANSPORT = {
    "query", "database", "compress", "decompress", "session_id", "query_id", "wait_end_of_query",
    "client_protocol_version", "enable_http_compression", "send_progress_in_http_headers",
    "http_headers_progress_interval_ms", "buffer_size", "default_format", "role",
}  # fmt: skip
_INSERT = re.compile(rb"\s*(INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)(?:\s*\n|\s*$)", re.IGNORECASE | re.DOTALL)
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_CODE = re.compile(r"Code: (\d+)")
START_SECONDS = 60.0
#: What a server takes in one value of a request unless its own settings say otherwise (`http_max_field_value_size`).
VALUE_BYTES = 131_072


@dataclass(frozen=True)
class Trouble:
    """How the server answers the next `times` statements that contain `where`, -1 for all.

    `code` answers with this error and does nothing, `seconds` waits first, `cut` does it but cuts the answer off.
    """

    where: str = ""
    times: int = -1
    code: int = 0
    text: str = ""
    seconds: float = 0.0
    cut: bool = False
    after: int = 0


MEMORY_LIMIT = Trouble(
    code=241, text="Memory limit (total) exceeded: would use 9.00 GiB. (MEMORY_LIMIT_EXCEEDED)"
)
TOO_MANY_PARTS = Trouble(
    code=252, text="Too many parts (3000). Merges are slower than inserts. (TOO_MANY_PARTS)"
)
READ_ONLY = Trouble(code=242, text="Table is in readonly mode. (TABLE_IS_READ_ONLY)")
DISK_FULL = Trouble(code=243, text="Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)")


class Engine:
    """Runs statements on handles kept by database and settings: `USE` and `SET` belong to a handle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: dict[tuple[str, frozenset[tuple[str, str]]], list[Any]] = defaultdict(list)
        self._lock = threading.Lock()

    def run(
        self, sql: str, form: str, database: str, settings: Mapping[str, str], parameters: dict[str, str]
    ) -> bytes:
        """The answer in that format. Raises what the engine raises."""
        key = (database, frozenset(settings.items()))
        with self._lock:
            handle = self._idle[key].pop() if self._idle[key] else None
        if handle is None:
            handle = chdb.connect(str(self._folder))  # type: ignore[no-untyped-call]
            if database:
                handle.query(f"USE `{database}`")
            for name, value in settings.items():
                handle.query(f"SET {name} = '{value}'")
        try:
            answer = handle.query(sql, form, params=parameters)
            return answer.bytes() or b""
        finally:
            with self._lock:
                self._idle[key].append(handle)


def decoded(body: bytes, encoding: str) -> bytes:
    """A request's body as it was before compression."""
    match encoding:
        case "lz4":
            return lz4.frame.decompress(body)  # type: ignore[no-any-return]
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)
        case "gzip":
            return gzip.decompress(body)
        case "deflate":
            return zlib.decompress(body)
    return body


def encoded(body: bytes, accepted: str) -> tuple[bytes, dict[str, str]]:
    """An answer's body in the first encoding the client takes, and the header that says so."""
    if "lz4" in accepted:
        return lz4.frame.compress(body), {"Content-Encoding": "lz4"}
    if "zstd" in accepted:
        return zstandard.ZstdCompressor().compress(body), {"Content-Encoding": "zstd"}
    return body, {}


def form_fields(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a multipart form: the client sends long parameters so."""
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    return {
        str(part.get_param("name", header="content-disposition")): cast(
            bytes, part.get_payload(decode=True)
        ).decode()
        for part in message.walk()
        if not part.is_multipart()
    }


class Server:
    """One request at a time is no rule here: each runs in a thread of its own, as in a server."""

    def __init__(self, folder: Path) -> None:
        self._engine = Engine(folder)
        self._troubles: list[Trouble] = []
        self._troubled = 0
        self._lock = threading.Lock()
        self.app = FastAPI()
        self.app.get("/ping")(lambda: Response("Ok.\n"))
        self.app.post("/trouble")(self._set_troubles)
        self.app.get("/trouble")(self._count_troubled)
        self.app.api_route("/", methods=["GET", "POST"])(self._answer)

    async def _set_troubles(self, request: Request) -> int:
        self._troubles, self._troubled = [Trouble(**trouble) for trouble in await request.json()], 0
        return len(self._troubles)

    async def _count_troubled(self) -> int:
        return self._troubled

    def _trouble(self, statement: str) -> Trouble | None:
        with self._lock:
            for place, trouble in enumerate(self._troubles):
                if trouble.where in statement and trouble.times:
                    if trouble.after:
                        self._troubles[place] = Trouble(**asdict(trouble) | {"after": trouble.after - 1})
                        continue
                    self._troubles[place] = Trouble(**asdict(trouble) | {"times": trouble.times - 1})
                    self._troubled += 1
                    return trouble
        return None

    async def _answer(self, request: Request) -> Response:
        body = decoded(await request.body(), request.headers.get("content-encoding", ""))
        given = dict(request.query_params)
        content_type = request.headers.get("content-type", "")
        if content_type.startswith("multipart/form-data"):
            given |= form_fields(body, content_type)
            body = b""
        if any(len(value.encode()) > VALUE_BYTES for value in given.values()):
            return refused(
                "Code: 1000. DB::Exception: HTML Form Exception: Field value too long. (POCO_EXCEPTION)"
            )
        raw = b"\n".join(part for part in (given.get("query", "").encode(), body) if part)
        trouble = self._trouble(raw[:2000].decode(errors="replace"))
        if trouble is not None:
            await asyncio.sleep(trouble.seconds)
            if trouble.code:
                return refused(f"Code: {trouble.code}. DB::Exception: {trouble.text}")
        try:
            answer, form = await asyncio.to_thread(self._run, raw, given)
        except Exception as error:  # the engine's errors are answers here
            return refused(str(error))
        if trouble is not None and trouble.cut:
            return StreamingResponse(_cut())
        content, headers = answer, {"X-ClickHouse-Timezone": "UTC", "X-ClickHouse-Summary": "{}"}
        if given.get("enable_http_compression") == "1":
            content, more = encoded(answer, request.headers.get("accept-encoding", ""))
            headers |= more
        if form:
            headers["X-ClickHouse-Format"] = form
        return Response(content, headers=headers)

    def _run(self, raw: bytes, given: Mapping[str, str]) -> tuple[bytes, str]:
        """The answer, and its format where the statement has a result."""
        parameters = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
        settings = {
            name: value
            for name, value in given.items()
            if name not in _TRANSPORT and not name.startswith("param_")
        }
        database = given.get("database", "")
        insert = _INSERT.match(raw)
        if insert:
            data = raw[insert.end() :]
            with tempfile.NamedTemporaryFile(suffix=".data") as file:
                file.write(data)
                file.flush()
                sql = f"{insert[1].decode()} FROM INFILE '{file.name}' FORMAT {insert[2].decode()}"
                return self._engine.run(sql, "TabSeparated", database, settings, parameters), ""
        sql = raw.decode()
        said = _FORMAT.search(sql)
        form = said[1] if said else given.get("default_format", "TabSeparated")
        if said:
            return self._engine.run(sql, form, database, settings, parameters), form
        # A statement with a result gives at least the line of its names; one without gives nothing.
        answer = self._engine.run(sql, f"{form}WithNames", database, settings, parameters)
        return answer.partition(b"\n")[2], form if answer else ""


def refused(text: str) -> Response:
    """An error as a ClickHouse server gives it."""
    found = _CODE.search(text)
    code = found[1] if found else "1002"
    start = found.start() if found else 0
    return Response(text[start:] + "\n", 500, {"X-ClickHouse-Exception-Code": code})


async def _cut() -> AsyncIterator[bytes]:
    yield b"\x01"
    raise ConnectionResetError("cut off for a test")


class ClickHouse:
    """The server as a process: `url` names its store, the same over restarts."""

    def __init__(self, folder: Path, database: str = "default") -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://default:@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Start, or start again on the same folder; returns when it answers."""
        assert self._process is None
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder.parent / "clickhouse.log").open("ab") as log:
            self._process = subprocess.Popen(
                bound(sys.executable, "-m", "tests.support.clickhouse", str(self._folder), str(self._port)),
                cwd=Path(__file__).parents[2],
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process.poll() is None, (self._folder.parent / "clickhouse.log").read_text()[-3000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/?query=SELECT+1", timeout=5):
                    return
            except OSError:
                assert time.monotonic() < deadline, "the store's server did not answer"
                time.sleep(0.1)

    def trouble(self, *troubles: Trouble) -> None:
        """Answer so from now on; nothing given ends every trouble."""
        body = json.dumps([asdict(trouble) for trouble in troubles]).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/trouble", body)
        with urllib.request.urlopen(request, timeout=20):
            pass

    @property
    def troubled(self) -> int:
        """How many statements have met a trouble since these were set."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/trouble", timeout=20) as answer:
            return int(json.load(answer))

    @property
    def pid(self) -> int:
        """Its process; 0 where it does not run."""
        return self._process.pid if self._process is not None else 0

    def pause(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a power cut."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.wait()

    def __enter__(self) -> ClickHouse:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def serve(folder: str, port: str) -> None:
    """Serve a folder's store until ended."""
    uvicorn.run(Server(Path(folder)).app, host="127.0.0.1", port=int(port), log_level="error")


if __name__ == "__main__":
    serve(*sys.argv[1:])
