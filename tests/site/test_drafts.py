"""P2, P3 and P4 at the draft endpoint: once per key, on top of what was read, never published."""

from __future__ import annotations

import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sidecar import contracts
from tests.site.drupal import API, Agents, is_problem, new_key


def test_a_revision_is_a_draft_that_names_its_maker(agents: Agents) -> None:
    """The published text stays; author and log of the draft name agent, run, and what was changed."""
    answer = agents.draft(
        "revise", "agent", "a", fields={"title": "Better", "body": {"value": "<p>Better.</p>", "format": "basic_html"}}
    )
    assert answer.status_code == 201, answer.text
    draft = answer.json()
    assert list(contracts.problems("draft", draft)) == []
    assert (draft["moderation_state"], draft["published"], draft["base_revision"]) == (
        "draft",
        False,
        agents.items["a"]["revision"],
    )
    assert draft["url"].endswith((f"/node/{agents.items['a']['id']}/latest", f"/revisions/{draft['revision']}/view"))
    assert agents.live("a")["title"] == "Published a"
    newest = agents.newest("a")
    assert (newest["vid"], newest["title"], newest["status"]) == (draft["revision"], "Better", 0)
    assert newest["revision_uid"] == agents.accounts["agent"]["id"]
    for part in (agents.runs["agent"]["uuid"], "Test test_agent", "Changed the title for the test."):
        assert part in newest["revision_log"]


def test_a_draft_on_a_draft(agents: Agents) -> None:
    """JSON:API cannot (fact 2); the draft endpoint goes on from the newest revision, and supersedes its own change."""
    first = agents.draft("revise", "agent", "b", fields={"title": "First"}).json()
    second = agents.draft("revise", "agent", "b", fields={"title": "Second"}, expected_revision=first["revision"])
    assert second.status_code == 201, second.text
    assert second.json()["base_revision"] == first["revision"]
    assert agents.live("b")["title"] == "Published b"
    assert [change["status"] for change in agents.changes(item="b")] == ["superseded", "pending"]


def test_a_newer_revision_is_a_conflict(agents: Agents) -> None:
    """Who read an older revision is told which one to read."""
    first = agents.draft("revise", "agent", "c").json()
    answer = agents.draft("revise", "agent", "c", fields={"title": "Late"})
    assert is_problem(answer, 409, "revision_conflict")
    assert answer.json()["current_revision"] == first["revision"]
    assert agents.newest("c")["vid"] == first["revision"]


def test_of_two_writers_one_wins(agents: Agents) -> None:
    """Two drafts from the same revision at the same time: one is saved, the other is a conflict."""
    runs = ["agent", "of_editor"]
    documents = [agents.document("revise", run, "race", fields={"title": f"By {run}"}) for run in runs]
    agents.request("GET", f"{API}/me")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: agents.post(*pair), zip(documents, runs, strict=True)))
    assert sorted(answer.status_code for answer in answers) == [201, 409], [answer.text for answer in answers]
    won = next(answer.json() for answer in answers if answer.status_code == 201)
    assert agents.newest("race")["vid"] == won["revision"]


def test_the_same_key_is_the_same_draft(agents: Agents) -> None:
    """A repeated request is answered what was stored, and makes no second revision, though its revision is not the newest any more."""
    document = agents.document("revise", "agent", "d")
    first, again = agents.post(document), agents.post(document)
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert again.json() == first.json() | {"replayed": True}
    assert agents.newest("d")["vid"] == first.json()["revision"]
    assert len(agents.changes(item="d")) == 1


def test_the_same_key_at_the_same_time(agents: Agents) -> None:
    """Two equal requests side by side make one draft and get one answer."""
    document = agents.document("create")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: agents.post(document), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 201], [answer.text for answer in answers]
    assert answers[0].json()["entity"] == answers[1].json()["entity"]


