"""From a door of Drupal to a published draft, by each transport: real sidecar, real Drupal."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest

from tests.site.drupal import SECRET
from tests.site.e2e.agents import WITHOUT
from tests.site.e2e.system import World, until


def saved_by_the_editor(world: World, article: dict[str, Any], title: str) -> None:
    """The editor saves the article by its form, as in a browser."""
    path = f"/node/{article['id']}/edit"
    form = world.editor.http.get(path)
    assert form.status_code == 200, form.text[:500]
    fields = {name: value(form.text, name) for name in ("form_build_id", "form_token", "form_id", "changed")}
    fields |= {
        "title[0][value]": title,
        "body[0][value]": "<p>Text.</p>",
        "body[0][format]": "basic_html",
        "moderation_state[0][state]": "published",
        "op": "Save",
    }
    answer = world.editor.http.post(path, data=fields)
    assert answer.status_code == 303, answer.text[-3000:]


def value(html: str, name: str) -> str:
    """The value of a hidden field."""
    for form in html.split("<form")[1:]:
        if 'value="node_article_edit_form"' in form:
            tag = next(tag for tag in form.split("<input")[1:] if f'name="{name}"' in tag.split(">")[0])
            return tag.split('value="')[1].split('"')[0]
    raise AssertionError(f"no field {name} in the form")


def published(world: World, nid: int, revision: int) -> None:
    """The editor publishes the draft."""
    code = (
        f"\\Drupal::currentUser()->setAccount(\\Drupal\\user\\Entity\\User::load({world.accounts['editor']['id']}));"
        f"$n = \\Drupal::entityTypeManager()->getStorage('node')->loadRevision({revision});"
        "$n->set('moderation_state', 'published'); $n->setNewRevision(); $n->save();"
    )
    world.site.php(code)


def newest_run(world: World, trigger: str, after: int) -> str | None:
    rows = world.site.sql(
        "SELECT uuid FROM background_agents_run WHERE trigger_type = %s AND id > %s ORDER BY id DESC LIMIT 1",
        trigger,
        after,
    )
    return rows[0]["uuid"] if rows else None


def last_id(world: World) -> int:
    return world.site.sql("SELECT COALESCE(MAX(id), 0) AS id FROM background_agents_run")[0]["id"]


def test_eca_from_an_editors_save_to_a_published_draft(any_world: World) -> None:
    """The published revision stays as it was until the editor publishes the draft; then the change is accepted."""
    world = any_world
    if "background_agents_eca" not in world.site.drush("pm:list", "--format=list", "--status=enabled", "--type=module"):
        pytest.skip("ECA is not on this site")
    article, before = world.article("First"), last_id(world)
    world.site.php("\\Drupal\\eca\\Entity\\Eca::load('e2e_model')->set('status', TRUE)->save();")
    try:
        saved_by_the_editor(world, article, "Saved by hand")
    finally:
        world.site.php("\\Drupal\\eca\\Entity\\Eca::load('e2e_model')->set('status', FALSE)->save();")
    run = until(lambda: newest_run(world, "eca", before), 15, "the model starts a run")
    row = world.ended(run)
    assert (row["state"], row["reason"]) == ("completed", "done"), world.why(run)
    world.settled(run)
    live = world.live(article["id"])
    assert live["title"] == "Saved by hand"
    [draft] = world.drafts(run)
    assert (draft["status"], draft["operation"]) == ("pending", "revise")
    newest = world.revisions(article["id"])[-1]
    assert newest == {"vid": draft["target_revision"], "title": "Saved by hand, revised", "moderation_state": "draft"}
    page = world.page(run)
    assert "ECA: e2e_model" in page
    assert "undefined" not in page
    published(world, article["id"], newest["vid"])
    until(lambda: world.drafts(run)[0]["status"] == "accepted", 5, "the change is accepted")
    assert world.live(article["id"])["title"] == "Saved by hand, revised"


def test_a_content_trigger(any_world: World) -> None:
    """An editor's save of published content, without ECA."""
    world = any_world
    article, before = world.article("Content"), last_id(world)
    switch = "\\Drupal\\background_agents\\Entity\\Trigger::load('e2e_content')->set('status', {})->save();"
    world.site.php(switch.format("TRUE"))
    try:
        saved_by_the_editor(world, article, "Content, changed")
    finally:
        world.site.php(switch.format("FALSE"))
    run = until(lambda: newest_run(world, "content", before), 15, "the save starts a run")
    world.completed(run)
    assert world.live(article["id"])["title"] == "Content, changed"
    assert world.revisions(article["id"])[-1]["title"] == "Content, changed, revised"
    world.settled(run)


