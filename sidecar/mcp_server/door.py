"""The door that MCP clients come through. Until the first caller is let in it is only a name: the SDK is imported then."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sidecar import log
from sidecar.context import Context
from sidecar.drupal.oauth import Issuers
from sidecar.mcp_server.answers import ProblemsAsErrors
from sidecar.mcp_server.forwarding import Forwarded, Forwarder, listen, socket_of
from sidecar.mcp_server.metadata import WELL_KNOWN, AuthorizationServers, ResourceMetadata
from sidecar.mcp_server.sessions import SessionKeeper, SessionRouter
from sidecar.remote.answers import problem
from sidecar.remote.gate import KnownCallers, KnownHosts
from sidecar.remote.streams import EndStreams
from sidecar.uvicorn_server import server_of

if TYPE_CHECKING:
    from sidecar.mcp_server.wiring import MakeServer

_log = log.get(__name__)


def _product() -> MakeServer:
    from sidecar.mcp_server.server import make_server

    return make_server


class McpDoor:
    """All sites' servers in one process. `load` gives what makes them, once it is needed."""

    def __init__(
        self,
        context: Context,
        load: Callable[[], MakeServer] = _product,
        issuers: AuthorizationServers | None = None,
    ) -> None:
        self._context, self._load = context, load
        self._issuers = issuers or Issuers(context.sites).of
        self._forwarder = Forwarder(context.settings.data_dir)
        self._wanted, self._ready, self._closing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._servers: dict[str, ASGIApp] = {}
        self._inside: dict[str, ASGIApp] = {}
        self._routes: dict[str, ASGIApp] = {}
        for site in context.sites:
            self._add(site)

    @property
    def routes(self) -> Mapping[str, ASGIApp]:
        """What answers at each path. The short path is there when it can only mean one site."""
        return self._routes

    async def run(self, stop: asyncio.Event) -> None:
        """Serve what has come in, until `stop`. The servers begin and end in this task."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._forwarder.aclose)
            wanted, stopping = (asyncio.ensure_future(event.wait()) for event in (self._wanted, stop))
            try:
                await asyncio.wait([wanted, stopping], return_when=asyncio.FIRST_COMPLETED)
                if not stop.is_set():
                    await self._open(stack)
                    await stopping
            finally:
                self._closing.set()
                self._ready.set()  # who still waits for it is told that it ends
                wanted.cancel()
                stopping.cancel()

    def _add(self, site: str) -> None:
        paths = [f"/sites/{site}/mcp", *(["/mcp"] if len(self._context.sites) == 1 else [])]
        for path in paths:
            metadata = ResourceMetadata(self._context.settings, site, path, self._issuers)
            name, sessions, who = self._context.name, self._context.store.mcp_sessions, self._context.remote.who
            local = SessionKeeper(_Opened(self, site), site, name, sessions)
            router = SessionRouter(local, site, name, sessions, self._forwarder)
            known = KnownHosts(KnownCallers(router, site, "mcp", who, metadata), self._context.settings)
            outside = ProblemsAsErrors(known)
            for written in (path, f"{path}/"):  # a redirect would lose the body or the credential of some clients
                self._routes[written] = outside
                self._inside[written] = KnownCallers(local, site, "mcp", who, metadata)
            self._routes[WELL_KNOWN + path] = KnownHosts(metadata, self._context.settings)

    async def _open(self, stack: AsyncExitStack) -> None:
        make = await asyncio.to_thread(self._import)
        from sidecar.mcp_server import standing, subscriptions, wiring

        buses = {site: subscriptions.SharedBus(site, self._context.store.changes) for site in self._context.sites}
        for site, bus in buses.items():
            server = make(wiring.Parts(self._context, site, bus))
            served = await stack.enter_async_context(wiring.serving(server))
            sessions, who = self._context.store.mcp_sessions, self._context.remote.who
            self._servers[site] = standing.StandingStreams(served, site, who, sessions, bus)
        hearing = asyncio.create_task(subscriptions.hear(self._context.store.changes, buses))
        stack.callback(hearing.cancel)
        await self._listen(stack)
        self._ready.set()
        _log.info("MCP clients are served.", action="mcp_opened", sites=sorted(buses))

    def _import(self) -> MakeServer:
        """In a thread: it takes half a second, in which others are answered."""
        importlib.import_module("sidecar.mcp_server.wiring")
        return self._load()

    async def _listen(self, stack: AsyncExitStack) -> None:
        """For the other processes."""
        path = socket_of(self._context.settings.data_dir, self._context.name)
        try:
            listener = stack.enter_context(listen(path))
        except OSError as error:
            _log.error(
                "Other processes cannot pass sessions on to this one: its socket cannot be made. Set SIDECAR_DATA_DIR.",
                action="mcp_socket_failed",
                path=str(path),
                error=str(error),
            )
            return
        stack.callback(path.unlink, missing_ok=True)
        server = server_of(EndStreams(Forwarded(self._forwarded), self._context.remote.who), proxy_headers=False)
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def end() -> None:
            server.should_exit = True
            await serving

        stack.push_async_callback(end)

    async def _forwarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Who comes by the socket is asked again: what another process passes on is no proof."""
        answer = self._inside.get(scope["path"]) or problem(404, "not_found", "Nothing is here.")
        await answer(scope, receive, send)

    async def serve(self, site: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of a known caller; open answers end when the process does."""
        self._wanted.set()
        await self._ready.wait()
        if self._closing.is_set():
            return await problem(503, "stopping", "The sidecar stops. Try again.", {"Retry-After": "1"})(
                scope, receive, send
            )
        ending = _Ending(self._closing, receive, send)
        await self._servers[site](scope, ending.receive, ending.send)
        await ending.complete()


class _Opened:
    def __init__(self, door: McpDoor, site: str) -> None:
        self._door, self._site = door, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._door.serve(self._site, scope, receive, send)


class _Ending:
    """Lets an open answer come to its end: its server is told that the client has gone."""

    def __init__(self, closing: asyncio.Event, receive: Receive, send: Send) -> None:
        self._closing, self._receive, self._send = closing, receive, send
        self._open = False

    async def receive(self) -> Message:
        """The next message, or the end."""
        received, closing = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait([received, closing], return_when=asyncio.FIRST_COMPLETED)
            return received.result() if received.done() else {"type": "http.disconnect"}
        finally:
            received.cancel()
            closing.cancel()

    async def send(self, message: Message) -> None:
        self._open = message["type"] == "http.response.start" or bool(message.get("more_body"))
        await self._send(message)

    async def complete(self) -> None:
        """Ends an answer that the server left open when it was told to stop."""
        if self._open and self._closing.is_set():
            await self._send({"type": "http.response.body", "body": b""})
