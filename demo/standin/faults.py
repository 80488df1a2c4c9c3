"""Faults to order: the next n requests to a path are answered wrongly, late or not at all."""

from __future__ import annotations

import asyncio
import fnmatch
import json
import threading
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong. `path` is a pattern (`/background-agents/v1/drafts`, `/jsonapi/*`).

    `times`: for so many requests. `delay`: seconds to wait first. `status`: answer this instead (None: the real answer, late).
    `code` and `detail`: of the problem document.
    `when`: `before` the request is carried out, or `after` it was (commit, then 500). `drop`: close the connection instead of answering.
    """

    path: str = "*"
    method: str = "*"
    times: int = 1
    status: int | None = 500
    delay: float = 0.0
    when: When = "before"
    drop: bool = False
    retry_after: int | None = None
    code: str = "injected"
    detail: str = "This answer was ordered by a test."

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return fnmatch.fnmatchcase(path, self.path) and self.method in ("*", method)


class FaultPlan:
    """The faults that are still to come. `met`: the requests that met one, as (method, path, fault)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Fault] = []
        self.met: list[tuple[str, str, Fault]] = []

    def add(self, fault: Fault) -> None:
        """Plan a fault; planned ones are used up in order."""
        with self._lock:
            self._planned.append(fault)

    def clear(self) -> None:
        """Forget what is planned."""
        with self._lock:
            self._planned.clear()

    def planned(self) -> list[dict[str, Any]]:
        """What is still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._planned]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, used up by it."""
        with self._lock:
            for index, fault in enumerate(self._planned):
                if fault.fits(method, path):
                    if fault.times > 1:
                        self._planned[index] = replace(fault, times=fault.times - 1)
                    else:
                        del self._planned[index]
                    self.met.append((method, path, fault))
                    return fault
        return None


class FaultLayer:
    """ASGI layer around the site, the outermost one."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._plan.take(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.when == "after" or (fault.status is None and not fault.drop):
            keep = fault.status is None and not fault.drop
            await self._app(scope, receive, send if keep else _nowhere)
            if keep:
                return
        if fault.drop:
            await _drop(send)
        else:
            await _answer(fault, send)


async def _nowhere(message: Message) -> None:
    """The answer is lost on its way."""


async def _answer(fault: Fault, send: Send) -> None:
    status = fault.status or 500
    problem = {
        "title": "Injected fault",
        "status": status,
        "code": fault.code,
        "detail": fault.detail,
    }
    headers = [(b"content-type", b"application/problem+json")]
    if fault.retry_after is not None:
        headers.append((b"retry-after", str(fault.retry_after).encode()))
    body = json.dumps(problem).encode()
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _drop(send: Send) -> None:
    """Close the connection without an answer. Uvicorn's `send` is a method of the object that owns the transport."""
    transport = send.__self__.transport  # pyright: ignore[reportFunctionMemberAccess]
    transport.abort()
    await asyncio.sleep(0)
