"""Which requests come as far as a door's own server: those to a known host, of no strange page, by a caller that Drupal knows."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sidecar import log
from sidecar.errors import CallerRefused, DrupalError, StoreUnavailable
from sidecar.remote.answers import problem
from sidecar.remote.caller import Caller, Door
from sidecar.remote.credential import Credential
from sidecar.remote.streams import guard
from sidecar.remote.who import Who
from sidecar.settings import Settings

_log = log.get(__name__)

OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]")
CALLER = "background_agents.caller"
"""Under this name a request's scope has its caller."""


class Challenge(Protocol):
    """Where a client that has no credential yet learns how to get one."""

    async def metadata_url(self, scope: Scope) -> str | None: ...


class KnownHosts:
    """Refuses requests for other hosts, and of other hosts' web pages: a page whose name was pointed at this machine (DNS rebinding)
    could else call in the name of whoever looks at it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        # A page at a listed origin asks its browser, which asks us before; of other pages the browser shows nothing.
        self._app = CORSMiddleware(
            app,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Mcp-Session-Id", "WWW-Authenticate"],
        )
        public = [urlsplit(settings.public_url).netloc] if settings.public_url else []
        self._hosts = frozenset([*OWN_HOSTS, *public, *settings.allowed_hosts])
        self._origins = frozenset(settings.allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> Response | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._knows(host):
            _log.warning(
                "A client called for a host that is not ours. If it is: add it to SIDECAR_ALLOWED_HOSTS.",
                action="host_refused",
                host=host[:100],
            )
            said = "The sidecar is not served at this host. If it should be: add it to SIDECAR_ALLOWED_HOSTS."
            return problem(421, "host_unknown", said)
        if origin is not None and origin not in self._origins and not self._knows(origin.partition("://")[2]):
            _log.warning(
                "A web page called as a client. If it may: add its origin to SIDECAR_ALLOWED_ORIGINS.",
                action="origin_refused",
                origin=origin[:100],
            )
            said = "Pages of this origin may not call. If they may: add it to SIDECAR_ALLOWED_ORIGINS."
            return problem(403, "origin_unknown", said)
        return None

    def _knows(self, host: str) -> bool:
        """With its port, or without one: a name that is listed alone may have any."""
        host = host.lower()
        name, colon, port = host.rpartition(":")
        return host in self._hosts or (bool(colon) and port.isdecimal() and name in self._hosts)


class KnownCallers:
    """Asks who calls, and lets nobody else in; an answer that stays open ends with the caller's right."""

    def __init__(self, app: ASGIApp, site: str, door: Door, who: Who, challenge: Challenge | None = None) -> None:
        self._app, self._site, self._who, self._challenge = app, site, who, challenge
        self._door: Door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            caller = await self._caller(scope)
        except CallerRefused as error:
            refusal = problem(error.status, error.code, str(error), await self._headers(error, scope))
        except (DrupalError, StoreUnavailable):
            said = "Whether you may call cannot be asked now. Try again."
            refusal = problem(503, "drupal_unavailable", said, {"Retry-After": "5"})
        else:
            guard(scope, caller)
            return await self._app({**scope, CALLER: caller}, receive, send)
        return await refusal(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        credential = Credential.of(Headers(scope=scope))
        if credential is None:
            said = "Send a dispatch key or an access token: Authorization: Bearer."
            raise CallerRefused(401, "credential_missing", said)
        address = scope["client"][0] if scope["client"] else ""
        return await self._who.ask(self._site, credential, self._door, address)

    async def _headers(self, error: CallerRefused, scope: Scope) -> dict[str, str]:
        if error.status != 401:
            return {}
        url = await self._challenge.metadata_url(scope) if self._challenge else None
        parts = ['error="invalid_token"'] if error.code != "credential_missing" else []
        parts += [f'resource_metadata="{url}"'] if url else []
        return {"WWW-Authenticate": f"Bearer {', '.join(parts)}".strip()}
