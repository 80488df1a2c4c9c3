"""Another person's run: each route of the site says that it is not allowed, the same of every run, and not a word of it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.site.core.test_dispatch_keys import key
from tests.site.drupal import Site
from tests.site.people import Person
from tests.site.sidecar import Sidecar

SECRET = "Unmistakable"
# Each route of ours that is about a run: its path, with `RUN` (its number) or `UUID`, and its methods.
ROUTES = """
$all = [];
foreach (\\Drupal::service('router.route_provider')->getAllRoutes() as $name => $route) {
  if (preg_match('/^(entity\\.)?background_agents/', $name) && preg_match('/\\{(uuid|background_agents_run)\\}/', $route->getPath())) {
    $path = str_replace(['{uuid}', '{background_agents_run}', '{command}'], ['UUID', 'RUN', 'cancel'], $route->getPath());
    foreach ($route->getMethods() ?: ['GET', 'POST'] as $method) {
      $all[] = [$method, $path];
    }
  }
}
print json_encode($all);
"""
END = """
$values = ['state' => 'failed', 'reason' => 'limit:steps', 'message' => '%s', 'target_label' => '%s', 'agent_label' => '%s'];
foreach ($values as $column => $value) {
  \\Drupal::database()->update('background_agents_run')->fields([$column => $value])->condition('uuid', '%s')->execute();
}
\\Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
"""


def shown(text: str, run: dict[str, str]) -> str:
    """What an answer says, without what the request named itself and what is new in each page."""
    for value in (run["uuid"], f"background-agents/{run['id']}"):
        text = text.replace(value, "RUN")
    text = re.sub(r'("|=)(form|csp|js|nonce)[-\w]{8,}', "NEW", text)
    return re.sub(r"[A-Za-z0-9_-]{43,}", "NEW", text)


def runs_of(site: Site, runner: Person) -> list[dict[str, str]]:
    """Two runs of somebody: one that waits to begin, and one that has failed with words of its own."""
    made = [runner.post("runs", {"agent": "core", "input": {"topic": SECRET}}).json()["uuid"] for _ in range(2)]
    site.php(END % (SECRET, SECRET, SECRET, made[1]))
    rows = site.sql(f"SELECT id, uuid FROM background_agents_run WHERE uuid IN ('{made[0]}', '{made[1]}') ORDER BY id")
    return [{"id": str(row["id"]), "uuid": row["uuid"]} for row in rows]


def test_nothing_of_it_is_told(
    site: Site, made: dict[str, Any], people: dict[str, Person], sidecar: Sidecar, clean: None
) -> None:
    """Programs and pages, for people who may run the agent, for those who may nothing, and for a key."""
    runs = runs_of(site, people["runner"])
    routes: list[list[str]] = json.loads(site.php(ROUTES))
    assert len(routes) > 10
    header = key(site, made["other_runner"]["name"])
    for method, path in routes:
        said: dict[str, list[Any]] = {}
        for run in runs:
            where = path.replace("UUID", run["uuid"]).replace("RUN", run["id"])
            asked: dict[str, Any] = {"json": {}} if method == "POST" and "/v1/" in path else {}
            for name in ("other_runner", "stranger"):
                answer = people[name].http.request(method, where, **asked)
                said.setdefault(name, []).append((run, answer))
            said.setdefault("key", []).append((run, site.http.request(method, where, headers=header, **asked)))
        for name, answers in said.items():
            texts: list[str] = []
            for run, answer in answers:
                assert answer.status_code == 403, (name, method, path, answer.status_code)
                whole = answer.text + repr(answer.headers)
                for secret in (SECRET, "limit:steps", "core_runner", "queued"):
                    assert secret not in whole, (name, method, path, secret)
                for header_name in ("etag", "last-modified", "location", "retry-after"):
                    assert header_name not in answer.headers, (name, method, path, header_name)
                texts.append(shown(answer.text, run))
            if "/v1/" in path:
                assert len(set(texts)) == 1, (name, method, path)