def test_a_locked_item_is_busy(agents: Agents) -> None:
    """Who cannot have the item's lock in two seconds is told to try again, and may: the key is free."""
    document = agents.document("revise", "agent", "locked")
    with agents.site.locked("SELECT nid FROM node WHERE nid = %s FOR UPDATE", agents.items["locked"]["id"]):
        answer = agents.post(document)
    assert is_problem(answer, 503, "busy")
    assert int(answer.headers["retry-after"]) > 0
    assert agents.post(document).status_code == 201


def test_an_editor_who_is_saving_is_not_overtaken(agents: Agents) -> None:
    """An editor's revision that is written and not committed yet is waited for: the agent's draft would else end up above it."""
    item = agents.items["overtaken"]
    with agents.site.editors_revision(item["id"]) as connection:
        assert is_problem(agents.draft("revise", "agent", "overtaken"), 503, "busy")
        assert agents.draft("create").status_code == 201
        assert agents.draft("revise", "agent", "beside").status_code == 201
        connection.commit()
    assert is_problem(agents.draft("revise", "agent", "overtaken"), 409, "revision_conflict")
    assert agents.newest("overtaken")["title"] == "By the editor"


def test_states_may_have_any_name(agents: Agents) -> None:
    """No state is known by name: in a workflow without "draft" the first unpublished one that is reachable is taken."""
    made = agents.draft("create", "memos", bundle="memo")
    assert made.status_code == 201, made.text
    assert (made.json()["moderation_state"], made.json()["published"]) == ("wip", False)
    revised = agents.draft("revise", "memos", "memo", bundle="memo")
    assert revised.status_code == 201, revised.text
    assert (revised.json()["moderation_state"], agents.live("memo")["title"]) == ("checked", "Memo")


def test_a_draft_stays_in_the_state_that_it_is_in(agents: Agents) -> None:
    """From "checked", the workflow would first lead back to "wip"; an agent that revises a checked draft does not send it back."""
    revised = agents.draft("revise", "memos", "memo_c", bundle="memo")
    assert (revised.status_code, revised.json().get("moderation_state")) == (201, "checked"), revised.text
    again = agents.draft("revise", "memos", "memo_c", bundle="memo", expected_revision=revised.json()["revision"])
    assert (again.status_code, again.json().get("moderation_state")) == (201, "checked"), again.text


def test_a_state_without_a_way_out_is_told(agents: Agents) -> None:
    """Where no transition leads to a draft, the refusal names the permission that is missing."""
    answer = agents.draft("revise", "stuck_memos", "memo_b", bundle="memo")
    assert is_problem(answer, 403, "forbidden")
    assert "use memos transition check" in answer.json()["detail"]


def test_a_key_is_not_used_twice(agents: Agents) -> None:
    """Another request under the same key is refused, and never answered with the old draft."""
    document = agents.document("create")
    assert agents.post(document).status_code == 201
    assert is_problem(agents.post(document | {"fields": {"title": "Another"}}), 422, "key_reused")
    assert agents.post(document | {"step": 9, "tool_call_id": "other"}).status_code == 200


def test_an_error_leaves_the_key_free(agents: Agents) -> None:
    """A refused request may be mended under its key."""
    document = agents.document("create", fields={"title": "x" * 300})
    assert is_problem(agents.post(document), 422, "invalid")
    assert agents.post(document | {"fields": {"title": "Shorter"}}).status_code == 201


def test_only_the_attempt_that_was_handed_out_is_listened_to(agents: Agents) -> None:
    """An older attempt gets nothing, not even what it did; nor does one that was never handed out, and it raises nothing."""
    run, at = "few", "SELECT attempt FROM background_agents_{} WHERE {} = %s"
    document = agents.document("create", run)
    assert agents.post(document, run).status_code == 201
    for attempt in (2, 2**31 - 1):
        assert is_problem(agents.post(document | {"attempt": attempt}, run), 409, "stale_attempt")
    assert agents.site.sql(at.format("outbox", "run"), agents.runs[run]["uuid"]) == [{"attempt": 1}]
    agents.hand_out(run, 3)
    assert is_problem(agents.post(document, run), 409, "stale_attempt")
    assert agents.post(document | {"attempt": 3}, run).status_code == 200


