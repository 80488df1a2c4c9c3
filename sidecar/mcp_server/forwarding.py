"""Passes requests of a session on to the process that holds it, over a Unix socket that only this user can reach."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from pathlib import Path

import anyio
import httpx
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from sidecar import log
from sidecar.http import process_client
from sidecar.mcp_server.answers import session_gone
from sidecar.remote.answers import problem

_log = log.get(__name__)

LONGEST_SOCKET_PATH = 100
"""The kernel's limit is 108, macOS has 104."""
BACKLOG = 128
BODY_LIMIT = 4 * 1024 * 1024
"""Of a request, as the SDK has it."""

ADDRESS = "x-background-agents-client-address"
SCHEME = "x-background-agents-scheme"
_FOR_ONE_CONNECTION = {
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


def socket_of(data_dir: Path, process: str) -> Path:
    """Where a process listens for the others, by its name."""
    name = f"{hashlib.sha256(process.encode()).hexdigest()[:16]}.sock"
    path = data_dir.resolve() / "mcp" / name
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    place = hashlib.sha256(str(path.parent).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"background-agents-{os.getuid()}-{place}" / name


def listen(path: Path) -> socket.socket:
    """A socket of this user alone. What processes left behind that are gone is removed. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.parent.stat()
    if found.st_uid != os.getuid():
        raise PermissionError(f"{path.parent} belongs to another user: remove it.")
    path.parent.chmod(0o700)
    for left in path.parent.glob("*.sock"):
        if not _listens(left):
            left.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
        except ConnectionError:
            return False
        except OSError:  # busy, or not ours to look at
            return True
    return True


class Forwarder:
    """Keeps connections to the other processes."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def aclose(self) -> None:
        """Ends the connections."""
        for client in self._clients.values():
            await client.aclose()

    async def forward(self, process: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as that process does; as if there were no session when the process is gone."""
        body = await _body(scope, receive)
        if body is None:
            return await problem(413, "too_large", f"A request may have {BODY_LIMIT} bytes.")(scope, receive, send)
        request = httpx.Request(
            scope["method"], f"http://process{_target(scope)}", headers=_headers(scope), content=body
        )
        async with anyio.create_task_group() as group:
            group.start_soon(_until_gone, receive, group.cancel_scope)
            await self._answer(process, request, scope, receive, send)
            group.cancel_scope.cancel()

    async def _answer(self, process: str, request: httpx.Request, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._client(process).send(request, stream=True)
        except httpx.TransportError as error:
            _log.info(
                "The process that holds a session of an MCP client is gone; the client starts a new one.",
                action="mcp_session_lost",
                process=process,
                error=type(error).__name__,
            )
            await self._drop(process)
            return await session_gone()(scope, receive, send)
        try:
            headers = [(name.lower(), value) for name, value in response.headers.raw]
            kept = [pair for pair in headers if pair[0].decode("latin-1") not in _FOR_ONE_CONNECTION]
            await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except httpx.TransportError as error:  # the answer stays without its end, which is how the client learns of it
            _log.info(
                "The process that holds a session of an MCP client ended within an answer.",
                action="mcp_session_lost",
                process=process,
                error=type(error).__name__,
            )
            await self._drop(process)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    def _client(self, process: str) -> httpx.AsyncClient:
        if process not in self._clients:
            self._clients[process] = process_client(str(socket_of(self._data_dir, process)))
        return self._clients[process]

    async def _drop(self, process: str) -> None:
        if client := self._clients.pop(process, None):
            await client.aclose()


class Forwarded:
    """The receiving end: gives a request back the address and the scheme that it had where it came in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(scope=scope)
        more = {"client": (headers.get(ADDRESS, ""), 0), "scheme": headers.get(SCHEME, "http")}
        await self._app({**scope, **more}, receive, send)


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """All of it; None: too much."""
    said = Headers(scope=scope).get("content-length", "")
    if said.isdecimal() and int(said) > BODY_LIMIT:
        return None
    body = bytearray()
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
        if not message.get("more_body"):
            break
    return bytes(body)


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _target(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return scope["path"] + (f"?{query}" if query else "")


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    ours = {ADDRESS, SCHEME} | _FOR_ONE_CONNECTION
    kept = [(name, value) for name, value in scope["headers"] if name.decode("latin-1") not in ours]
    address = scope["client"][0] if scope["client"] else ""
    return [*kept, (ADDRESS.encode(), address.encode()), (SCHEME.encode(), scope["scheme"].encode())]
