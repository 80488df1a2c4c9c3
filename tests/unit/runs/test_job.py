"""A job as values: what Drupal sent is what a run works with, and what was stored can be read again."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from sidecar.errors import ContractError
from sidecar.runs.agent import AMOUNTS, Agent, Limits
from sidecar.runs.job import UNSTORED, Job
from tests.contract.cases import CONTRACTS, cases, load
from tests.support.agents import ACCOUNT, job, snapshot

AGENTS = sorted((CONTRACTS / "examples/agent").glob("valid-*.json"))
JOBS = sorted((CONTRACTS / "examples/job").glob("valid-*.json"))
STORED = Path(__file__).with_name("stored-job.json")
"""A job as release 0.1 stored it: limits resolved, empty maps as PHP writes them, no checkpoints."""


def agent(**binding: Any) -> Agent:
    return Agent.of(snapshot(**binding))


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_every_valid_agent_keeps_what_it_says(path: Path) -> None:
    """No valid agent is refused or loses its tools, servers or limits."""
    document = load(path)
    binding, found = document["binding"], Agent.of(document)
    assert found.tools == tuple(document["definition"]["tools"])
    assert [server.name for server in found.mcp_servers] == [each["name"] for each in binding.get("mcp_servers", [])]
    assert found.limits.document() == {name: amount for name, amount in (binding.get("limits") or {}).items() if amount}
    assert found.priority == binding.get("priority", 5)
    assert list(found.rules) == document.get("rules", [])


def test_rules_follow_the_system_prompt() -> None:
    """Each rule is told to the model; without rules it is told the prompt alone."""
    document = snapshot() | {"rules": ["Never shorten quotations.", "Write numbers up to twelve as words."]}
    plain = Agent.of(document | {"rules": []})
    assert plain.instructions == plain.system_prompt
    told = Agent.of(document).instructions
    assert told.startswith(plain.system_prompt)
    assert told.endswith("set:\n- Never shorten quotations.\n- Write numbers up to twelve as words.")


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_every_valid_job_is_read_and_stored(path: Path) -> None:
    """What is stored says the same as what came, but for what is kept as journal and counters."""
    document = load(path)
    came = Job.of(document)
    assert (came.run, came.attempt, came.generation) == (document["run"], document["attempt"], document["generation"])
    stored = json.loads(came.stored())
    assert stored == {name: value for name, value in document.items() if name not in UNSTORED}
    again = Job.of(stored)
    assert (again.agent, again.account, again.trigger, again.input) == (
        came.agent,
        came.account,
        came.trigger,
        came.input,
    )
    assert again.history.answers == came.history.answers
    assert again.history.checkpoints == ()


def test_a_job_that_an_older_release_stored_is_read() -> None:
    """A deploy in the middle of a run: the new worker takes what the old intake stored."""
    found = Job.of(json.loads(STORED.read_text(encoding="utf-8")))
    assert (found.attempt, found.from_step, found.agent.model) == (3, 3, "anthropic:claude-sonnet-5-5")
    assert (found.agent.limits.steps, found.agent.limits.tokens, found.agent.limits.asks) == (10, 500_000, True)
    assert (found.agent.model_settings, found.agent.langcodes, found.agent.mcp_servers) == ({}, (), ())
    assert found.agent.may("revise", "node", "article")
    assert found.account == "b2a7c6d5-1e2f-4a3b-9c8d-7e6f5a4b3c2d"


def test_what_the_binding_does_not_name_is_forbidden() -> None:
    """`may` and `allowed` say only what is written."""
    found = agent(content={"node": {"article": ["read"], "page": ["create"]}})
    assert found.may("read", "node", "article")
    assert not found.may("revise", "node", "article")
    assert not found.may("read", "node", "page")
    assert not found.may("read", "media", "image")
    assert found.allowed("read") == [("node", "article")]


def test_an_empty_map_of_php_is_an_empty_map() -> None:
    """PHP writes `[]` for an empty map; it means nothing here."""
    found = agent(content=[], limits=[], model_settings=[], fallback_model=None)
    assert found.content == {}
    assert found.limits == Limits()
    assert found.model_settings == {}
    assert found.fallback_model is None
    assert agent(content={"node": []}).content == {"node": {}}
    came = Job.of(job() | {"input": [], "usage": [], "waiting": None, "retried": [], "answers": []})
    assert (came.input, came.history.usage, came.history.retried, came.history.asked) == ({}, {}, {}, {})


def test_a_snapshot_without_a_model_is_refused_with_its_place() -> None:
    """A missing part is named."""
    document = snapshot()
    del document["binding"]["model"]
    with pytest.raises(ContractError, match="model") as refused:
        Agent.of(document)
    assert refused.value.pointer == "/agent/model"


def test_a_job_without_a_run_is_refused_with_its_place() -> None:
    """A missing part is named."""
    with pytest.raises(ContractError, match="'run'") as refused:
        Job.of({name: value for name, value in job().items() if name != "run"})
    assert refused.value.pointer == "/run"


def test_the_account_is_of_the_job_not_of_the_agent() -> None:
    """An agent is the same on each site; the job says as whom its run acts. A job of an older release says it in the agent."""
    document = job()
    assert "account" not in document["agent"]["binding"]
    assert Job.of(document).account == ACCOUNT
    older = {name: value for name, value in job(account=ACCOUNT).items() if name != "account"}
    assert Job.of(older).account == ACCOUNT


def test_a_job_without_an_account_is_refused_with_its_place() -> None:
    """No run acts as nobody."""
    with pytest.raises(ContractError, match="account") as refused:
        Job.of({name: value for name, value in job().items() if name != "account"})
    assert refused.value.pointer == "/account"


def test_the_open_question_is_one_for_a_person() -> None:
    """A run that waits for Drupal or for its next try has asked nobody."""
    asked = {"id": "q1", "expires": "2026-11-21T10:00:00Z"}
    assert Job.of(job() | {"waiting": {"for": "approval", "data": asked}}).history.asked == asked
    assert Job.of(job() | {"waiting": {"for": "drupal", "data": asked}}).history.asked == {}
    assert Job.of(job() | {"waiting": {"for": "approval"}}).history.asked == {}


def test_units_are_those_of_the_generation() -> None:
    """What another generation did is not this one's; a checkpoint of an older release does not name its own."""
    one, two = {"units": {"s0/model#0": {"n": 1}}}, {"generation": 1, "units": {"s0/model#1": {"n": 1}}}
    came = Job.of(job() | {"generation": 2, "checkpoints": [one, two]})
    assert came.history.units(2) == one["units"]
    assert came.history.units(1) == one["units"] | two["units"]