def test_a_replay_raises_the_fence_as_the_first_call_does(agents: Agents) -> None:
    """The attempt that repeats a draft, or calls a tool, is the run's from then on: also after its end, when nothing else knows it."""
    run = "pages"
    document = agents.document("create", "english", langcode="en")
    assert agents.post(document, "english").status_code == 201
    agents.hand_out("english", 2)
    assert agents.post(document | {"attempt": 2}, "english").status_code == 200
    assert attempt_of(agents, "english") == 2
    agents.hand_out(run, 2)
    call = {"tool": "describe_content", "arguments": {}, "run": agents.runs[run]["uuid"], "generation": 1}
    assert is_problem(agents.request("POST", f"{API}/tools", run, json=call | {"attempt": 3}), 409, "stale_attempt")
    assert agents.request("POST", f"{API}/tools", run, json=call | {"attempt": 2}).status_code == 200
    assert attempt_of(agents, run) == 2
    assert is_problem(agents.request("POST", f"{API}/tools", run, json=call | {"attempt": 1}), 409, "stale_attempt")
    for name in ("english", run):  # as the tests behind find them
        agents.hand_out(name, 1)
        agents.site.sql("UPDATE background_agents_run SET attempt = 1 WHERE uuid = %s", agents.runs[name]["uuid"])


def attempt_of(agents: Agents, run: str) -> int:
    return agents.site.sql("SELECT attempt FROM background_agents_run WHERE uuid = %s", agents.runs[run]["uuid"])[0][
        "attempt"
    ]


def test_a_run_leaves_so_many_drafts_and_no_more(agents: Agents) -> None:
    """The agent `few` may leave one draft a run; a repeated key still is answered."""
    document = agents.document("create", "few", attempt=3)
    agents.post(document, "few")
    assert is_problem(agents.draft("create", "few", attempt=3), 403, "limit_writes")


def test_a_run_that_used_up_its_drafts_can_be_retried(agents: Agents) -> None:
    """Drafts count per generation, as everything else does."""
    run = "used_up"
    job = json.dumps({"agent": {"binding": {"limits": {"writes": 1}}}})
    agents.site.sql("UPDATE background_agents_outbox SET job = %s WHERE run = %s", job, agents.runs[run]["uuid"])
    assert agents.draft("create", run).status_code == 201
    assert is_problem(agents.draft("create", run), 403, "limit_writes")
    made = agents.site.script("generation.php", str(agents.runs[run]["id"]), "2")
    second = agents.document("create", run, generation=2)
    assert agents.post(second, token=made["token"]).status_code == 201
    more = agents.document("create", run, generation=2)
    assert is_problem(agents.post(more, token=made["token"]), 403, "limit_writes")


@pytest.mark.parametrize(
    ("limits", "drafts"), [({"writes": 2}, 2), ({"writes": 0}, 3), ({}, 3), ({"writes": 2, "writes_per_hour": 1}, 1)]
)
def test_a_run_is_judged_by_the_limits_of_its_job(agents: Agents, limits: dict[str, int], drafts: int) -> None:
    """Whatever the configuration of agent and site says meanwhile: both sides were told these."""
    run = "limited"
    agents.site.sql("DELETE FROM background_agents_change WHERE run = %s", agents.runs[run]["id"])
    agents.site.php(
        "$agent = \\Drupal\\background_agents\\Entity\\Agent::load('test_limited');"
        "$agent->set('binding', ['limits' => ['writes' => 1]] + $agent->get('binding'))->save();"
    )
    job = json.dumps({"agent": {"binding": {"limits": limits}}})
    agents.site.sql("UPDATE background_agents_outbox SET job = %s WHERE run = %s", job, agents.runs[run]["uuid"])
    answers = [agents.draft("create", run).status_code for _ in range(3)]
    assert answers.count(201) == drafts, answers


