"""Agents that start agents, retries and the drafts they leave, on a real site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.drupal import API, Site, is_problem, new_key
from tests.site.sidecar import Sidecar, event, item


@pytest.fixture
def parent(site: Site, sidecar: Sidecar, clean: None) -> dict[str, Any]:
    """A live run of `core` with its token, and a published article."""
    run = site.drush("background-agents:run", "core").strip()
    sidecar.claim()
    sidecar.report(item(run, event(1, "run_started", worker="w")))
    return site.script("lineage.php", run) | {"run": run}


def as_run(site: Site, parent: dict[str, Any], method: str, path: str, **options: Any) -> Any:
    return site.http.request(method, f"{API}/{path}", headers={"Authorization": f"Bearer {parent['token']}"}, **options)


def draft(site: Site, parent: dict[str, Any], title: str, generation: int = 1, attempt: int = 1) -> Any:
    return as_run(
        site,
        parent,
        "POST",
        "drafts",
        json={
            "key": new_key(),
            "run": parent["run"],
            "attempt": attempt,
            "generation": generation,
            "operation": "revise",
            "entity_type": "node",
            "bundle": "article",
            "entity": parent["node"]["uuid"],
            "expected_revision": parent["node"]["revision"],
            "fields": {"title": title},
            "summary": "Test.",
        },
    )


def test_an_agent_starts_an_agent_once(site: Site, sidecar: Sidecar, parent: dict[str, Any]) -> None:
    """The child knows its parent; the parent may see and cancel it; a grandchild is too deep."""
    answer = as_run(site, parent, "POST", "runs", json={"agent": "core_child"})
    assert answer.status_code == 201, answer.text
    child = answer.json()
    assert (child["trigger"]["type"], child["parent"], child["depth"]) == ("agent", parent["run"], 1)
    assert as_run(site, parent, "GET", f"runs/{child['uuid']}").status_code == 200
    assert is_problem(as_run(site, parent, "POST", "runs", json={"agent": "core"}), 403, "forbidden")
    sidecar.claim()
    sidecar.report(item(child["uuid"], event(1, "run_started", worker="w")))
    deeper = site.script("lineage.php", child["uuid"])
    assert is_problem(as_run(site, deeper, "POST", "runs", json={"agent": "core_child"}), 409, "depth")
    assert as_run(site, parent, "POST", f"runs/{child['uuid']}/cancel").status_code == 202


def test_an_agents_draft_starts_others_but_not_itself(site: Site, sidecar: Sidecar, parent: dict[str, Any]) -> None:
    answer = draft(site, parent, "By the agent")
    assert answer.status_code == 201, answer.text
    jobs = sidecar.await_jobs("content")
    assert [(job["agent"]["id"], job["parent"], job["depth"]) for job in jobs] == [("core_child", parent["run"], 1)]


def test_a_token_ends_with_its_run(site: Site, sidecar: Sidecar, parent: dict[str, Any]) -> None:
    assert as_run(site, parent, "GET", "me").status_code == 200
    sidecar.report(item(parent["run"], end={"state": "completed", "reason": "done"}))
    assert is_problem(as_run(site, parent, "GET", "me"), 401, "run_ended")
    assert is_problem(draft(site, parent, "Too late"), 401, "run_ended")


@pytest.mark.parametrize("touched", [False, True])
def test_the_end_of_a_retry_takes_back_older_drafts(
    site: Site, sidecar: Sidecar, parent: dict[str, Any], touched: bool
) -> None:
    """Untouched pending revisions of the old generation go; what an editor went on with stays."""
    answer = draft(site, parent, "First try")
    assert answer.status_code == 201, answer.text
    revision = answer.json()["revision"]
    sidecar.report(item(parent["run"], end={"state": "failed", "reason": "limit:steps"}))
    site.php(
        "\\Drupal::service('Drupal\\background_agents\\Run\\RunCommands')->give("
        f"\\Drupal::service('Drupal\\background_agents\\Run\\RunStore')->byUuid('{parent['run']}'), 'retry', NULL);"
    )
    [job] = [job for job in sidecar.claim() if job["run"] == parent["run"]]
    if touched:
        site.php(
            f"$n = \\Drupal::entityTypeManager()->getStorage('node')->loadRevision({revision}); $n->setNewRevision(TRUE);"
            "$n->set('moderation_state', 'draft')->setTitle('By an editor')->setSyncing(TRUE)->save();"
        )
    sidecar.report(
        item(parent["run"], attempt=job["attempt"], generation=2, end={"state": "completed", "reason": "done"})
    )
    left = site.sql("SELECT vid FROM node_revision WHERE vid = %s", revision)
    [change] = site.sql("SELECT status FROM background_agents_change WHERE target_revision = %s", revision)
    if touched:
        assert len(left) == 1
        assert change["status"] != "discarded"
    else:
        assert left == []
        assert change["status"] == "discarded"
    [live] = site.sql("SELECT vid, title FROM node_field_data WHERE nid = %s", parent["node"]["id"])
    assert (live["vid"], live["title"]) == (parent["node"]["revision"], "Published")


@pytest.fixture
def models(site: Site) -> Iterator[None]:
    """ECA models that dispatch both agents whenever an article is updated."""
    if "eca" not in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        pytest.skip("ECA is not on this site")
    site.drush("pm:install", "eca_base", "eca_content", "background_agents_eca", "-y")
    site.script("eca_lineage.php")
    yield
    site.script("eca_lineage.php", "off")


def test_a_model_never_starts_the_agent_whose_draft_set_it_off(
    site: Site, sidecar: Sidecar, parent: dict[str, Any], models: None
) -> None:
    """Else the two would go on for ever. Another agent is started once, and knows where it comes from."""
    before = {run["uuid"] for run in runs(site)}
    answer = draft(site, parent, "Set off by the agent itself")
    assert answer.status_code == 201, answer.text
    site.drush("cron")
    new = [run for run in runs(site) if run["uuid"] not in before]
    started = [(run["agent"], run["trigger"], run["parent"], run["depth"]) for run in new if run["trigger"] == "eca"]
    assert started == [("core_child", "eca", parent["run"], 1)]


def test_a_model_never_starts_the_agent_whose_draft_was_published(
    site: Site, sidecar: Sidecar, parent: dict[str, Any], models: None
) -> None:
    """A person publishes the draft unchanged: a model on "content updated" starts the other agent; a change on the way starts both."""
    answer = draft(site, parent, "By the agent")
    assert answer.status_code == 201, answer.text
    for change, expected in (("", {"core_child"}), ("$n->setTitle('By a person');", {"core", "core_child"})):
        site.drush("cron")
        before = {run["uuid"] for run in runs(site)}
        site.php(
            "$s = \\Drupal::entityTypeManager()->getStorage('node');"
            f"$n = $s->createRevision($s->loadRevision($s->getLatestRevisionId({parent['node']['id']})));"
            f"{change} $n->set('moderation_state', 'published')->save();"
        )
        site.drush("cron")
        new = [run for run in runs(site) if run["uuid"] not in before and run["trigger"] == "eca"]
        assert {run["agent"] for run in new} == expected


def runs(site: Site) -> list[dict[str, Any]]:
    code = (
        "$found = [];"
        "foreach (\\Drupal::entityTypeManager()->getStorage('background_agents_run')->loadMultiple() as $run) {"
        "$found[] = ['uuid' => $run->uuid(), 'agent' => $run->getAgentId(), 'trigger' => $run->getTriggerType(),"
        "'parent' => $run->get('parent')->value, 'depth' => $run->getDepth()];}"
        "print json_encode($found);"
    )
    return json.loads(site.drush("php:eval", code))
