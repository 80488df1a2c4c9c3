"""What goes wrong on real sites: each run ends or waits, says why, and its page says what to do. None is lost, none stays `running`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.site.drupal import SECRET
from tests.site.e2e.system import WRONG_SECRET, World, until
from tests.site.people import Person

ACCOUNT = "$u = \\Drupal\\user\\Entity\\User::load({}); $u->set('status', {})->save();"


@contextmanager
def blocked(world: World, name: str) -> Iterator[None]:
    """An account is blocked for a while."""
    id_ = world.accounts[name]["id"]
    world.site.php(ACCOUNT.format(id_, 0))
    try:
        yield
    finally:
        world.site.php(ACCOUNT.format(id_, 1))


def status_report(world: World) -> str:
    """What the status report says about the sidecar."""
    all_ = "\\Drupal::service('system.manager')->listRequirements()"
    return world.site.php(f"print json_encode({all_}['background_agents_sidecar']);")


@pytest.fixture(scope="module", autouse=True)
def none_is_running(world: World) -> Iterator[None]:
    """At the end no run of this module is left in any state but a final one."""
    yield
    rows = world.site.sql(
        "SELECT uuid, agent, state FROM background_agents_run WHERE state NOT IN ('completed', 'failed', 'cancelled')"
    )
    assert rows == []
    assert world.site.sql("SELECT run FROM background_agents_outbox") == []


def test_an_account_without_the_permission(world: World) -> None:
    """The model is told; the run's page says that nothing was saved, and which permission is missing."""
    article = world.article("Unpermitted")
    run = world.run("unpermitted", id=article["uuid"])
    row = world.ended(run)
    assert (row["state"], row["reason"], row["writes"]) == ("failed", "drafts_refused", 0)
    assert world.drafts(run) == []
    assert "No draft was saved" in row["message"]
    assert "edit any article content" in row["message"]
    assert "edit any article content" in world.page(run)
    assert len(world.revisions(article["id"])) == 1


def test_a_blocked_account_before_the_run(world: World) -> None:
    """A person is told at once."""
    with blocked(world, "blocked"):
        answer = world.editor.post("runs", {"agent": "blocked", "input": {}})
        assert answer.status_code == 409, answer.text
        assert answer.json()["code"] == "account_blocked"
        assert "e2e_agent_blocked" in answer.json()["detail"]


def test_a_blocked_account_during_the_run(world: World) -> None:
    """The draft before it stays, the one after it is not made."""
    run = world.run("half")
    world.saw(run, "change_saved")
    with blocked(world, "half"):
        world.ended(run)
        world.explained(run, "failed", "account_blocked", "Make it active, then retry the run.")
    assert len(world.drafts(run)) == 1
    world.settled(run)


def test_an_account_that_lost_its_agent_role(world: World) -> None:
    """Nobody's rights are used in its place."""
    run = world.run("half")
    world.saw(run, "change_saved")
    user = f"\\Drupal\\user\\Entity\\User::load({world.accounts['half']['id']})"
    world.site.php(f"{user}->set('roles', [])->save();")
    try:
        world.ended(run)
        world.explained(run, "failed", "not_an_agent_account", "has no agent role")
    finally:
        world.site.php(f"{user}->set('roles', ['e2e_half'])->save();")


def test_the_person_who_asked_is_blocked(world: World) -> None:
    """Least of both: without the requester there is nothing left."""
    asker = Person(world.site, "e2e_asker")
    run = asker.post("runs", {"agent": "half"}).json()["uuid"]
    asker.http.close()
    world.saw(run, "change_saved")
    with blocked(world, "asker"):
        world.ended(run)
        world.explained(run, "failed", "requester_lost", "asked for this run is blocked or gone")


def test_jsonapi_read_only_keeps_nobody_from_drafts(world: World) -> None:
    """Drafts go by the module's endpoint. A site is read-only when it is new."""
    world.site.drush("config:set", "jsonapi.settings", "read_only", "1", "-y")
    article = world.article("Read-only")
    run = world.run("given", id=article["uuid"])
    world.completed(run)
    assert [draft["operation"] for draft in world.drafts(run)] == ["revise"]


def test_maintenance_mode_in_the_middle(world: World) -> None:
    """The run waits for Drupal, which takes nothing meanwhile, and goes on after it. The history tells."""
    run = world.run("half")
    world.saw(run, "change_saved")
    with world.switched("system.maintenance_mode", "1"):
        until(lambda: world.held(run)["waiting_for"] == "drupal", 30, "the run waits in the sidecar")
        assert "maintenance" in world.held(run)["message"]
    row = world.ended(run, 120)
    assert (row["state"], len(world.drafts(run))) == ("completed", 2), world.why(run)
    [waiting] = world.events(run, "run_waiting")
    assert waiting["data"]["reason"] == "drupal:unavailable"
    assert "maintenance mode" in waiting["data"]["message"]
    world.settled(run)