def test_a_person_may_allow_as_many_drafts_again(agents: Agents) -> None:
    """What counts is a yes to a question about this limit."""
    run = agents.site.sql("SELECT id FROM background_agents_run WHERE uuid = %s", agents.runs["few"]["uuid"])[0]["id"]
    agents.post(agents.document("create", "few", attempt=3), "few")
    for seq, (limit, decision) in enumerate([("writes", "reject"), ("steps", "approve"), ("writes", "approve")], 9_001):
        assert is_problem(agents.draft("create", "few", attempt=3), 403, "limit_writes")
        question = json.dumps({"id": f"q{seq}", "question": "More?", "kind": "top_up", "limit": limit})
        answer = json.dumps({"id": f"q{seq}", "decision": decision})
        agents.site.sql(
            "INSERT INTO background_agents_event (run, seq, type, time, created, hash, data)"
            " VALUES (%s, %s, 'approval_requested', '', 0, '', %s)",
            run, seq, question,
        )  # fmt: skip
        agents.site.sql(
            "INSERT INTO background_agents_command (run, command, data, created, done) VALUES (%s, 'decide', %s, 0, 1)",
            run, answer,
        )  # fmt: skip
    assert agents.draft("create", "few", attempt=3).status_code == 201
    assert is_problem(agents.draft("create", "few", attempt=3), 403, "limit_writes")


def test_the_checkpoint_is_stored_with_the_draft(agents: Agents) -> None:
    """Checkpoint and draft are one transaction: a refused draft stores none."""
    run = "english"
    checkpoint = {"version": 1, "units": {"s0/1/model": {"answer": {}}}}
    before = checkpoints(agents, run)
    assert is_problem(agents.draft("create", run, checkpoint=checkpoint, fields={"no_field": 1}), 422, "invalid")
    assert checkpoints(agents, run) == before
    assert agents.draft("create", run, checkpoint=checkpoint).status_code == 201
    assert checkpoints(agents, run) == [*before, checkpoint]


def checkpoints(agents: Agents, run: str) -> list[Any]:
    rows = agents.site.sql(
        "SELECT data FROM background_agents_checkpoint WHERE run = %s ORDER BY n", agents.runs[run]["id"]
    )
    return [json.loads(zlib.decompress(row["data"])) for row in rows]


def test_a_creation_takes_its_uuid(agents: Agents) -> None:
    """The run says which UUID the new item gets; the same UUID again revises what it made, another's is refused."""
    uuid = "11111111-2222-4333-8444-" + new_key()[:12]
    made = agents.draft("create", entity=uuid, fields={"title": "Made"})
    assert made.status_code == 201, made.text
    assert made.json()["entity"] == uuid
    again = agents.draft("create", entity=uuid, fields={"title": "Made again"})
    assert again.status_code == 201, again.text
    assert (again.json()["operation"], again.json()["entity_id"]) == ("revise", made.json()["entity_id"])
    assert is_problem(agents.draft("create", entity=agents.items["a"]["uuid"]), 422, "invalid")


def test_a_retry_replaces_its_own_draft(agents: Agents) -> None:
    """In a later generation the run reads the published text again, and its draft takes the place of the older one."""
    first = agents.draft("revise", "retried", "owned", fields={"body": {"value": "<p>First try.</p>"}})
    assert first.status_code == 201, first.text
    token = agents.site.script("generation.php", str(agents.runs["retried"]["id"]), "2")["token"]
    document = agents.document("revise", "retried", "owned", generation=2, fields={"title": "Second try"})
    second = agents.post(document, token=token)
    assert second.status_code == 201, second.text
    body = agents.site.sql(
        "SELECT body_value FROM node_revision__body WHERE revision_id = %s", second.json()["revision"]
    )
    assert body == [{"body_value": "<p>Published text.</p>"}]
    assert [change["status"] for change in agents.changes("retried", "owned")] == ["superseded", "pending"]


