"""Where the people of a site sign programs in: the issuer that its OAuth server names (RFC 8414), byte for byte."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.json_text import JSON

WELL_KNOWN = "/.well-known/oauth-authorization-server"
SCOPE = "background_agents:dispatch"
"""The scope of the tokens that the site's endpoints take."""
KEPT_SECONDS = 60.0


class Site(Protocol):
    """The part of drupal.client.DrupalSite that is needed here."""

    @property
    def base_url(self) -> str: ...
    async def own_url(self) -> str: ...
    async def request(self, method: str, path: str, *, headers: Mapping[str, str] | None = None) -> dict[str, JSON]: ...


async def metadata(site: Site) -> dict[str, JSON] | None:
    """What the site's OAuth server says of itself, asked under the name that the site has outside; None: it has none.

    Raises DrupalUnavailable, StoreUnavailable."""
    host = urlsplit(await site.own_url()).netloc
    headers = {} if host == urlsplit(site.base_url).netloc else {"Host": host}
    try:
        document = await site.request("GET", WELL_KNOWN, headers=headers)
    except DrupalUnavailable:
        raise
    except DrupalError:
        return None
    return document if isinstance(document.get("issuer"), str) else None


class Issuers:
    """The issuers of sites, asked at most once a minute. `clock`: seconds that only grow."""

    def __init__(self, sites: Mapping[str, Site], clock: Callable[[], float] = time.monotonic) -> None:
        self._sites = sites
        self._clock = clock
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def of(self, site: str) -> tuple[str, ...]:
        """The issuer of a site, alone; nothing where it has no OAuth server. Raises DrupalUnavailable, StoreUnavailable."""
        until, servers = self._kept.get(site, (0.0, ()))
        if self._clock() >= until:
            document = await metadata(self._sites[site])
            servers = (str(document["issuer"]),) if document else ()
            self._kept[site] = (self._clock() + KEPT_SECONDS, servers)
        return servers
