"""A connection to one MCP server, for one run: opened when first needed, shared by parallel calls, closed when idle.

The SDK's client must be entered and left in one task, and calls come from many. So a task of its own owns the client; callers only wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import cast

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

from sidecar.errors import ToolError
from sidecar.findings import sentences
from sidecar.http import client_over
from sidecar.net import AddressRefused, GuardedTransport
from sidecar.runs.agent import McpServer
from sidecar.settings import Settings
from sidecar.tools.mcp_listing import Listed, mending
from sidecar.tools.mcp_secrets import why_not_sent
from sidecar.tools.mcp_wire import Witness

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 15.0


class _Session:
    """One client: who waits for it, who uses it, and whether it is to be closed once nobody does."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self.ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self.users = 0
        self._retired = False
        self._woken = asyncio.Event()
        self.owner: asyncio.Task[None] | None = None

    def retire(self) -> None:
        """Close it as soon as no call is under way."""
        self._retired = True
        self._woken.set()

    def left(self) -> None:
        """A call is over."""
        self.users -= 1
        self._woken.set()

    async def until_unused(self, idle_seconds: float) -> None:
        """Returns when it is retired or idle, and no call is under way."""
        while not (self._retired and self.users == 0):
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), idle_seconds)
            except TimeoutError:
                if self.users == 0:
                    return


class McpConnection:
    """See the module. `listed`: what its listings lacked. `site`: whose agent asks. `idle_seconds`: how long the connection is kept after
    the last call."""

    def __init__(
        self, server: McpServer, settings: Settings, *, site: str = "default", idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self.server = server
        self.listed = Listed()
        self._site = site
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._session: _Session | None = None
        # The loop holds tasks weakly; this keeps retired ones until they have closed.
        self._owners: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def use(self) -> AsyncGenerator[tuple[Client, Witness], None]:
        """The connected client, and what it saw on the wire. Raises ToolError when the server cannot be reached or refuses; then
        nothing was sent."""
        session = self._open()
        session.users += 1
        try:
            yield await asyncio.shield(session.ready), session.witness
        finally:
            session.left()

    async def aclose(self) -> None:
        """Close the connection, if there is one, when its calls are over."""
        self.drop()
        if self._owners:
            await asyncio.wait(self._owners)

    def drop(self) -> None:
        """Give the connection up: the next call opens a new one, calls that are under way end on the old one."""
        if self._session is not None:
            self._session.retire()
            self._session = None

    def _open(self) -> _Session:
        session = self._session
        if session is None or session.owner is None or session.owner.done():
            session = _Session(Witness(GuardedTransport(self._settings.allowed_private_hosts)))
            session.owner = asyncio.create_task(self._own(session, self._headers()), name=f"mcp:{self.server.name}")
            self._owners.add(session.owner)
            session.owner.add_done_callback(self._owners.discard)
            self._session = session
        return session

    async def _own(self, session: _Session, headers: dict[str, str]) -> None:
        """Opens the client, keeps it while it is used, closes it. Every error reaches who waits, or the log when all was well before."""
        ready, seconds = session.ready, self._settings.limits.tool_timeout
        timeout = httpx2.Timeout(seconds, connect=CONNECT_SECONDS)
        http = client_over(session.witness, timeout=timeout, headers=headers)
        transport = mending(streamable_http_client(self.server.url, http_client=http), self.listed)
        who = Implementation(name="background-agents-sidecar", version="1")
        try:
            async with http, Client(transport, read_timeout_seconds=seconds, client_info=who, cache=None) as client:
                ready.set_result(client)
                await session.until_unused(self._idle_seconds)
        except Exception as error:  # noqa: BLE001 - the SDK raises groups of anything; told to whoever waits
            failure = connect_failure(self.server.name, self.server.url, error, session.witness.refusal)
            if not ready.done():
                ready.set_exception(failure)
            else:
                log.info("The connection to an MCP server broke: %s", failure, extra={"action": "mcp_broken"})
        finally:
            if self._session is session:
                self._session = None
            if not ready.done():  # cancelled while connecting
                ready.cancel()
            elif not ready.cancelled():
                ready.exception()  # seen, also when nobody waits any more

    def _headers(self) -> dict[str, str]:
        """The header with the secret. A bare token in `Authorization` is sent as a bearer token."""
        server = self.server
        if server.secret is None:
            return {}
        if refused := why_not_sent(self._settings, self._site, server):
            raise ToolError(refused)
        secret = self._settings.mcp_secret(server.secret)
        assert secret is not None
        value = secret.value.get_secret_value()
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
            return ToolError(sentences(f"{where} is not reached: {leaf}"))
    if refusal is not None:
        return ToolError(f"{where} refuses the request ({refusal}): check its secret in the sidecar's settings.")
    said = str(leaves[0]) or type(leaves[0]).__name__
    if "not followed" in said:
        return ToolError(sentences(f"{where} redirects", said))
    return ToolError(sentences(f"{where} does not answer: {said}"), retryable=True)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in cast(BaseExceptionGroup[BaseException], error).exceptions:
            yield from _leaves(inner)
    else:
        yield error
