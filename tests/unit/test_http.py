"""What the clients of sidecar/http.py send: no cookie, whatever they were answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import httpx2
import pytest

from sidecar import http
from sidecar.drupal.client import DrupalSite
from sidecar.models.names import Models
from sidecar.settings import Settings, SiteSettings

Client = httpx.AsyncClient | httpx2.AsyncClient


class CookieServer(ThreadingHTTPServer):
    """Sets a session's cookie with each answer, also that of a redirect, and remembers which cookies came."""

    daemon_threads = True

    def __init__(self) -> None:
        self.came: list[str | None] = []
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def url(self) -> str:
        """The root's address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: CookieServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self.server.came.append(self.headers["Cookie"])
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/there")
        self.send_header("Set-Cookie", "SESSdeadbeef=abc; path=/; HttpOnly")
        self.send_header("Set-Cookie", "balancer=2")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[CookieServer]:
    """A server that hands out cookies."""
    with CookieServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def _site_client() -> Client:
    return http.site_client(timeout=httpx.Timeout(60), limits=httpx.Limits(), verify=False)


def _model_client() -> Client:
    return http.model_client(timeout=httpx2.Timeout(60), limits=httpx2.Limits())


def _client_over() -> Client:
    return http.client_over(http.direct_transport(), timeout=httpx2.Timeout(60))


MAKERS = [_site_client, _model_client, _client_over]


@pytest.mark.parametrize("make", MAKERS)
async def test_no_client_keeps_or_sends_a_cookie(make: Callable[[], Client], server: CookieServer) -> None:
    """A cookie of an answer, and one of a redirect that somebody chose to follow, is not sent with the next request."""
    async with make() as client:
        for path in ("/", "/moved", "/"):
            await client.get(server.url + path, follow_redirects=True)
    assert server.came == [None, None, None, None]


@pytest.mark.parametrize("make", MAKERS)
async def test_no_client_follows_a_redirect_by_itself(make: Callable[[], Client], server: CookieServer) -> None:
    """A signature, a token and a key are for one address."""
    async with make() as client:
        assert (await client.get(f"{server.url}/moved")).status_code == 302


async def test_the_sites_and_the_models_connections_come_from_there(server: CookieServer) -> None:
    """What a process shares for all its requests to a site, and to the models, keeps no cookie."""
    site = DrupalSite(SiteSettings.model_validate({"base_url": server.url, "secrets": ["x" * 32]}))
    for _ in range(2):
        await site.request("GET", "/")
    await site.aclose()
    models = Models(Settings())
    for _ in range(2):
        await models.http.get(server.url)
    await models.aclose()
    assert server.came == [None] * 4
