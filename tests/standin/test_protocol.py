"""The stand-in over HTTP: hand-out of jobs, tokens, commands, reports. Every answer is checked against its contract."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from sidecar import contracts
from sidecar.drupal import signing
from tests.standin.client import API, EDITOR, Client, code, event
from tests.support.clock import day_with_room

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
    day, run = day_with_room(), drupal.dispatch("writer")
    client.claim()
    used = {"cost_micros": 60, "input_tokens": 500, "output_tokens": 100}
    before = event(1, "model_responded", model="scripted:a", usage={"cost_micros": 20, "input_tokens": 200})
    item = {"run": run, "attempt": 1, "generation": 1, "events": [before], "usage": used | {"driven_seconds": 4}}
    for _ in range(2):
        client.signed("events", {"site": "default", "sender": "test", "runs": [item]})
    amounts = {"cost_micros": 40, "tokens": 400}
    expected = {"day": day, **amounts, "agents": {"writer": amounts}}
    answer = client.claim(lost=True)
    contracts.check("common#spent", answer["spent"])
    assert answer["spent"] == expected
    assert answer["jobs"][0]["usage"]["driven_seconds"] == 4
    drupal.site.stop_agents()
    assert client.claim(lost=True)["spent"] == expected, "also while all agents are stopped"


# -- commands, stop, comparison


def test_commands_are_repeated_until_they_are_done(drupal: StandIn, client: Client) -> None:
    """In every answer, once each, however often a person asks."""
    run = drupal.dispatch("writer")
    client.claim()
    client.report(run, event(1, "run_started", worker="w"))
    for _ in range(2):
        assert client.http.post(f"{API}runs/{run}/cancel", json={}, auth=EDITOR).status_code == 202
    (first,) = client.report(run)["commands"]
    assert (first["run"], first["command"], first["by"]) == (run, "cancel", "editor")
    assert client.report(run)["commands"] == [first]
    assert client.report(run, done_commands=[first["id"]])["commands"] == []


def test_an_answer_to_events_brings_what_is_due_when_other_schedules_are_known(drupal: StandIn, client: Client) -> None:
    trigger = drupal.schedule("writer", 2_000)
    batch = {"site": "default", "sender": "s", "runs": []}
    version = client.signed("events", batch).json()["schedules"]
    assert "due" not in client.signed("events", batch).json()
    assert "due" not in client.signed("events", batch | {"schedules": version}).json()
    answer = client.signed("events", batch | {"schedules": "0" * 16}).json()
    contracts.check("events#answer", answer)
    assert answer["due"]["version"] == version
    assert answer["due"]["due"] == [{"trigger": trigger, "due": 2_000}]


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


def test_a_caller_is_believed_when_the_sidecar_signed_it(drupal: StandIn, client: Client) -> None:
    """The door is the trigger of the run; `me` is the document of the contract; a forged header is refused."""
    credential = httpx.BasicAuth(*EDITOR)._auth_header
    header = signing.caller_header(drupal.secret, credential, "mcp", "192.0.2.7", int(drupal.site.store.clock()))
    good = {"Authorization": credential, signing.CALLER_HEADER: header}
    run = client.http.post(API + "runs", json={"agent": "writer"}, headers=good).json()
    assert run["trigger"] == {"type": "mcp"}
    for headers in ({}, good, client.token(run["uuid"])):
        contracts.check("me", client.http.get(API + "me", headers=headers).json())
    forged = good | {signing.CALLER_HEADER: header.replace("door=mcp", "door=a2a")}
    for path in ("me", "agents", f"runs/{run['uuid']}"):
        assert code(client.http.get(API + path, headers=forged)) == (401, "caller_invalid")


def test_a_dispatch_key_is_for_its_agents_and_their_runs(drupal: StandIn, client: Client) -> None:
    """By either header; another's runs, and those of another agent, are closed to it; one answer to all that are not accepted."""
    editor = drupal.site.accounts.by_name(EDITOR[0])
    assert editor is not None
    text = drupal.site.auth.keys.add(editor, "Laptop", agents=["writer"], expires=drupal.site.store.clock() + 60)
    key = {"Authorization": f"Bearer {text}"}
    me = client.http.get(API + "me", headers={"X-Background-Agents-Key": text}).json()
    contracts.check("me", me)
    assert (me["means"], me["key"]["name"], me["agents"], me["runs"]) == ("key", "Laptop", ["writer"], "own")
    run = client.http.post(API + "runs", json={"agent": "writer"}, headers=key).json()
    contracts.check("run", run)
    assert run["via"] == {"door": "api", "means": "key", "key": "Laptop", "client": None}
    assert client.http.get(API + f"runs/{run['uuid']}", headers=key).status_code == 200
    other = drupal.dispatch("writer")
    for path in (f"runs/{other}", f"runs/{other}/events", f"runs/{other}/drafts"):
        assert code(client.http.get(API + path, headers=key)) == (403, "forbidden")
    assert code(client.http.post(API + f"runs/{other}/cancel", headers=key)) == (403, "forbidden")
    assert [listed["uuid"] for listed in client.http.get(API + "runs", headers=key).json()["runs"]] == [run["uuid"]]
    narrow = {"Authorization": f"Bearer {drupal.site.auth.keys.add(editor, agents=[])}"}
    assert code(client.http.post(API + "runs", json={"agent": "writer"}, headers=narrow)) == (403, "forbidden")
    assert code(client.http.get(API + f"runs/{run['uuid']}", headers=narrow)) == (403, "forbidden")
    drupal.site.auth.keys.revoke(text)
    for wrong in (text, text[:-1] + "x", "bgd_x"):
        assert code(client.http.get(API + "me", headers={"X-Background-Agents-Key": wrong})) == (401, "key_invalid")


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


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [({"agent": "writer", "inputs": {}}, "/inputs"), ({"agent": "writer", "wet_run": True}, "/wet_run")],
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


def test_a_run_that_somebody_looks_at_is_named_to_the_sidecar_for_a_while(drupal: StandIn, client: Client) -> None:
    """While it is live, and until nobody has asked for its news for some seconds."""
    run, other = drupal.dispatch("writer"), drupal.dispatch("writer")
    client.claim()

    def watched() -> list[str]:
        return client.signed("events", {"site": "default", "sender": "test", "runs": []}).json()["watched"]

    client.report(other, end={"state": "failed", "reason": "limit:steps"})
    assert watched() == []
    for asked in (run, other):
        assert client.http.get(f"{API}runs/{asked}/events", auth=EDITOR).status_code == 200
    assert watched() == [run]
    site, now = drupal.site.events.watched, time.time
    site._clock = lambda: now() + 16
    assert watched() == []
