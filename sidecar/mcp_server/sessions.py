"""Sessions of the protocol of 2025-11-25 in several processes: each stays where it began, and every process finds the way there.

The protocol of 2026-07-28 has none: whichever process gets a request answers it."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sidecar.errors import StoreUnavailable
from sidecar.mcp_server.answers import session_gone
from sidecar.mcp_server.forwarding import Forwarder
from sidecar.remote.answers import problem
from sidecar.remote.caller import Caller
from sidecar.remote.gate import CALLER
from sidecar.store.mcp_sessions import McpSessions

SESSION = "mcp-session-id"
LONGEST_ID = 128


class SessionRouter:
    """In front of the local server: passes requests of other processes' sessions on to them."""

    def __init__(self, app: ASGIApp, site: str, process: str, sessions: McpSessions, forwarder: Forwarder) -> None:
        self._app, self._site, self._process = app, site, process
        self._sessions, self._forwarder = sessions, forwarder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = Headers(scope=scope).get(SESSION)
        if session is None:
            return await self._app(scope, receive, send)
        try:
            holder = await self._sessions.holder(self._site, session) if len(session) <= LONGEST_ID else None
        except StoreUnavailable:
            return await unavailable(scope, receive, send)
        if holder is None:
            return await session_gone()(scope, receive, send)
        if holder == self._process:
            return await self._app(scope, receive, send)
        return await self._forwarder.forward(holder, scope, receive, send)


class SessionKeeper:
    """Around the local server: notes which sessions begin here, and which end."""

    def __init__(self, app: ASGIApp, site: str, process: str, sessions: McpSessions) -> None:
        self._app, self._site, self._process, self._sessions = app, site, process, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope).get(SESSION)
        unkept = False

        async def noting(message: Message) -> None:
            nonlocal unkept
            if message["type"] == "http.response.start":
                try:
                    await self._note(scope, asked, message)
                except StoreUnavailable:
                    unkept = True
                    await unavailable(scope, receive, send)
            if not unkept:
                await send(message)

        await self._app(scope, receive, noting)

    async def _note(self, scope: Scope, asked: str | None, start: Message) -> None:
        if asked is None:
            began = Headers(raw=start["headers"]).get(SESSION)
            if began and start["status"] < 400:
                await self._sessions.note_told(self._site, began, lists_of(scope[CALLER]))
                await self._sessions.hold(self._site, began, self._process)
        elif scope["method"] == "DELETE" and start["status"] < 300:
            await self._sessions.forget(self._site, asked)


def lists_of(caller: Caller) -> str:
    """Names what the caller's lists of tools and prompts are made of: a hash of the agents."""
    return hashlib.sha256("\n".join(sorted(caller.agents)).encode()).hexdigest()


async def unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    """Redis does not answer: nothing is known of any session."""
    said = "Sessions cannot be looked up now. Try again."
    await problem(503, "store_unavailable", said, {"Retry-After": "1"})(scope, receive, send)
