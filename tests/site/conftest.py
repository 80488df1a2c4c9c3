"""A real Drupal site for the tests of this folder.

Settings come from the environment: BACKGROUND_AGENTS_SITE_URL, BACKGROUND_AGENTS_SITE_ROOT (the project's folder, with `web` in it),
BACKGROUND_AGENTS_SITE_DRUSH, BACKGROUND_AGENTS_SITE_DB (a URL); or, as lines NAME=value, from ~/.config/background-agents/site.env.
Without them the tests are skipped. The site is changed: take one that may be; a fresh standard site is brought to what the tests expect.
BACKGROUND_AGENTS_SITE_ISOLATION is the isolation level of its connections, READ-COMMITTED unless said otherwise.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.drupal import ISOLATION_LEVELS, Agents, Site, SiteNotReady
from tests.site.outcomes import NAMES, Outcomes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/site/" in str(item.path):
            item.add_marker(pytest.mark.site)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The site, with the module installed and a secret set."""
    found = Site.from_environment()
    if found is None:
        pytest.skip(
            "neither the environment nor ~/.config/background-agents/site.env names a Drupal site (see docs/reference/testing.md)"
        )
    isolation = os.environ.get("BACKGROUND_AGENTS_SITE_ISOLATION", ISOLATION_LEVELS[0])
    if isolation not in ISOLATION_LEVELS:
        pytest.exit(f"BACKGROUND_AGENTS_SITE_ISOLATION is {isolation!r}; it can be {' or '.join(ISOLATION_LEVELS)}.", 2)
    try:
        found.prepare(isolation)
    except SiteNotReady as error:
        pytest.exit(f"The site at {found.url} cannot be used:\n{error}", 2)
    yield found
    found.close()


@pytest.fixture(scope="module")
def agents(site: Site) -> Agents:
    """Accounts, agents, live runs with their tokens, and published items: new ones for each module."""
    return Agents(site, site.script("agents.php"))


@pytest.fixture
def stopped(site: Site) -> Iterator[None]:
    """While the site's stop switch is on."""
    site.php("\\Drupal::service('Drupal\\background_agents\\StopSwitch')->stop(1, time());")
    yield
    site.php("\\Drupal::service('Drupal\\background_agents\\StopSwitch')->start();")


@pytest.fixture
def maintenance(site: Site) -> Iterator[None]:
    """While the site is in maintenance mode."""
    site.php("\\Drupal::state()->set('system.maintenance_mode', TRUE);")
    yield
    site.php("\\Drupal::state()->delete('system.maintenance_mode');")


@pytest.fixture(scope="module")
def given(site: Site) -> dict[str, Any]:
    """Agents, people and runs of php/ui.php."""
    return site.script("ui.php", "given")


@pytest.fixture(scope="module")
def outcomes(site: Site) -> Iterator[Outcomes]:
    """The type, the agent and its run of php/outcomes.php."""
    made = site.script("outcomes.php", "given", json.dumps(NAMES))
    yield Outcomes(Agents(site, made), made["uuids"])
    site.script("outcomes.php", "tidy")
