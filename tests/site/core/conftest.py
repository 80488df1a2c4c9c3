"""A site with agents, triggers and people for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.drupal import Site
from tests.site.people import Person
from tests.site.sidecar import Sidecar


@pytest.fixture(scope="module")
def made(site: Site) -> dict[str, Any]:
    return site.script("core.php")


@pytest.fixture(scope="module")
def sidecar(site: Site, made: dict[str, Any]) -> Sidecar:
    return Sidecar(site)


@pytest.fixture(scope="module")
def people(site: Site, made: dict[str, Any]) -> Iterator[dict[str, Person]]:
    """Logged-in accounts, by what they are for."""
    found = {name: Person(site, made[name]["name"]) for name in ("runner", "other_runner", "watcher", "stranger")}
    yield found
    for person in found.values():
        person.http.close()


@pytest.fixture(scope="module")
def runner(people: dict[str, Person]) -> Person:
    """May run the agent `core`, and see and manage its own runs."""
    return people["runner"]


@pytest.fixture(scope="module")
def other(people: dict[str, Person]) -> Person:
    """May do the same as the runner, with its own runs."""
    return people["other_runner"]


@pytest.fixture
def clean(site: Site, sidecar: Sidecar) -> None:
    """No trigger rows and no jobs are left over."""
    site.sql("DELETE FROM background_agents_trigger_log")
    site.sql("DELETE FROM background_agents_outbox")
