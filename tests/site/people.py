"""Accounts of the core tests: sessions, dispatches, saves of content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.site.drupal import API, Site


class Person:
    """A logged-in account: a session, and the header against forged requests."""

    def __init__(self, site: Site, name: str) -> None:
        self.http = httpx.Client(base_url=site.url, timeout=60)
        answer = self.http.post("/user/login", params={"_format": "json"}, json={"name": name, "pass": f"test-{name}"})
        assert answer.status_code == 200, answer.text
        self.headers = {"X-CSRF-Token": self.http.get("/session/token").text}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(f"{API}/{path}", **options)

    def post(self, path: str, document: Any = None) -> httpx.Response:
        return self.http.post(f"{API}/{path}", json=document or {}, headers=self.headers)


@contextmanager
def administrator(site: Site) -> Iterator[Person]:
    """User 1 in a session; its password is another one meanwhile."""
    password = "\\Drupal\\user\\Entity\\User::load(1)->setPassword('%s')->save();"
    site.php(password % "test-admin")
    person = Person(site, "admin")
    yield person
    person.http.close()
    site.php(password % "admin")


def dispatched(person: Person, **members: Any) -> str:
    answer = person.post("runs", {"agent": "core"} | members)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()["uuid"]


def php(site: Site, code: str) -> Any:
    """The JSON that PHP code prints in the booted site; `$$` names a service of the module."""
    return json.loads(site.php(code.replace("$$", "\\Drupal\\background_agents\\")))


def save_node(site: Site, title: str, more: str = "") -> dict[str, Any]:
    return php(
        site,
        f"$n = \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => '{title}', 'moderation_state' => 'draft']);"
        f"$n->save(); {more}"
        "print json_encode(['id' => (int) $n->id(), 'uuid' => $n->uuid(), 'vid' => (int) $n->getRevisionId()]);",
    )
