"""Where requests to addresses that somebody else has chosen may go (tools, MCP servers, webhooks): public ones, and private ones that the
settings allow by name.

The name is resolved once for a transport and the connection goes to that very address: a name cannot be public when it is checked and
private when it is used. Proxies of the environment are not used, for they would resolve the name again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urlsplit

import httpx2

from sidecar.http import direct_transport

REACH_SECONDS = 5.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
SETTING = "allowed_private_hosts"
"""Names the private addresses that may be reached; addresses that callers choose have another one (notify/sending.py)."""

# Cloud metadata services: never, also when the host is allowed. Azure's and Alibaba's are outside the link-local ranges.
METADATA = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254")))
# The only IPv6 addresses of the public internet; all others are this machine, this network, or ways around it.
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
# Where the last four bytes of an IPv6 address are an IPv4 address: compatible, translated, NAT64 of either kind.
_WITH_IPV4 = tuple(map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/32")))
# Not for hosts, although the standard library takes them for global, or did so before Python 3.13: 6to4 (RFC 7526 has ended it) and its
# relays, and what is kept for examples.
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("2002::/16", "192.88.99.0/24", "2001:db8::/32", "3fff::/20")))


class AddressRefused(Exception):
    """The host, or an address of it, is not one that may be reached. `str()` says which setting allows it."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the resolver's order. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet; an IPv4 address inside an IPv6 one is looked at too."""
    return all(map(_is_public, _with_embedded(address)))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _IPV6_PUBLIC:
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_PUBLIC)


def is_metadata(address: str) -> bool:
    """Whether an address is link-local or that of a cloud's metadata service."""
    return any(candidate.is_link_local or candidate in METADATA for candidate in _with_embedded(address))


def _with_embedded(text: str) -> list[Address]:
    address = ipaddress.ip_address(text.partition("%")[0])
    found: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        found += [inner for inner in (address.ipv4_mapped, address.sixtofour) if inner is not None]
        found += list(address.teredo or ())
        if any(address in network for network in _WITH_IPV4):
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found


async def checked_address(
    url: httpx2.URL, allowed: Collection[str], resolver: Resolve = resolve, setting: str = SETTING
) -> str:
    """The address to connect to for `url`. `setting`: what `allowed` is of. Raises AddressRefused, or OSError when the name does not resolve."""
    if url.scheme not in ("http", "https"):
        raise AddressRefused(f"{url.scheme}:// is not allowed; use http:// or https://.")
    host, port = url.host, url.port or (443 if url.scheme == "https" else 80)
    addresses = await resolver(host, port)
    if not addresses:
        raise OSError(f"{host} has no address")
    named = bool({host.lower(), f"{host.lower()}:{port}"} & {entry.lower() for entry in allowed})
    for address in addresses:
        if is_metadata(address):
            raise AddressRefused(
                f"{host} has the address {address}, which is link-local or a cloud's metadata service. These are never reached, whatever the "
                "settings say: give the server an address of its own network."
            )
        if not (named or is_public(address)):
            raise AddressRefused(
                f"{host} has the private address {address}. If it may be reached, add {host} to {setting} "
                f"(SIDECAR_{setting.upper()})."
            )
    return addresses[0]


async def why_refused(url: str, allowed: Collection[str], resolver: Resolve = resolve) -> str:
    """Why an address may not be reached, with the setting that allows it; empty when it may, or the name does not resolve."""
    try:
        await checked_address(httpx2.URL(url), allowed, resolver)
    except AddressRefused as error:
        return str(error)
    except OSError:
        return ""
    return ""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests to one checked address of one host. `inner` is the real transport (tests replace it)."""

    def __init__(
        self,
        allowed: Collection[str],
        inner: httpx2.AsyncBaseTransport | None = None,
        resolver: Resolve = resolve,
        setting: str = SETTING,
    ) -> None:
        self._allowed, self._setting = allowed, setting
        self._inner = inner or direct_transport()
        self._resolver = resolver
        self._pinned: dict[tuple[str, str, int | None], str] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends one request. Raises AddressRefused, or httpx2's errors."""
        url = request.url
        place = (url.scheme, url.host, url.port)
        if place not in self._pinned:
            try:
                self._pinned[place] = await checked_address(url, self._allowed, self._resolver, self._setting)
            except OSError as error:
                raise httpx2.ConnectError(f"{url.host} cannot be resolved: {error}", request=request) from error
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        request.url = url.copy_with(host=self._pinned[place])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


async def reachable(url: str) -> bool:
    """Whether something accepts connections there. No request is sent."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(REACH_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