def test_the_node_is_deleted_in_the_middle(world: World) -> None:
    """The model is told that it is gone; nothing comes back to life."""
    article = world.article("Deleted")
    run = world.run("deleted", id=article["uuid"])
    world.saw(run, "tool_finished")
    world.site.php(f"\\Drupal\\node\\Entity\\Node::load({article['id']})->delete();")
    row = world.ended(run)
    assert (row["state"], row["reason"]) == ("failed", "drafts_refused")
    assert "No draft was saved" in row["message"]
    assert row["message"] in world.page(run).replace("&quot;", '"').replace("&#039;", "'")
    refused = world.events(run, "tool_finished")[-1]["data"]
    assert refused["status"] == "error"
    assert world.revisions(article["id"]) == []


@pytest.mark.parametrize(
    ("agent", "reason", "words"),
    [
        ("unpaid", "model:refused", ["Set the key in the settings of the sidecar", "invalid x-api-key"]),
        ("confused", "model:nonsense", ["take another model", "no_such_tool"]),
        ("careless", "model:nonsense", ["take another model", "read_item"]),
        ("shapeless", "model:output", ["output schema", "/title"]),
        ("few", "limit:writes", ["Drafts per run"]),
        ("hourly", "limit:writes_per_hour", ["Drafts per hour"]),
    ],
)
def test_what_a_model_does_wrong(world: World, agent: str, reason: str, words: list[str]) -> None:
    run = world.run(agent)
    world.ended(run)
    world.explained(run, "failed", reason, *words)
    world.settled(run)


def test_a_rate_limit_is_waited_for(world: World) -> None:
    """The model's provider says "slow down" once: the run waits, tries again, and completes."""
    run = world.run("limited")
    row = world.ended(run)
    assert (row["state"], len(world.drafts(run))) == ("completed", 1), world.why(run)
    [retrying] = world.events(run, "run_retrying")
    assert retrying["data"]["reason"] == "model:rate_limited"
    world.settled(run)


def test_a_refused_draft_can_be_mended_within_the_limit(world: World) -> None:
    """One draft may be left: the one that Drupal refused did not count."""
    run = world.run("mending")
    row = world.ended(run)
    assert (row["state"], row["reason"], row["writes"]) == ("completed", "done", 1), world.why(run)


def test_a_wrong_secret_in_the_sidecar(world: World) -> None:
    """The job is kept; page and status report say what is wrong. With the right secret the run completes."""
    world.up.stop()
    world.up.start(SIDECAR_SITE_SECRET=WRONG_SECRET)
    try:
        run = world.run("writer")
        until(lambda: "not the one of this site" in world.page(run), 15, "the page says that the secret is wrong")
        assert world.row(run)["state"] == "queued"
        assert "secret is not the one of this site" in status_report(world)
    finally:
        world.up.stop()
        world.up.start()
    world.completed(run)
    world.settled(run)


def test_a_wrong_secret_in_drupal(world: World) -> None:
    """In the middle of a run: the sidecar keeps everything until the secret fits again, and the status report says what is wrong."""
    settings = world.site.secret_file
    text = settings.read_text()
    run = world.run("half")
    world.saw(run, "change_saved")
    settings.write_text(text.replace(SECRET, WRONG_SECRET))
    try:
        until(lambda: world.held(run)["waiting_for"] == "drupal", 30, "the run waits in the sidecar")
        assert "same secret" in world.held(run)["message"]
        assert "secret is not the one of this site" in status_report(world)
    finally:
        settings.write_text(text)
    row = world.ended(run, 120)
    assert (row["state"], len(world.drafts(run))) == ("completed", 2), world.why(run)
    world.settled(run)


def test_a_failure_before_the_run_is_seen(world: World) -> None:
    """A save starts an agent whose account is blocked: there is nobody to tell, so the run is there, failed."""
    trigger = "\\Drupal\\background_agents\\Entity\\Trigger::load('e2e_content')->set('status', {})->save();"
    with blocked(world, "reviser"):
        world.site.php(trigger.format("TRUE"))
        try:
            article = world.article("Nobody comes")
            world.site.php(f"\\Drupal\\node\\Entity\\Node::load({article['id']})->setTitle('Changed')->save();")
        finally:
            world.site.php(trigger.format("FALSE"))
    [row] = until(
        lambda: world.site.sql("SELECT uuid FROM background_agents_run WHERE target_uuid = %s", article["uuid"]),
        15,
        "a run",
    )
    world.explained(row["uuid"], "failed", "dispatch:account_blocked", "Make it active, then retry the run.")
