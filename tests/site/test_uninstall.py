"""The modules leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.drupal import Site

# Where modules leave what is not configuration: the table, and what is ours there. Checkpoints of configuration are core's own.
PLACES = {
    "key_value": "(name LIKE '%%background\\_agents%%' OR collection LIKE '%%background\\_agents%%' "
    "OR (collection = 'entity.definitions.installed' AND INSTR(value, 'background_agents') > 0)) "
    "AND collection NOT LIKE 'config.checkpoint.%%'",
    "key_value_expire": "name LIKE '%%background\\_agents%%' OR collection LIKE '%%background\\_agents%%'",
    "users_data": "module LIKE 'background\\_agents%%'",
    "queue": "name LIKE '%%background\\_agents%%'",
    "router": "name LIKE '%%background\\_agents%%' OR path LIKE '%%background-agents%%'",
    "menu_tree": "id LIKE '%%background\\_agents%%' OR route_name LIKE '%%background\\_agents%%'",
}


@pytest.fixture
def uninstalled(site: Site) -> Iterator[Site]:
    """A site on which agents have run and both modules were uninstalled; they are installed again behind the test."""
    modules = ["background_agents"]
    if "eca" in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        modules.append("background_agents_eca")
    site.drush("pm:install", *modules, "-y")
    site.script("ui.php", "given")
    # What only some sites have.
    site.sql(
        "INSERT INTO users_data (uid, module, name, value, serialized) VALUES (1, 'background_agents', 'test', '1', 0)"
    )
    site.drush("state:set", "background_agents.changes_seen", "1")
    for collection in ("background_agents_quick", "background_agents_watched", "tempstore.private.background_agents"):
        site.php(f"\\Drupal::keyValueExpirable('{collection}')->setWithExpire('test', 1, 600);")
    # As when an entity type is installed while the module is there.
    site.php(
        "\\Drupal::service('entity.last_installed_schema.repository')->setLastInstalledFieldStorageDefinition("
        "\\Drupal::service('entity_field.manager')->getFieldStorageDefinitions('node')['vid']);"
    )
    site.php("\\Drupal::keyValue('background_agents_models')->set('version', '1');")
    # Drupal does not uninstall a module while there is content of its types; its page offers to remove it.
    site.drush("entity:delete", "background_agents_change", "-y")
    site.drush("entity:delete", "background_agents_run", "-y")
    site.drush("pm:uninstall", *reversed(modules), "-y")
    yield site
    site.drush("pm:install", *modules, "-y")


def test_nothing_is_left(uninstalled: Site) -> None:
    """No table, configuration, view, permission or mark of a role; no state, data of accounts, waiting work, route or link."""
    assert uninstalled.sql("SHOW TABLES LIKE 'background\\_agents%%'") == []
    assert uninstalled.sql("SELECT name FROM config WHERE name LIKE 'background\\_agents%%'") == []
    assert uninstalled.sql("SELECT name FROM config WHERE data LIKE '%%background\\_agents%%'") == []
    assert uninstalled.sql("SELECT name FROM config WHERE data LIKE '%%background agent%%'") == []
    # Core makes some of these tables when they are used.
    there = [place for place in PLACES if uninstalled.sql("SHOW TABLES LIKE %s", place)]
    left = {place: uninstalled.sql(f"SELECT * FROM {place} WHERE {PLACES[place]}") for place in there}
    assert {place: rows for place, rows in left.items() if rows} == {}
