"""Tools that start a run of another agent: one for each agent that the binding names.

| Drupal answers                       | the call                                                                                |
|--------------------------------------|-----------------------------------------------------------------------------------------|
| a run that goes on, to be waited for | `retry` with that run: this run is parked until Drupal says that the other one has ended |
| a run that goes on, detached         | `ok`: it was started; nothing more is heard of it                                       |
| a run that is completed              | `ok` with its output and its drafts                                                     |
| a run that ended otherwise           | `error` with its state, reason and message: the model decides what to do                |
| a refusal                            | as of any tool (`drupal/replies.py`)                                                    |

The key of the call is the key of the dispatch, so however often a step is made again, there is one run. What led to it is stored in Drupal
before: after a loss of Redis the model is not asked again whether to start it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from sidecar.drupal.replies import outcome_of
from sidecar.errors import DrupalError
from sidecar.json_text import JSON, elements, members
from sidecar.runs.agent import StartableAgent
from sidecar.runs.checkpoint import Checkpoint
from sidecar.runs.run import RunState
from sidecar.tools import schemas
from sidecar.tools.base import LeftOut, Outcome, ToolContext, ToolSpec

PREFIX = "run_"
MAX_NAME = 64
GOES_ON = "agent:running"
ENDED = "agent:ended"
SHARED = ("steps", "tokens", "cost_micros")
"""Limits that a run shares with those that it starts."""
_DRAFT = ("entity_type", "bundle", "entity", "revision", "langcode", "label", "operation", "summary")


class AgentSite(Protocol):
    """The part of drupal.client.AgentClient that is needed here."""

    async def get(self, path: str) -> dict[str, JSON]: ...

    async def post(self, path: str, body: dict[str, JSON]) -> dict[str, JSON]: ...


def tool_name(agent: str) -> str:
    """The name for the model; one that providers would not take ends with a hash of the agent's."""
    name = PREFIX + agent
    if len(name) <= MAX_NAME:
        return name
    return f"{name[: MAX_NAME - 9]}_{hashlib.sha256(agent.encode()).hexdigest()[:8]}"


def offer(agent: StartableAgent, client: AgentSite) -> RunAgent | LeftOut:
    """The tool that starts an agent, or why there is none."""
    if agent.input_schema and (problem := schemas.arguments_problem(agent.input_schema)):
        return LeftOut(f"agent:{agent.id}", f"The input schema of the agent {agent.label} cannot be used: {problem}.")
    return RunAgent(agent, client)


class RunAgent:
    """`run_<agent>`: starts the agent, and waits for it or does not. Its arguments are the agent's input."""

    def __init__(self, agent: StartableAgent, client: AgentSite) -> None:
        self._agent, self._client = agent, client
        self.spec = ToolSpec(
            name=tool_name(agent.id),
            description=_description(agent),
            parameters={"type": "object"} | (agent.input_schema or {}),
            idempotent=True,
            starts_agent=True,
        )

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """Starts the run, or looks what became of the one that an earlier try has started."""
        try:
            if context.started:
                return self._outcome(await self._client.get(f"runs/{context.started}"), context)
            carried = context.checkpoint()
            if carried is not None:
                await self._store(carried, context)
            body: dict[str, JSON] = {"agent": self._agent.id, "input": arguments, "key": context.key}
            body |= {"limits": dict(share)} if (share := context.share()) else {}
            run = await self._client.post("runs", body)
        except DrupalError as error:
            return outcome_of(error)
        return self._outcome(run, context)

    async def _store(self, checkpoint: Checkpoint, context: ToolContext) -> None:
        """Output commit comes first. Raises DrupalError."""
        answer = await self._client.post(
            "tools",
            {
                "tool": "checkpoint",
                "arguments": {},
                "run": context.run,
                "attempt": context.attempt(),
                "generation": context.generation,
                "checkpoint": checkpoint,
            },
        )
        if answer.get("status") != "ok":
            raise DrupalError(answer.get("error") or {"title": "Drupal did not store the checkpoint."})

    def _outcome(self, run: dict[str, JSON], context: ToolContext) -> Outcome:
        carried = not context.started
        if RunState(run["state"]).final:
            return self._ended(run, carried)
        if members(run.get("trigger")).get("operation", "wait" if self._agent.wait else "detach") == "wait":
            message = f"Waits for the run of {self._agent.label}."
            return Outcome("retry", reason=GOES_ON, message=message, run=run["uuid"], carried=carried)
        note = f"{self._agent.label} was started and works on its own. Nothing more is heard of it here."
        given = members(run.get("allotted")) or context.share()
        return Outcome("ok", _told(run) | {"note": note}, carried=carried, spent=_amounts(given))

    def _ended(self, run: dict[str, JSON], carried: bool) -> Outcome:
        spent = _amounts(_spent(run))
        told = _told(run)
        told |= {"output": run["output"]} if run.get("output") else {}
        told |= {"drafts": drafts} if (drafts := _drafts(run)) else {}
        if run["state"] == RunState.COMPLETED:
            return Outcome("ok", told, carried=carried, spent=spent)
        why = run.get("message") or run.get("reason") or "no reason given"
        message = f"The run of {self._agent.label} ended as {run['state']}: {why}"
        told |= {"error": message, "reason": run.get("reason") or ""}
        return Outcome("error", told, reason=ENDED, message=message, carried=carried, spent=spent)


def _description(agent: StartableAgent) -> str:
    does = f"{agent.label}: {agent.description.rstrip('.')}." if agent.description else f"{agent.label}."
    knows = "It knows nothing of this conversation: give it all that it needs."
    if agent.wait:
        return f"Runs another agent and waits for it. {does} {knows} The result is its answer."
    return f"Starts another agent, which then works on its own. {does} {knows} You get no answer of it."


def _told(run: Mapping[str, JSON]) -> dict[str, JSON]:
    return {"run": run["uuid"], "state": run["state"]}


def _drafts(run: Mapping[str, JSON]) -> list[JSON]:
    """What the run left, without what only people need."""
    return [{name: change[name] for name in _DRAFT if change.get(name)} for change in elements(run.get("changes"))]


def _spent(run: Mapping[str, JSON]) -> dict[str, JSON]:
    """What the run and those that it started have used, by limit."""
    usage = members(run.get("usage_with_started") or run.get("usage"))
    return usage | {"tokens": usage.get("input_tokens", 0) + usage.get("output_tokens", 0)}


def _amounts(given: Mapping[str, JSON]) -> dict[str, int]:
    return {name: int(given[name]) for name in SHARED if given.get(name)}