def test_a_cron_trigger(any_world: World) -> None:
    """Cron starts an agent that makes something new; nobody asked for it."""
    world = any_world
    before = last_id(world)
    code = "\\Drupal\\background_agents\\Entity\\Trigger::load('e2e_cron')->set('status', {})->save();"
    world.site.php(code.format("TRUE") + "\\Drupal::state()->delete('background_agents.cron_triggers');")
    try:
        world.site.drush("core:cron")
    finally:
        world.site.php(code.format("FALSE"))
    run = until(lambda: newest_run(world, "cron", before), 15, "cron starts a run")
    row = world.ended(run)
    assert (row["state"], row["uid"]) == ("completed", None), world.why(run)
    [draft] = world.drafts(run)
    assert draft["operation"] == "create"
    assert world.live(int(draft["target_id"])) | {"vid": 0} == {"title": "Written by an agent", "status": 0, "vid": 0}
    world.settled(run)


def test_drush(any_world: World) -> None:
    """`background-agents:run` prints the run; usage and output come back."""
    world = any_world
    run = world.site.drush("background-agents:run", "writer").strip()
    row = world.ended(run)
    assert (row["state"], row["steps"], row["tool_calls"], row["writes"]) == ("completed", 2, 1, 1), world.why(run)
    world.settled(run)
    document = world.editor.get(f"runs/{run}").json()
    assert document["output"] == {"title": "Done"}


def test_a_retry_from_a_step_arrives_with_what_is_kept(any_world: World) -> None:
    """By each transport: with mysql the job is taken from the outbox as it is there."""
    world = any_world
    run = world.run("stepwise")
    assert world.ended(run)["state"] == "failed"
    world.command(run, "retry", from_step=3)
    row = world.ended(run)
    assert (row["state"], row["generation"], row["steps"]) == ("completed", 2, 4), world.why(run)
    assert [event["step"] for event in world.events(run, "model_requested")] == [1, 2, 3, 3, 4]
    assert [draft["status"] for draft in world.drafts(run)] == ["pending"] * 3
    world.settled(run)


def test_cancel_reaches_a_running_run(any_world: World) -> None:
    """Pushed at once, or with the answer to the next report: a second, or two."""
    world = any_world
    run = world.run("slow")
    world.saw(run, "change_saved")
    world.command(run, "cancel")
    row = world.ended(run, 5)
    assert (row["state"], len(world.drafts(run))) == ("cancelled", 1)
    world.settled(run)


def test_the_doctor_finds_nothing_wrong_but_what_is(any_world: World) -> None:
    """It knows each agent's model, account and MCP servers from the site itself."""
    world = any_world
    done = subprocess.run(
        [sys.executable, "-m", "sidecar", "doctor", "--json"],
        env=world.up.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)
    problems = [finding for finding in found if finding["level"] == "problem"]
    assert {finding["subject"] for finding in problems} == {f"agent {name} (default)" for name in WITHOUT}, problems
    assert "edit any article content" in json.dumps(problems)
    assert any("MCP server tests can be reached" in json.dumps(finding) for finding in found)
    assert SECRET not in done.stdout


def test_the_outbox_account_sees_nothing_else(any_world: World) -> None:
    """By mysql: no other table, no deletion."""
    if any_world.up.transport != "mysql":
        pytest.skip("only the mysql transport has an account")
    parts = urlsplit(any_world.up.environment["SIDECAR_DATABASE_URL"])
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:],
    )
    with connection, connection.cursor() as cursor:
        for query in ("SELECT * FROM users_field_data", "DELETE FROM background_agents_outbox"):
            with pytest.raises(pymysql.err.OperationalError, match="denied"):
                cursor.execute(query)
