"""The one maker of HTTP clients. None of them keeps a cookie, follows a redirect, or retries.

A machine has no browser state: what it may do is said by its signature, its token or its key, with each request anew. A cookie that an
answer sets (a site's session, a load balancer's) would be sent with the next request, beside or instead of that.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx
    import httpx2


def site_client(*, timeout: httpx.Timeout, limits: httpx.Limits, verify: ssl.SSLContext | bool) -> httpx.AsyncClient:
    """For a Drupal site. Reads no proxies and no other settings from the environment."""
    import httpx

    return httpx.AsyncClient(timeout=timeout, limits=limits, verify=verify, trust_env=False, cookies=no_cookies())


def api_client(timeout: float) -> httpx.Client:
    """For programs that use `sidecar.client`. Through the proxy of the environment if there is one, as programs expect."""
    import httpx

    return httpx.Client(timeout=timeout, cookies=no_cookies())


def async_api_client(timeout: float) -> httpx.AsyncClient:
    """The same, to be awaited."""
    import httpx

    return httpx.AsyncClient(timeout=timeout, cookies=no_cookies())


def process_client(path: str) -> httpx.AsyncClient:
    """For another process of the sidecar, at its Unix socket. Answers may take as long as they like: streams are silent for hours."""
    import httpx

    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=path, limits=httpx.Limits(max_connections=None)),
        timeout=httpx.Timeout(None, connect=5),
        trust_env=False,
        cookies=no_cookies(),
    )


def model_client(
    *, timeout: httpx2.Timeout, limits: httpx2.Limits, transport: httpx2.AsyncBaseTransport | None = None
) -> httpx2.AsyncClient:
    """For models' providers, through the proxy of the environment if there is one. `transport` replaces the network (tests)."""
    import httpx2

    return httpx2.AsyncClient(timeout=timeout, limits=limits, transport=transport, cookies=no_cookies())


def door_client(headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """For a sidecar's door, from where a person works: through the proxy of the environment if there is one."""
    import httpx2

    return httpx2.AsyncClient(
        headers={"Accept": "application/json, text/event-stream", **headers},
        timeout=httpx2.Timeout(None, connect=10, write=60),
        limits=httpx2.Limits(max_connections=None),
        cookies=no_cookies(),
    )


def client_over(
    transport: httpx2.AsyncBaseTransport, *, timeout: httpx2.Timeout, headers: Mapping[str, str] | None = None
) -> httpx2.AsyncClient:
    """For addresses that somebody else has chosen: `transport` decides where its requests may go (`net.GuardedTransport`)."""
    import httpx2

    return httpx2.AsyncClient(
        transport=transport, timeout=timeout, headers=headers, trust_env=False, cookies=no_cookies()
    )


def direct_transport() -> httpx2.AsyncHTTPTransport:
    """The network itself, without the environment's proxies."""
    import httpx2

    return httpx2.AsyncHTTPTransport(verify=_tls(), trust_env=False)


def no_cookies() -> CookieJar:
    """A jar that takes no cookie from anybody, and gives none."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@functools.cache
def _tls() -> ssl.SSLContext:
    """Loading the certificates costs tens of milliseconds: once for the process."""
    import httpx2

    return httpx2.create_ssl_context(trust_env=False)
