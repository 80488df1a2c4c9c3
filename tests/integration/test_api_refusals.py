"""Who may not: each route of the API, by each credential that opens nothing. 401, 403 or 404, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from sidecar import contracts, resources
from sidecar.api import run_routes, signed, work_routes
from sidecar.api.app import create_app
from sidecar.context import Context
from sidecar.drupal import signing
from sidecar.settings import load
from tests.support.api import asking

TOKEN = "operator-operator"
UNKNOWN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f51"
PREFIXES = ("/v1", "/sites/default/v1", "/sites/{site_id}/v1")
BODIES: dict[str, dict[str, Any]] = {
    "/runs": {"agent": "writer"},
    "/runs/{run}/answer": {"id": "q", "decision": "approve"},
    "/runs/{run}/decide": {"id": "q", "decision": "approve"},
    "/runs/{run}/send-back": {"note": "Shorter."},
    "/batches": {"agent": "writer", "filter": {}},
}
RUN_COMMANDS = tuple(run_routes.COMMANDS)
OTHERS = {
    "/health", "/ready", "/metrics", "/openapi.json",  # for everybody
    "/", "/login", "/logout", "/runs", "/runs/{run}",  # pages of the operator
    "/v1/jobs", "/v1/commands",  # Drupal's, signed
}  # fmt: skip
"""Routes that are not callers'; tests/integration/test_api.py asks them."""


def operations() -> list[tuple[str, str]]:
    """Method and path of each operation for callers, generated from the routers; `command` is each command."""
    found: list[tuple[str, str]] = []
    for router, commands in ((run_routes.router, RUN_COMMANDS), (work_routes.router, work_routes.BATCH_COMMANDS)):
        for route in router.routes:
            path, methods = getattr(route, "path"), getattr(route, "methods")  # noqa: B009
            paths = [path.replace("{command}", name) for name in commands] if "{command}" in path else [path]
            found += [(method, one) for method in methods for one in paths]
    return sorted(found)


OPERATIONS = operations()
OF_A_RUN = [(method, path) for method, path in OPERATIONS if path.startswith("/runs/{run}")]


def test_no_route_is_forgotten(context: Context) -> None:
    """One that is added is in the table, or named here as somebody else's."""
    assert len(OPERATIONS) == 21
    own = {path for _, path in operations()} | {"/runs/{run}/{command}", "/batches/{batch}/{command}"}
    seen: set[str] = set()
    for included in create_app(context).routes:
        router = getattr(included, "original_router", None)
        prefix = included.include_context.prefix if router else ""  # type: ignore[attr-defined]
        seen |= {prefix + getattr(route, "path") for route in (router.routes if router else [included])}  # noqa: B009
    assert seen - OTHERS - {"/static", "/static/extra"} <= {prefix + path for prefix in PREFIXES for path in own}
    assert {route.path for route in signed.router.routes} <= OTHERS  # type: ignore[attr-defined]


class Credentials:
    """By name: headers that open nothing at this site."""

    def __init__(self, drupal: StandIn, other: StandIn) -> None:
        self._drupal, self._other = drupal, other
        self._keys = drupal.site.auth.keys
        self._ann = drupal.site.accounts.by_name("ann")
        assert self._ann is not None

    def nothing(self) -> dict[str, str]:
        return {}

    def no_scheme(self) -> dict[str, str]:
        return bearer("")

    def malformed(self) -> dict[str, str]:
        return bearer("bgd_short")

    def other_scheme(self) -> dict[str, str]:
        return {"Authorization": "Digest username=ann"}

    def no_password(self) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(b"ann:wrong").decode()}

    def in_latin_1(self) -> dict[str, str]:
        return {"X-Background-Agents-Key": "bgd_\u00e9"}

    def endless(self) -> dict[str, str]:
        return bearer("a" * 20_000)

    def unknown_key(self) -> dict[str, str]:
        return bearer("bgd_" + "a" * 10 + "_" + "A" * 43)

    def wrong_secret(self) -> dict[str, str]:
        return bearer(self._made()[:-5] + "AAAAA")

    def revoked(self) -> dict[str, str]:
        made = self._made()
        self._keys.revoke(made)
        return bearer(made)

    def expired(self) -> dict[str, str]:
        return bearer(self._made(expires=1.0))

    def of_a_blocked_owner(self) -> dict[str, str]:
        made = self._made()
        self._drupal.site.accounts.block("ann")
        return bearer(made)

    def of_another_site(self) -> dict[str, str]:
        owner = self._other.site.accounts.by_name("editor")
        assert owner is not None
        return bearer(self._other.site.auth.keys.add(owner))

    def token_of_a_run(self) -> dict[str, str]:
        run = self._drupal.site.runs.get(self._drupal.runs[0]["uuid"])
        return bearer(signing.run_token(self._drupal.secret, run["uuid"], run["generation"], run["account"]))

    def of_an_agents_account(self) -> dict[str, str]:
        agent = self._drupal.site.agents.account_of("writer")
        assert agent is not None
        return bearer(self._keys.add(agent))

    def signed_by_the_caller(self) -> dict[str, str]:
        """Who says by himself from which door he comes is not believed more."""
        header = signing.caller_header("not-the-secret-of-this-site", "", "mcp", "192.0.2.1", 1)
        return {signing.CALLER_HEADER: header}

    def _made(self, **more: Any) -> str:
        assert self._ann is not None
        return self._keys.add(self._ann, **more)


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


