"""One tool for each agent that the caller may start."""

from __future__ import annotations

from mcp_types import InputRequiredResult, Tool

from sidecar.errors import DrupalError
from sidecar.json_text import JSON, is_list, members
from sidecar.mcp_server import results, running
from sidecar.mcp_server.arguments import DispatchAgent, RunAgent, parse, schema_of
from sidecar.mcp_server.calling import Call
from sidecar.mcp_server.names import tool_names
from sidecar.mcp_server.plain_text import clean, line
from sidecar.mcp_server.schemas import for_hosts
from sidecar.mcp_server.tools import STARTS, Answer, label_of, may_start, run_result
from sidecar.remote.caller import Caller
from sidecar.remote.documents import AgentFacts, RunFacts
from sidecar.tools.schemas import errors_of

DESCRIPTION = 1_500
FREE = "What the agent is to work on, as named values of your own: it declares none."
DISPATCH = "dispatch_agent"
TAKES = schema_of(RunAgent)


def agent_of(caller: Caller, tool: str) -> str | None:
    """The agent that a tool stands for; None: there is no such tool for this caller."""
    return tool_names(caller.agents).get(tool)


def listed(agents: list[AgentFacts]) -> list[Tool]:
    """The tools of these agents, as clients see them."""
    names = {agent: name for name, agent in tool_names(agent.id for agent in agents).items()}
    return [_tool(names[agent.id], agent) for agent in agents]


def _tool(name: str, agent: AgentFacts) -> Tool:
    said = clean(agent.description.strip(), DESCRIPTION)
    about = f"Starts the Drupal agent {line(agent.label, 100)}."
    then = "Answers with the run's id at once, or with the result after `wait_seconds`. What it writes are drafts."
    return Tool(
        name=name,
        title=label_of(agent),
        description="\n\n".join(part for part in (about, said, then) if part),
        input_schema=_takes(agent.input_schema),
        output_schema=results.output_schema(agent),
        annotations=STARTS,
    )


def _takes(schema: dict[str, JSON] | None) -> dict[str, JSON]:
    """The agent's input is a member of its own, so that its names and ours never meet."""
    shown = for_hosts(schema, "/properties/input") if schema else {"description": FREE}
    if shown is None or shown.get("type", "object") != "object":
        shown = {"description": "What the agent works on; list_agents shows its schema with `details`."}
    required = members(schema).get("required")
    return TAKES | {
        "properties": {"input": shown | {"type": "object"}}
        | {k: v for k, v in TAKES["properties"].items() if k != "input"},
        **({"required": ["input"]} if is_list(required) and required else {}),
    }


def order(call: Call, tool: str, arguments: dict[str, JSON]) -> tuple[str, RunAgent] | None:
    """Which agent a call of a tool starts, and how; None: it starts none. Raises WrongArguments, and MCPError for an agent that the
    caller may not start."""
    if tool == DISPATCH:
        asked = parse(DispatchAgent, arguments)
        may_start(call, asked.agent)
        return asked.agent, asked
    agent = agent_of(call.caller, tool)
    return None if agent is None else (agent, parse(RunAgent, arguments))


async def run_agent(call: Call, agent: str, asked: RunAgent) -> Answer:
    """Start an agent by its own tool."""
    return await result(call, await running.started(call, agent, asked))


async def result(call: Call, run: RunFacts | InputRequiredResult) -> Answer:
    """A run as the answer of its agent's tool. Clients hold it against the schema that the tool has named: an output that does not fit,
    such as of a run under an older definition, is left to the text."""
    if isinstance(run, InputRequiredResult):
        return run
    return run_result(call, run, with_output=await _fits(call, run))


async def _fits(call: Call, run: RunFacts) -> bool:
    if run.output is None:
        return True
    try:
        agent = await call.site.agent(run.agent)
    except DrupalError:
        return False
    return not errors_of(results.output_schema(agent), results.run_value(run))
