"""A process that serves MCP clients as the product does, but lets everybody in: `python -m tests.conformance.serve PORT REDIS_URL DATA_DIR`.

It prints a line when it listens."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from sidecar import log
from sidecar.api.app import create_app
from sidecar.errors import CallerRefused
from sidecar.mcp_server.door import McpDoor
from sidecar.remote.caller import Caller, Door, Origin
from sidecar.remote.credential import Credential
from sidecar.resources import open_context
from sidecar.serve import listen
from sidecar.settings import load
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

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope["headers"]}
        if scope["path"].rstrip("/").endswith("/mcp") and b"authorization" not in names:
            scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer tester")]
        await self._app(scope, receive, send)


def fixture() -> MakeServer:
    from tests.conformance.fixture import make_fixture

    return make_fixture


async def run(port: int, redis_url: str, data_dir: str, load_server: Callable[[], Any] = fixture) -> None:
    settings = load(
        {"SIDECAR_SITE_URL": "https://drupal.example", "SIDECAR_SITE_SECRET": SECRET},
        port=port,
        redis_url=redis_url,
        data_dir=data_dir,
    )
    log.configure(os.environ.get("FIXTURE_LOG", "warning"), json_lines=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with listen(settings) as listener:
        async with open_context(settings) as opened:
            remote = replace(opened.remote, who=cast(Any, Anybody()))
            context = replace(opened, remote=remote)
            door = McpDoor(context, load_server, issuers)
            app = create_app(context, doors=door.routes)
            server = server_of(SomebodyComes(app) if "--open" in sys.argv else app)
            serving, doors = asyncio.create_task(server.serve(sockets=[listener])), asyncio.create_task(door.run(stop))
            print(f"listening {listener.getsockname()[1]} {context.name}", flush=True)
            await doors
            server.should_exit = True
            await serving


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