@pytest.mark.parametrize(
    ("fields", "status", "code", "pointer"),
    [
        ({"no_such_field": "x"}, 422, "invalid", "/fields/no_such_field"),
        ({"title": "x" * 300}, 422, "invalid", "/fields/title/0/value"),
        ({"title": None}, 422, "invalid", "/fields/title"),
        ({"title": {"no_property": "x"}}, 422, "invalid", "/fields/title/0/no_property"),
        ({"title": [["x"]]}, 422, "invalid", "/fields/title/0"),
        ({"body": {"value": "x", "format": "full_html"}}, 422, "invalid", "/fields/body/0/format"),
        (
            {"field_tags": [{"target_uuid": "00000000-0000-4000-8000-000000000000"}]},
            422,
            "invalid",
            "/fields/field_tags/0/target_uuid",
        ),
        ({"field_tags": [{"target_id": 1}]}, 422, "invalid", "/fields/field_tags/0"),
        ({"moderation_state": "published"}, 403, "forbidden", "/fields/moderation_state"),
        ({"status": True}, 403, "forbidden", "/fields/status"),
        ({"path": {"alias": "/x"}}, 403, "forbidden", "/fields/path"),
        ({"uid": {"target_uuid": "00000000-0000-4000-8000-000000000000"}}, 403, "forbidden", "/fields/uid"),
        ({"promote": False}, 403, "forbidden", "/fields/promote"),
    ],
)
def test_errors_point_to_the_field(
    agents: Agents, fields: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    """Each refusal says where, so that the model can mend its call."""
    answer = agents.draft("revise", "agent", "e", fields=fields)
    assert is_problem(answer, status, code)
    assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.text
    assert list(contracts.problems("problem", answer.json())) == []
    assert agents.newest("e")["vid"] == agents.items["e"]["revision"]


def test_all_errors_come_at_once(agents: Agents) -> None:
    """Two wrong fields are two errors of one answer."""
    answer = agents.draft("create", fields={"title": "T", "no_a": 1, "no_b": 2})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/fields/no_a", "/fields/no_b"]


def test_a_missing_required_field(agents: Agents) -> None:
    """A new item without a title is not valid."""
    answer = agents.draft("create", fields={"body": {"value": "<p>x</p>"}})
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"].startswith("/fields/title")


@pytest.mark.parametrize(
    "members",
    [
        {"key": "x"},
        {"run": "x"},
        {"entity": "x"},
        {"summary": ""},
        {"attempt": 0},
        {"operation": "delete"},
        {"fields": {}},
        {"fields": []},
        {"checkpoint": {"units": []}},
    ],
    ids=lambda members: next(iter(members)),
)
def test_a_request_that_breaks_the_contract(agents: Agents, members: dict[str, Any]) -> None:
    """What breaks the schema is refused with a pointer to it."""
    answer = agents.draft("create", **members)
    assert is_problem(answer, 422, "invalid")
    assert f"/{next(iter(members))}" in [error["pointer"] for error in answer.json()["errors"]]


def test_what_is_no_json_is_a_problem(agents: Agents) -> None:
    """Broken JSON and compressed rubbish are 400, not an error page."""
    for body in (b"{", b"[]", gzip.compress(b"{}")):
        answer = agents.request("POST", f"{API}/drafts", content=body, headers={"Content-Type": "application/json"})
        assert is_problem(answer, 400, "invalid_json")


def test_unchanged_fields_do_not_count(agents: Agents) -> None:
    """The title of a page in full_html can be drafted; its text is read-only to an account without that format."""
    assert agents.draft("revise", "agent", "full_html", fields={"title": "Only the title"}).status_code == 201
    answer = agents.draft(
        "revise",
        "agent",
        "full_html",
        fields={"body": {"value": "<p>x</p>"}},
        expected_revision=agents.newest("full_html")["vid"],
    )
    assert is_problem(answer, 403, "forbidden")
    assert answer.json()["errors"][0]["pointer"] == "/fields/body"


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"entity": "00000000-0000-4000-8000-000000000000"}, 404, "not_found"),
        ({"bundle": "no_such"}, 404, "not_found"),
        ({"entity_type": "no_such"}, 404, "not_found"),
        ({"entity_type": "node_type", "bundle": "node_type"}, 404, "not_found"),
        ({"bundle": "page"}, 403, "forbidden"),
        ({"entity_type": "user", "bundle": "user"}, 403, "forbidden"),
        ({"langcode": "de"}, 404, "not_found"),
        ({"langcode": "fr"}, 404, "not_found"),
    ],
)
def test_what_is_not_there_or_not_allowed(agents: Agents, members: dict[str, Any], status: int, code: str) -> None:
    """Missing items and closed types have their own codes."""
    assert is_problem(agents.draft("revise", "agent", "e", **members), status, code)


