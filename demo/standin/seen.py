"""What the stand-in was asked, and how long it took: for tests that count requests, and for the bench."""

from __future__ import annotations

import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Seen:
    """One request. `status` 0: no answer was sent. `seconds`: from the first byte to the last of the answer."""

    method: str
    path: str
    status: int
    seconds: float


class RequestLog:
    """ASGI layer that appends to `requests` what reaches the site. A request that met a fault before is not among them (`faults.met`)."""

    def __init__(self, app: ASGIApp, requests: list[Seen]) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            if scope["type"] == "http":
                self._requests.append(Seen(scope["method"], scope["path"], status, time.perf_counter() - began))
