"""Completes what somebody types into a prompt or an address: ids of agents and of runs."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_types import Completion, CompletionArgument, PromptReference, ResourceTemplateReference

from sidecar.errors import SidecarError
from sidecar.mcp_server import troubles
from sidecar.mcp_server.calling import Call
from sidecar.mcp_server.prompts import START
from sidecar.mcp_server.uris import run_uri

MOST = 100
"""What the protocol allows in one answer."""
RUNS = 50


async def complete(
    call: Call, ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument
) -> Completion:
    """Ids of the caller's agents for the prompt, of the newest runs for addresses. Raises MCPError."""
    found: Iterable[str] = ()
    if isinstance(ref, PromptReference):
        if ref.name == START and argument.name == "agent":
            found = sorted(call.caller.agents)
    elif argument.name == "id" and ref.uri.startswith(run_uri(call.caller.site, "{id}")):
        try:
            found = [run.id for run in (await call.site.runs({"limit": RUNS})).runs]
        except SidecarError as error:
            raise troubles.protocol_error(error) from error
    values = [value for value in found if value.startswith(argument.value)]
    return Completion(values=values[:MOST], total=len(values), has_more=len(values) > MOST)
