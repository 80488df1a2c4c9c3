"""The stand-in over HTTP: hand-out of jobs, tokens, drafts, commands, faults. Every answer is checked against its contract."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.standin import DEFAULT_SECRET, StandIn
from demo.standin.site import PASSWORD
from sidecar import contracts
from sidecar.drupal import signing
from sidecar.tools import jsonapi_items as items

API = "/background-agents/v1/"
NOBODY = "00000000-0000-4000-8000-000000000000"
EDITOR = ("editor", PASSWORD)


class Client:
    """Asks a stand-in as the sidecar (signed), as an agent (run token) or as a person."""

    def __init__(self, drupal: StandIn) -> None:
        self.drupal = drupal
        self.http = httpx.Client(base_url=drupal.url, timeout=10, trust_env=False)

    def signed(self, path: str, body: dict[str, Any]) -> httpx.Response:
        raw = json.dumps(body).encode()
        headers = signing.sign(self.drupal.secret, raw, int(self.drupal.site.store.clock()), signing.new_id())
        return self.http.post(API + path, content=raw, headers=headers)

    def token(self, run: str) -> dict[str, str]:
        """A run speaks once its job was handed out."""
        shown = self.drupal.run(run)
        if shown["attempt"] == 0:
            self.claim(runs=[run])
        made = signing.run_token(self.drupal.secret, run, shown["generation"], shown["account"])
        return {"Authorization": f"Bearer {made}"}

    def draft(self, run: str, **changes: Any) -> httpx.Response:
        request = {
            "key": "a" * 64,
            "run": run,
            "attempt": 1,
            "generation": 1,
            "operation": "create",
            "entity_type": "node",
            "bundle": "article",
            "fields": {"title": "A draft"},
            "summary": "Made for a test.",
        }
        asked = {name: value for name, value in (request | changes).items() if value is not None}
        return self.http.post(API + "drafts", json=asked, headers=self.token(run))

    def report(self, run: str, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
        item = {"run": run, "attempt": 1, "generation": 1, "events": list(events)}
        item |= {name: more.pop(name) for name in ("end", "attempt", "generation") if name in more}
        answer = self.signed("events", {"site": "default", "sender": "test", "runs": [item], **more})
        assert answer.status_code == 200, answer.text
        contracts.check("events#answer", answer.json())
        return answer.json()

    def claim(self, **request: Any) -> dict[str, Any]:
        answer = self.signed("jobs/claim", {"worker": "test", "limit": 50} | request)
        assert answer.status_code == 200, answer.text
        for job in answer.json()["jobs"]:
            contracts.check("job", job)
        return answer.json()


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    with StandIn(control=True) as standin:
        standin.add_agent("writer")
        yield standin


@pytest.fixture
def client(drupal: StandIn) -> Iterator[Client]:
    made = Client(drupal)
    yield made
    made.http.close()


def event(seq: int, type: str = "step_started", **data: Any) -> dict[str, Any]:
    document = {"seq": seq, "type": type, "time": "2026-11-20T10:00:00.000000Z", "data": data or {"number": 1}}
    return document | {"hash": f"{seq:032x}"}


def code(answer: httpx.Response) -> tuple[int, str]:
    contracts.check("problem", answer.json())
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


# -- jobs


def test_dispatch_by_a_person_is_idempotent_by_key(drupal: StandIn, client: Client) -> None:
    """201 and a run; the same key again is 200 and the same run."""
    asked = {"agent": "writer", "input": {"topic": "x"}, "key": "once"}
    first, second = (client.http.post(API + "runs", json=asked, auth=EDITOR) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    contracts.check("run", first.json())
    assert first.json()["uuid"] == second.json()["uuid"]
    assert code(client.http.post(API + "runs", json=asked)) == (401, "not_logged_in")
    assert code(client.http.post(API + "runs", json={"agent": "nobody"}, auth=EDITOR)) == (404, "agent_unknown")


def test_the_door_says_what_started_a_run(client: Client) -> None:
    """A caller that names another door is refused; its own id for what started it is kept."""
    for type_ in ("mcp", "schedule", "content"):
        asked = {"agent": "writer", "trigger": {"type": type_}}
        assert code(client.http.post(API + "runs", json=asked, auth=EDITOR)) == (422, "invalid")
    answer = client.http.post(API + "runs", json={"agent": "writer", "trigger": {"id": "mine"}}, auth=EDITOR)
    assert answer.json()["trigger"] == {"id": "mine", "type": "api"}


def test_a_job_is_handed_out_once_and_again_when_its_claim_ran_out(drupal: StandIn, client: Client) -> None:
    """The attempt rises with each hand-out; a reported run is not handed out again."""
    run = drupal.dispatch("writer", {"topic": "x"})
    assert [(job["run"], job["attempt"]) for job in client.claim()["jobs"]] == [(run, 1)]
    assert client.claim()["jobs"] == []
    now = drupal.site.store.clock()
    drupal.site.store.clock = lambda: now + 61
    assert [job["attempt"] for job in client.claim()["jobs"]] == [2]
    client.report(run, event(1, "run_started", worker="w"), attempt=2)
    drupal.site.store.clock = lambda: now + 500
    assert client.claim()["jobs"] == []


def test_lost_hands_out_everything_unfinished_page_by_page(drupal: StandIn, client: Client) -> None:
    """Whoever had claimed them; `next` leads on until it is null."""
    runs = [drupal.dispatch("writer") for _ in range(5)]
    client.claim()
    client.report(runs[0], end={"state": "completed", "reason": "done"})
    found, after = [], 0
    while after is not None:
        answer = client.claim(lost=True, limit=2, after=after)
        found += answer["jobs"]
        after = answer["next"]
    assert [(job["run"], job["attempt"]) for job in found] == [(run, 2) for run in runs[1:]]
    assert [job["run"] for job in client.claim(lost=True, runs=runs[:2])["jobs"]] == runs[1:2]


def test_a_returning_job_carries_what_it_needs(drupal: StandIn, client: Client) -> None:
    """Checkpoints of its generation, last_seq, what it waits for, and the answers given."""
    run = drupal.dispatch("writer")
    client.claim()
    checkpoint = {"version": 1, "generation": 1, "units": {"s0/model#1": {"result": 1}}}
    assert client.draft(run, checkpoint=checkpoint).status_code == 201
    asked = event(2, "approval_requested", id="q1", question="Again?", kind="in_doubt")
    client.report(run, event(1, "run_started", worker="w"), asked, event(3, "run_waiting", **{"for": "approval"}))
    decided = client.http.post(f"{API}runs/{run}/decide", json={"id": "q1", "decision": "again"}, auth=EDITOR)
    assert decided.status_code == 202
    (job,) = client.claim(lost=True)["jobs"]
    assert job["checkpoints"] == [checkpoint]
    assert (job["last_seq"], job["waiting"]["for"], job["waiting"]["data"]["id"]) == (3, "approval", "q1")
    assert [(answer["id"], answer["decision"]) for answer in job["answers"]] == [("q1", "again")]


def test_what_effects_a_run_had_is_one_question(drupal: StandIn, client: Client) -> None:
    """As on a real site (tests/site/test_effects.py)."""
    run = drupal.dispatch("writer")
    client.claim()
    sent, unsent = ("s0/1/mail@a", "s0/2/mail@b")
    client.draft(run, checkpoint={"version": 1, "units": {unsent: {"n": 1}, "s0/model#1": {"v": 1}}})
    called = {"tool": "mail", "call": "a", "unit": sent}
    read = {"tool": "read_item", "call": "r", "unit": "s0/1/read_item@r"}

    def effects() -> list[dict[str, Any]]:
        answer = client.http.get(f"{API}runs/{run}/effects", auth=EDITOR)
        assert (answer.status_code, answer.json()["run"]) == (200, run)
        return answer.json()["effects"]

    client.report(
        run,
        event(1, "run_started", worker="w"),
        event(2, "tool_started", **called, repeatable=False),
        event(3, "tool_started", **read),
    )
    draft, *found = effects()
    assert (draft["kind"], draft["status"], draft["change"]["status"], draft["key"]) == (
        "draft",
        "done",
        "pending",
        "a" * 64,
    )
    assert [(call["unit"], call["status"]) for call in found] == [(sent, "started"), (unsent, "started")]
    client.report(run, event(4, "tool_finished", **called, status="ok"), event(5, "run_waiting", **{"for": "approval"}))
    assert [call["status"] for call in effects()[1:]] == ["done", "in_doubt"]


def test_the_end_clears_outbox_and_older_drafts(drupal: StandIn, client: Client) -> None:
    """In one transaction; a retry by a person starts the next generation, whose end discards what the first one left pending."""
    run = drupal.dispatch("writer")
    client.claim()
    client.draft(run, checkpoint={"version": 1, "units": {}})
    client.report(run, end={"state": "failed", "reason": "limit:steps"})
    assert drupal.site.store.all("SELECT 1 FROM background_agents_outbox") == []
    assert code(client.draft(run)) == (401, "run_ended")
    assert client.http.post(f"{API}runs/{run}/retry", json={}, auth=EDITOR).status_code == 202
    (job,) = client.claim()["jobs"]
    assert (job["generation"], job["attempt"], job["checkpoints"]) == (2, 2, [])
    client.report(run, end={"state": "completed", "reason": "done"}, generation=2, attempt=2)
    assert [change["status"] for change in drupal.drafts(run)] == ["discarded"]


def test_a_sidecar_that_forgot_everything_is_told_what_was_spent_today(drupal: StandIn, client: Client) -> None:
    """Summed once over runs and batches, on the days on which the events say it was spent."""
    run, now = drupal.dispatch("writer"), datetime.now(UTC)
    client.claim()
    used = {"cost_micros": 60, "input_tokens": 500, "output_tokens": 100}
    before = event(1, "model_responded", model="scripted:a", usage={"cost_micros": 20, "input_tokens": 200})
    item = {"run": run, "attempt": 1, "generation": 1, "events": [before], "usage": used | {"driven_seconds": 4}}
    for _ in range(2):
        client.signed("events", {"site": "default", "sender": "test", "runs": [item]})
    amounts = {"cost_micros": 40, "tokens": 400}
    expected = {"day": now.date().isoformat(), **amounts, "agents": {"writer": amounts}}
    answer = client.claim(lost=True)
    contracts.check("common#spent", answer["spent"])
    assert answer["spent"] == expected
    assert answer["jobs"][0]["usage"]["driven_seconds"] == 4
    drupal.site.stop_agents()
    assert client.claim(lost=True)["spent"] == expected, "also while all agents are stopped"


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


# -- commands, stop, comparison


def test_commands_are_repeated_until_they_are_done(drupal: StandIn, client: Client) -> None:
    """In every answer, once each, however often a person asks."""
    run = drupal.dispatch("writer")
    client.claim()
    for _ in range(2):
        assert client.http.post(f"{API}runs/{run}/cancel", json={}, auth=EDITOR).status_code == 202
    (first,) = client.report(run)["commands"]
    assert (first["run"], first["command"], first["by"]) == (run, "cancel", "editor")
    assert client.report(run)["commands"] == [first]
    assert client.report(run, done_commands=[first["id"]])["commands"] == []


def test_an_unclaimed_run_is_cancelled_at_once(drupal: StandIn, client: Client) -> None:
    """Nobody has it: there is nobody to ask."""
    run = drupal.dispatch("writer")
    assert client.http.post(f"{API}runs/{run}/cancel", json={}, auth=EDITOR).json()["state"] == "cancelled"
    assert client.claim(lost=True)["jobs"] == []
    assert code(client.http.post(f"{API}runs/{run}/pause", json={}, auth=EDITOR)) == (409, "run_ended")


def test_the_comparison_names_missing_and_ended_runs(drupal: StandIn, client: Client) -> None:
    """Unfinished here and not live there; live there and ended here."""
    lost, kept, over = (drupal.dispatch("writer") for _ in range(3))
    client.claim()
    for run in (lost, kept, over):
        client.report(run, event(1, "run_started", worker="w"))
    client.report(over, end={"state": "completed", "reason": "done"})
    live = [{"run": run, "attempt": 1} for run in (kept, over)]
    answer = client.report(kept, reconcile=True, live=live)
    assert (answer["missing"], answer["ended"]) == ([lost], [over])


def test_a_stopped_site_refuses_tokens_and_dispatch(drupal: StandIn, client: Client) -> None:
    """At once, by itself; the sidecar hears it with the next answer."""
    run = drupal.dispatch("writer")
    client.claim()
    drupal.site.stop_agents()
    assert code(client.draft(run)) == (403, "site_stopped")
    assert code(client.http.post(API + "runs", json={"agent": "writer"}, auth=EDITOR)) == (403, "site_stopped")
    assert client.report(run)["stop"] is True


# -- tokens


def test_a_run_token_is_one_account_while_it_may_act(drupal: StandIn, client: Client) -> None:
    """`me` says who one is; a blocked account, a lost role and maintenance are told apart."""
    run = drupal.dispatch("writer")
    me = client.http.get(API + "me", headers=client.token(run)).json()
    assert (me["name"], me["run"], me["anonymous"]) == ("agent_writer", run, False)
    assert client.http.get(API + "me").json()["anonymous"] is True
    token = client.token(run)
    drupal.site.accounts.block("agent_writer")
    assert code(client.http.get("/jsonapi/node/article", headers=token)) == (401, "account_blocked")
    drupal.site.accounts.block("agent_writer", False)
    assert code(client.http.post(API + "drafts", json={})) == (401, "token_missing")
    drupal.site.store.run("UPDATE account SET roles = '[]' WHERE name = 'agent_writer'")
    assert code(client.http.get(API + "me", headers=token)) == (401, "not_an_agent_account")
    drupal.site.store.set("maintenance", True)
    answer = client.http.get(API + "me", headers=token)
    assert (code(answer), answer.headers["retry-after"]) == ((503, "maintenance"), "10")


# -- drafts


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


def test_describe_content(drupal: StandIn, client: Client) -> None:
    """What the agent may write, and in which formats."""
    run = drupal.dispatch("writer")
    call = {"tool": "describe_content", "arguments": {}, "run": run, "attempt": 1, "generation": 1}
    answer = client.http.post(API + "tools", json=call, headers=client.token(run)).json()
    contracts.check("tool-result", answer)
    article = answer["result"]["entity_types"]["node"]["article"]
    assert article["operations"] == ["read", "create", "revise"]
    assert article["fields"]["body"]["formats"] == ["basic_html", "plain_text", "restricted_html"]
    assert list(answer["result"]["entity_types"]) == ["node"]


def test_status(drupal: StandIn, client: Client) -> None:
    """What `sidecar doctor` asks for: switches, agents, and what their accounts lack."""
    drupal.site.store.set("jsonapi.read_only", True)
    drupal.site.accounts.permit("agent_writer", ["access content"])
    status = client.signed("status", {}).json()
    assert status["jsonapi_read_only"] is True
    assert 'The account needs the permission "create article content".' in status["agents"][0]["missing"]


# -- faults


def test_commit_then_500_is_answered_from_the_store(drupal: StandIn, client: Client) -> None:
    """The draft is there although the answer was lost; the repetition gets it, and there is one revision."""
    run = drupal.dispatch("writer")
    drupal.fail(API + "drafts", status=500, when="after")
    assert client.draft(run).status_code == 500
    again = client.draft(run)
    assert (again.status_code, again.json()["replayed"]) == (200, True)
    assert len(drupal.drafts(run)) == 1


@pytest.mark.parametrize(("when", "drafts"), [("before", 0), ("after", 1)])
def test_a_dropped_connection(drupal: StandIn, client: Client, when: str, drafts: int) -> None:
    """No answer at all; the request was carried out, or not."""
    run = drupal.dispatch("writer")
    drupal.fail(API + "drafts", drop=True, when=when)
    with pytest.raises(httpx.TransportError):
        client.draft(run)
    assert len(drupal.drafts(run)) == drafts


def test_faults_are_used_up_in_order_and_commanded_over_http(drupal: StandIn, client: Client) -> None:
    """The next n requests to a path, and no others."""
    planned = client.http.post(
        "/control/faults", json={"path": "/jsonapi/*", "status": 503, "times": 2, "retry_after": 7}
    )
    assert planned.json()["planned"][0]["times"] == 2
    assert client.http.get(API + "me").status_code == 200
    answers = [client.http.get("/jsonapi/node/article") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "7"


def test_control_is_off_by_default() -> None:
    """Only a stand-in that was started with it obeys strangers."""
    with StandIn() as standin, httpx.Client(base_url=standin.url, trust_env=False) as http:
        assert http.post("/control/faults", json={}).status_code == 404


# -- a process of its own


def test_what_was_stored_outlives_a_kill(tmp_path: Path) -> None:
    """kill -9, then the file: the run and its row are there, and a new process hands the job out."""
    db = tmp_path / "drupal.sqlite"
    process, url = start_process(db)
    try:
        agent = {"id": "writer", "label": "Writer", "definition": {"system_prompt": "", "tools": []}, "hash": "0" * 64}
        agent["binding"] = {"model": "scripted:x"}
        httpx.post(f"{url}/control/agents", json=agent, trust_env=False).raise_for_status()
        run = httpx.post(f"{url}/control/dispatch", json={"agent": "writer"}, trust_env=False).json()["run"]
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()  # pyright: ignore[reportOptionalMemberAccess]
    with sqlite3.connect(db) as tables:
        assert tables.execute("SELECT run, status FROM background_agents_outbox").fetchall() == [(run, 0)]
    tables.close()
    with StandIn(db=str(db)) as standin:
        claimed = Client(standin)
        assert [job["run"] for job in claimed.claim()["jobs"]] == [run]
        claimed.http.close()


def start_process(db: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "demo.standin", "--db", str(db), "--control"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_the_known_secret_is_a_valid_one() -> None:
    """The one that everyone knows is at least a secret."""
    assert signing.key_id(DEFAULT_SECRET)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [({"agent": "writer", "inputs": {}}, "/inputs"), ({"agent": "writer", "dry_run": True}, "/dry_run")],
)
def test_what_is_unknown_starts_nothing(drupal: StandIn, client: Client, asked: dict[str, Any], pointer: str) -> None:
    """Requests of people and programs are closed, as the module's are."""
    answer = client.http.post(API + "runs", json=asked, auth=EDITOR)
    assert code(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert drupal.runs == []


def test_the_same_key_with_another_input_is_refused(client: Client) -> None:
    """It is neither answered with the first run nor does it start another."""
    first, second = (
        client.http.post(API + "runs", json={"agent": "writer", "key": "k", "input": {"topic": topic}}, auth=EDITOR)
        for topic in ("bees", "wasps")
    )
    assert first.status_code == 201
    assert code(second) == (422, "key_reused")


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
