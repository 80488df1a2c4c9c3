"""Dispatch keys on a real site: what they open, and that they open nothing else, of all routes that the site has."""

from __future__ import annotations

import json
from typing import Any

from sidecar import contracts
from tests.site.drupal import API, Site, is_problem
from tests.site.people import Person, php

MAKE = """
$user = array_values(\\Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => '%s']))[0];
user_role_grant_permissions('core_runner', ['have dispatch keys for background agents']);
$token = $$Key\\DispatchKeyToken::make(uniqid());
\\Drupal::service($$Key\\KeyStore::class)->insert(new $$Key\\DispatchKey($token->id, (int) $user->id(), 'Laptop', %s, time()), $token);
print json_encode($token->text());
"""

ARTICLE = """
$values = ['type' => 'article', 'title' => 'For a batch', 'uid' => 1, 'moderation_state' => 'published', 'status' => 1];
$article = \\Drupal\\node\\Entity\\Node::create($values);
$article->save();
print json_encode($article->uuid());
"""

# Each route of the site, with values for its parameters.
ROUTES = """
$all = [];
foreach (\\Drupal::service('router.route_provider')->getAllRoutes() as $name => $route) {
  $path = preg_replace_callback('/\\{(\\w+)\\}/', fn ($match) => match (TRUE) {
    (string) ($route->getDefault($match[1]) ?? '') !== '' => $route->getDefault($match[1]),
    default => ['node' => 1, 'user' => 1, 'entity_type' => 'node', 'uuid' => 'a9f41496-ca57-4e60-8be3-e5ee88a84f2e'][$match[1]] ?? 'article',
  }, $route->getPath());
  foreach ($route->getMethods() ?: ['GET', 'POST'] as $method) {
    $all[] = [$method, $path, in_array('background_agents_key', $route->getOption('_auth') ?? [], TRUE)];
  }
}
print json_encode($all);
"""


def key(site: Site, owner: str = "core_runner", agents: str = "NULL") -> dict[str, str]:
    """The header of a new key."""
    return {"Authorization": f"Bearer {php(site, MAKE % (owner, agents))}"}


def test_a_key_dispatches_and_follows(site: Site, people: dict[str, Person], clean: None) -> None:
    """As its owner, without the header against forged requests, whatever session comes along."""
    header = key(site, agents="['core']")
    me = site.http.get(f"{API}/me", headers=header).json()
    contracts.check("me", me)
    assert (me["means"], me["name"], me["agents"], me["runs"]) == ("key", "core_runner", ["core"], "own")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in people["other_runner"].http.cookies.jar)
    for more in ({}, {"Cookie": cookies}):
        answer = site.http.post(f"{API}/runs", json={"agent": "core"}, headers=header | more)
        assert answer.status_code == 201, answer.text
        run = answer.json()
        contracts.check("run", run)
        assert run["requester"]["name"] == "core_runner"
        assert run["via"] == {"door": "api", "means": "key", "key": "Laptop", "client": None}
        assert site.http.post(f"{API}/runs/{run['uuid']}/cancel", headers=header | more).status_code == 202
    refused = site.http.post(f"{API}/runs", json={"agent": "core_patterns"}, headers=header)
    assert is_problem(refused, 403, "forbidden")


def test_a_key_runs_an_agent_over_content(site: Site, people: dict[str, Person], clean: None) -> None:
    """Over what its owner may see, although it opens none of that; its runs tell of the key."""
    header = key(site, agents="['core']")
    uuid = json.loads(site.php(ARTICLE))
    about = {"agent": "core", "items": [{"uuid": uuid}]}
    answer = site.http.post(f"{API}/batches", json=about, headers=header)
    assert answer.status_code == 201, answer.text
    via = {"door": "api", "means": "key", "key": "Laptop", "client": None}
    assert (answer.json()["items"], answer.json()["via"]) == (1, via)
    batch = f"{API}/batches/{answer.json()['id']}"
    assert site.http.post(f"{batch}/cancel", json={"runs": True}, headers=header).status_code == 202
    runs = site.http.get(f"{API}/runs?batch={answer.json()['id']}", headers=header).json()["runs"]
    assert [(run["trigger"]["type"], run["via"]) for run in runs] == [("api", via)]


def test_a_key_never_begins_a_session_and_gets_no_cached_page(site: Site, people: dict[str, Person]) -> None:
    site.http.get("/")
    answer = site.http.get("/", headers=key(site))
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert is_problem(site.http.get("/", headers={"Authorization": "Bearer bgd_wrong"}), 401, "key_invalid")


def test_of_all_routes_a_key_opens_ours_alone(site: Site, people: dict[str, Person]) -> None:
    """Each route of the router, with the key of user 1; update.php has a kernel of its own, and cannot tell."""
    header = key(site, "admin")
    routes: list[list[Any]] = json.loads(site.php(ROUTES))
    named = {path for _, path, takes in routes if takes}
    assert named
    assert all(path.startswith(f"{API}/") for path in named), named
    others = {path: method for method, path, takes in routes if not takes and not path.startswith("/update.php")}
    answers = {path: site.http.request(method, path, headers=header).status_code for path, method in others.items()}
    assert {path: status for path, status in answers.items() if status != 403} == {}
    assert len(answers) > 300
