"""How a server of ours is built and served: the product's, and those of the tests, in the same way."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware, get_access_token
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.request_state import RequestStateSecurity
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field, InstanceOf
from starlette.types import ASGIApp, Receive, Scope, Send

from sidecar.context import Context
from sidecar.mcp_server.forwarding import BODY_LIMIT
from sidecar.mcp_server.subscriptions import SharedBus
from sidecar.remote.caller import Caller
from sidecar.remote.gate import CALLER
from sidecar.seal import derived_keys

NAME = "background-agents"
"""Of the server, in all processes."""
QUESTION_SECONDS = 3600.0
"""How long a question may stay open that was asked within a call."""
MOST_SESSIONS = 1000
"""Of the protocol of 2025-11-25, of a site in one process."""
IDLE_SECONDS = 1800.0
"""After which a session without a request ends."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What every server is made with. `site`: the id of the one site that it is for."""

    context: Context
    site: str
    bus: SharedBus

    def options(self) -> dict[str, Any]:
        """For `MCPServer(NAME, **parts.options())`: what makes the servers of several processes one. Questions that were asked in one of
        them are answered in any, by who was asked."""
        security = RequestStateSecurity(keys=self._keys(), ttl=QUESTION_SECONDS, audience=f"{NAME}/{self.site}")
        return {"subscriptions": self.bus, "request_state_security": security, "log_level": "WARNING"}

    def _keys(self) -> list[bytes]:
        """Both during a rotation of the site's secret; the first one seals."""
        return derived_keys(self.context.sites[self.site].settings.keys, f"mcp-request-state\n{self.site}")


MakeServer = Callable[[Parts], MCPServer[Any]]


class CallerToken(AccessToken):
    """What the SDK knows of a caller; it goes with the request into every handler."""

    caller: InstanceOf[Caller] = Field(repr=False, exclude=True)

    @classmethod
    def of(cls, caller: Caller) -> CallerToken:
        """The SDK tells principals apart by client, issuer and subject: whose session, whose question it is."""
        return cls(
            token=caller.credential.digest,
            client_id=f"{caller.means}:{caller.key or caller.client or ''}",
            scopes=sorted(caller.scopes),
            subject=caller.account,
            claims={"iss": caller.site},
            caller=caller,
        )


def current_caller() -> Caller:
    """Who sent the request that is being handled."""
    token = get_access_token()
    assert isinstance(token, CallerToken), "security.KnownCallers stands before every handler"
    return token.caller


class _AsUser:
    """Tells the SDK who calls, and gives it headers without the spaces around them, which are no part of a value (RFC 9110, 5.5)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = AuthContextMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        user = AuthenticatedUser(CallerToken.of(scope[CALLER]))
        await self._app({**scope, "user": user, "headers": headers}, receive, send)


@asynccontextmanager
async def serving(server: MCPServer[Any]) -> AsyncGenerator[ASGIApp]:
    """The server for requests whose scope has its caller, as long as this is open; it ends in the task that began it."""
    server.streamable_http_app(
        # Hosts and origins are looked at before, with answers that say what to do (security.KnownHosts).
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        max_request_body_size=BODY_LIMIT,
        session_idle_timeout=IDLE_SECONDS,
        max_sessions=MOST_SESSIONS,
    )
    manager = server.session_manager
    async with manager.run():
        yield _AsUser(manager.asgi_app)
