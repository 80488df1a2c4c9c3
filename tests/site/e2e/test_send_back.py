"""Drafts that an editor sends back with remarks: a second one comes, and the others stay."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.site.drupal import Site
from tests.site.e2e.system import World, until

HIDDEN = re.compile(r'name="(form_build_id|form_token|form_id|seen)" value="([^"]*)"')


@pytest.fixture
def any_left(any_world: World) -> tuple[World, str, dict[str, Any]]:
    """A run that has ended, by each transport, and what it has left: a revision of an article, and an article of its own."""
    return (any_world, *left(any_world))


def left(world: World) -> tuple[str, dict[str, Any]]:
    """A run that has ended, and its first draft."""
    run = world.run("sent_back", id=world.article("Bread")["uuid"])
    world.completed(run)
    return run, revised(world, run)


def revised(world: World, run: str) -> dict[str, Any]:
    """The first draft of the article: the two drafts are left side by side."""
    return next(draft for draft in world.drafts(run) if draft["operation"] == "revise")


def send_back(world: World, change: int, remark: str, title: str = "") -> httpx.Response:
    """As the editor, on the page of the draft."""
    path = f"/admin/content/agents/{change}"
    page = world.editor.http.get(path)
    assert "send_back" in page.text, page.text[:2000]
    form = dict(HIDDEN.findall(page.text)) | {"remark": remark, "send_back": "Send back"}
    if title:
        form["fields[title][more][send_back][remark]"] = title
    answer = world.editor.http.post(path, data=form)
    assert answer.status_code == 303, answer.text[:2000]
    return world.editor.http.get(answer.headers["location"])


def edited(world: World, draft: dict[str, Any], title: str) -> None:
    """An editor changes words in the draft."""
    world.site.php(
        "$s = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$n = $s->loadRevision($s->getLatestRevisionId({draft['target_id']})); $n->setTitle('{title}')->setNewRevision(); $n->save();"
    )


def second_round(world: World, run: str, first: dict[str, Any], title: str) -> None:
    """The second draft has come, answers the first one, and the other draft waits as before."""
    row = world.completed(run, 60)
    assert (row["generation"], row["round"], row["writes"], row["steps"]) == (2, 1, 1, 3)
    drafts = world.drafts(run)
    assert sorted((d["status"], d["round"], d["answers"] or 0, d["operation"]) for d in drafts) == [
        ("pending", 0, 0, "create"), ("pending", 1, first["id"], "revise"), ("superseded", 0, 0, "revise"),
    ]  # fmt: skip
    assert world.revisions(first["target_id"])[-1]["title"] == drafts[2]["target_label"] == title
    assert world.live(first["target_id"])["title"] == "Bread"
    queued = world.events(run, "run_queued")[-1]["data"]
    assert (queued["round"], queued["by"]) == (1, "e2e_editor")
    world.settled(run)


def test_a_second_draft_comes(any_left: tuple[World, str, dict[str, Any]]) -> None:
    """Made from the words of the editor, with both remarks; the editor is told, and finds what was said on both pages."""
    world, run, first = any_left
    edited(world, first, "First try, edited")
    told = send_back(world, first["id"], "Shorter.", title="Say bread first.")
    assert "You have sent the draft of" in told.text
    second_round(world, run, first, "First try, edited: Shorter. Say bread first.")
    for draft in (first, world.drafts(run)[2]):
        page = world.editor.http.get(f"/admin/content/agents/{draft['id']}").text
        assert "e2e_editor sent it back on" in page
        assert "Say bread first." in page
        assert f"/admin/content/agents/{first['id']}" in page


def test_days_later_and_after_a_loss_of_redis(world: World) -> None:
    """Nothing that the sidecar knew is needed."""
    run, first = left(world)
    world.site.sql("DELETE FROM background_agents_checkpoint")
    world.up.flush()
    send_back(world, first["id"], "Shorter.", title="Say bread first.")
    second_round(world, run, first, "First try: Shorter. Say bread first.")
    send_back(world, world.drafts(run)[2]["id"], "Once more.")
    until(lambda: world.row(run)["generation"] == 3, 10, "the third generation")
    world.up.flush()
    assert world.completed(run, 60)["round"] == 2
    assert world.drafts(run)[-1]["target_label"] == "Round 2, after Shorter."


def test_while_the_run_is_at_work(world: World) -> None:
    """It is kept, and begins with the end of the run: once."""
    run = world.run("sent_at_work", id=world.article("Bread")["uuid"])
    world.saw(run, "change_saved", times=2)
    first = revised(world, run)
    told = send_back(world, first["id"], "Shorter.", title="Say bread first.")
    assert "as soon as its present run has ended" in told.text
    until(lambda: world.row(run)["generation"] == 2, 30, "the next round begins")
    second_round(world, run, first, "First try: Shorter. Say bread first.")


def test_while_the_sidecar_is_down(world: World, site: Site) -> None:
    """Drupal keeps it until a sidecar is there."""
    run, first = left(world)
    world.up.stop()
    try:
        send_back(world, first["id"], "Shorter.", title="Say bread first.")
        assert (world.row(run)["state"], world.row(run)["generation"]) == ("queued", 2)
    finally:
        world.up.start()
    site.drush("cron")
    second_round(world, run, first, "First try: Shorter. Say bread first.")
