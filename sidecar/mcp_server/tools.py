"""The plain tools: what every host can call. Those of single agents are in `agent_tools.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, InputRequiredResult, ResourceLink, Tool, ToolAnnotations

from sidecar.errors import DrupalError
from sidecar.json_text import JSON, elements
from sidecar.mcp_server import arguments as given
from sidecar.mcp_server import results, running, troubles
from sidecar.mcp_server.calling import Call
from sidecar.mcp_server.plain_text import line
from sidecar.mcp_server.questions import Question
from sidecar.mcp_server.uris import run_uri
from sidecar.remote.documents import AgentFacts, RunFacts

Answer = CallToolResult | InputRequiredResult
LINKS_SINCE = "2025-06-18"
"""The first revision that knows links to resources in a result."""


def reads() -> ToolAnnotations:
    return ToolAnnotations(read_only_hint=True, open_world_hint=False)


def writes(*, destructive: bool = False, idempotent: bool = False, open_world: bool = False) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=False, destructive_hint=destructive, idempotent_hint=idempotent, open_world_hint=open_world
    )


STARTS = writes(open_world=True)
"""Agents leave drafts, and may ask a model and other servers."""


@dataclass(frozen=True, slots=True)
class PlainTool:
    """A tool that does not depend on the caller's agents."""

    name: str
    title: str
    description: str
    takes: type[given.Arguments]
    gives: dict[str, Any] | None
    hints: ToolAnnotations
    run: Callable[[Call, Any], Awaitable[Answer]]

    @property
    def names_one(self) -> bool:
        """Whether it is about one run or agent, by its id."""
        return issubclass(self.takes, (given.OneRun, given.RunAgent))

    @property
    def listed(self) -> Tool:
        """As clients see it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=given.schema_of(self.takes),
            output_schema=self.gives,
            annotations=self.hints,
        )


def run_result(call: Call, run: RunFacts | InputRequiredResult, *, with_output: bool = True) -> Answer:
    """A run as the answer of a tool. `with_output`: also for programs; the text has it in any case."""
    if isinstance(run, InputRequiredResult):
        return run
    value = results.run_value(run)
    if not with_output:
        del value["output"]
    links: list[ResourceLink] = []
    if call.request.protocol_version >= LINKS_SINCE:
        uri = run_uri(call.caller.site, run.id)
        links = [ResourceLink(uri=uri, name=f"run {run.id}", title="Report of the run", mime_type="text/markdown")]
    return results.text_result(results.run_text(run), value, links)


async def list_agents(call: Call, asked: given.ListAgents) -> Answer:
    wanted = asked.search.casefold()
    found = [
        agent
        for agent in await call.site.agents()
        if wanted in f"{agent.id}\n{agent.label}\n{agent.description}".casefold()
    ]
    page = found[asked.offset : asked.offset + asked.limit]
    value = {"agents": [results.agent_value(agent, asked.details) for agent in page], "total": len(found)}
    return results.text_result(results.agents_text(page, len(found), asked.details), value)


def may_start(call: Call, agent: str) -> None:
    """Raises MCPError for an agent that the caller may not start, or that is not there: which of both is not told."""
    if not call.caller.may_dispatch(agent):
        said = f"There is no agent {agent} that you may start. Use list_agents to see which there are."
        raise MCPError(code=INVALID_PARAMS, message=said)


async def dispatch_agent(call: Call, asked: given.DispatchAgent) -> Answer:
    may_start(call, asked.agent)
    return run_result(call, await running.started(call, asked.agent, asked))


async def get_run(call: Call, asked: given.OneRun) -> Answer:
    return run_result(call, await call.site.run(asked.run))


async def wait_for_run(call: Call, asked: given.WaitForRun) -> Answer:
    return run_result(call, await running.settled(call, asked.run, asked.seconds))


async def list_runs(call: Call, asked: given.ListRuns) -> Answer:
    filters = asked.model_dump(exclude_none=True, mode="json")
    page = await call.site.runs(filters)
    value = {"runs": [results.run_value(run) for run in page.runs]} | ({"next": page.next} if page.next else {})
    return results.text_result(results.runs_text(page), value)


async def answer(call: Call, asked: given.Answer) -> Answer:
    run = await call.site.run(asked.run)
    question = Question.of(run)
    if question is None:
        told = " It was told something, and has not heard it yet: use wait_for_run." if run.told else ""
        return results.failed(f"Run {run.id} asks nothing now.{told or ' Use get_run to see how it is.'}")
    if asked.question not in (None, question.id):
        return results.failed(f"Run {run.id} asks another question now, {question.id}. Use get_run to see it.")
    if asked.decision not in question.choices:
        return results.failed(f"The question takes one of these decisions: {', '.join(question.choices)}.")
    body = {"id": question.id, "decision": asked.decision} | ({"note": asked.note} if asked.note else {})
    return await command(call, asked.run, "answer", body)


async def cancel_run(call: Call, asked: given.CancelRun) -> Answer:
    return await command(call, asked.run, "cancel", {"note": asked.note} if asked.note else {})


async def command(call: Call, run: str, name: str, body: dict[str, JSON]) -> Answer:
    """Tell a run that the caller may see what to do."""
    await call.site.run(run)
    try:
        return run_result(call, await call.site.command(run, name, body))
    except DrupalError as error:
        if error.status != 403:
            raise
        return troubles.result_of(error)


async def get_drafts(call: Call, asked: given.GetDrafts) -> Answer:
    page = await call.site.draft_page(asked.run, asked.limit, asked.cursor)
    drafts, more = elements(page.get("drafts")), page.get("next")
    value = {"run": asked.run, "drafts": [results.draft_value(draft) for draft in drafts]}
    return results.text_result(results.drafts_text(asked.run, drafts, more), value | ({"next": more} if more else {}))


AGENT = results.closed(
    dict.fromkeys(("id", "label", "description"), results.TEXT)
    | {name: {"type": "object"} for name in ("input_schema", "output_schema")}
    | {"examples": {"type": "array"}},
    "id",
    "label",
)
COUNT = {"type": "integer", "minimum": 0}
AGENTS = results.closed({"agents": {"type": "array", "items": AGENT}, "total": COUNT}, "agents", "total")
RUNS = results.closed({"runs": {"type": "array", "items": results.short_schema()}, "next": results.TEXT}, "runs")
DRAFTS = results.closed({"run": results.TEXT, "drafts": results.DRAFTS, "next": results.TEXT}, "run", "drafts")
ONE = results.short_schema()

PLAIN = {
    tool.name: tool
    for tool in (
        PlainTool(
            "list_agents",
            "List agents",
            "Lists the background agents of the Drupal site that you may start. With `details`: what each takes and gives.",
            given.ListAgents,
            AGENTS,
            reads(),
            list_agents,
        ),
        PlainTool(
            "dispatch_agent",
            "Start an agent",
            "Starts a background agent, by its id. Answers at once with the run's id, or with the result after `wait_seconds`. "
            "What an agent writes are drafts, which people review in Drupal. A call that got no answer may be sent again: "
            "it gives the same run.",
            given.DispatchAgent,
            ONE,
            STARTS,
            dispatch_agent,
        ),
        PlainTool(
            "get_run",
            "Get a run",
            "Shows a run: its state, what it asks, its output and its drafts.",
            given.OneRun,
            results.run_schema(),
            reads(),
            get_run,
        ),
        PlainTool(
            "wait_for_run",
            "Wait for a run",
            "Waits until a run has ended or asks a person, or until the time is over, and shows it. Tells progress meanwhile.",
            given.WaitForRun,
            ONE,
            reads(),
            wait_for_run,
        ),
        PlainTool(
            "list_runs",
            "List runs",
            "Lists the runs that you may see, newest first.",
            given.ListRuns,
            RUNS,
            reads(),
            list_runs,
        ),
        PlainTool(
            "answer",
            "Answer a run's question",
            "Answers the question that a run waits for. The decision is a person's: ask the one whom you work for first.",
            given.Answer,
            ONE,
            writes(idempotent=True),
            answer,
        ),
        PlainTool(
            "cancel_run",
            "Cancel a run",
            "Ends a run after what it is doing now. Its drafts stay.",
            given.CancelRun,
            ONE,
            writes(destructive=True, idempotent=True),
            cancel_run,
        ),
        PlainTool(
            "get_drafts",
            "Get the drafts of a run",
            "Shows what a run has drafted, with the difference to what is published, and where people review it.",
            given.GetDrafts,
            DRAFTS,
            reads(),
            get_drafts,
        ),
    )
}


def label_of(agent: AgentFacts) -> str:
    """The title of an agent's tool."""
    return line(agent.label, 100) or agent.id


LISTED = [tool.listed for tool in PLAIN.values()]
"""As clients see them."""
