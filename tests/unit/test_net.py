"""Where tools, MCP servers and webhooks may go."""

from __future__ import annotations

import httpx2
import pytest

from sidecar.net import AddressRefused, GuardedTransport, checked_address, is_metadata, is_public

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:808:808::",
    "64:ff9b::7f00:1", "ff02::1",
    "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b:1::7f00:1", "64:ff9b:1::808:808", "64:ff9b::808:808",
    "fec0::1", "100::1", "5f00::1", "4000::1", "192.88.99.1", "2002:c058:6301::", "2001:db8::1", "3fff::1", "2001:0:7f00:1::",
]  # fmt: skip


def resolver(*addresses: str):
    """A name that has these addresses."""

    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known_in_every_disguise(address: str) -> None:
    """Also an IPv4 address inside an IPv6 one."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_let_through(address: str) -> None:
    """The internet can be reached."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "168.63.129.16",
        "fd00:ec2::254",
        "100.100.100.200",
        "::169.254.169.254",
        "::ffff:0:169.254.169.254",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
    ],
)
async def test_metadata_services_are_never_reached(address: str) -> None:
    """Not even when the host is allowed by name, and no setting is advised that would not help."""
    assert is_metadata(address)
    with pytest.raises(AddressRefused, match="whatever the settings say"):
        await checked_address(httpx2.URL("http://allowed.test/"), ["allowed.test"], resolver(address))


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    """Which one would be taken is not ours to hope for."""
    with pytest.raises(AddressRefused, match="SIDECAR_ALLOWED_PRIVATE_HOSTS"):
        await checked_address(httpx2.URL("https://mixed.test/"), [], resolver("93.184.215.14", "10.0.0.1"))


@pytest.mark.parametrize("allowed", ["box.test", "box.test:8080", "BOX.test"])
async def test_an_allowed_host_is_reached(allowed: str) -> None:
    """By name, or by name and port."""
    assert await checked_address(httpx2.URL("http://box.test:8080/"), [allowed], resolver("10.0.0.1")) == "10.0.0.1"


async def test_an_allowed_port_allows_no_other() -> None:
    """`name:port` is that port only."""
    with pytest.raises(AddressRefused):
        await checked_address(httpx2.URL("http://box.test:9090/"), ["box.test:8080"], resolver("10.0.0.1"))


async def test_other_schemes_are_refused() -> None:
    """No file, no ftp."""
    with pytest.raises(AddressRefused, match="ftp"):
        await checked_address(httpx2.URL("ftp://x.test/"), ["x.test"], resolver("93.184.215.14"))


async def test_the_checked_address_is_the_one_that_is_connected_to() -> None:
    """A name that changes its address after the check gains nothing; host header and TLS name stay."""
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    seen: list[httpx2.Request] = []

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    transport = GuardedTransport([], httpx2.MockTransport(answer), rebinding)
    async with httpx2.AsyncClient(transport=transport) as client:
        await client.get("https://rebind.test/a")
        await client.get("https://rebind.test/b")
    assert [request.url.host for request in seen] == ["93.184.215.14", "93.184.215.14"]
    assert seen[1].headers["host"] == "rebind.test"
    assert seen[1].extensions["sni_hostname"] == "rebind.test"


async def test_a_name_without_address_is_a_connection_that_failed() -> None:
    """Nothing was sent, so it may be tried again."""

    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    transport = GuardedTransport([], httpx2.MockTransport(lambda _: httpx2.Response(200)), unknown)
    async with httpx2.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx2.ConnectError, match="cannot be resolved"):
            await client.get("https://none.test/")
