"""The API on its socket (uvicorn), and the signals that end a process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from sidecar import log
from sidecar.errors import SettingsError
from sidecar.settings import Settings
from sidecar.uvicorn_server import server_of

if TYPE_CHECKING:
    from sidecar.api.app import Extension
    from sidecar.process import Running

_log = log.get(__name__)

BACKLOG = 1024


def listen(settings: Settings) -> socket.socket:
    """The API's socket. Raises SettingsError when the address cannot be used."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)  # from here on nobody is refused, even while the application is still being built
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"The API cannot listen on {settings.host}:{settings.port}: {error.strerror}. Set SIDECAR_PORT to a free port."
        ) from None
    return listener


async def serve_api(running: Running, listener: socket.socket, extension: Extension | None) -> None:
    """Serve the API until the process is to stop, and end its open streams."""
    from sidecar.a2a.door import A2ADoor
    from sidecar.api.app import create_app
    from sidecar.mcp_server.door import McpDoor

    mcp = McpDoor(running.context)
    a2a = A2ADoor(running.context)
    routes = {**mcp.routes, **a2a.routes}
    server = server_of(create_app(running.context, extension, routes))
    doors = asyncio.create_task(_together(mcp.run(running.stop), a2a.run(running.stop)))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    _log.info("The API listens.", action="api_started", host=running.context.settings.host, port=running.port)
    stopping = asyncio.create_task(running.stop.wait())
    await asyncio.wait([serving, doors, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    running.stop.set()
    await running.context.watch.close()  # the open event streams come to their end
    server.should_exit = True
    await serving
    await doors


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part)


def on_signals(stop: asyncio.Event) -> None:
    """The first signal asks everything to end; a second Ctrl-C ends it at once."""
    loop = asyncio.get_running_loop()

    def asked(number: int) -> None:
        if stop.is_set() and number == signal.SIGINT:
            os._exit(130)  # nothing is lost by it: that is what leases and the journal are for
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number)
