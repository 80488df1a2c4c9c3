"""How the tests of sent-back drafts send them back, and what they expect of the second round."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.site.e2e.system import World

HIDDEN = re.compile(r'name="(form_build_id|form_token|form_id|seen)" value="([^"]*)"')


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
