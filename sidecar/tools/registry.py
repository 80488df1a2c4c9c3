"""From the names in an agent's definition to its tools."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from sidecar.drupal.cache import ReadCache
from sidecar.drupal.site_addresses import Addresses
from sidecar.errors import ToolError
from sidecar.runs.agent import MCP_PREFIX, Agent
from sidecar.runs.job import Job
from sidecar.settings import Settings
from sidecar.tools.agents import offer
from sidecar.tools.base import Journaled, LeftOut, Offered, Tool
from sidecar.tools.drupal import CreateDraft, DescribeContent, ReviseDraft
from sidecar.tools.jsonapi import FindItems, ReadItem
from sidecar.tools.progress import ReportProgress

if TYPE_CHECKING:
    from sidecar.tools.mcp import McpTool
    from sidecar.tools.mcp_connection import McpConnection

UNSURE = (
    "This is a test run. It gets only tools that are known to change nothing, and the server does not say that of this one "
    "(`readOnlyHint`)."
)
"""Why a test run goes without a tool."""
BUILT_IN = ("describe_content", "read_item", "find_items", "create_draft", "revise_draft", "report_progress")


async def build_tools(job: Job, client: Any, settings: Settings, journaled: Journaled) -> Offered[Tool]:
    """The tools of a job's agent, in the order of its definition. `client`: drupal.client.AgentClient. A test run gets no tool that could
    change something, save Drupal's own: Drupal saves nothing of it, and what it starts is a test run too.

    Raises ToolError for a tool that does not exist or whose server does not answer (`retryable`). Nothing has to be closed: connections
    close themselves when idle.
    """
    agent = job.agent
    tools: list[Tool] = []
    left_out: list[LeftOut] = []
    cache = ReadCache(job.site, job.account)
    addresses = Addresses.of(job.addresses)
    for name in agent.tools:
        if not name.startswith(MCP_PREFIX):
            tools.append(_built_in(name, agent, client, cache, addresses))
    for other in agent.agents:
        offered = offer(other, client)
        (left_out if isinstance(offered, LeftOut) else tools).append(offered)  # pyright: ignore[reportArgumentType]
    async for tool in _mcp_tools(agent, settings, job.site, journaled):
        if isinstance(tool, LeftOut):
            left_out.append(tool)
        elif job.dry_run and not tool.spec.read_only:
            left_out.append(LeftOut(tool.reference, UNSURE))
        else:
            tools.append(tool.renamed() if any(tool.spec.name == other.spec.name for other in tools) else tool)
    return Offered(tools, left_out)


def _built_in(name: str, agent: Agent, client: Any, cache: ReadCache, addresses: Addresses) -> Tool:
    match name:
        case "describe_content":
            return DescribeContent(client, cache)
        case "read_item":
            return ReadItem(agent, client, addresses)
        case "find_items":
            return FindItems(agent, client, addresses)
        case "create_draft":
            return CreateDraft(agent, client, cache)
        case "revise_draft":
            return ReviseDraft(agent, client, cache)
        case "report_progress":
            return ReportProgress()
        case _:
            pass
    known = ", ".join([*BUILT_IN, "mcp:<server>", "mcp:<server>.<tool>"])
    raise ToolError(f"There is no tool {name}. Correct the agent's tools; known are: {known}.")


async def _mcp_tools(
    agent: Agent, settings: Settings, site: str, journaled: Journaled
) -> AsyncIterator[McpTool | LeftOut]:
    wanted = _wanted(agent)
    if not wanted:
        return
    # A second of imports, in a thread: runs without MCP servers never pay for it, and leases are kept meanwhile.
    await asyncio.to_thread(importlib.import_module, "sidecar.tools.mcp")
    from sidecar.tools import mcp
    from sidecar.tools.mcp_connection import McpConnection

    for server_name, names in wanted.items():
        server = agent.server(server_name)
        if server is None:
            configured = ", ".join(server.name for server in agent.mcp_servers) or "none"
            raise ToolError(
                f"The agent uses the MCP server {server_name}, which its binding does not name ({configured})."
            )
        connection = McpConnection(server, settings, site=site)

        async def discover(connection: McpConnection = connection) -> Any:
            return await mcp.listing(connection)

        listed = await journaled(f"discover:mcp:{server_name}", discover)
        # In a thread: checking many schemas takes a moment, and leases are kept meanwhile.
        offered = await asyncio.to_thread(mcp.choose, connection, listed, names)
        for entry in (*offered.tools, *offered.left_out):
            yield entry


def _wanted(agent: Agent) -> dict[str, list[str] | None]:
    """By server, the tools that the definition names; None where it names the server as a whole."""
    wanted: dict[str, list[str] | None] = {}
    for server, tool in _mcp_names(agent):
        if tool is None or wanted.get(server, []) is None:
            wanted[server] = None
        else:
            wanted[server] = [*(wanted.get(server) or []), tool]
    return wanted


def _mcp_names(agent: Agent) -> Iterator[tuple[str, str | None]]:
    for name in agent.tools:
        if name.startswith(MCP_PREFIX):
            server, _, tool = name.removeprefix(MCP_PREFIX).partition(".")
            yield server, tool if tool not in ("", "*") else None
