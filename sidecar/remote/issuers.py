"""Who gives access tokens for a site: the issuer, byte for byte as the site's own OAuth server names it, or its clients give up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.json_text import JSON

WELL_KNOWN = "/.well-known/oauth-authorization-server"
KEPT_SECONDS = 60.0


class Requester(Protocol):
    """The part of drupal.client.DrupalSite that is needed here."""

    async def request(self, method: str, path: str) -> dict[str, JSON]: ...


class Issuers:
    """Asks sites, and remembers for a minute what they said: a public document, the same for all who ask."""

    def __init__(self, sites: Mapping[str, Requester], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._sites, self._clock = sites, clock
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def of(self, site: str) -> tuple[str, ...]:
        """None: the site has no OAuth server that says what it is (RFC 8414). Raises DrupalUnavailable."""
        asked, known = self._known.get(site, (0.0, ()))
        if site in self._known and self._clock() - asked < KEPT_SECONDS:
            return known
        try:
            issuer = (await self._sites[site].request("GET", WELL_KNOWN)).get("issuer")
        except DrupalUnavailable:
            raise
        except DrupalError:
            issuer = None
        found = (issuer,) if isinstance(issuer, str) and issuer else ()
        self._known[site] = (self._clock(), found)
        return found
