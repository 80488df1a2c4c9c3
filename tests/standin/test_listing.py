"""Lists of the stand-in: agents, runs page by page, drafts with what differs. Every answer is checked against its contract."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from demo.standin import StandIn
from sidecar import contracts
from tests.standin.client import API, EDITOR, NOBODY, Client, code


@pytest.fixture
def editor(client: Client) -> Any:
    """GET as the editor; the answer fits its contract when it is 200."""

    def get(path: str, **query: Any) -> Any:
        answer = client.http.get(API + path, params=query, auth=EDITOR)
        if answer.status_code == 200:
            contracts.check("drafts" if path.endswith("drafts") else path.split("/", maxsplit=1)[0], answer.json())
        return answer

    return get


def test_an_agent_is_shown_with_both_schemas(editor: Any, client: Client) -> None:
    """The list has it, too; another one is unknown; nobody sees any."""
    shown = editor("agents/writer").json()
    assert shown in editor("agents").json()["agents"]
    assert {"input_schema", "output_schema"} <= set(shown)
    assert code(editor("agents/nobody")) == (404, "agent_unknown")
    assert code(client.http.get(API + "agents/writer")) == (401, "not_logged_in")


def test_runs_come_page_by_page(drupal: StandIn, editor: Any) -> None:
    """The newest first, each once, however the pages are cut; a run that comes meanwhile moves nothing."""
    runs = [drupal.dispatch("writer") for _ in range(5)]
    first = editor("runs", limit=2).json()
    drupal.dispatch("writer")
    found, page = first["runs"], first
    while page["next"]:
        page = editor("runs", limit=2, cursor=page["next"]).json()
        found += page["runs"]
    assert [run["uuid"] for run in found] == runs[::-1]
    assert not {"input", "output", "changes"} & set(found[0])


def test_runs_are_filtered(drupal: StandIn, editor: Any) -> None:
    """By state, trigger, time and parent; one value or several."""
    run = drupal.dispatch("writer")
    created = drupal.run(run)["created"]
    found = {
        name: [shown["uuid"] for shown in editor("runs", **{name: value}).json()["runs"]]
        for name, value in (
            ("state", "running,queued"),
            ("trigger", "schedule"),
            ("since", created),
            ("before", created),
            ("parent", NOBODY),
            ("agent", "nobody"),
            ("batch", 3),
        )
    }
    assert {name for name, uuids in found.items() if uuids == [run]} == {"state", "since"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "odd"),
        ("trigger", "nothing"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "1e9"),
        ("cursor", "%00"),
        ("cursor", base64.urlsafe_b64encode(b"-1").decode()),
        ("since", "yesterday"),
        ("batch", "0"),
        ("order", "created"),
    ],
)
def test_what_cannot_be_asked_is_refused(editor: Any, drupal: StandIn, name: str, value: str) -> None:
    """422 with the name of the parameter."""
    drupal.dispatch("writer")
    answer = editor("runs", **{name: value})
    assert code(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == f"/{name}"


def test_drafts_are_shown_with_what_differs(drupal: StandIn, client: Client, editor: Any) -> None:
    """A new item is compared with nothing; a stranger to the run sees none."""
    run = drupal.dispatch("writer")
    client.draft(run, fields={"title": "Better bread"})
    [draft] = editor(f"runs/{run}/drafts").json()["drafts"]
    [title] = [field for field in draft["fields"] if field["name"] == "title"]
    assert (draft["label"], draft["base_revision"], title["before"], title["after"]) == (
        "Better bread",
        None,
        None,
        "Better bread",
    )
    assert [part["kind"] for part in title["diff"]] == ["added"]
    drupal.site.accounts.add("stranger", ["view own background agent runs"], password="x")
    stranger = client.http.get(f"{API}runs/{run}/drafts", auth=("stranger", "x"))
    assert code(stranger) == (403, "forbidden")
    assert client.http.get(API + "runs", auth=("stranger", "x")).json() == {"runs": [], "next": None}


def test_a_draft_is_sent_back_once(drupal: StandIn, client: Client) -> None:
    """The only one needs no name; the agent is told; a second time is refused, as is what cannot be said."""
    run = drupal.dispatch("writer")
    client.draft(run)
    client.report(run, end={"state": "completed", "reason": "done"})
    path = f"{API}runs/{run}/send-back"
    assert code(client.http.post(path, json={}, auth=EDITOR)) == (422, "invalid")
    assert code(client.http.post(path, json={"note": "x", "draft": NOBODY}, auth=EDITOR)) == (422, "invalid")
    answer = client.http.post(path, json={"note": "Shorter."}, auth=EDITOR)
    contracts.check("run", answer.json())
    assert (answer.status_code, answer.json()["state"], answer.json()["generation"]) == (202, "queued", 2)
    [job] = client.claim()["jobs"]
    assert [remark["text"] for remark in job["review"]["remarks"]] == ["Shorter."]
    assert code(client.http.post(path, json={"note": "x"}, auth=EDITOR)) == (409, "review_refused")


def test_a_question_is_answered_by_people(drupal: StandIn, client: Client) -> None:
    """The former name of the command is understood; an agent does not answer for a run that it started."""
    run = drupal.dispatch("writer")
    for name in ("answer", "decide"):
        said = {"id": "q1", "decision": "approve"}
        assert client.http.post(f"{API}runs/{run}/{name}", json=said, auth=EDITOR).status_code == 202
        assert code(client.http.post(f"{API}runs/{run}/{name}", json=said, headers=client.token(run)))[0] == 403


def test_a_delayed_run_begins_later(drupal: StandIn, client: Client) -> None:
    """No job before its time; cancelled it never begins; a disabled agent ends it; no agent starts one."""

    def later(**asked: Any) -> dict[str, Any]:
        answer = client.http.post(API + "runs", json={"agent": "writer", "delay": 60} | asked, auth=EDITOR)
        contracts.check("run", answer.json())
        return answer.json()

    first, second, third = (later(key=key)["uuid"] for key in "abc")
    assert later(key="a")["uuid"] == first
    assert client.claim()["jobs"] == []
    assert code(client.http.post(f"{API}runs/{first}/pause", json={}, auth=EDITOR)) == (409, "not_begun")
    assert client.http.post(f"{API}runs/{second}/cancel", json={}, auth=EDITOR).json()["state"] == "cancelled"
    now = drupal.site.store.clock()
    drupal.site.store.clock = lambda: now + 61
    assert [job["run"] for job in client.claim()["jobs"]] == [first, third]
    assert drupal.run(first)["due"] is None
    run = drupal.dispatch("writer")
    asked = {"agent": "writer", "delay": 1}
    assert code(client.http.post(API + "runs", json=asked, headers=client.token(run))) == (422, "invalid")


def test_higher_priorities_are_handed_out_first(drupal: StandIn, client: Client) -> None:
    """Also of runs whose time has come; jobs and runs say it; no agent gives one."""

    def run(priority: int, **more: int) -> str:
        asked = {"agent": "writer", "priority": priority} | more
        answer = client.http.post(API + "runs", json=asked, auth=EDITOR)
        contracts.check("run", answer.json())
        assert answer.json()["priority"] == priority
        return answer.json()["uuid"]

    now = drupal.site.store.clock()
    drupal.site.store.clock = lambda: now
    ordinary, low, high = run(0), run(-1), run(10)
    later, sooner = run(0, delay=60), run(1, delay=119)
    jobs = client.claim()["jobs"]
    assert [(job["run"], job.get("priority")) for job in jobs] == [(high, 10), (ordinary, None), (low, -1)]
    drupal.site.store.clock = lambda: now + 120
    assert [job["run"] for job in client.claim()["jobs"] if job["run"] in {later, sooner}] == [sooner, later]
    for priority in (11, -11, "1", 0.5):
        refused = client.http.post(API + "runs", json={"agent": "writer", "priority": priority}, auth=EDITOR)
        assert code(refused) == (422, "invalid")
    asked = {"agent": "writer", "priority": 1}
    token = client.token(drupal.dispatch("writer"))
    assert code(client.http.post(API + "runs", json=asked, headers=token)) == (422, "invalid")
