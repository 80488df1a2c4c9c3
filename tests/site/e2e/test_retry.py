"""A run that has ended goes on from a step: what came before is kept, and nothing is done twice."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.site.drupal import Site
from tests.site.e2e.system import World, until
from tests.site.people import Person

HIDDEN = re.compile(r'name="(form_build_id|form_token|form_id|generation)" value="([^"]*)"')


def asked(world: World, run: str) -> list[int]:
    """The steps of all model requests."""
    return [event["step"] for event in world.events(run, "model_requested")]


def spent(world: World) -> int:
    """Tokens that all runs of the agent have spent, as the site has summed them up."""
    return int(
        world.site.sql("SELECT COALESCE(SUM(tokens), 0) AS n FROM background_agents_spent WHERE agent = 'stepwise'")[0][
            "n"
        ]
    )


def retried(world: World, run: str, step: int, **data: Any) -> dict[str, Any]:
    """The run after a retry from this step."""
    generation = world.row(run)["generation"]
    world.command(run, "retry", from_step=step, **data)
    assert world.row(run)["generation"] == generation + 1
    return world.ended(run)


@pytest.mark.parametrize("lost", [False, True])
def test_a_run_goes_on_from_the_step_that_failed(world: World, lost: bool) -> None:
    """Also after a loss of Redis: its drafts stay, no earlier answer is paid for again, its events and usage tell the whole way."""
    run = world.run("stepwise")
    row = world.ended(run)
    assert (row["state"], row["steps"], len(world.drafts(run))) == ("failed", 3, 2)
    first = world.drafts(run)
    if lost:
        world.up.flush()
    before = spent(world)
    row = retried(world, run, 3)
    # Two of four answers are new: 120 tokens each, by the script.
    assert (row["input_tokens"] + row["output_tokens"], spent(world) - before) == (480, 240)
    assert (row["state"], row["steps"], row["writes"], row["tool_calls"]) == ("completed", 4, 3, 3), row["message"]
    assert asked(world, run) == [1, 2, 3, 3, 4]
    drafts = world.drafts(run)
    assert [draft["id"] for draft in drafts[:2]] == [draft["id"] for draft in first]
    assert [(draft["target_label"], draft["status"], draft["generation"]) for draft in drafts] == [
        ("First", "pending", 2), ("Second", "pending", 2), ("Third", "pending", 2),
    ]  # fmt: skip
    assert len({draft["target_uuid"] for draft in drafts}) == 3
    for kind in ("run_queued", "run_started"):
        assert [event["data"].get("from_step") for event in world.events(run, kind)] == [None, 3]
    assert "from step 3" in world.page(run)
    world.settled(run)


def test_drafts_of_later_steps_go_and_the_kept_one_is_found(world: World) -> None:
    """The older generation revised its draft once more, the new one does not: the kept draft is the newest and pending again."""
    article = world.article("Chained")
    run = world.run("chained", id=article["uuid"])
    world.completed(run)
    assert [draft["status"] for draft in world.drafts(run)] == ["superseded", "pending"]
    assert retried(world, run, 3)["state"] == "completed"
    assert [(draft["status"], draft["generation"]) for draft in world.drafts(run)] == [("pending", 2), ("discarded", 1)]
    assert [revision["title"] for revision in world.revisions(article["id"])] == ["Chained", "Chained, kept"]
    assert asked(world, run) == [1, 2, 3, 4, 3]
    world.settled(run)


def test_a_step_that_is_done_anew_replaces_its_draft(world: World) -> None:
    """It starts from the revision that the kept step has read, not from its own older draft. A second retry keeps what the first one kept."""
    article = world.article("Replaced")
    run = world.run("replaced", id=article["uuid"])
    world.ended(run)
    row = retried(world, run, 2)
    assert (row["state"], row["steps"]) == ("completed", 3), world.why(run)
    drafts = world.drafts(run)
    assert [draft["status"] for draft in drafts] == ["superseded", "pending"]
    assert world.revisions(article["id"])[-1]["title"] == "Another way"
    assert retried(world, run, 3)["state"] == "completed"
    assert asked(world, run) == [1, 2, 3, 2, 3, 3]
    assert [(draft["status"], draft["generation"]) for draft in world.drafts(run)] == [
        ("superseded", 1),
        ("pending", 3),
    ]
    world.settled(run)


def test_a_retry_is_refused_never_begun_elsewhere(world: World, site: Site) -> None:
    """A step that is not kept, or no longer: with a sentence, and the old result stays."""
    run = world.run("stepwise")
    row = world.ended(run)
    answer = world.editor.post(f"runs/{run}/retry", {"from_step": 4})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["steps"]) == (409, "step_gone", [2, 3])
    assert "2, 3" in problem["detail"]
    for wrong in (0, "3", 2.5, None):
        assert world.editor.post(f"runs/{run}/retry", {"from_step": wrong}).status_code in (409, 422)
    site.sql("UPDATE background_agents_run SET finished = finished - 8 * 86400 WHERE id = %s", row["id"])
    site.php(r"\Drupal::service('Drupal\background_agents\Housekeeping')->tidy();")
    answer = world.editor.post(f"runs/{run}/retry", {"from_step": 3})
    assert (answer.status_code, answer.json()["code"], answer.json()["steps"]) == (409, "step_gone", [])
    assert "from the beginning" in answer.json()["detail"]
    after = world.row(run)
    assert (after["state"], after["generation"], after["reason"]) == ("failed", 1, row["reason"])
    assert [draft["status"] for draft in world.drafts(run)] == ["pending", "pending"]


def test_steps_that_fit_no_longer_end_the_run_and_leave_what_it_had(world: World, site: Site) -> None:
    """The agent lost the tool that a kept step used: known only in the sidecar, said in the run, and the drafts stay."""
    run = world.run("stepwise")
    world.ended(run)
    edit = r"\Drupal::configFactory()->getEditable('background_agents.agent.stepwise')->set('definition.tools', {})->save();"
    try:
        site.php(edit.format("['read_item']"))
        row = retried(world, run, 3)
    finally:
        site.php(edit.format("['read_item', 'create_draft', 'revise_draft', 'describe_content']"))
    assert row["state"] == "failed"
    world.explained(run, "failed", "retry:steps", "create_draft", "from the beginning")
    assert [draft["status"] for draft in world.drafts(run)] == ["pending", "pending"]
    # Mended, the same step can be retried again.
    assert retried(world, run, 3)["state"] == "completed"
    assert asked(world, run) == [1, 2, 3, 3, 4]


def test_the_same_command_twice_is_one_generation(world: World, site: Site) -> None:
    """By its id, in every door; another step under the same id is refused, and so is who may not manage the run."""
    run = world.run("stepwise")
    world.ended(run)
    name = "e2e_nobody"
    site.php(
        f"\\Drupal\\user\\Entity\\User::create(['name' => '{name}', 'pass' => 'test-{name}', 'status' => 1])->save();"
    )
    nobody = Person(site, name)
    try:
        assert nobody.post(f"runs/{run}/retry", {"from_step": 3}).status_code == 403
    finally:
        nobody.http.close()
        site.php(
            f"foreach (\\Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => '{name}']) as $u) {{ $u->delete(); }}"
        )
    for _ in range(2):
        world.command(run, "retry", from_step=3, id="once")
    assert world.ended(run)["generation"] == 2
    world.command(run, "retry", from_step=3, id="once")
    operator = httpx.post(f"{world.up.url}/v1/runs/{run}/retry", json={"from_step": 3, "id": "once"}, timeout=30)
    assert (operator.status_code, operator.json()["generation"]) == (202, 2)
    other = world.editor.post(f"runs/{run}/retry", {"from_step": 2, "id": "once"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert world.row(run)["generation"] == 2


def test_every_door_retries_from_a_step(world: World, site: Site) -> None:
    """The form of the page, Drush, and the sidecar's API; the form sent twice begins one generation."""
    run = world.run("stepwise")
    row = world.ended(run)
    path = f"/admin/reports/background-agents/{row['id']}/retry"
    page = world.editor.http.get(path).text
    assert "Step 2: create_draft" in page
    hidden = dict(HIDDEN.findall(page)) | {"op": "Retry", "from_step": "3"}
    for _ in range(2):
        assert world.editor.http.post(path, data=hidden).status_code == 303
        world.ended(run)
    assert world.row(run)["generation"] == 2
    site.drush("background-agents:retry", run, "--from-step=2")
    until(lambda: world.row(run)["generation"] == 3, 10, "the generation that Drush asked for")
    world.ended(run)
    answer = httpx.post(f"{world.up.url}/v1/runs/{run}/retry", json={"from_step": 4}, timeout=30)
    assert (answer.status_code, answer.json()["generation"]) == (202, 4)
    world.completed(run)
    refused = httpx.post(f"{world.up.url}/v1/runs/{run}/retry", json={"from_step": 9}, timeout=30)
    assert (refused.status_code, refused.json()["code"]) == (409, "step_gone")
