"""A process that serves MCP clients as the product does: `python -m tests.conformance.serve PORT REDIS_URL DATA_DIR`.

Its server is the suite's, and knows everybody by name; with `--product` it is the product's own, for an editor of a stand-in for Drupal. With
`--open` who shows no credential is somebody. It prints a line when it listens."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from demo.standin import StandIn
from sidecar import log
from sidecar.api.app import create_app
from sidecar.context import Context
from sidecar.errors import CallerRefused
from sidecar.mcp_server.door import McpDoor
from sidecar.remote.caller import Caller, Door, Origin
from sidecar.remote.credential import Credential
from sidecar.resources import open_context
from sidecar.serve import listen
from sidecar.settings import Settings, load
from sidecar.uvicorn_server import server_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sidecar.mcp_server.wiring import MakeServer

ISSUER = "https://drupal.example/"
SECRET = "whsec_" + "c2VjcmV0" * 6


class Anybody:
    """Whoever shows `Bearer <name>` is that one, with every right; `Bearer bad` is nobody (remote.who.Who)."""

    async def ask(self, site: str, credential: Credential, door: Door, address: str) -> Caller:
        name = credential.value.removeprefix("Bearer ")
        if name == "bad":
            raise CallerRefused(401, "credential_invalid", "The site does not know this credential.")
        origin = Origin(door, address)
        return Caller(site, name, name, "key", frozenset({"writer"}), "own", "own", origin, credential, name)


async def issuers(site: str) -> list[str]:
    return [ISSUER]


class SomebodyComes:
    """The suite shows no credential."""

    def __init__(self, app: ASGIApp, credential: bytes) -> None:
        self._app, self._credential = app, credential

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope["headers"]}
        if scope["path"].rstrip("/").endswith("/mcp") and b"authorization" not in names:
            scope["headers"] = [*scope["headers"], (b"authorization", self._credential)]
        await self._app(scope, receive, send)


def fixture() -> MakeServer:
    from tests.conformance.fixture import make_fixture

    return make_fixture


def with_fixture(opened: Context) -> McpDoor:
    """The suite's server."""
    context = replace(opened, remote=replace(opened.remote, who=cast(Any, Anybody())))
    return McpDoor(context, fixture, issuers)


async def run(settings: Settings, make_door: Callable[[Context], McpDoor], credential: bytes | None) -> None:
    """Until SIGTERM. `credential`: of who shows none."""
    log.configure(os.environ.get("FIXTURE_LOG", "warning"), json_lines=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with listen(settings) as listener:
        async with open_context(settings) as context:
            door = make_door(context)
            app = create_app(context, doors=door.routes)
            server = server_of(SomebodyComes(app, credential) if credential else app)
            serving, doors = asyncio.create_task(server.serve(sockets=[listener])), asyncio.create_task(door.run(stop))
            print(f"listening {listener.getsockname()[1]} {context.name}", flush=True)
            await doors
            server.should_exit = True
            await serving


def main(port: str, redis_url: str, data_dir: str, *options: str) -> None:
    more: dict[str, Any] = {"port": int(port), "redis_url": redis_url, "data_dir": data_dir}
    if "--product" not in options:
        settings = load({}, **more, sites={"default": {"base_url": "https://drupal.example", "secrets": [SECRET]}})
        return asyncio.run(run(settings, with_fixture, b"Bearer tester" if "--open" in options else None))
    with StandIn() as drupal:
        drupal.add_agent("writer", label="Writer", description="Writes what it is told.")
        settings = load({}, **more, sites={"default": {"base_url": drupal.url, "secrets": [drupal.secret]}})
        editor = b"Basic " + base64.b64encode(b"editor:editor")
        return asyncio.run(run(settings, McpDoor, editor if "--open" in options else None))


if __name__ == "__main__":
    main(*sys.argv[1:])