def test_the_binding_and_the_requester_hold(agents: Agents) -> None:
    """Operations, languages and the person who asked limit drafts too."""
    assert is_problem(agents.draft("revise", "reading", "e"), 403, "forbidden")
    assert is_problem(agents.draft("create", "reading"), 403, "forbidden")
    assert is_problem(agents.draft("revise", "english", "translated", langcode="de"), 403, "forbidden")
    assert is_problem(agents.draft("revise", "of_reader", "e"), 403, "forbidden")
    assert is_problem(agents.draft("create", "of_reader"), 403, "forbidden")
    assert is_problem(agents.draft("revise", "of_owner", "e"), 403, "forbidden")


def test_a_translation_is_drafted_alone(agents: Agents) -> None:
    """A German draft leaves both published languages; an English one on top leaves the German draft the newest German."""
    revision = agents.items["translated"]["revision"]
    german = agents.draft(
        "revise", "agent", "translated", langcode="de", fields={"title": "Entwurf"}, expected_revision=revision
    )
    assert german.status_code == 201, german.text
    english = agents.draft("revise", "agent", "translated", langcode="en", fields={"title": "Draft"})
    if english.status_code == 409:
        english = agents.draft(
            "revise",
            "agent",
            "translated",
            langcode="en",
            fields={"title": "Draft"},
            expected_revision=english.json()["current_revision"],
        )
    assert english.status_code == 201, english.text
    assert (agents.live("translated", "de")["title"], agents.live("translated", "en")["title"]) == (
        "Deutsch",
        "English",
    )
    assert agents.newest("translated", "de")["title"] == "Entwurf"
    assert agents.newest("translated", "en")["title"] == "Draft"
    states = agents.site.sql(
        "SELECT m.langcode, m.moderation_state FROM content_moderation_state_field_data m WHERE m.content_entity_id = %s",
        agents.items["translated"]["id"],
    )
    assert {row["langcode"]: row["moderation_state"] for row in states} == {"en": "published", "de": "published"}


def test_publishing_needs_binding_and_role(agents: Agents) -> None:
    """Only an agent whose binding and role both allow it publishes, and only when it asks."""
    fields = {"title": "Published by the agent", "moderation_state": "published"}
    assert is_problem(agents.draft("revise", "may_but_cannot", "g", fields=fields), 403, "forbidden")
    assert is_problem(agents.draft("revise", "not_publishing", "g", fields=fields), 403, "forbidden")
    assert agents.live("g")["title"] == "Published g"
    draft = agents.draft("revise", "publishing", "g", fields={"title": "Not asked"})
    assert draft.status_code == 201, draft.text
    assert draft.json()["published"] is False
    live = agents.draft("revise", "publishing", "g", fields=fields, expected_revision=draft.json()["revision"])
    assert live.status_code == 201, live.text
    assert live.json()["published"] is True
    assert agents.live("g")["title"] == "Published by the agent"
    assert agents.changes("publishing", "g")[-1]["status"] == "accepted"


def test_unmoderated_content(agents: Agents) -> None:
    """Without moderation only an agent with leave for it writes."""
    members = {"entity_type": "node", "bundle": "page"}
    assert is_problem(agents.draft("revise", "pages", "page", **members), 403, "forbidden")
    assert is_problem(agents.draft("create", "pages", **members), 403, "forbidden")
    assert agents.live("page")["title"] == "Page"
    live = agents.draft("revise", "live_pages", "page", **members)
    assert live.status_code == 201, live.text
    assert (live.json()["moderation_state"], live.json()["published"]) == (None, True)
    assert list(contracts.problems("draft", live.json())) == []


