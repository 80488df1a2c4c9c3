"""A real Drupal site for the tests of this folder.

Settings come from the environment: BACKGROUND_AGENTS_SITE_URL, BACKGROUND_AGENTS_SITE_ROOT (the project's folder, with `web` in it),
BACKGROUND_AGENTS_SITE_DRUSH, BACKGROUND_AGENTS_SITE_DB (a URL); or, as lines NAME=value, from ~/.config/background-agents/site.env.
Without them the tests are skipped. The site is changed: take one that may be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.drupal import Agents, Site


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
    found.prepare()
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
