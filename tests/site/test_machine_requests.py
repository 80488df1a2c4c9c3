"""A machine keeps no browser state, and is judged by its signature or its token alone, on a real site."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sidecar.drupal import signing
from sidecar.drupal.client import DrupalSite
from sidecar.settings import SiteSettings
from tests.site.drupal import API, SECRET, Agents, Site, is_problem
from tests.site.people import Person, administrator, php
from tests.site.sidecar import Sidecar

MESSAGE = """
\\Drupal\\eca\\Entity\\Eca::load('bga_message')?->delete();
\\Drupal\\eca\\Entity\\Eca::create([
  'id' => 'bga_message', 'label' => 'Message', 'status' => TRUE, 'version' => '1', 'conditions' => [], 'gateways' => [],
  'events' => ['event' => [
    'plugin' => 'content_entity:update', 'label' => 'Update content', 'configuration' => ['type' => 'node article'],
    'successors' => [['id' => 'message', 'condition' => '']],
  ]],
  'actions' => ['message' => [
    'plugin' => 'action_message_action', 'label' => 'Display a message', 'successors' => [],
    'configuration' => ['message' => 'Somebody changed an article.', 'replace_tokens' => FALSE],
  ]],
])->save();
"""


@pytest.fixture(scope="module")
def message(site: Site) -> Iterator[None]:
    """While an ECA model on "update content" has the action "Display a message"."""
    if "eca" not in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        pytest.skip("ECA is not on this site")
    site.drush("pm:install", "eca_base", "eca_content", "-y")
    site.php(MESSAGE)
    yield
    site.php("\\Drupal\\eca\\Entity\\Eca::load('bga_message')->delete();")


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[Person]:
    """User 1 in a session."""
    with administrator(site) as person:
        yield person


def cookie_of(person: Person) -> str:
    """The session's cookie, as a header."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.http.cookies.jar)


@pytest.fixture(scope="module")
def carried(site: Site, admin: Person, agents: Agents) -> dict[str, dict[str, str]]:
    """What a request may carry besides its signature or its token."""
    name = cookie_of(admin).partition("=")[0]
    return {
        "a live session": {"Cookie": cookie_of(admin)},
        "a dead session": {"Cookie": f"{name}=of-yesterday"},
        "a password": {"Authorization": httpx.BasicAuth("admin", "test-admin")._auth_header},
        "a wrong password": {"Authorization": httpx.BasicAuth("admin", "wrong")._auth_header},
        "a proxy's name": {"X-Forwarded-User": "admin", "Remote-User": "admin"},
    }


CARRIED = ["a live session", "a dead session", "a password", "a wrong password", "a proxy's name"]
BEARERS = {"a strange bearer": "Bearer strange", "a bad run token": "Bearer bga_bad"}


def sessions(site: Site) -> list[dict[str, Any]]:
    """All sessions, with who they belong to and what is in them."""
    if not site.sql("SHOW TABLES LIKE 'sessions'"):  # Drupal makes it with the first one
        return []
    return site.sql("SELECT sid, uid, session FROM sessions ORDER BY sid")


async def test_a_message_to_people_does_not_stop_an_agent(site: Site, agents: Agents, message: None) -> None:
    """A save that makes Drupal start a session is followed by signed requests and by more saves, over the same connections."""
    drupal = DrupalSite(SiteSettings.model_validate({"base_url": site.url, "secrets": [SECRET]}))
    client = drupal.as_agent(agents.runs["agent"]["uuid"], 1, agents.accounts["agent"]["uuid"])
    before, revision = sessions(site), agents.live("a")["vid"]
    for title in ("Once", "Twice"):
        document = agents.document("revise", "agent", "a", expected_revision=revision, fields={"title": title})
        revision = (await client.post("drafts", document))["revision"]
        answer = await drupal.signed("events", {"site": "default", "sender": "test", "runs": []})
        assert answer["stop"] is False
    await drupal.aclose()
    assert sessions(site) == before, "No session was left behind for nobody."


def test_a_machines_answer_starts_no_session(agents: Agents, message: None) -> None:
    """What a model of the site wants to show to people is not kept for a machine: no cookie comes with the answer."""
    answer = agents.draft("revise", "agent", "b", fields={"title": "With a message"})
    assert answer.status_code == 201
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("carries", [*CARRIED, *BEARERS])
@pytest.mark.parametrize("request_", ["events", "jobs/claim", "status", "show", "effects"])
def test_a_signed_request_is_judged_by_its_signature(
    site: Site, agents: Agents, carried: dict[str, dict[str, str]], carries: str, request_: str
) -> None:
    """Whatever else it carries, it is answered, and the session that it carries stays as it was."""
    extra = carried.get(carries) or {"Authorization": BEARERS[carries]}
    before = sessions(site)
    answer = signed(site, request_, agents.runs["agent"]["uuid"], extra)
    assert answer.status_code == 200, answer.text
    assert "set-cookie" not in answer.headers
    assert sessions(site) == before


