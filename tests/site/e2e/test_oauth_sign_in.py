"""The MCP SDK's OAuth client signs somebody in: from 401 at the sidecar, by the real Simple OAuth, to a draft. Needs a site by https."""

from __future__ import annotations

import html
import json
import re
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from tests.site.drupal import API, SECRET, Site, given
from tests.site.e2e import agents
from tests.site.e2e.system import Up, until

SCOPE = "background_agents:dispatch"
BACK = "http://127.0.0.1:7/back"
EDITOR = "e2e_editor"


class Storage:
    """What a client keeps: in memory."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Browser:
    """Somebody's browser: logs in at the site, and presses Allow. `asked`: what the page of consent said."""

    def __init__(self, https: str, ca: str, name: str) -> None:
        self.http = httpx.Client(base_url=https, verify=ssl.create_default_context(cafile=ca), timeout=60)
        answer = self.http.post("/user/login", params={"_format": "json"}, json={"name": name, "pass": f"test-{name}"})
        assert answer.status_code == 200, answer.text
        self.asked, self._code = "", AuthorizationCodeResult(code="", state=None)

    async def open(self, url: str) -> None:
        """The page that asks for consent."""
        answer = self.http.get(url)
        if answer.status_code == 200:  # else the site remembers the consent
            self.asked = answer.text
            form = re.search(r"<form[^>]*simple-oauth-authorize-form.*?</form>", answer.text, re.S)
            assert form is not None, answer.text
            inputs = re.findall(r'<input[^>]*type="(?:hidden|submit)"[^>]*>', form[0])
            fields = {name(found): value(found) for found in inputs if name(found) not in ("", "op")}
            answer = self.http.post(url, data=fields | {"op": "Allow"})
        assert answer.status_code in {302, 303}, answer.text
        assert answer.headers["location"].startswith(BACK), answer.headers["location"]
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        self._code = AuthorizationCodeResult(code=query["code"][0], state=query["state"][0])

    async def code(self) -> AuthorizationCodeResult:
        """What came back to the client."""
        return self._code


def name(tag: str) -> str:
    found = re.search(r'name="([^"]*)"', tag)
    return found[1] if found else ""


