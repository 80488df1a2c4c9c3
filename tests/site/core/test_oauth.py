"""Tokens of the real Simple OAuth on a real site: what they open, and what they do not. Skipped where the module is not there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.site.drupal import API, Site

OURS = "background_agents:dispatch"
RUNNERS = ["core", "core_patterns", "core_remote"]
"""Agents that the role of core_runner may run."""

Mint = Callable[..., str]


@pytest.fixture(scope="module")
def mint(site: Site, made: dict[str, Any]) -> Mint:
    """Makes a token of somebody, given to a client."""
    if missing := site.script("oauth.php", "prepare")["missing"]:
        pytest.skip(f"the site lacks {', '.join(missing)}: no tokens of Simple OAuth")

    def token(user: str | None, *scopes: str, client: str = "laptop", **more: Any) -> str:
        given = [{"user": user, "scopes": scopes, "client": client, **more}]
        return site.script("oauth.php", "tokens", json.dumps(given))[0]

    return token


def get(site: Site, path: str, token: str, **headers: str) -> httpx.Response:
    return site.http.get(path, headers={"Authorization": f"Bearer {token}", **headers})


def post(site: Site, token: str, **headers: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", **headers}
    return site.http.post(f"{API}/runs", json={"agent": "core"}, headers=headers)


def agents(site: Site, token: str) -> list[str]:
    answer = get(site, f"{API}/agents", token)
    assert answer.status_code == 200, answer.text
    return [agent["id"] for agent in answer.json()["agents"]]


def test_a_token_with_our_scope_runs_what_its_person_may(site: Site, mint: Mint) -> None:
    """Beside the cookie of a session it needs no header against forged requests."""
    token = mint("core_runner", OURS)
    assert agents(site, token) == RUNNERS
    assert post(site, token).status_code == 201
    name = "SSESS" if site.url.startswith("https") else "SESS"
    assert post(site, token, Cookie=f"{name}0123456789abcdef0123456789abcdef=x").status_code == 201


@pytest.mark.parametrize("scope", ["openid", "test:create", "test:run", "test:runner"])
def test_a_token_without_our_scope_opens_no_endpoint(site: Site, mint: Mint, scope: str) -> None:
    """Also one whose permission or role would do: nobody consented to agents by it."""
    token = mint("core_runner", scope)
    for path in ("agents", "me", "runs/00000000-0000-4000-8000-000000000000"):
        answer = get(site, f"{API}/{path}", token)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path
    assert post(site, token).json()["code"] == "scope_missing"


def test_an_administrators_token_opens_no_page(site: Site, mint: Mint) -> None:
    """User 1's, with our scope alone: nor what each account may, such as its own form."""
    token = mint("admin", OURS)
    for path in (
        "/admin/config/people/accounts",
        "/admin/config/services/background-agents",
        "/user/1/edit",
        "/user/1",
        "/jsonapi/user/user",
        "/node",
    ):
        answer = get(site, path, token)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path
    assert "core" in agents(site, token)


def test_another_scope_beside_ours_opens_what_it_names(site: Site, mint: Mint) -> None:
    """But no page of an administrator."""
    token = mint("admin", OURS, "test:runner")
    assert get(site, "/node/add/article", token).status_code == 200
    for path in ("/admin/config/people/accounts", "/admin/config/services/background-agents", "/admin/people"):
        assert get(site, path, token).status_code == 403, path


def test_two_people_with_one_client_keep_their_own(site: Site, mint: Mint) -> None:
    """Whoever comes first, after caches are rebuilt."""
    runner, stranger = mint("core_runner", OURS), mint("core_stranger", OURS)
    for first, second in ((runner, stranger), (stranger, runner)):
        site.drush("cache:rebuild")
        told = {token: agents(site, token) for token in (first, second)}
        assert (told[runner], told[stranger]) == (RUNNERS, [])
        assert post(site, stranger).status_code == 403


def test_a_clients_own_token_runs_what_its_person_may(site: Site, mint: Mint) -> None:
    """Simple OAuth gives it all that the scope names; the person's own limit is asked besides."""
    allowed = mint(None, OURS, client="robot", acts_as="core_runner")
    assert post(site, allowed).status_code == 201
    refused = mint(None, OURS, client="other_robot", acts_as="core_stranger")
    assert post(site, refused).status_code == 403


def test_a_token_of_nobody_is_refused(site: Site, mint: Mint) -> None:
    """Its client has no account, or is gone; its person is gone, and the client has an account."""
    nobody = mint(None, OURS, client="orphan")
    gone = mint("core_runner", OURS, client="gone")
    site.php(
        "$s = \\Drupal::entityTypeManager()->getStorage('consumer'); $s->delete($s->loadByProperties(['client_id' => 'gone']));"
    )
    site.php("\\Drupal\\user\\Entity\\User::create(['name' => 'core_leaver', 'status' => 1])->save();")
    left = mint("core_leaver", OURS, client="robot", acts_as="core_runner")
    site.php("user_load_by_name('core_leaver')->delete();")
    for token in (nobody, gone, left):
        answer = get(site, f"{API}/me", token)
        assert answer.status_code == 401, answer.text
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_me_tells_what_a_token_was_given(site: Site, mint: Mint) -> None:
    """Its client, scopes and end; the agents are those that the person may run."""
    before = time.time()
    told = get(site, f"{API}/me", mint("core_runner", OURS, "test:create")).json()
    assert (told["name"], told["means"], told["client"], told["key"]) == ("core_runner", "oauth", "Laptop", None)
    assert (told["scopes"], told["agents"]) == ([OURS, "test:create"], RUNNERS)
    assert (told["runs"], told["manage"]) == ("own", "own")
    assert 0 <= datetime.fromisoformat(told["expires"]).timestamp() - before - 599 < 60


def test_what_ends_a_token(site: Site, mint: Mint) -> None:
    """Expired, revoked, blocked, unreadable: one answer."""
    expired = mint("core_runner", OURS, seconds=-10)
    revoked = mint("core_runner", OURS)
    blocked = mint("core_runner", OURS)
    answers = [get(site, f"{API}/me", expired)]
    site.php(
        "$s = \\Drupal::entityTypeManager()->getStorage('oauth2_token'); $ids = $s->getQuery()->accessCheck(FALSE)->sort('id')->execute();"
        "$token = $s->load(array_slice($ids, -2)[0]); $token->revoke(); $token->save();"
    )
    answers.append(get(site, f"{API}/me", revoked))
    assert get(site, f"{API}/me", blocked).status_code == 200
    site.sql("UPDATE users_field_data SET status = 0 WHERE name = 'core_runner'")
    site.drush("cache:rebuild")
    try:
        answers.append(get(site, f"{API}/me", blocked))
    finally:
        site.sql("UPDATE users_field_data SET status = 1 WHERE name = 'core_runner'")
        site.drush("cache:rebuild")
    answers += [get(site, f"{API}/me", junk) for junk in ("x", "a.b.c", f"{revoked}x")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}


def test_a_permission_that_is_taken_is_gone_at_once(site: Site, mint: Mint) -> None:
    """And a new agent's permission is there."""
    token = mint("core_runner", OURS)
    assert agents(site, token) == RUNNERS
    role = (
        "\\Drupal\\user\\Entity\\Role::load('core_runner')->%sPermission('run core background agent')"
        "->%sPermission('run core_child background agent')->save();"
    )
    site.php(role % ("revoke", "grant"))
    try:
        assert agents(site, token) == ["core_child", *RUNNERS[1:]]
    finally:
        site.php(role % ("grant", "revoke"))