@pytest.mark.parametrize("carries", CARRIED)
def test_a_signed_command_needs_no_header_against_forged_requests(
    site: Site, agents: Agents, carried: dict[str, dict[str, str]], carries: str
) -> None:
    """On a route that takes either, a cookie does not make it the request of a session."""
    answer = signed(site, "retry", agents.runs["agent"]["uuid"], carried[carries])
    assert is_problem(answer, 409, "not_ended")


@pytest.mark.parametrize("request_", ["show", "effects", "retry", "cancel"])
def test_a_forged_signature_lends_no_session(site: Site, agents: Agents, admin: Person, request_: str) -> None:
    """A request of a session that pretends to be signed is refused, though the session alone may do it all."""
    run = agents.runs["agent"]["uuid"]
    answer = signed(site, request_, run, admin.headers | {"Cookie": cookie_of(admin)}, secret="x" * 24)
    assert answer.status_code == 401, answer.text
    assert admin.get(f"runs/{run}").json()["state"] == "running"


@pytest.mark.parametrize("carries", CARRIED)
def test_a_run_token_is_judged_by_itself(
    site: Site, agents: Agents, carried: dict[str, dict[str, str]], carries: str
) -> None:
    """It acts as its account, and its POST needs no header against forged requests, whatever else it carries."""
    token = {"X-Background-Agents-Token": agents.runs["agent"]["token"]}
    before = sessions(site)
    me = site.http.get(f"{API}/me", headers=carried[carries] | token)
    assert me.json()["account"] == agents.accounts["agent"]["uuid"]
    answer = site.http.post(f"{API}/runs", json={"agent": "test_english"}, headers=carried[carries] | token)
    assert "CSRF" not in answer.text
    assert is_problem(answer, 403, "forbidden"), "The agent lacks the permission, which is the run's own answer."
    assert sessions(site) == before


@pytest.mark.parametrize("path", ["drafts", "tools", "me", "agents"])
def test_a_signature_opens_no_route_for_accounts(site: Site, agents: Agents, admin: Person, path: str) -> None:
    """The sidecar is nobody's account: a signed request is refused there, with a live session and with a run token."""
    extra = {"Cookie": cookie_of(admin), "X-Background-Agents-Token": agents.runs["agent"]["token"]}
    headers = extra | signing.sign(SECRET, b"", int(time.time()), signing.new_id())
    answer = site.http.request("GET" if path in ("me", "agents") else "POST", f"{API}/{path}", headers=headers)
    assert is_problem(answer, 403, "forbidden")


def test_a_page_takes_no_notice_of_a_strange_signature(site: Site, admin: Person) -> None:
    """Other modules have signed requests of their own: outside of our endpoints the header means nothing to us."""
    answer = site.http.get(
        "/admin/reports/status", headers={"Cookie": cookie_of(admin), "webhook-signature": "v1,theirs"}
    )
    assert answer.status_code == 200


def test_the_status_report_says_what_the_sidecar_was_answered(site: Site, agents: Agents, sidecar: Sidecar) -> None:
    """When it last sent events, and since when it is refused, by which answer; a wrong signature counts for nothing."""
    sidecar.report()
    assert "taken" in report(site)
    assert is_problem(sidecar.post("events", sidecar.batch(runs=5)), 422, "invalid")
    refused = report(site)
    assert "422" in refused
    assert "invalid" in refused
    assert is_problem(sidecar.post("events", sidecar.batch(), secret="x" * 24), 401, "signature_invalid")
    assert "401" not in report(site)
    sidecar.report()
    assert "422" not in report(site)


@pytest.fixture(scope="module")
def sidecar(site: Site) -> Sidecar:
    """A sidecar of this site."""
    return Sidecar(site)


def report(site: Site) -> str:
    """What the status report says of the sidecar's reports."""
    code = (
        "$r = \\Drupal::service('system.manager')->listRequirements()['background_agents_reports'];"
        "print json_encode((string) $r['value'] . ' ' . (string) ($r['description'] ?? ''));"
    )
    return php(site, code)


def signed(site: Site, request: str, run: str, extra: dict[str, str], secret: str = SECRET) -> httpx.Response:
    """A signed request that carries something else, too."""
    documents = {"events": {"site": "default", "sender": "t", "runs": []}, "jobs/claim": {"worker": "t", "limit": 1}}
    method, path = {"show": ("GET", f"runs/{run}"), "effects": ("GET", f"runs/{run}/effects")}.get(
        request, ("POST", f"runs/{run}/{request}" if request in ("retry", "cancel") else request)
    )
    body = b"" if method == "GET" else json.dumps(documents.get(request, {})).encode()
    headers = extra | signing.sign(secret, body, int(time.time()), signing.new_id())
    return site.http.request(method, f"{API}/{path}", content=body, headers=headers)
