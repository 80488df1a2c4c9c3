"""Who and what comes as far as the MCP server: hosts, origins, credentials, sizes; and what a client learns when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from sidecar.api.app import create_app
from sidecar.context import Context
from sidecar.errors import DrupalUnavailable, SettingsError
from sidecar.mcp_server.door import McpDoor
from sidecar.mcp_server.forwarding import BODY_LIMIT
from sidecar.resources import open_context
from sidecar.settings import load
from tests.conformance.serve import ISSUER, Anybody, fixture, issuers

BOTH = "application/json, text/event-stream"
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
MODERN = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
ANN = {"Authorization": "Bearer ann", "Accept": BOTH, "Content-Type": "application/json"}
SITE = {"base_url": "https://drupal.example", "secrets": ["a secret of at least 24 bytes"]}


def problem(answer: httpx.Response) -> dict[str, Any]:
    """Of a refusal, which is an error of the protocol."""
    error = answer.json()["error"]
    assert error["message"] == error["data"]["detail"]
    return error["data"]


@asynccontextmanager
async def asking(
    redis_url: str,
    data_dir: Path,
    sites: tuple[str, ...] = ("default",),
    who: Any = None,
    known: Callable[[str], Any] = issuers,
    **settings: Any,
) -> AsyncIterator[tuple[httpx.AsyncClient, Context]]:
    """A client of an application with the door; no socket between them."""
    loaded = load({}, redis_url=redis_url, data_dir=data_dir, sites=dict.fromkeys(sites, SITE), **settings)
    async with open_context(loaded) as opened:
        context = replace(opened, remote=replace(opened.remote, who=cast(Any, who or Anybody())))
        door, stop = McpDoor(context, fixture, known), asyncio.Event()
        running = asyncio.create_task(door.run(stop))
        transport = httpx.ASGITransport(create_app(context, doors=door.routes), client=("192.0.2.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8085") as http:
            yield http, context
        stop.set()
        await running


@pytest.fixture
async def http(redis_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = {
        "public_url": "https://Agents.example.org/",
        "operator_token": "an-operator-token-of-tests",
        "allowed_hosts": ["sidecar", "proxy:8443", "[2001:db8::1]"],
        "allowed_origins": ["https://app.example"],
    }
    async with asking(redis_url, tmp_path, **settings) as (client, _):
        yield client


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8085", 200),
        ("localhost", 200),
        ("[::1]:8085", 200),
        ("agents.example.org", 200),
        ("AGENTS.example.org:443", 200),
        ("sidecar", 200),
        ("sidecar:1234", 200),
        ("proxy:8443", 200),
        ("[2001:db8::1]:80", 200),
        ("proxy", 421),
        ("proxy:8444", 421),
        ("evil.example", 421),
        ("sidecar.evil.example", 421),
        ("sidecar:80:80", 421),
        ("sidecar:evil", 421),
        ("", 421),
        ("localhost.", 421),
    ],
)
async def test_only_hosts_of_the_settings_are_served(http: httpx.AsyncClient, host: str, status: int) -> None:
    """With the port and without one; the answer says which setting it is."""
    answer = await http.post("/mcp", json=LIST, headers=ANN | MODERN | {"Host": host})
    assert answer.status_code == status, answer.text
    if status == 421:
        assert problem(answer)["code"] == "host_unknown"
        assert "SIDECAR_ALLOWED_HOSTS" in problem(answer)["detail"]
        metadata = await http.get("/.well-known/oauth-protected-resource/mcp", headers={"Host": host})
        assert metadata.status_code == 421


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://app.example", 200),
        ("http://localhost:6274", 200),
        ("https://agents.example.org", 200),
        ("https://app.example:444", 403),
        ("http://app.example", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
        ("http://[", 403),
    ],
)
async def test_only_pages_of_the_settings_may_call(http: httpx.AsyncClient, origin: str, status: int) -> None:
    answer = await http.post("/mcp", json=LIST, headers=ANN | MODERN | {"Origin": origin})
    assert answer.status_code == status, answer.text
    if status == 403:
        assert problem(answer)["code"] == "origin_unknown"


async def test_a_page_of_the_settings_is_let_in_by_its_browser(http: httpx.AsyncClient) -> None:
    """The question before the call is answered without a credential; no other page reads an answer."""
    before = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, mcp-method"}
    asked = await http.options("/mcp", headers=before | {"Origin": "https://app.example"})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "https://app.example"
    assert "mcp-method" in asked.headers["access-control-allow-headers"]
    answer = await http.post("/mcp", json=LIST, headers=ANN | MODERN | {"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-credentials" not in answer.headers
    for origin in ("http://localhost:6274", "https://agents.example.org"):
        answer = await http.post("/mcp", json=LIST, headers=ANN | MODERN | {"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/mcp", "/mcp/", "/sites/default/mcp", "/sites/default/mcp/"])
async def test_each_path_answers_without_a_redirect(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.post(path, json=LIST, headers=ANN | MODERN)).status_code == 200


async def test_nobody_is_told_where_to_sign_in(http: httpx.AsyncClient) -> None:
    """Without a credential, or with a wrong one, whatever else the request has; the document is at the root."""
    for method, path in [("POST", "/mcp"), ("GET", "/sites/default/mcp"), ("DELETE", "/mcp"), ("OPTIONS", "/mcp")]:
        for wrong, error in [({}, ""), ({"Authorization": "Bearer bad"}, 'error="invalid_token", ')]:
            for session in ({}, {"Mcp-Session-Id": "any"}):
                answer = await http.request(method, path, headers=wrong | session)
                assert answer.status_code == 401
                url = f"https://agents.example.org/.well-known/oauth-protected-resource{path}"
                assert answer.headers["www-authenticate"] == f'Bearer {error}resource_metadata="{url}"'
                assert "bad" not in answer.text
    document = (await http.get("/.well-known/oauth-protected-resource/mcp")).json()
    assert document["resource"] == "https://agents.example.org/mcp"
    assert document["authorization_servers"] == [ISSUER]
    assert document["scopes_supported"] == ["background_agents:dispatch"]
    other = (await http.get("/.well-known/oauth-protected-resource/sites/default/mcp")).json()
    assert other["resource"] == "https://agents.example.org/sites/default/mcp"
    assert (await http.post("/.well-known/oauth-protected-resource/mcp")).status_code == 405


async def test_a_site_without_oauth_sends_nobody_to_sign_in(redis_url: str, tmp_path: Path) -> None:
    """Nor does one that does not answer; and the address is the one that was asked for when no public one is set."""

    async def none(site: str) -> list[str]:
        return []

    async def silent(site: str) -> list[str]:
        raise DrupalUnavailable({"status": 503})

    for known, status in ((none, 404), (silent, 503)):
        async with asking(redis_url, tmp_path, known=known) as (client, _):
            assert (await client.post("/mcp")).headers["www-authenticate"] == "Bearer"
            assert (await client.get("/.well-known/oauth-protected-resource/mcp")).status_code == status
    async with asking(redis_url, tmp_path) as (client, _):
        document = (await client.get("/.well-known/oauth-protected-resource/mcp")).json()
        assert document["resource"] == "http://127.0.0.1:8085/mcp"


async def test_a_site_that_cannot_say_who_calls_is_asked_later(redis_url: str, tmp_path: Path) -> None:
    class Silent:
        async def ask(self, *_: Any) -> Any:
            raise DrupalUnavailable({"status": 503})

    async with asking(redis_url, tmp_path, who=Silent()) as (client, _):
        answer = await client.post("/mcp", json=LIST, headers=ANN | MODERN)
        assert (answer.status_code, problem(answer)["code"]) == (503, "drupal_unavailable")
        assert answer.headers["retry-after"]


async def test_several_sites_have_no_short_path(redis_url: str, tmp_path: Path) -> None:
    """Each is asked about its own callers, with the address that the request came from."""
    asked: list[tuple[str, str, str]] = []

    class Noting(Anybody):
        async def ask(self, site: str, credential: Any, door: Any, address: str) -> Any:
            asked.append((site, door, address))
            return await super().ask(site, credential, door, address)

    async with asking(redis_url, tmp_path, ("one", "two"), who=Noting()) as (client, _):
        for path in ("/mcp", "/sites/three/mcp", "/.well-known/oauth-protected-resource/mcp"):
            assert (await client.post(path, json=LIST, headers=ANN | MODERN)).status_code in (404, 405)
        for site in ("one", "two"):
            assert (await client.post(f"/sites/{site}/mcp", json=LIST, headers=ANN | MODERN)).status_code == 200
    assert asked == [("one", "mcp", "192.0.2.1"), ("two", "mcp", "192.0.2.1")]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"Accept": "application/json"}, 406, ""),
        ({"MCP-Protocol-Version": "2031-01-01"}, 400, "-32020"),
        ({"Mcp-Method": "tools/call"}, 400, "-32020"),
        ({"Mcp-Method": " tools/list "}, 200, "greet"),
        ({"Content-Type": "text/plain"}, 400, "Content-Type"),
    ],
)
async def test_a_request_that_is_not_as_it_should_be(
    http: httpx.AsyncClient, change: dict[str, str], status: int, said: str
) -> None:
    answer = await http.post("/mcp", json=LIST, headers=ANN | MODERN | change)
    assert answer.status_code == status, answer.text
    assert said in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"jsonrpc": "2.0"}', b"[" * 100_000, b'{"id": ' + b"9" * 5000]
)
@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
async def test_garbage_is_answered_with_an_error_of_the_client(
    http: httpx.AsyncClient, body: bytes, revision: str
) -> None:
    headers = ANN | {"MCP-Protocol-Version": revision, "Mcp-Method": "tools/list"}
    answer = await http.post("/mcp", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text


async def test_a_body_that_is_too_large_is_refused(http: httpx.AsyncClient) -> None:
    """By its announced length, and by what comes."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b" " * 1_000_000

    for content in (b" " * (BODY_LIMIT + 1), pieces()):
        answer = await http.post("/mcp", content=content, headers=ANN | MODERN)
        assert answer.status_code == 413


async def test_answers_have_the_headers_of_all_answers(http: httpx.AsyncClient) -> None:
    """A stream keeps what makes it one."""
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    }
    answer = await http.post("/mcp", json=begin, headers=ANN)
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["mcp-session-id"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("public_url", "agents.example.org"),
        ("public_url", "https://agents.example.org/path"),
        ("public_url", "https://user@agents.example.org"),
        ("public_url", "https://"),
        ("allowed_hosts", "https://sidecar"),
        ("allowed_hosts", "*"),
        ("allowed_origins", "app.example"),
        ("allowed_origins", "*"),
    ],
)
def test_settings_that_would_not_do_what_they_say_are_refused(setting: str, value: str) -> None:
    with pytest.raises(SettingsError, match=setting):
        load({f"SIDECAR_{setting.upper()}": value})
