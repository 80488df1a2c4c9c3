"""Tells a session (2025-11-25 and before) that its lists have changed, on the stream that its client keeps open for that (GET).

The process that holds a session does it, as long as the stream is open. What a session was told last is kept in Redis: a stream that broke off,
or came late, begins with what was missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress

from mcp.server.subscriptions import PromptsListChanged, ServerEvent, SubscriptionBus, ToolsListChanged
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sidecar.errors import CallerRefused, DrupalError, StoreUnavailable
from sidecar.mcp_server.changes import EVERY_SECONDS
from sidecar.mcp_server.sessions import SESSION, lists_of
from sidecar.remote.caller import Caller
from sidecar.remote.gate import CALLER
from sidecar.remote.who import Who
from sidecar.store.mcp_sessions import McpSessions

TASK = "changes for an MCP session"
TOLD: Mapping[type[ServerEvent], str] = {
    ToolsListChanged: "notifications/tools/list_changed",
    PromptsListChanged: "notifications/prompts/list_changed",
}
"""What sessions are told; of both when the caller's agents are others."""


class StandingStreams:
    """Around the local server. `every`: seconds between two questions who the caller is; `Who` keeps answers, so Drupal is asked at most
    twice a minute."""

    def __init__(
        self,
        app: ASGIApp,
        site: str,
        who: Who,
        sessions: McpSessions,
        bus: SubscriptionBus,
        *,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._app, self._site, self._who = app, site, who
        self._sessions, self._bus, self._every = sessions, bus, every

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = Headers(scope=scope).get(SESSION)
        if scope["method"] != "GET" or session is None:
            return await self._app(scope, receive, send)
        stream = _Stream(send)
        telling = asyncio.create_task(self._tell(stream, session, scope[CALLER]), name=TASK)
        try:
            await self._app(scope, receive, stream.send)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, stream: _Stream, session: str, caller: Caller) -> None:
        await stream.opened.wait()
        unsubscribe = self._bus.subscribe(stream.heard)
        try:
            while True:
                with suppress(DrupalError, StoreUnavailable):  # it is asked again
                    await self._compare(stream, session, caller)
                await stream.tell()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._every):
                        await stream.waiting.wait()
        except CallerRefused:
            return  # the stream ends (remote.streams)
        finally:
            unsubscribe()

    async def _compare(self, stream: _Stream, session: str, caller: Caller) -> None:
        now = await self._who.ask(caller.site, caller.credential, caller.origin.door, caller.origin.address)
        told = lists_of(now)
        if told != await self._sessions.told(self._site, session):
            await stream.tell(TOLD.values())
            await self._sessions.note_told(self._site, session, told)


class _Stream:
    """The answer to a GET, with messages of ours between those of the SDK."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._one = asyncio.Lock()
        self._over = False
        self._untold: dict[str, None] = {}
        self.opened, self.waiting = asyncio.Event(), asyncio.Event()

    def heard(self, event: ServerEvent) -> None:
        """A change of the site came (mcp.server.subscriptions.SubscriptionBus)."""
        if method := TOLD.get(type(event)):
            self._untold[method] = None
            self.waiting.set()

    async def send(self, message: Message) -> None:
        async with self._one:
            if message["type"] == "http.response.start" and message["status"] == 200:
                self.opened.set()
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._over = True
            await self._send(message)

    async def tell(self, methods: Iterable[str] = ()) -> None:
        """Send these, and what was heard; each once."""
        methods = {**dict.fromkeys(methods), **self._untold}
        self._untold.clear()
        self.waiting.clear()
        for method in methods:
            data = json.dumps({"jsonrpc": "2.0", "method": method})
            frame = f"event: message\r\ndata: {data}\r\n\r\n".encode()
            async with self._one:
                if not self._over:
                    await self._send({"type": "http.response.body", "body": frame, "more_body": True})
