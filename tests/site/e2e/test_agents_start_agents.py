"""On the real site: an agent starts another one, waits for it without a worker, uses its answer, and leaves a draft."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sidecar.drupal import signing
from sidecar.settings import secret_bytes
from tests.site.drupal import SECRET
from tests.site.e2e.system import World, until


def children(world: World, run: str) -> list[dict[str, Any]]:
    """The runs that this one has started."""
    return world.site.sql("SELECT * FROM background_agents_run WHERE parent = %s ORDER BY id", run)


def test_a_run_waits_for_another_and_uses_its_answer(world: World) -> None:
    """Both drafts are there, each in its own run; the editor asked for both; the page and Drush show the tree."""
    run = world.run("boss")
    row = world.completed(run, 60)
    (child,) = children(world, run)
    assert (child["agent"], child["state"], child["depth"], child["uid"]) == ("helper", "completed", 1, row["uid"])
    assert (child["trigger_type"], child["trigger_id"], child["operation"]) == ("agent", "boss", "wait")
    assert [draft["target_label"] for draft in world.drafts(child["uuid"])] == ["About bread"]
    assert [draft["target_label"] for draft in world.drafts(run)] == ["After About bread"]
    (waiting,) = [event["data"] for event in world.events(run, "run_waiting")]
    assert (waiting["for"], waiting["run"]) == ("agent", child["uuid"])
    assert len(world.events(run, "tool_started")) == len(world.events(run, "tool_finished")) == 2
    shown = world.editor.get(f"runs/{run}").json()
    assert [one["uuid"] for one in shown["children"]] == [child["uuid"]]
    assert shown["usage_with_started"]["steps"] == row["steps"] + child["steps"]
    page = world.page(run)
    assert "Runs that it started" in page
    assert f"/admin/reports/background-agents/{child['id']}" in page
    assert "Started by run" in world.page(child["uuid"])
    assert f"{child['uuid']} helper: completed" in world.site.drush("background-agents:show", run, "--field=tree")
    world.settled(run)
    world.settled(child["uuid"])


@pytest.mark.parametrize("lost", ["killed", "flushed", "both"])
def test_losses_while_it_waits_start_nothing_twice(world: World, lost: str) -> None:
    """Whatever is lost, the run finds the one that it started, and ends after it."""
    run = world.run("patient")
    world.waits(run, "agent")
    if lost != "flushed":
        world.up.kill()
    if lost != "killed":
        world.up.flush()
    if lost != "flushed":
        world.up.start()
    world.completed(run, 90)
    (child,) = children(world, run)
    assert (child["state"], len(world.events(run, "model_responded"))) == ("completed", 2)
    world.settled(run)


def test_the_site_is_away_when_the_other_one_ends(world: World) -> None:
    """The end waits in the sidecar; once it is stored, the run is told."""
    run = world.run("patient")
    world.waits(run, "agent")
    (child,) = children(world, run)
    with world.switched("system.maintenance_mode", "TRUE"):
        until(lambda: world.holds(child["uuid"], "completed"), 40, "the child ends in the sidecar")
        assert world.row(run)["state"] == "waiting"
    world.completed(run, 90)
    assert len(children(world, run)) == 1


def test_two_at_once_with_one_key_make_one_run(world: World) -> None:
    """As two workers that both believe to have the run; and what its binding does not name is refused to its token."""
    run = world.run("patient")
    world.waits(run, "agent")
    row = world.row(run)
    token = signing.run_token(secret_bytes(SECRET), run, row["generation"], row["account"])

    def post(**document: Any) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{world.site.url}/background-agents/v1/runs", json=document, headers=headers, timeout=60)
        return answer.status_code, answer.json().get("uuid") or answer.json()["code"]

    with ThreadPoolExecutor(4) as pool:
        answers = [each.result() for each in [pool.submit(post, agent="long", input={}, key="k") for _ in range(4)]]
    assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
    assert len({uuid for _, uuid in answers}) == 1
    assert post(agent="writer", input={}) == (403, "forbidden")
    assert post(agent="long", input={}, key="l", limits={"steps": 0}) == (409, "budget_spent")
    world.command(run, "cancel")
    assert {world.ended(child["uuid"])["state"] for child in children(world, run)} <= {"cancelled", "completed"}


def test_cancelling_it_cancels_what_it_waits_for(world: World) -> None:
    """Nobody would use the answer."""
    run = world.run("patient")
    world.waits(run, "agent")
    (child,) = children(world, run)
    until(lambda: world.row(child["uuid"])["state"] == "running", 20, "the child runs")
    world.command(run, "cancel", note="Enough.")
    assert world.ended(run)["state"] == "cancelled"
    row = world.ended(child["uuid"])
    assert (row["state"], row["reason"]) == ("cancelled", "cancelled"), world.why(child["uuid"])
    world.settled(child["uuid"])


def test_it_gains_no_rights_and_starts_no_others(world: World) -> None:
    """The helper may create, and not for one that may not; an agent that the binding does not name is no tool at all."""
    run = world.run("careful")
    row = world.ended(run, 60)
    (child,) = children(world, run)
    assert world.drafts(child["uuid"]) == []
    refused = [event["data"]["result"] for event in world.events(child["uuid"], "tool_finished")]
    assert "The agent that started this run may not" in str(refused), refused
    assert row["state"] != "running"
    assert "writer" not in {started["agent"] for started in children(world, run)}
