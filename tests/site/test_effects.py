"""What effects a run had, and which are in doubt, is one question to Drupal."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.site.drupal import API, Agents, is_problem
from tests.site.sidecar import Sidecar, event, item

CALLED = {"tool": "mcp:mail.send", "call": "a", "unit": "s0/1/mcp:mail.send@a"}
UNSENT = "s0/2/mcp:mail.send@b"


def effects(agents: Agents, sidecar: Sidecar, run: str) -> list[dict[str, Any]]:
    answer = sidecar.get(f"runs/{agents.runs[run]['uuid']}/effects")
    assert answer.status_code == 200, answer.text
    assert answer.json()["run"] == agents.runs[run]["uuid"]
    return answer.json()["effects"]


def test_drafts_and_calls_with_their_states(agents: Agents) -> None:
    """A draft and its change; a call that was answered, one that only a checkpoint tells of; nothing of what can be repeated."""
    sidecar, run = Sidecar(agents.site), agents.runs["agent"]["uuid"]
    draft = agents.draft("create", "agent").json()
    read = {"tool": "read_item", "call": "r", "unit": "s0/1/read_item@r"}
    unsafe = CALLED | {"repeatable": False}
    sidecar.report(item(run, event(1, "run_started", worker="w", generation=1), event(2, "tool_started", **unsafe),
                        event(3, "tool_started", **read)))  # fmt: skip
    checkpoint = {"version": 1, "generation": 1, "units": {UNSENT: {"n": 1}, "s0/model#1": {"n": 1, "v": {}}}}
    body = {"tool": "checkpoint", "arguments": {}, "run": run, "attempt": 1, "generation": 1, "checkpoint": checkpoint}
    assert agents.request("POST", f"{API}/tools", "agent", json=body).status_code == 200
    found = effects(agents, sidecar, "agent")
    change = found[0].pop("change")
    assert change == {"uuid": draft["change"], "status": "pending"}
    assert found[0].pop("time")
    assert found[0] == {"kind": "draft", "status": "done", "generation": 1} | {
        name: draft[name]
        for name in ("key", "operation", "entity_type", "bundle", "entity", "revision", "langcode", "label")
    }
    assert [(call["unit"], call["operation"], call["status"]) for call in found[1:]] == [
        (CALLED["unit"], "mcp:mail.send", "started"),
        (UNSENT, "mcp:mail.send", "started"),
    ]
    assert found[1]["key"] == hashlib.sha256(f"{run}:1:{CALLED['unit']}".encode()).hexdigest()
    sidecar.report(
        item(run, event(4, "tool_finished", status="ok", **CALLED), event(5, "run_waiting", **{"for": "approval"}))
    )
    assert [call["status"] for call in effects(agents, sidecar, "agent")[1:]] == ["done", "in_doubt"]


def test_effects_are_shown_to_those_who_may_see_the_run(agents: Agents) -> None:
    uuid = agents.runs["agent"]["uuid"]
    assert is_problem(agents.request("GET", f"{API}/runs/{uuid}/effects", None), 401, "authentication_required")
    missing = uuid[:-4] + "0000"
    assert is_problem(Sidecar(agents.site).get(f"runs/{missing}/effects"), 404, "not_found")
