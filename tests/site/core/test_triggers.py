"""Content changes and cron start agents on a real site, and never harm a save."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

from tests.site.drupal import Site
from tests.site.people import Person, dispatched, php, save_node
from tests.site.sidecar import Sidecar, event, item


def test_a_save_leaves_a_row_and_later_a_run(site: Site, sidecar: Sidecar, clean: None) -> None:
    """The row is there with the save; tokens are filled in, and cast as the schema wants."""
    node = save_node(site, "A & B")
    [job] = sidecar.claim()
    assert job["input"] == {"topic": "A & B", "count": node["id"]}
    assert job["trigger"]["type"] == "content"
    assert job["trigger"]["id"] == "core_articles"
    assert job["trigger"]["operation"] == "insert"
    entity = job["trigger"]["entity"]
    assert (entity["entity_type"], entity["bundle"], entity["uuid"], entity["revision"]) == (
        "node",
        "article",
        node["uuid"],
        node["vid"],
    )
    assert job["requester"] is None, "Drush is nobody."


def test_a_save_that_is_rolled_back_leaves_nothing(site: Site, clean: None) -> None:
    php(
        site,
        "$t = \\Drupal::database()->startTransaction(); \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => 'Gone'])->save();"
        "$t->rollBack(); print '1';",
    )
    assert site.sql("SELECT * FROM background_agents_trigger_log") == []


def test_a_failing_row_never_fails_the_save(site: Site, clean: None) -> None:
    """The table is broken: the node is saved, whole, and the log says what is missing."""
    site.sql("ALTER TABLE background_agents_trigger_log RENAME TO background_agents_trigger_log_away")
    try:
        node = save_node(site, "Saved all the same")
    finally:
        site.sql("ALTER TABLE background_agents_trigger_log_away RENAME TO background_agents_trigger_log")
    assert site.sql("SELECT title FROM node_field_data WHERE nid = %s", node["id"])[0]["title"] == "Saved all the same"


def test_several_saves_of_one_item_become_one_run(site: Site, sidecar: Sidecar, clean: None) -> None:
    """The UUIDs of the rows that were folded still lead to the run."""
    node = save_node(site, "First", "$n->setTitle('Second')->save(); $n->setTitle('Third')->save();")
    [job] = sidecar.claim()
    assert job["input"]["topic"] == "Third"
    assert job["trigger"]["entity"]["uuid"] == node["uuid"]
    aliases = site.sql("SELECT alias FROM background_agents_alias WHERE run = %s", job["run"])
    assert len(aliases) == 2
    assert sidecar.get(f"runs/{aliases[0]['alias']}").json()["uuid"] == job["run"]


def test_debounce_waits_for_the_last_change(site: Site, sidecar: Sidecar, clean: None) -> None:
    site.drush("config:set", "background_agents.trigger.core_articles", "debounce", "300", "-y")
    try:
        save_node(site, "Quiet please")
        assert sidecar.claim() == []
        site.sql("UPDATE background_agents_trigger_log SET available_at = available_at - 400")
        assert [job["input"]["topic"] for job in sidecar.claim()] == ["Quiet please"]
    finally:
        site.drush("config:set", "background_agents.trigger.core_articles", "debounce", "0", "-y")


def test_many_changes_become_one_run_with_items(site: Site, sidecar: Sidecar, clean: None) -> None:
    site.sql("UPDATE background_agents_run SET created = created - 600")
    php(
        site,
        "for ($i = 0; $i < 25; $i++) { \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => \"Many $i\"])->save(); }"
        "print '1';",
    )
    [job] = sidecar.claim()
    assert len(job["trigger"]["items"]) == 25
    assert len({one["uuid"] for one in job["trigger"]["items"]}) == 25


def test_what_does_not_start_an_agent(site: Site, clean: None) -> None:
    """Syncing saves, other bundles, and the agent's own account."""
    php(
        site,
        "$n = \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => 'Synced']); $n->setSyncing(TRUE)->save();"
        "\\Drupal\\node\\Entity\\Node::create(['type' => 'page', 'title' => 'A page'])->save(); print '1';",
    )
    assert site.sql("SELECT * FROM background_agents_trigger_log") == []


def test_content_that_is_gone_ends_in_a_failed_run(site: Site, sidecar: Sidecar, clean: None) -> None:
    """Deleted before its run was made: a run that says so. The deletion itself starts the agent with the old values."""
    site.drush("background-agents:stop")
    try:
        node = save_node(site, "Short life")
        site.sql('DELETE FROM background_agents_trigger_log WHERE request LIKE \'%%"operation":"delete"%%\'')
        site.php(f"\\Drupal\\node\\Entity\\Node::load({node['id']})->delete();")
        site.sql("UPDATE background_agents_trigger_log SET fold = '' ")
    finally:
        site.drush("background-agents:start")
    jobs = sidecar.claim()
    runs = "SELECT state, reason, message FROM background_agents_run WHERE target_uuid = %s AND operation = 'insert'"
    failed = site.sql(runs, node["uuid"])[0]
    assert (failed["state"], failed["reason"]) == ("failed", "dispatch:content_gone")
    assert "deleted" in failed["message"]
    assert [(job["trigger"]["operation"], job["input"]["topic"]) for job in jobs] == [("delete", "Short life")]


