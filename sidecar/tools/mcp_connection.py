"""A connection to one MCP server, for one run: opened when first needed, shared by parallel calls, closed when idle.

The SDK's client must be entered and left in one task, and calls come from many. So a task of its own owns the client; callers only wait for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

from sidecar.definition.agent import McpServer
from sidecar.errors import ToolError
from sidecar.settings import Settings
from sidecar.tools.net import AddressRefused, GuardedTransport

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 15.0
META_KEY = "org.drupal.background-agents/key"
"""Where a call carries its idempotency key: a server that keeps it can tell a repetition."""

NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class Witness(httpx2.AsyncBaseTransport):
    """Remembers what became of each call on the wire, by its key: the SDK keeps HTTP statuses and broken connections to itself."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner
        self.statuses: dict[str, int] = {}
        self.not_sent: set[str] = set()
        self.last_refusal: int | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request and notes an error status, or that it never went out."""
        key = _key_in(request)
        try:
            response = await self._inner.handle_async_request(request)
        except NOT_SENT:
            self.not_sent.add(key)
            raise
        if response.status_code >= 400:
            self.statuses[key] = response.status_code
            if response.status_code in (401, 403):
                self.last_refusal = response.status_code
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class McpConnection:
    """See the module. `idle_seconds`: after the last call, how long the connection is kept."""

    def __init__(self, server: McpServer, settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self.server = server
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._owner: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[Client] | None = None
        self._close = asyncio.Event()
        self._users = 0
        self.witness: Witness | None = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Client]:
        """The connected client. Raises ToolError when the server cannot be reached or refuses; then nothing was sent."""
        self._users += 1
        try:
            yield await self._client()
        finally:
            self._users -= 1

    async def aclose(self) -> None:
        """Close the connection, if there is one."""
        self._close.set()
        if self._owner is not None:
            await asyncio.wait([self._owner])

    def drop(self) -> None:
        """Give the connection up: the next call opens a new one. For a server that has forgotten the session."""
        self._close.set()
        self._owner = None

    async def _client(self) -> Client:
        if self._owner is None or self._owner.done():
            self._close = asyncio.Event()
            self._ready = asyncio.get_running_loop().create_future()
            self._owner = asyncio.create_task(
                self._own(self._ready, self._close, self._headers()), name=f"mcp:{self.server.name}"
            )
        assert self._ready is not None
        return await asyncio.shield(self._ready)

    async def _own(self, ready: asyncio.Future[Client], close: asyncio.Event, headers: dict[str, str]) -> None:
        """Opens the client, keeps it until it is idle or closed, closes it. Every error reaches `ready`, or the log when all was well before."""
        self.witness = witness = Witness(GuardedTransport(self._settings.allowed_private_hosts))
        seconds = self._settings.limits.tool_timeout
        timeout = httpx2.Timeout(seconds, connect=CONNECT_SECONDS)
        http = httpx2.AsyncClient(transport=witness, headers=headers, timeout=timeout, trust_env=False)
        transport = streamable_http_client(self.server.url, http_client=http)
        who = Implementation(name="background-agents-sidecar", version="1")
        try:
            async with http, Client(transport, read_timeout_seconds=seconds, client_info=who, cache=None) as client:
                ready.set_result(client)
                await self._until_idle(close)
        except Exception as error:  # noqa: BLE001 - the SDK raises groups of anything; told to whoever waits
            failure = connect_failure(self.server.name, self.server.url, error, witness.last_refusal)
            if not ready.done():
                ready.set_exception(failure)
            else:
                log.info("The connection to an MCP server broke: %s", failure, extra={"action": "mcp_broken"})
        finally:
            if not ready.done():  # cancelled while connecting
                ready.cancel()
            elif not ready.cancelled():
                ready.exception()  # seen, also when nobody waits any more

    async def _until_idle(self, close: asyncio.Event) -> None:
        while True:
            try:
                await asyncio.wait_for(close.wait(), self._idle_seconds)
                return
            except TimeoutError:
                if self._users == 0:
                    return

    def _headers(self) -> dict[str, str]:
        """The header with the secret. A bare token in `Authorization` is sent as a bearer token."""
        server = self.server
        if server.secret is None:
            return {}
        # Names out of the environment are in lower case.
        secrets = self._settings.secrets
        secret = secrets.get(server.secret) or secrets.get(server.secret.lower())
        if secret is None:
            raise ToolError(
                f"The MCP server {server.name} needs the secret {server.secret}: set secrets.{server.secret} "
                f"(SIDECAR_SECRETS__{server.secret.upper()}) in the sidecar's settings."
            )
        value = secret.get_secret_value()
        bare = server.header.lower() == "authorization" and " " not in value
        return {server.header: f"Bearer {value}" if bare else value}


def connect_failure(name: str, url: str, error: BaseException, refusal: int | None) -> ToolError:
    """Why a server cannot be used, as a sentence; retryable unless someone has to change something."""
    where = f"The MCP server {name} ({httpx2.URL(url).copy_with(userinfo=b'', query=None)})"
    leaves = list(_leaves(error))
    for leaf in leaves:
        if isinstance(leaf, ToolError):
            return leaf
        if isinstance(leaf, AddressRefused):
            return ToolError(f"{where} is not reached: {leaf}")
    if refusal is not None:
        return ToolError(f"{where} refuses the request ({refusal}): check its secret in the sidecar's settings.")
    said = str(leaves[0]) or type(leaves[0]).__name__
    if "not followed" in said:
        return ToolError(f"{where} redirects. {said}.")
    return ToolError(f"{where} does not answer: {said}", retryable=True)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _key_in(request: httpx2.Request) -> str:
    """The idempotency key that a request carries, or an empty string."""
    try:
        message: Any = json.loads(request.content)
        return str(message["params"]["_meta"][META_KEY])
    except (ValueError, KeyError, TypeError, httpx2.RequestNotRead):
        return ""
