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
    """ASGI layer that appends to `requests` what reaches the site, before the last of its answer is sent: who has the answer finds it there.

    A request that met a fault before is not among them (`faults.met`)."""

    def __init__(self, app: ASGIApp, requests: list[Seen]) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status, noted = time.perf_counter(), 0, False

        def note() -> None:
            nonlocal noted
            if not noted:
                noted = True
                self._requests.append(Seen(scope["method"], scope["path"], status, time.perf_counter() - began))

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif not message.get("more_body", False):
                note()
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            note()
