"""Prompts: the examples of the agents, each as an order that a model carries out with our tools."""

from __future__ import annotations

import json
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from sidecar.errors import SidecarError
from sidecar.json_text import JSON
from sidecar.mcp_server import troubles
from sidecar.mcp_server.calling import Call
from sidecar.mcp_server.plain_text import clean, line
from sidecar.remote.documents import AgentFacts

START = "start_agent"
MOST = 100
REQUEST = 10_000


async def listed(call: Call) -> list[Prompt]:
    """The general one, and the examples of the caller's agents. Raises MCPError."""
    return [_general(), *(_prompt(name, agent, example) for name, (agent, example) in (await _examples(call)).items())]


async def get(call: Call, name: str, arguments: dict[str, Any]) -> GetPromptResult:
    """One of them. Raises MCPError."""
    if name == START:
        return _start(call, arguments)
    found = (await _examples(call)).get(name)
    if found is None:
        raise MCPError(code=INVALID_PARAMS, message=f"Unknown prompt: {line(name)}. List the prompts again.")
    agent, example = found
    text = f"Start the background agent {agent.id} with dispatch_agent, with this as `input`:\n\n{_text(example.get('input') or {})}\n\n{THEN}"
    return _message(f"An example of {line(agent.label, 100)}", text)


THEN = "Then wait for it with wait_for_run, and tell me what it has drafted (get_drafts). Ask me before you answer a question of the run."


def _general() -> Prompt:
    return Prompt(
        name=START,
        title="Start an agent",
        description="Has a background agent of the Drupal site do something.",
        arguments=[
            PromptArgument(name="agent", description="The agent's id.", required=True),
            PromptArgument(name="request", description="What it is to do, in your words.", required=True),
        ],
    )


def _start(call: Call, arguments: dict[str, Any]) -> GetPromptResult:
    agent, request = str(arguments.get("agent", "")), clean(str(arguments.get("request", "")), REQUEST).strip()
    if not agent:
        raise MCPError(code=INVALID_PARAMS, message="Say in `agent` which one is to do it. list_agents shows them.")
    if not call.caller.may_dispatch(agent):
        raise MCPError(
            code=INVALID_PARAMS,
            message=f"There is no agent {line(agent, 64)} that you may start. list_agents shows them.",
        )
    if not request:
        raise MCPError(code=INVALID_PARAMS, message="Say in `request` what the agent is to do.")
    text = (
        f"Use the background agent {agent}: look at its input with list_agents (search: {agent}, details: true), "
        f"make the input from the request below, and start it with dispatch_agent. {THEN}\n\n{request}"
    )
    return _message(f"Start {agent}", text)


async def _examples(call: Call) -> dict[str, tuple[AgentFacts, JSON]]:
    try:
        agents = await call.site.agents() if call.caller.agents else []
    except SidecarError as error:
        raise troubles.protocol_error(error) from error
    found = {
        f"{agent.id}_{number}": (agent, example) for agent in agents for number, example in enumerate(agent.examples, 1)
    }
    return dict(list(found.items())[:MOST])


def _prompt(name: str, agent: AgentFacts, example: JSON) -> Prompt:
    title = f"{line(agent.label, 100)}: {line(str(example.get('label') or ''), 100)}"
    return Prompt(name=name, title=title, description=line(agent.description))


def _text(example: JSON) -> str:
    return clean(json.dumps(example, ensure_ascii=False), REQUEST)


def _message(description: str, text: str) -> GetPromptResult:
    return GetPromptResult(
        description=description, messages=[PromptMessage(role="user", content=TextContent(text=text))]
    )
