"""The module comes and goes without a trace, and its definitions are sound."""

from __future__ import annotations

import json
from typing import Any

from tests.site.drupal import Site


def test_configuration_is_valid(site: Site, made: dict[str, Any]) -> None:
    """Settings, agents and triggers keep their schema, with every key validatable."""
    errors = site.php(
        "$t = \\Drupal::service('config.typed'); $e = [];"
        "foreach (\\Drupal::configFactory()->listAll('background_agents.') as $n) {"
        "  foreach ($t->createFromNameAndData($n, \\Drupal::config($n)->getRawData())->validate() as $v)"
        '    { $e[] = "$n {$v->getPropertyPath()}: {$v->getMessage()}"; } }'
        "print json_encode($e);"
    )
    # An agent may be saved before its account is chosen.
    assert [error for error in json.loads(errors) if "core_nobody" not in error] == []


def test_bad_configuration_is_found(site: Site, made: dict[str, Any]) -> None:
    """What a hand-written or deployed configuration may hold that the contract does not."""
    found = json.loads(
        site.php(
            "$a = \\Drupal\\background_agents\\Entity\\Agent::create(['id' => 'bad', 'label' => 'Bad', 'role' => 'no_such_role',"
            "'definition' => ['system_prompt' => 'x', 'input_schema' => '[1]', 'tools' => ['No Tool']],"
            "'binding' => ['model' => 'nomodel', 'content' => ['node' => ['article' => ['publish']]],"
            "'limits' => ['steps' => -1], 'priority' => 10,"
            "'mcp_servers' => [['name' => 'x', 'url' => 'file:///etc/passwd', 'secret' => 'a b']]]]);"
            "$p = []; foreach ($a->getTypedData()->validate() as $v) { $p[] = $v->getPropertyPath(); } print json_encode($p);"
        )
    )
    expected = {
        "role",
        "definition.input_schema",
        "definition.tools.0",
        "binding.model",
        "binding.content.node.article.0",
        "binding.limits.steps",
        "binding.priority",
        "binding.mcp_servers.0.url",
        "binding.mcp_servers.0.secret",
    }
    assert expected <= set(found), found


def test_views_knows_runs_and_events(site: Site, made: dict[str, Any]) -> None:
    tables = json.loads(
        site.php(
            "\\Drupal::service('module_installer')->install(['views']); $d = \\Drupal::service('views.views_data');"
            "$t = fn ($n) => array_keys($d->get($n)); print json_encode([$t('background_agents_run'), $t('background_agents_event')]);"
        )
    )
    assert {"state", "agent", "background_agents_changes"} <= set(tables[0])
    assert {"seq", "type", "created"} <= set(tables[1])


def test_uninstalling_leaves_nothing(site: Site, made: dict[str, Any]) -> None:
    try:
        # Its submodules depend on it: Drush uninstalls them, too.
        site.drush("pm:uninstall", "background_agents", "-y")
        assert site.sql("SHOW TABLES LIKE 'background_agents%%'") == []
        assert site.sql("SELECT name FROM config WHERE name LIKE 'background_agents%%'") == []
        # Checkpoints of all configuration are core's own.
        left = (
            "SELECT collection, name FROM key_value WHERE name LIKE '%%background_agents%%' "
            "AND collection NOT LIKE 'config.checkpoint%%' AND collection <> 'post_update'"
        )
        assert site.sql(left) == []
        assert site.http.get("/").status_code == 200
    finally:
        site.drush("pm:install", "background_agents", "-y")
