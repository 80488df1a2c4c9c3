"""Where a client learns who gives access tokens for this server (RFC 9728)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from sidecar.drupal.oauth import SCOPE
from sidecar.errors import DrupalError, StoreUnavailable
from sidecar.remote.answers import problem
from sidecar.settings import Settings

WELL_KNOWN = "/.well-known/oauth-protected-resource"
DOCUMENT_SECONDS = 60

AuthorizationServers = Callable[[str], Awaitable[Sequence[str]]]
"""The issuers that a site's clients sign in at, each byte for byte as its own metadata has it; none: the site has no OAuth server.
Raises DrupalError, StoreUnavailable."""


class ResourceMetadata:
    """The document of one path at which a site's server is, and the way to it."""

    def __init__(self, settings: Settings, site: str, path: str, servers: AuthorizationServers) -> None:
        self._public_url = settings.public_url
        self._site, self._path, self._servers = site, path, servers

    async def metadata_url(self, scope: Scope) -> str | None:
        """Where the document is, None when there is none (security.Challenge). A site that does not answer has none now."""
        try:
            servers = await self._servers(self._site)
        except (DrupalError, StoreUnavailable):
            return None
        return f"{self._origin(scope)}{WELL_KNOWN}{self._path}" if servers else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> JSONResponse | Callable[[Scope, Receive, Send], Awaitable[None]]:
        if scope["method"] not in ("GET", "HEAD"):
            return problem(405, "method_not_allowed", "Read this document with GET.", {"Allow": "GET, HEAD"})
        try:
            servers = await self._servers(self._site)
        except (DrupalError, StoreUnavailable):
            return problem(503, "drupal_unavailable", "The site does not answer. Try again.", {"Retry-After": "5"})
        if not servers:
            return problem(404, "not_found", "The site gives no access tokens. Use a dispatch key.")
        document = {
            "resource": f"{self._origin(scope)}{self._path}",
            "authorization_servers": list(servers),
            "scopes_supported": [SCOPE],
            "bearer_methods_supported": ["header"],
            "resource_name": "Background agents",
        }
        # Any page may read it: browsers' clients do, and it is no secret.
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={DOCUMENT_SECONDS}"}
        return JSONResponse(document, headers=headers)

    def _origin(self, scope: Scope) -> str:
        return self._public_url or f"{scope['scheme']}://{Headers(scope=scope).get('host', '')}"