@pytest.mark.parametrize("case", cases("limits"))
def test_limits_are_lowered_by_the_settings(case: dict[str, Any]) -> None:
    """The job's, lowered by what the settings say; the defaults where nobody says anything."""
    assert Limits.of(case["job"]).within(case["settings"], case["defaults"]) == Limits.of(case["hold"])


def test_limits_are_written_into_the_stored_job() -> None:
    """Whoever claims the run finds the resolved limits; what this release does not know stays, and what came is not changed in place."""
    document = job(limits={"steps": 50, "on_limit": "ask", "of_a_newer_release": 7})
    came = Job.of(document)
    held = came.limited(came.agent.limits.within({"steps": 10}, {"tokens": 100}))
    expected = {"steps": 10, "tokens": 100, "on_limit": "ask", "of_a_newer_release": 7}
    assert json.loads(held.stored())["agent"]["binding"]["limits"] == expected
    assert Job.of(json.loads(held.stored())).agent == held.agent
    assert document["agent"]["binding"]["limits"]["steps"] == 50


def test_what_people_granted_raises_the_limits_once_more_each() -> None:
    """A limit that does not hold stays none."""
    raised = Limits(steps=5, tokens=100).raised({"steps": 2, "writes": 1})
    assert (raised.steps, raised.tokens, raised.writes) == (15, 100, 0)


def test_the_names_of_limits_are_those_of_the_contract() -> None:
    """A limit of the contract that is not read would hold for nobody."""
    schema = json.loads((CONTRACTS / "agent.schema.json").read_text())
    named = schema["properties"]["binding"]["properties"]["limits"]["properties"]
    assert {*AMOUNTS, "on_limit"} == set(named)
    assert len(AMOUNTS) == len(fields(Limits)) - 1


def test_nothing_of_a_job_is_changed_in_passing() -> None:
    """Who has a job may rely on it."""
    came = Job.of(job())
    with pytest.raises(FrozenInstanceError):
        came.attempt = 2  # pyright: ignore[reportAttributeAccessIssue]
