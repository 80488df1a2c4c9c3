"""Test runs: everything is as in a run, but nothing is saved."""

from __future__ import annotations

from demo.standin import StandIn
from sidecar import contracts
from tests.standin.client import API, EDITOR, NOBODY, Client, code


def test_a_draft_is_answered_and_not_saved(drupal: StandIn, client: Client) -> None:
    """The answer names what was read; the item, and drafts of others, stay as they are. The same key is answered alike."""
    item = drupal.add_content("Old", "<p>Text</p>")
    run = drupal.dispatch("writer", dry_run=True)
    job = drupal.site.outbox.get(run)
    assert job is not None
    assert job.job["dry_run"] is True
    revise = {"operation": "revise", "entity": item.uuid, "expected_revision": item.vid, "fields": {"title": "New"}}
    first = client.draft(run, **revise)
    contracts.check("draft#answer", first.json())
    answer = first.json()
    assert (first.status_code, answer["revision"], answer["dry_run"], answer["label"]) == (201, item.vid, True, "New")
    assert client.draft(run, **revise).json() == answer | {"replayed": True}
    assert drupal.site.content.latest(item.uuid) == drupal.site.content.default(item.uuid)
    (change,) = drupal.site.runs.changes(run)
    contracts.check("change", change)
    assert change["status"] == "dry_run"
    contracts.check("run", drupal.site.runs.show(drupal.site.runs.get(run)))


def test_a_further_draft_goes_on_from_the_one_before(drupal: StandIn, client: Client) -> None:
    """Of an item that is there, and of one that only the run knows. Another revision than the one that was read is a conflict."""
    item = drupal.add_content("Old", "<p>Text</p>")
    run = drupal.dispatch("writer", dry_run=True)
    revise = {"operation": "revise", "entity": item.uuid, "expected_revision": item.vid}
    client.draft(run, **revise, fields={"title": "New"})
    text = {"body": {"value": "<p>Other</p>", "format": "basic_html"}}
    assert client.draft(run, **revise, fields=text, key="b" * 64).json()["label"] == "New"
    made = client.draft(run, operation="create", entity=NOBODY, fields={"title": "Made"}, key="c" * 64).json()
    again = {"operation": "revise", "entity": NOBODY, "key": "d" * 64, "fields": text}
    further = client.draft(run, **again, expected_revision=made["revision"]).json()
    assert (further["label"], further["operation"], further["base_revision"]) == ("Made", "create", None)
    assert drupal.site.content.latest(NOBODY) is None
    stale = client.draft(run, **again | {"key": "e" * 64}, expected_revision=7)
    assert code(stale) == (409, "revision_conflict")
    another = drupal.dispatch("writer", dry_run=True)
    assert code(client.draft(another, **again | {"key": "f" * 64}, expected_revision=1)) == (404, "not_found")


def test_a_key_is_for_a_test_run_or_for_a_real_one(drupal: StandIn, client: Client) -> None:
    """What a test run starts is one, too."""
    run = drupal.dispatch("writer", key="one", dry_run=True)
    assert drupal.dispatch("writer", key="one", dry_run=True) == run
    asked = {"agent": "writer", "dry_run": True, "key": "two"}
    assert client.http.post(API + "runs", json=asked, auth=EDITOR).json()["dry_run"] is True
    assert code(client.http.post(API + "runs", json=asked | {"dry_run": False}, auth=EDITOR)) == (422, "key_reused")
    child = drupal.dispatch("writer", parent=drupal.site.runs.get(run))
    assert drupal.site.runs.get(child)["dry_run"]
