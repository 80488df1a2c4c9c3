"""The modules leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.drupal import Site


@pytest.fixture
def uninstalled(site: Site) -> Iterator[Site]:
    """A site on which agents have run and both modules were uninstalled; they are installed again behind the test."""
    modules = ["background_agents"]
    if "eca" in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        modules.append("background_agents_eca")
    site.drush("pm:install", *modules, "-y")
    site.script("ui.php", "given")
    # Drupal does not uninstall a module while there is content of its types; its page offers to remove it.
    site.drush("entity:delete", "background_agents_change", "-y")
    site.drush("entity:delete", "background_agents_run", "-y")
    site.drush("pm:uninstall", *reversed(modules), "-y")
    yield site
    site.drush("pm:install", *modules, "-y")


def test_nothing_is_left(uninstalled: Site) -> None:
    """No table, no configuration, no state, no permission of a role, no mark of an agent role."""
    assert uninstalled.sql("SHOW TABLES LIKE 'background\\_agents%%'") == []
    assert uninstalled.sql("SELECT name FROM config WHERE name LIKE 'background\\_agents%%'") == []
    assert uninstalled.sql("SELECT name FROM config WHERE data LIKE '%%background\\_agents%%'") == []
    assert uninstalled.sql("SELECT name FROM config WHERE data LIKE '%%background agent%%'") == []
    # Checkpoints of configuration are core's own history.
    left = uninstalled.sql(
        "SELECT collection, name FROM key_value WHERE (name LIKE '%%background\\_agents%%' OR collection LIKE '%%background\\_agents%%') "
        "AND collection NOT LIKE 'config.checkpoint.%%'"
    )
    assert left == []
