"""One request of a client: who asks, and what may be asked of the site in their name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context as McpContext
from mcp_types import InputResponseRequestParams

from sidecar.context import Context
from sidecar.mcp_server.wiring import current_caller
from sidecar.remote.caller import Caller
from sidecar.remote.dispatch import Dispatches
from sidecar.remote.site import SiteAsCaller

MODERN = frozenset({"2026-07-28"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request and its caller. `answers`: what the client's person answered to our questions, `state`: what we gave along with them."""

    context: Context
    caller: Caller
    site: SiteAsCaller
    request: ServerRequestContext[Any, Any]
    answers: Mapping[str, Any]
    state: str | None

    @property
    def dispatches(self) -> Dispatches:
        """How runs are started."""
        return self.context.remote.dispatches

    @property
    def modern(self) -> bool:
        """Whether questions are results here (2026-07-28); else they are requests of ours within a session."""
        return self.request.protocol_version in MODERN


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes calls of requests."""

    context: Context

    def of(self, request: ServerRequestContext[Any, Any], params: InputResponseRequestParams | None = None) -> Call:
        """The call that a handler answers."""
        caller = current_caller()
        answers = (params.input_responses if params else None) or {}
        state = params.request_state if params else None
        return Call(self.context, caller, self.context.remote.of(caller), request, answers, state)

    def within(self, mcp: McpContext[Any, Any]) -> Call:
        """The call of a tool."""
        call = self.of(mcp.request_context)
        return replace(call, answers=mcp.input_responses or {}, state=mcp.request_state)