def test_references_go_by_uuid(agents: Agents) -> None:
    """A tag is named by its UUID: one that the agent may read, or that is there already."""
    tag = agents.site.php(
        "$t=\\Drupal\\taxonomy\\Entity\\Term::create(['vid'=>'tags','name'=>'Tag']);$t->save();print $t->uuid();"
    ).strip()
    fields = {"field_tags": [{"target_uuid": tag}]}
    assert is_problem(agents.draft("revise", "agent", "h", fields=fields), 422, "invalid")
    answer = agents.draft("revise", "tagging", "h", fields=fields)
    assert answer.status_code == 201, answer.text
    again = agents.draft("revise", "agent", "h", fields=fields, expected_revision=answer.json()["revision"])
    assert again.status_code == 201, again.text
    rows = agents.site.sql(
        "SELECT COUNT(*) AS n FROM node_revision__field_tags WHERE revision_id = %s", answer.json()["revision"]
    )
    assert rows == [{"n": 1}]


def test_a_picture_stays_with_its_draft(agents: Agents) -> None:
    """A draft of a page with a picture keeps it; its text may be changed, another's file may not be taken."""
    answer = agents.draft("revise", "agent", "picture", fields={"title": "Same picture"})
    assert answer.status_code == 201, answer.text
    kept = "SELECT field_image_alt FROM node_revision__field_image WHERE revision_id = %s"
    assert agents.site.sql(kept, answer.json()["revision"]) == [{"field_image_alt": "A dot"}]
    file = agents.site.sql("SELECT uuid FROM file_managed WHERE uri = 'public://test.png' ORDER BY fid DESC LIMIT 1")[
        0
    ]["uuid"]
    fields = {"field_image": {"target_uuid": file, "alt": "One pixel"}}
    again = agents.draft("revise", "agent", "picture", fields=fields, expected_revision=answer.json()["revision"])
    assert again.status_code == 201, again.text
    assert agents.site.sql(kept, again.json()["revision"]) == [{"field_image_alt": "One pixel"}]
    assert is_problem(
        agents.draft("revise", "agent", "h", fields=fields, expected_revision=agents.newest("h")["vid"]), 422, "invalid"
    )


def test_what_an_agent_lacks_is_told(agents: Agents) -> None:
    """The check of an agent names the permissions that its binding needs, and the workflow's transitions."""
    missing = agents.site.script("missing.php")
    assert missing["test_agent"] == []
    assert any("use memos transition check" in sentence for sentence in missing["test_stuck_memos"])
    assert any("has no moderation" in sentence for sentence in missing["test_pages"])
    assert any("is blocked" in sentence for sentence in missing["test_blocked"])
    assert any("agent role" in sentence for sentence in missing["test_no_agent"])
    assert any("administrator" in sentence for sentence in missing["test_admin_agent"])


def test_describe_content(agents: Agents) -> None:
    """What an account is told it may do is what it may do."""
    answer = agents.tool("describe_content", {}).json()
    assert list(contracts.problems("tool-result", answer)) == []
    article = answer["result"]["entity_types"]["node"]["article"]
    assert sorted(article["operations"]) == ["create", "read", "revise"]
    assert article["moderated"] is True
    assert article["fields"]["title"]["writable"] is True
    assert article["fields"]["body"]["formats"] == ["basic_html", "plain_text"]
    assert not {"status", "moderation_state", "uid", "path", "promote", "nid", "vid", "uuid"} & set(article["fields"])
    assert set(answer["result"]["entity_types"]) == {"node"}
    assert "full_html" not in answer["result"]["formats"]
    assert agents.tool("describe_content", {}, "reading").json()["result"]["entity_types"]["node"]["article"][
        "operations"
    ] == ["read"]
    assert agents.tool("describe_content", {}, "of_reader").json()["result"]["entity_types"]["node"]["article"][
        "operations"
    ] == ["read"]
    assert (
        agents.tool("describe_content", {"entity_type": "node", "bundle": "page"}).json()["result"]["entity_types"]
        == {}
    )


def test_an_unknown_tool_is_a_value(agents: Agents) -> None:
    """The model is told what tools there are."""
    answer = agents.tool("no_such_tool", {})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["error"]["code"]) == ("error", "not_found")