def value(tag: str) -> str:
    found = re.search(r'value="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def read(url: str, headers: dict[str, str] | None = None, ca: str | None = None) -> httpx.Response:
    """What is at an address."""
    return httpx.get(url, headers=headers, timeout=60, verify=ssl.create_default_context(cafile=ca) if ca else True)


@pytest.fixture(scope="module")
def https(site: Site) -> tuple[str, str]:
    """The site's address by https, and the file of who vouches for it."""
    told = given()
    if not (address := told.get("BACKGROUND_AGENTS_SITE_HTTPS")):
        pytest.skip("BACKGROUND_AGENTS_SITE_HTTPS names no https address of the site: programs sign in by https alone")
    if missing := site.script("oauth.php", "prepare")["missing"]:
        pytest.skip(f"the site lacks {', '.join(missing)}: no tokens of Simple OAuth")
    return address, told.get("BACKGROUND_AGENTS_SITE_CA", "")


@pytest.fixture(scope="module")
def up(site: Site, https: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A sidecar that reaches the site by https."""
    address, ca = https
    up = Up(site, tmp_path_factory.mktemp("oauth"), "http")
    for setting in ("SITE_URL", "SITE_SECRET", "INTAKE"):
        del up.environment[f"SIDECAR_{setting}"]
    lines = [
        "[sites.default]",
        f'base_url = "{address}"',
        f'secrets = ["{SECRET}"]',
        'intake = "http"',
        f'ca_file = "{ca}"',
    ]
    (up.folder / "none.toml").write_text("\n".join(lines))
    wanted = {"writer", "reviser"}  # the script's triggers name both
    specs = [spec for spec in agents.specs("http://127.0.0.1:1/mcp") if spec["id"] in wanted]
    site.script("e2e.php", json.dumps(specs))
    agents.write_scripts(up)
    try:
        up.start()
        yield up
    finally:
        up.stop()


@pytest.fixture
def browser(https: tuple[str, str], up: Up) -> Iterator[Browser]:
    browser = Browser(*https, EDITOR)
    yield browser
    browser.http.close()


@dataclass
class SignedIn:
    """A client, what it signs in with, and what it keeps."""

    client: Client
    auth: OAuthClientProvider
    kept: Storage

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answers."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result
        assert result.structured_content is not None
        return result.structured_content

    @property
    def token(self) -> str:
        assert self.kept.tokens is not None
        return self.kept.tokens.access_token


@asynccontextmanager
async def signed_in(up: Up, browser: Browser, ca: str, scope: str | None = None) -> AsyncIterator[SignedIn]:
    """A client that knows the address of the sidecar alone."""
    url, kept = f"{up.url}/mcp", Storage()
    metadata = OAuthClientMetadata(
        client_name="A laptop", redirect_uris=[AnyUrl(BACK)], token_endpoint_auth_method="none", scope=scope
    )
    auth = OAuthClientProvider(url, metadata, kept, browser.open, browser.code)
    verify = ssl.create_default_context(cafile=ca)
    async with (
        httpx2.AsyncClient(auth=auth, verify=verify, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield SignedIn(client, auth, kept)


async def test_from_401_to_a_draft(site: Site, https: tuple[str, str], up: Up, browser: Browser) -> None:
    """The run is the person's, came by MCP, and leaves a draft, which the same token reads over HTTP; Drupal says who the token is."""
    async with signed_in(up, browser, https[1]) as me:
        assert "Run background agents for you" in browser.asked
        run = (await me.call("run_writer"))["run"]
        ended = await me.call("wait_for_run", run=run, seconds=45)
        assert (ended["state"], len(ended["drafts"])) == ("completed", 1)
        headers = {"Authorization": f"Bearer {me.token}"}
        told = site.http.get(f"{API}/me", headers=headers).json()
        assert (told["name"], told["means"], told["client"]) == (EDITOR, "oauth", "A laptop")
        assert (told["scopes"], told["runs"], told["manage"]) == ([SCOPE], "own", "own")
        document = site.http.get(f"{API}/runs/{run}", headers=headers).json()
        assert document["trigger"]["type"] == "mcp"
        drafts = read(f"{up.url}/v1/runs/{run}/drafts", headers).json()["drafts"]
        assert [draft["label"] for draft in drafts] == ["Written by an agent"]


async def test_a_token_is_renewed_without_the_person(https: tuple[str, str], up: Up, browser: Browser) -> None:
    """Its life is short: the client renews it, and goes on."""
    async with signed_in(up, browser, https[1]) as me:
        first = me.token
        assert me.kept.tokens is not None
        assert me.kept.tokens.expires_in == 300
        browser.asked = ""
        me.auth.context.token_expiry_time = 1.0
        assert (await me.call("list_agents"))["agents"]
        assert me.token != first
        assert browser.asked == ""


async def test_a_token_that_is_deleted_is_refused(site: Site, https: tuple[str, str], up: Up, browser: Browser) -> None:
    """Each save of the person deletes their tokens: within half a minute the sidecar says 401, and the client signs in anew. The site
    remembers the consent to that client, as long as the person is logged in."""
    async with signed_in(up, browser, https[1]) as me:
        first, headers = me.token, {"Authorization": f"Bearer {me.token}"}
        assert read(f"{up.url}/v1/agents", headers).status_code == 200
        site.php(f"user_load_by_name('{EDITOR}')->save();")
        assert site.http.get(f"{API}/me", headers=headers).status_code == 401
        until(lambda: read(f"{up.url}/mcp", headers).status_code == 401, 45, "the token is refused at the door")
        browser.asked = ""
        assert (await me.call("list_agents"))["agents"]
        assert me.token != first
        assert browser.asked == ""


def test_the_documents_name_one_issuer(https: tuple[str, str], up: Up) -> None:
    """Byte for byte; and the doctor finds nothing to mend."""
    where = read(f"{up.url}/.well-known/oauth-protected-resource/mcp").json()
    (issuer,) = where["authorization_servers"]
    document = read(f"{issuer.rstrip('/')}/.well-known/oauth-authorization-server", ca=https[1]).json()
    assert (document["issuer"], where["scopes_supported"]) == (issuer, [SCOPE])
    found = [finding for finding in doctor(up) if finding["subject"] == "sign-in (default)"]
    assert [finding["text"] for finding in found] == [
        "MCP clients that sign in need this sidecar's own https address: set SIDECAR_PUBLIC_URL."
    ]


def doctor(up: Up) -> list[dict[str, str]]:
    """What `sidecar doctor` finds."""
    command = [sys.executable, "-m", "sidecar", "doctor", "--json"]
    done = subprocess.run(command, env=up.environment, capture_output=True, text=True, timeout=120, check=False)
    return json.loads(done.stdout)
