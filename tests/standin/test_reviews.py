"""Drafts that people send back, as the stand-in does it: the run begins afresh, knows what was said, and its drafts stay."""

from __future__ import annotations

from typing import Any

import pytest

from demo.standin import StandIn, retrying, reviews
from demo.standin.problems import Problem
from tests.contract.cases import cases
from tests.standin.client import API, EDITOR, NOBODY, Client, code, event

DONE = {"state": "completed", "reason": "done"}


@pytest.mark.parametrize("case", cases("rounds"))
def test_rounds(case: dict[str, Any]) -> None:
    assert reviews.allows(case["sent"]) is case["allowed"], case["comment"]


@pytest.mark.parametrize("case", cases("kept-drafts"))
def test_kept_drafts(case: dict[str, Any]) -> None:
    assert retrying.takes_back(case["draft"], case["end"]) is case["taken_back"], case["comment"]
    assert retrying.waits_again(case["draft"], case["end"]) is case["waits_again"], case["comment"]


def left(drupal: StandIn, client: Client, *, ended: bool = True) -> tuple[str, list[dict[str, Any]]]:
    """A run with two drafts; what Drupal knows of them."""
    run = drupal.dispatch("writer")
    client.claim()
    item = drupal.add_content("Published")
    revise = {"operation": "revise", "entity": item.uuid, "expected_revision": item.vid}
    client.draft(run, **revise, fields={"title": "First"})
    client.draft(run, key="b" * 64, entity=NOBODY, fields={"title": "Second"})
    if ended:
        client.report(run, event(1), end=DONE)
    return run, drupal.drafts(run)


def test_the_next_generation_knows_what_was_said(drupal: StandIn, client: Client) -> None:
    """Remarks, round and the drafts as they are now; the drafts stay, and the new one says which it answers."""
    run, (first, second) = left(drupal, client)
    newest = drupal.site.content.latest(first["entity"])
    assert newest is not None
    edited = drupal.site.content.revise(newest, {"title": "First, by an editor"}, state="draft", author="")
    drupal.send_back(run, "Shorter.", change=first["uuid"], field="title")
    (job,) = client.claim()["jobs"]
    assert (job["generation"], job["last_seq"], job["usage"], job["checkpoints"]) == (2, 1, {}, [])
    review = job["review"]
    assert (review["round"], review["by"]) == (1, "editor")
    assert review["remarks"] == [{"text": "Shorter.", "change": first["uuid"], "field": "title"}]
    assert [draft["change"] for draft in review["drafts"]] == [first["uuid"], second["uuid"]]
    assert (review["drafts"][0]["revision"], review["drafts"][0]["fields"]["title"]) == (
        edited.vid,
        "First, by an editor",
    )
    again = {"operation": "revise", "entity": first["entity"], "generation": 2, "attempt": 2, "key": "c" * 64}
    conflict = client.draft(run, **again, expected_revision=first["revision"])
    assert code(conflict) == (409, "revision_conflict")
    made = client.draft(run, **again, expected_revision=edited.vid, fields={"title": "1st"}).json()
    client.report(run, end=DONE, generation=2, attempt=2)
    found = {change["uuid"]: change for change in drupal.drafts(run)}
    assert [change["status"] for change in found.values()] == ["superseded", "pending", "pending"]
    assert (found[made["change"]]["answers"], found[made["change"]]["round"]) == (first["uuid"], 1)


def test_a_run_at_work_is_waited_for(drupal: StandIn, client: Client) -> None:
    """It is carried out at its end, once; the retried drafts stay, too."""
    run, (first, _) = left(drupal, client, ended=False)
    drupal.send_back(run, "Shorter.", change=first["uuid"])
    assert drupal.run(run)["generation"] == 1
    with pytest.raises(Problem, match="editor has sent this draft back already"):
        drupal.send_back(run, "Longer.", change=first["uuid"], by="another")
    answer = client.report(run, event(1), end=DONE)
    assert answer["runs"][run]["ended"] == "completed"
    client.report(run, end=DONE)
    assert (drupal.run(run)["state"], drupal.run(run)["generation"]) == ("queued", 2)
    (job,) = client.claim()["jobs"]
    assert job["review"]["remarks"][0]["text"] == "Shorter."
    client.report(run, end=DONE, generation=2, attempt=2)
    assert drupal.run(run)["state"] == "completed"
    assert [change["status"] for change in drupal.drafts(run)] == ["pending", "pending"]


def test_a_round_is_retried_with_what_was_said(drupal: StandIn, client: Client) -> None:
    """What the first try of the round left goes, what was sent back waits again; earlier rounds are told, too."""
    run, (first, _) = left(drupal, client)
    for number in (1, 2):
        drupal.send_back(run, f"Remark {number}.", change=first["uuid"])
        client.claim()
        if number == 1:
            client.report(run, end=DONE, generation=2, attempt=2)
    again = {"operation": "revise", "entity": first["entity"], "generation": 3, "attempt": 3, "key": "c" * 64}
    client.draft(run, **again, expected_revision=first["revision"])
    client.report(run, end={"state": "failed", "reason": "model:unavailable"}, generation=3, attempt=3)
    client.http.post(f"{API}runs/{run}/retry", json={}, auth=EDITOR)
    (job,) = client.claim()["jobs"]
    assert [remark["text"] for remark in job["review"]["remarks"]] == ["Remark 2."]
    assert [said["remarks"][0]["text"] for said in job["review"]["earlier"]] == ["Remark 1."]
    client.report(run, end=DONE, generation=4, attempt=4)
    assert [change["status"] for change in drupal.drafts(run)] == ["pending", "pending", "discarded"]


def test_five_rounds_and_no_more(drupal: StandIn, client: Client) -> None:
    run, (first, _) = left(drupal, client)
    for number in range(1, 6):
        drupal.send_back(run, "Again.", change=first["uuid"])
        client.claim()
        client.report(run, end=DONE, generation=number + 1, attempt=number + 1)
    with pytest.raises(Problem, match="sent back 5 times"):
        drupal.send_back(run, "Again.", change=first["uuid"])
    assert drupal.run(run)["generation"] == 6