def test_an_editor_is_not_kept_waiting_by_a_promotion(site: Site, clean: None) -> None:
    """A promotion has deleted its rows and not committed yet, the sidecar holds the outbox: a save goes on at once."""
    found = php(
        site,
        "\\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => 'Locked row'])->save();"
        "$o = \\Drupal\\Core\\Database\\Database::getConnectionInfo()['default'];"
        "\\Drupal\\Core\\Database\\Database::addConnectionInfo('second', 'default', $o);"
        "$c = \\Drupal\\Core\\Database\\Database::getConnection('default', 'second'); $t = $c->startTransaction();"
        "$log = new $$Trigger\\TriggerLog($c, \\Drupal::time(), \\Drupal::service('uuid'), \\Drupal::service($$Guard\\WithinSave::class));"
        "$ids = $c->query('SELECT id FROM {background_agents_trigger_log}')->fetchCol(); $log->delete($ids);"
        "$c->query('SELECT * FROM {background_agents_outbox} FOR UPDATE')->fetchAll();"
        "\\Drupal::database()->query('SET innodb_lock_wait_timeout = 5'); $start = microtime(TRUE);"
        "$n = \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => 'Not kept waiting']); $n->save();"
        "$seconds = microtime(TRUE) - $start; $t->rollBack();"
        "print json_encode(['seconds' => $seconds, 'rows' => count($ids), 'saved' => (bool) \\Drupal\\node\\Entity\\Node::load($n->id())]);",
    )
    assert (found["rows"], found["saved"]) == (1, True)
    assert found["seconds"] < 4


@contextmanager
def row_that_waits(site: Site, alias: str) -> Iterator[None]:
    """While each new row of the trigger log needs the lock of an alias: the insert itself waits for no gap under READ COMMITTED."""
    site.sql(
        "CREATE OR REPLACE TRIGGER background_agents_test BEFORE INSERT ON background_agents_trigger_log FOR EACH ROW "
        f"UPDATE background_agents_alias SET created = 1 WHERE alias = '{alias}'"
    )
    try:
        yield
    finally:
        site.sql("DROP TRIGGER background_agents_test")


def test_a_deadlock_is_not_swallowed(site: Site, clean: None) -> None:
    """The database gives the editor's whole save up: the editor hears of it, and nothing is half stored."""
    node = save_node(site, "Before")
    code = (
        f"$n = \\Drupal\\node\\Entity\\Node::load({node['id']}); $n->setTitle('After');"
        "try { $n->save(); $said = 'saved'; } catch (\\Throwable $error) { $said = get_class($error); } print json_encode($said);"
    )
    with (
        row_that_waits(site, "deadlock-0"),
        closing(site.connection()) as other,
        other.cursor() as cursor,
        ThreadPoolExecutor(1) as pool,
    ):
        other.begin()
        # Much to roll back, so that the database chooses the other one as the victim.
        for number in range(500):
            cursor.execute(
                "INSERT INTO background_agents_alias (alias, run, created) VALUES (%s, '', 0)", (f"deadlock-{number}",)
            )
        said = pool.submit(php, site, code)
        site.await_lock_wait("background_agents_alias")
        cursor.execute("SELECT * FROM node WHERE nid = %s FOR UPDATE", (node["id"],))
        other.rollback()
        assert said.result(30) != "saved"
    assert site.sql("SELECT title FROM node_field_data WHERE nid = %s", node["id"])[0]["title"] == "Before"


def test_cron_starts_agents_once_per_interval(site: Site, sidecar: Sidecar, clean: None) -> None:
    site.drush("config:set", "background_agents.trigger.core_daily", "status", "1", "-y")
    try:
        site.drush("core:cron")
        site.drush("core:cron")
        [job] = sidecar.claim()
        assert (job["trigger"], job["input"]) == ({"type": "cron", "id": "core_daily"}, {"topic": "news"})
        site.php("\\Drupal::state()->set('background_agents.cron_triggers', ['core_daily' => time() - 4000]);")
        site.drush("core:cron")
        assert len(sidecar.claim()) == 1
    finally:
        site.drush("config:set", "background_agents.trigger.core_daily", "status", "0", "-y")


def test_cron_expires_and_tidies(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> None:
    """Silent runs expire; payloads, events and runs go when their time is over, open runs keep everything."""
    silent, old, open_ = dispatched(runner), dispatched(runner), dispatched(runner)
    long = "x" * 5000
    sidecar.claim()
    for run in (old, open_):
        sidecar.report(
            item(run, event(1, "run_started", worker="w"), event(2, "model_responded", model="m", text=long))
        )
    sidecar.report(item(old, end={"state": "completed", "reason": "done"}))
    site.sql("UPDATE background_agents_run SET updated = updated - 86400 * 20 WHERE uuid = %s", silent)
    site.sql("UPDATE background_agents_event_payload SET created = created - 86400 * 40")
    site.drush("core:cron")
    found = site.sql("SELECT state, reason FROM background_agents_run WHERE uuid = %s", silent)[0]
    assert (found["state"], found["reason"]) == ("expired", "expired")
    count = "SELECT COUNT(*) AS n FROM background_agents_event{} e JOIN background_agents_run r ON r.id = e.run WHERE r.uuid = %s"
    assert site.sql(count.format("_payload"), old)[0]["n"] == 0
    assert site.sql(count.format("_payload"), open_)[0]["n"] == 1
    assert site.sql(count.format(""), old)[0]["n"] == 2
    id_ = site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", old)[0]["id"]
    site.sql("UPDATE background_agents_run SET finished = finished - 86400 * 800 WHERE uuid = %s", old)
    site.drush("core:cron")
    assert site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", old) == []
    assert site.sql("SELECT seq FROM background_agents_event WHERE run = %s", id_) == []
    assert site.sql("SELECT run FROM background_agents_run_data WHERE run = %s", id_) == []
