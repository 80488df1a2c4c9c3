"""A retry from a step, over HTTP: what it keeps, and what it refuses."""

from __future__ import annotations

import hashlib

from demo.standin import StandIn
from tests.standin.client import API, EDITOR, Client, code


def kept_run(drupal: StandIn, client: Client) -> str:
    """A run that failed in its third step: a draft in each of the first two, of the same item."""
    item = drupal.add_content("Old", "<p>Text</p>")
    run = drupal.dispatch("writer")
    client.claim()
    answered = {"n": 1, "j": "1", "v": {}, "c": {"tool_calls": 1, "input_tokens": 50}}
    units = {
        "s0/model#0": answered,
        "s0/1/revise_draft@a": {"n": 1, "v": {}},
        "s0/model#1": answered,
        "s0/2/revise_draft@a": {"n": 1, "v": {}},
    }
    revise = {"operation": "revise", "entity": item.uuid}
    keys = {name: key_of(run, 1, name) for name in units}
    first = client.draft(run, **revise, expected_revision=item.vid, key=keys["s0/1/revise_draft@a"]).json()
    client.draft(run, **revise, expected_revision=first["revision"], key=keys["s0/2/revise_draft@a"])
    checkpoint = {"version": 1, "journal": "1", "generation": 1, "units": units}
    client.report(run, end={"state": "failed", "reason": "model:refused", "checkpoint": checkpoint})
    return run


def key_of(run: str, generation: int, unit: str) -> str:
    return hashlib.sha256(f"{run}:{generation}:{unit}".encode()).hexdigest()


def test_a_retry_from_a_step_keeps_units_and_drafts(drupal: StandIn, client: Client) -> None:
    """The job carries the units of the steps before; their drafts belong to the new generation, later ones go with its end."""
    run = kept_run(drupal, client)
    for _ in range(2):
        answer = client.http.post(f"{API}runs/{run}/retry", json={"from_step": 2, "id": "x"}, auth=EDITOR)
        assert (answer.status_code, answer.json()["generation"]) == (202, 2)
    (job,) = client.claim()["jobs"]
    assert (job["from_step"], job["generation"], job["usage"]["input_tokens"]) == (2, 2, 50)
    assert [list(checkpoint["units"]) for checkpoint in job["checkpoints"]] == [["s0/model#0", "s0/1/revise_draft@a"]]
    assert [(d["generation"], d["status"]) for d in drupal.drafts(run)] == [(2, "superseded"), (1, "pending")]
    end = {"state": "completed", "reason": "done", "usage": {"input_tokens": 80}}
    client.report(run, end=end, generation=2, attempt=2)
    assert client.claim(lost=True)["spent"]["tokens"] == 30, "what was kept is not paid for again"
    first, second = drupal.drafts(run)
    assert [first["status"], second["status"]] == ["pending", "discarded"]
    latest = drupal.site.content.latest(first["entity"])
    assert latest is not None
    assert latest.vid == first["revision"]
    assert (
        client.http.post(f"{API}runs/{run}/retry", json={"from_step": 2, "id": "x"}, auth=EDITOR).json()["generation"]
        == 2
    )


def test_a_retry_from_a_step_that_is_not_kept_is_refused(drupal: StandIn, client: Client) -> None:
    """Nothing changes; the sentence says what can be done. The sidecar may ask, too, and nobody who is not logged in."""
    run = kept_run(drupal, client)
    answer = client.http.post(f"{API}runs/{run}/retry", json={"from_step": 4}, auth=EDITOR)
    assert (code(answer), answer.json()["steps"]) == ((409, "step_gone"), [2, 3])
    assert code(client.http.post(f"{API}runs/{run}/retry", json={"from_step": 0}, auth=EDITOR)) == (422, "invalid")
    assert client.http.post(f"{API}runs/{run}/retry", json={"from_step": 2}).status_code == 401
    assert drupal.run(run)["state"] == "failed"
    signed = client.signed(f"runs/{run}/retry", {"from_step": 3, "id": "y"})
    assert (signed.status_code, signed.json()["generation"]) == (202, 2)
    assert code(client.http.post(f"{API}runs/{run}/retry", json={"from_step": 2, "id": "y"}, auth=EDITOR)) == (
        422,
        "key_reused",
    )


def test_a_retry_that_could_not_begin_leaves_what_the_run_had(drupal: StandIn, client: Client) -> None:
    """Output and drafts of the generation before stay."""
    run = kept_run(drupal, client)
    client.signed(f"runs/{run}/retry", {"from_step": 2})
    client.claim()
    client.report(run, end={"state": "failed", "reason": "retry:steps", "message": "No."}, generation=2, attempt=2)
    assert [draft["status"] for draft in drupal.drafts(run)] == ["superseded", "pending"]
