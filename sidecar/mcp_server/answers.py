"""Answers that are given instead of the MCP server's own."""

from __future__ import annotations

import json

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sidecar.json_text import JSON
from sidecar.remote.answers import MEDIA_TYPE

INVALID_REQUEST, INTERNAL_ERROR = -32600, -32603


def session_gone() -> Response:
    """What the protocol asks for when there is no such session: the client starts a new one."""
    return Response(_error(INVALID_REQUEST, "Session not found"), 404, media_type="application/json")


class ProblemsAsErrors:
    """Around a site's server: who sent a message of the protocol gets a problem document as an error of the protocol, so that a client shows
    what it says. Of anything else the SDK's clients say no more than that there was an error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            return await self._app(scope, receive, send)
        await self._app(scope, receive, _Translated(send).send)


class _Translated:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._problem: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type") == MEDIA_TYPE:
                self._problem = message
                return
        elif self._problem is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._translate(self._problem)
            return
        await self._send(message)

    async def _translate(self, start: Message) -> None:
        problem: dict[str, JSON] = json.loads(self._body)
        code = INVALID_REQUEST if start["status"] < 500 else INTERNAL_ERROR
        body = _error(code, str(problem["detail"]), problem)
        kept = [pair for pair in start["headers"] if pair[0] not in (b"content-type", b"content-length")]
        more = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._send({**start, "headers": [*kept, *more]})
        await self._send({"type": "http.response.body", "body": body})


def _error(code: int, message: str, data: dict[str, JSON] | None = None) -> bytes:
    error = {"code": code, "message": message} | ({"data": data} if data else {})
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
