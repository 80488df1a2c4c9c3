"""Drafts over HTTP: what is written, what is left alone, and why one is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo.standin import StandIn
from sidecar import contracts
from sidecar.tools import jsonapi_items as items
from tests.standin.client import API, EDITOR, NOBODY, Client, code


def test_a_draft_leaves_the_published_revision_alone(drupal: StandIn, client: Client) -> None:
    """A pending revision, then another one on top of it; the older change is superseded."""
    item = drupal.add_content("Old", "<p>Text</p>")
    run = drupal.dispatch("writer")
    revise = {"operation": "revise", "entity": item.uuid, "fields": {"title": "New"}}
    first = client.draft(run, **revise, expected_revision=item.vid)
    contracts.check("draft#answer", first.json())
    assert (first.status_code, first.json()["moderation_state"], first.json()["published"]) == (201, "draft", False)
    assert client.draft(run, **revise, expected_revision=first.json()["revision"], key="b" * 64).status_code == 201
    default = drupal.site.content.default(item.uuid)
    assert default is not None
    assert (default.vid, default.label) == (item.vid, "Old")
    assert [change["status"] for change in drupal.drafts(run)] == ["superseded", "pending"]
    for change in drupal.site.runs.changes(run):
        contracts.check("change", change)


def test_what_was_read_is_written_back_and_what_is_not_named_stays(drupal: StandIn, client: Client) -> None:
    """As the module has it: the read form of each field changes nothing, a text without its summary keeps it, a protected field is refused."""
    item = drupal.add_content("Title", "<p>Text</p>")
    run = drupal.dispatch("writer")
    answer = client.http.get(f"/jsonapi/node/article/{item.uuid}", headers=client.token(run))
    shown = items.item(answer.json()["data"], "node", "article")["fields"]
    again = client.draft(
        run, operation="revise", entity=item.uuid, expected_revision=item.vid, fields=shown, key="a" * 64
    )
    assert again.status_code == 201, again.text
    saved = drupal.site.content.revision(again.json()["revision"])
    assert saved is not None
    assert saved.fields == item.fields
    revise = {"operation": "revise", "entity": item.uuid, "expected_revision": saved.vid}
    summary = client.draft(run, **revise, fields={"body": {"summary": "Short"}}, key="b" * 64)
    latest = drupal.site.content.revision(summary.json()["revision"])
    assert latest is not None
    assert latest.fields["body"] == item.fields["body"] | {"summary": "Short"}
    revise["expected_revision"] = latest.vid
    for fields, expected in (
        ({"promote": False}, (403, "forbidden")),
        ({"status": True}, (403, "forbidden")),
        ({"body": {"nope": 1}}, (422, "invalid")),
    ):
        assert code(client.draft(run, **revise, fields=fields, key="c" * 64)) == expected


def test_an_agent_writes_only_the_fields_that_are_named(drupal: StandIn, client: Client) -> None:
    """What is not on the list is refused, unless it is given as it was read; describe_content says the same."""
    agents = drupal.site.agents
    config = agents.get("writer")
    account = agents.account_of("writer")
    assert config is not None
    assert account is not None
    config["binding"]["fields"] = {"node": {"article": ["title"]}}
    agents.add(config, account)
    item = drupal.add_content("Title", "<p>Text</p>")
    run = drupal.dispatch("writer")
    revise = {"operation": "revise", "entity": item.uuid, "expected_revision": item.vid}
    refused = client.draft(run, **revise, fields={"title": "x", "body": {"value": "<p>Other</p>"}}, key="a" * 64)
    assert code(refused) == (403, "forbidden")
    kept = client.draft(run, **revise, fields={"title": "x", "body": item.fields["body"]}, key="b" * 64)
    assert kept.status_code == 201, kept.text
    call = {"tool": "describe_content", "arguments": {}, "run": run, "attempt": 1, "generation": 1}
    answer = client.http.post(API + "tools", json=call, headers=client.token(run)).json()
    fields = answer["result"]["entity_types"]["node"]["article"]["fields"]
    assert [name for name, field in fields.items() if field["writable"]] == ["title"]


REFUSALS: list[tuple[str, dict[str, Any], tuple[int, str], str | None]] = [
    ("other bundle", {"bundle": "page"}, (403, "forbidden"), None),
    ("unknown item", {"operation": "revise", "entity": NOBODY, "expected_revision": 1}, (404, "not_found"), None),
    ("unknown field", {"fields": {"field_nope": 1}}, (422, "invalid"), "/fields/field_nope"),
    ("title missing", {"fields": {"body": "Text"}}, (422, "invalid"), "/fields/title"),
    ("title too long", {"fields": {"title": "x" * 256}}, (422, "invalid"), "/fields/title/0/value"),
    ("format", {"fields": {"title": "x", "body": {"value": "x", "format": "full_html"}}}, (422, "invalid"), "/fields/body/0/format"),
    ("no such tag", {"fields": {"title": "x", "field_tags": [{"target_uuid": "nope"}]}}, (422, "invalid"), "/fields/field_tags"),
    ("files", {"fields": {"title": "x", "field_image": 1}}, (422, "unsupported_field"), None),
    ("no summary", {"summary": None}, (422, "invalid"), ""),
    ("other run", {"run": NOBODY}, (403, "forbidden"), None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "expected", "pointer"), REFUSALS, ids=[case[0] for case in REFUSALS])
def test_a_refused_draft_says_why(
    drupal: StandIn, name: str, changes: dict[str, Any], expected: tuple[int, str], pointer: str | None
) -> None:
    """With a code, a sentence and, for a field, where; nothing is stored under the key."""
    client, run = Client(drupal), drupal.dispatch("writer")
    token = client.token(run)
    request = {"key": "a" * 64, "run": run, "attempt": 1, "generation": 1, "operation": "create", "entity_type": "node"}
    request |= {"bundle": "article", "fields": {"title": "x"}, "summary": "s"} | changes
    asked = {key: value for key, value in request.items() if value is not None}
    answer = client.http.post(API + "drafts", json=asked, headers=token)
    client.http.close()
    assert code(answer) == expected
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert drupal.site.store.all("SELECT 1 FROM idempotency") == []


def test_writes_by_jsonapi_are_closed_to_agents(drupal: StandIn, client: Client) -> None:
    """Whatever they would write: the answer names the draft endpoint, nothing changes, and reading stays open."""
    run = drupal.dispatch("writer")
    headers = client.token(run) | {"Content-Type": "application/vnd.api+json"}
    item = drupal.add_content("Old")
    where = f"/jsonapi/node/article/{item.uuid}"
    document = json.dumps({"data": {"type": "node--article", "id": item.uuid, "attributes": {"title": "New"}}})
    made = json.dumps({"data": {"type": "node--article", "attributes": {"title": "New"}}})
    for answer in (
        client.http.patch(where, content=document, headers=headers),
        client.http.post("/jsonapi/node/article", content=made, headers=headers),
        client.http.delete(where, headers=headers),
    ):
        assert answer.status_code == 403
        assert "/background-agents/v1/drafts" in answer.json()["errors"][0]["detail"]
    latest = drupal.site.content.latest(item.uuid)
    assert latest is not None
    assert latest.vid == item.vid
    assert client.http.get(where, headers=headers).status_code == 200


def test_a_retry_replaces_the_draft_of_the_older_generation(drupal: StandIn, client: Client) -> None:
    """It starts from the same revision; an editor's newer revision is a conflict. A repeated creation revises what the run made."""
    item = drupal.add_content("Old", "<p>Text</p>")
    run = drupal.dispatch("writer")
    client.claim()
    revise = {"operation": "revise", "entity": item.uuid, "expected_revision": item.vid}
    client.draft(run, **revise, fields={"title": "First", "body": "Body of the first"})
    made = client.draft(run, key="b" * 64, entity=NOBODY).json()
    client.report(run, end={"state": "failed", "reason": "model:unavailable"})
    client.http.post(f"{API}runs/{run}/retry", json={}, auth=EDITOR)
    client.claim(runs=[run])
    again = {"generation": 2, "attempt": 2}
    second = client.draft(run, **revise, **again, key="c" * 64, fields={"title": "Second"}).json()
    assert second["base_revision"] == item.vid
    latest = drupal.site.content.latest(item.uuid)
    assert latest is not None
    assert (latest.label, latest.fields["body"]["value"]) == ("Second", "<p>Text</p>")
    repeated = client.draft(run, **again, key="d" * 64, entity=NOBODY).json()
    assert (repeated["operation"], repeated["base_revision"]) == ("revise", made["revision"])
    drupal.site.content.revise(latest, {"title": "By an editor"}, state="draft", author="")
    assert code(client.draft(run, **revise, **again, key="e" * 64)) == (409, "revision_conflict")


@pytest.mark.parametrize(
    ("limit", "expected"), [("writes", (403, "limit_writes")), ("writes_per_hour", (429, "limit_writes_per_hour"))]
)
def test_drafts_are_limited(drupal: StandIn, client: Client, limit: str, expected: tuple[int, str]) -> None:
    """Per run and per hour; a replay is no further draft."""
    drupal.add_agent("frugal", limits={limit: 1})
    run = drupal.dispatch("frugal")
    assert [client.draft(run).status_code for _ in range(2)] == [201, 200]
    assert code(client.draft(run, key="b" * 64)) == expected


def test_a_locked_item_is_left_alone(drupal: StandIn, client: Client) -> None:
    """As Drupal says it; free again, the same key is taken."""
    run = drupal.dispatch("writer")
    made = client.draft(run).json()
    drupal.lock(made["entity"])
    more = {"operation": "revise", "entity": made["entity"], "expected_revision": made["revision"], "key": "b" * 64}
    refused = client.draft(run, **more)
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (409, "locked", "600")
    drupal.lock(made["entity"], None)
    assert client.draft(run, **more).status_code == 201
