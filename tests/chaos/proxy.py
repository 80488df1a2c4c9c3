"""A proxy in front of a real Drupal that goes wrong to order, with the faults of the stand-in."""

from __future__ import annotations

import socket
import threading
import time

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from demo.standin.faults import FaultLayer, FaultPlan

START_SECONDS = 60.0
ANSWER_SECONDS = 120.0
# Of one connection, not of the message; and what is counted anew.
HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"transfer-encoding",
    b"te",
    b"upgrade",
    b"proxy-connection",
    b"content-length",
}


class FaultProxy:
    """Passes requests on to `target` (an address without its last slash), byte for byte. `faults`: what goes wrong next."""

    def __init__(self, target: str) -> None:
        self.faults = FaultPlan()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            FaultLayer(Forward(target), self.faults),
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=2,
            ws="none",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="proxy", daemon=True)

    def start(self) -> None:
        """Serves from a thread; returns when it listens."""
        self._thread.start()
        until = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("The proxy did not start.")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends it."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(START_SECONDS)
        self._socket.close()


class Forward:
    """ASGI application: the same request at `target`, and its answer. 502 when there is none."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = await _whole(receive)
        try:
            status, headers, content = await self._ask(scope, body)
        except httpx.TransportError as error:
            status, headers, content = 502, [(b"content-type", b"text/plain")], str(error).encode()
        headers = [*headers, (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._client.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _ask(self, scope: Scope, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = self._target + (scope["raw_path"] + query).decode("ascii")
        headers = [(name, value) for name, value in scope["headers"] if name not in HOP_BY_HOP | {b"host"}]
        request = httpx.Request(scope["method"], url, headers=headers, content=body)
        answer = await self._client.send(request, stream=True)
        try:
            content = b"".join([chunk async for chunk in answer.aiter_raw()])
        finally:
            await answer.aclose()
        kept = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() not in HOP_BY_HOP]
        return answer.status_code, kept, content


async def _whole(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
