"""The tools that start other agents: what the model is offered, and what Drupal's answers mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sidecar.runs.agent import Agent, StartableAgent
from sidecar.tools.agents import RunAgent, offer, tool_name
from sidecar.tools.base import LeftOut, Outcome, ToolContext
from tests.support.agents import RUN, context, snapshot

CHILD = "33333333-3333-4333-8333-333333333333"
SCHEMA = {"properties": {"topic": {"type": "string"}}, "required": ["topic"]}


class Site:
    """Answers a dispatch with a run."""

    def __init__(self, **run: Any) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self._run = {"uuid": CHILD, "state": "completed", "usage": {}} | run
        self.stored: dict[str, Any] = {"status": "ok"}

    async def get(self, path: str) -> dict[str, Any]:
        raise AssertionError(path)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.posted.append((path, body))
        return self.stored if path == "tools" else self._run


async def called(site: Site, *, wait: bool = True, **given: Any) -> Outcome:
    tool = RunAgent(StartableAgent(id="helper", label="Helper", wait=wait), site)
    return await tool.call({"topic": "tea"}, context(**given))


def test_the_binding_names_them() -> None:
    named = [{"id": "a", "wait": False, "label": "A", "input_schema": SCHEMA}, {"id": "b", "wait": True}]
    first, second = Agent.of(snapshot(agents=named)).agents
    assert (first.id, first.wait, first.label, first.input_schema) == ("a", False, "A", SCHEMA)
    assert (second.id, second.wait, second.label, second.input_schema) == ("b", True, "b", None)


def test_names_fit_every_provider_and_stay_apart() -> None:
    long, other = "a" * 63 + "b", "a" * 63 + "c"
    assert tool_name("helper") == "run_helper"
    assert len({tool_name(long), tool_name(other)}) == 2
    assert {len(tool_name(name)) for name in (long, other)} == {64}


def test_the_model_is_told_what_it_is_for_and_what_it_takes() -> None:
    tool = offer(StartableAgent(id="helper", label="Helper", description="Finds facts.", input_schema=SCHEMA), Site())
    assert isinstance(tool, RunAgent)
    assert tool.spec.parameters == {"type": "object", **SCHEMA}
    assert "Helper: Finds facts. " in tool.spec.description
    assert "waits" in tool.spec.description
    handing = offer(StartableAgent(id="helper", wait=False), Site())
    assert isinstance(handing, RunAgent)
    assert "on its own" in handing.spec.description


def test_one_whose_schema_cannot_be_used_is_left_out_with_a_reason() -> None:
    left = offer(StartableAgent(id="helper", label="Helper", input_schema={"type": "array"}), Site())
    assert isinstance(left, LeftOut)
    assert "input schema of the agent Helper" in left.reason


async def test_the_key_and_the_share_go_with_the_dispatch() -> None:
    site = Site()
    await called(site, share=lambda: {"steps": 4})
    assert site.posted == [
        ("runs", {"agent": "helper", "input": {"topic": "tea"}, "key": "a" * 64, "limits": {"steps": 4}})
    ]


async def test_what_led_to_it_is_stored_before_it() -> None:
    site, stored = Site(), {"version": 1, "units": {}}
    outcome = await called(site, checkpoint=lambda: stored)
    assert [path for path, _ in site.posted] == ["tools", "runs"]
    sent = site.posted[0][1]
    assert (sent["tool"], sent["run"], sent["attempt"], sent["checkpoint"]) == ("checkpoint", RUN, 3, stored)
    assert outcome.carried


async def test_without_it_nothing_is_started() -> None:
    site = Site()
    site.stored = {
        "status": "error",
        "error": {"title": "No", "status": 409, "code": "stale_attempt", "detail": "Late."},
    }
    outcome = await called(site, checkpoint=lambda: {"version": 1})
    assert (outcome.status, outcome.reason, len(site.posted)) == ("retry", "stale_attempt", 1)


async def test_its_answer_and_its_drafts_are_the_result() -> None:
    change = {"entity": "e", "label": "Tea", "revision": 5, "decided_by": None, "key": "k"}
    outcome = await called(Site(output={"words": 3}, reason="done", changes=[change]))
    assert outcome.status == "ok"
    drafts = [{"entity": "e", "revision": 5, "label": "Tea"}]
    assert outcome.content == {"run": CHILD, "state": "completed", "output": {"words": 3}, "drafts": drafts}


async def test_it_takes_what_it_and_those_below_it_used() -> None:
    usage = {"steps": 1, "input_tokens": 5, "output_tokens": 5, "cost_micros": 9}
    below = {"steps": 4, "input_tokens": 50, "output_tokens": 5, "cost_micros": 90}
    assert (await called(Site(usage=usage))).spent == {"steps": 1, "tokens": 10, "cost_micros": 9}
    outcome = await called(Site(usage=usage, usage_with_started=below))
    assert outcome.spent == {"steps": 4, "tokens": 55, "cost_micros": 90}


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
async def test_a_failure_is_told_with_its_reason(state: str) -> None:
    outcome = await called(Site(state=state, reason="limit:steps", message="Too many."))
    assert (outcome.status, outcome.reason) == ("error", "agent:ended")
    assert outcome.content["reason"] == "limit:steps"
    assert outcome.content["error"] == f"The run of Helper ended as {state}: Too many."


@pytest.mark.parametrize(("operation", "wait"), [("wait", False), (None, True)])
async def test_a_run_that_goes_on_is_waited_for(operation: str | None, wait: bool) -> None:
    """Drupal decides when it says so."""
    trigger = {"type": "agent"} | ({"operation": operation} if operation else {})
    outcome = await called(Site(state="queued", trigger=trigger), wait=wait)
    assert (outcome.status, outcome.reason, outcome.run) == ("retry", "agent:running", CHILD)


async def test_a_detached_one_takes_all_that_it_was_allotted() -> None:
    trigger = {"type": "agent", "operation": "detach"}
    outcome = await called(Site(state="queued", trigger=trigger, allotted={"steps": 3}), share=lambda: {"steps": 5})
    assert (outcome.status, outcome.spent) == ("ok", {"steps": 3})


def test_the_context_of_a_call_knows_no_run_by_itself() -> None:
    given: ToolContext = context()
    assert (given.started, dict(given.share())) == ("", {})
    assert replace(given, started=CHILD).started == CHILD
