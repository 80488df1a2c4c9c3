"""An MCP server of the project's own, for tests: read-only, idempotent and unsafe tools, a slow, a failing and a huge one.

`booking_book` counts its effects in a file, one line for each, so that a test sees how often it really happened, over the death of any process.
As a program: `python tests/support/mcp_server.py PORT EFFECTS_FILE [SECRET]`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp_types import ToolAnnotations
from starlette.requests import Request
from starlette.responses import PlainTextResponse

META_KEY = "org.drupal.background-agents/key"


def build(effects: Path) -> MCPServer:
    """The server. `effects`: the file in which `booking_book` notes `<key> <item>` lines."""
    server = MCPServer("tests", log_level="CRITICAL")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def weather(city: str) -> dict[str, Any]:
        """The weather of a city."""
        return {"city": city, "celsius": 21}

    @server.tool(annotations=ToolAnnotations(idempotent_hint=True))
    def set_label(item: str, label: str) -> str:
        """Sets the label of an item; doing it twice changes nothing more."""
        return f"{item} is labelled {label}"

    @server.tool()
    async def booking_book(item: str, context: Context, seconds: float = 0) -> dict[str, Any]:
        """Books something. Each call books once more. The effect comes first, then the wait, then the answer."""
        meta: Any = context.request_context.meta or {}
        with effects.open("a") as file:
            file.write(f"{meta.get(META_KEY, '-')} {item}\n")
        await asyncio.sleep(seconds)
        return {"booked": item}

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    async def slow(seconds: float) -> str:
        """Answers after some seconds."""
        await asyncio.sleep(seconds)
        return "at last"

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def failing(why: str) -> str:
        """Always fails."""
        raise ValueError(why)

    @server.tool(annotations=ToolAnnotations(read_only_hint=True), structured_output=False)
    def huge(characters: int) -> str:
        """A very long text."""
        return "x" * characters

    return server


def app(effects: Path, secret: str | None = None) -> Callable[..., Any]:
    """The ASGI application at `/mcp`. With `secret`, a request without it as bearer token is refused with 401."""
    inner = build(effects).streamable_http_app(stateless_http=True, json_response=True)

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and secret and Request(scope).headers.get("authorization") != f"Bearer {secret}":
            await PlainTextResponse("who are you?", 401)(scope, receive, send)
        else:
            await inner(scope, receive, send)

    return guarded


@asynccontextmanager
async def running(effects: Path, *, secret: str | None = None, port: int = 0) -> AsyncIterator[str]:
    """The server on a free loopback port, in this event loop; gives its URL."""
    async with served(app(effects, secret), port=port) as url:
        yield url


@asynccontextmanager
async def served(application: Any, *, port: int = 0) -> AsyncIterator[str]:
    """An ASGI application on a free loopback port, in this event loop; gives the URL of its `/mcp`."""
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, log_level="critical", lifespan="auto", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(60):
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        await asyncio.wait([task], timeout=60)


def main() -> None:
    """Runs the server until it is killed."""
    port, effects, *secret = sys.argv[1:]
    uvicorn.run(app(Path(effects), secret[0] if secret else None), host="127.0.0.1", port=int(port), log_level="error")


if __name__ == "__main__":
    main()