NAMES = [name for name in vars(Credentials) if not name.startswith("_")]


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with an editor, with Ann, who may do little, and with a run of the editor."""
    with StandIn() as site:
        site.add_agent("writer")
        site.site.accounts.add("ann", ["view own background agent runs"], password="ann")
        site.dispatch("writer", requester=site.site.accounts.by_name("editor"))
        yield site


@pytest.fixture
def other() -> Iterator[StandIn]:
    """Another site."""
    with StandIn() as site:
        yield site


@pytest.fixture
async def context(redis_url: str, drupal: StandIn) -> AsyncIterator[Context]:
    site = {"base_url": drupal.url, "secrets": [drupal.secret]}
    settings = load({}, sites={"default": site}, redis_url=redis_url, operator_token=TOKEN)
    async with resources.open_context(settings) as made:
        yield made


@pytest.fixture
async def web(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(context) as client:
        yield client


async def ask(web: httpx.AsyncClient, method: str, path: str, run: str, headers: dict[str, str]) -> httpx.Response:
    """A request that is right but for who sends it."""
    known = next((prefix for prefix in PREFIXES[1:] if path.startswith(prefix)), "/v1")
    body = BODIES.get(path.removeprefix(known), {}) if method == "POST" else None
    url = path.format(run=run, agent="writer", batch=1)
    sent = httpx.Headers({"Accept": "text/event-stream, application/json"} | headers, encoding="latin-1")
    return await web.request(method, url, headers=sent, json=body)


@pytest.mark.parametrize("prefix", PREFIXES[:2])
@pytest.mark.parametrize("name", NAMES)
async def test_a_credential_that_opens_nothing(
    web: httpx.AsyncClient, drupal: StandIn, other: StandIn, name: str, prefix: str
) -> None:
    """On every route, and nothing is done."""
    headers = getattr(Credentials(drupal, other), name)()
    before = drupal.runs
    for method, path in OPERATIONS:
        answer = await ask(web, method, prefix + path, before[0]["uuid"], headers)
        where = f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.status_code in (401, 403), where
        assert answer.headers["content-type"] == "application/problem+json", where
        assert answer.headers["www-authenticate"].startswith("Bearer"), where
        contracts.check("problem", answer.json())
        assert "writer" not in answer.text
    assert drupal.runs == before


@pytest.mark.parametrize(("method", "path"), OF_A_RUN)
async def test_another_persons_run(web: httpx.AsyncClient, drupal: StandIn, method: str, path: str) -> None:
    """Ann's key is good, and this run is the editor's."""
    ann = drupal.site.accounts.by_name("ann")
    assert ann is not None
    headers = bearer(drupal.site.auth.keys.add(ann))
    before = drupal.runs
    answer = await ask(web, method, "/v1" + path, before[0]["uuid"], headers)
    assert answer.status_code in (403, 404), answer.text
    assert drupal.runs == before
    assert (await web.get("/v1/runs", headers=headers)).json() == {"runs": [], "next": None}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_the_operators_cookie_of_another_token(web: httpx.AsyncClient, method: str, path: str) -> None:
    headers = {"Cookie": "background_agents_operator=99999999999.0000"}
    answer = await ask(web, method, "/v1" + path, UNKNOWN, headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_required")
