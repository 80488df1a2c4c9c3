"""Tools of the MCP servers that an agent's binding names.

What a server lists is kept in the run's journal as plain JSON, so a replay needs no server. Its hints are kept: without them a tool
counts as neither read-only nor idempotent and is never repeated when in doubt. Descriptions and results are data of a third party, see
`guards.py`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable
from typing import Any

import httpx2
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    CallToolResult,
    EmbeddedResource,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from pydantic import ValidationError

from sidecar.errors import ToolError
from sidecar.json_text import JSON
from sidecar.runs.agent import MCP_PREFIX
from sidecar.tools import schemas
from sidecar.tools.base import LeftOut, Offered, Outcome, ToolContext, ToolSpec
from sidecar.tools.mcp_connection import McpConnection, connect_failure
from sidecar.tools.mcp_wire import MAX_ANSWER_BYTES, META_KEY, Witness

log = logging.getLogger(__name__)

UNAVAILABLE = "mcp:unavailable"
REFUSED = "mcp:refused"
MAX_NAME = 64
MAX_PAGES = 20
MAX_DESCRIPTION = 4_000
MAX_LISTING_BYTES = 500_000
# Answers of a server, or of what stands before it, that say: not done.
_NOT_DONE = frozenset({404, 429, 503})
_REFUSALS = frozenset({401, 403})


async def listing(connection: McpConnection) -> JSON:
    """What the server offers, as plain JSON: `[{name, description, parameters, read_only, idempotent}]`; of a tool that cannot be read
    `{name, problem}`. Raises ToolError."""
    server = connection.server
    found: list[dict[str, JSON]] = []
    try:
        async with connection.use() as (client, _):
            seen = connection.listed
            seen.problems.clear()
            cursor: str | None = None
            for _ in range(MAX_PAGES):
                page = await client.list_tools(cursor=cursor)
                found += [_listed(tool) for tool in page.tools]
                cursor = page.next_cursor
                if not cursor:
                    break
            else:
                raise ToolError(f"The MCP server {server.name} lists its tools on more than {MAX_PAGES} pages.")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ToolError(
            f"The MCP server {server.name} lists its tools in a way that cannot be read: {where}: {first['msg']}."
        ) from error
    except (MCPError, httpx2.HTTPError, TimeoutError) as error:
        raise connect_failure(server.name, server.url, error, None) from error
    names = {tool["name"] for tool in found}
    for name in seen.names - names:
        seen.problems.setdefault(name, "its schema asks for headers that cannot be")
    found += [{"name": name, "problem": why} for name, why in seen.problems.items() if name not in names]
    if len(json.dumps(found)) > MAX_LISTING_BYTES:
        raise ToolError(f"The MCP server {server.name} describes its tools in more than {MAX_LISTING_BYTES} bytes.")
    return found


def choose(connection: McpConnection, listed: list[dict[str, JSON]], names: Iterable[str] | None) -> Offered[McpTool]:
    """The tools of a listing that the agent may use. `names`: those it asks for, None for all that the binding allows.

    A tool that is described in a way that cannot be used is left out, and the others stay. Raises ToolError for a name that the server does not
    list or the binding does not allow.
    """
    server = connection.server
    by_name = {tool["name"]: tool for tool in listed}
    wanted = list(names if names is not None else server.tools or by_name)
    offered = Offered[McpTool]([])
    for name in wanted:
        if server.tools and name not in server.tools:
            raise ToolError(f"The agent's binding does not allow the tool {name} of the MCP server {server.name}.")
        if name not in by_name:
            offered = ", ".join(sorted(by_name)) or "none"
            raise ToolError(f"The MCP server {server.name} has no tool {name}. It offers: {offered}.")
        problem = by_name[name].get("problem") or schemas.arguments_problem(by_name[name]["parameters"])
        if problem:
            why = f"The MCP server {server.name} describes the tool {name} in a way that cannot be used: {problem}."
            log.warning("A tool is left out: %s", why, extra={"action": "tool_left_out"})
            offered.left_out.append(LeftOut(f"{MCP_PREFIX}{server.name}.{name}", why))
        else:
            offered.tools.append(McpTool(connection, by_name[name]))
    return offered


def tool_name(server: str, tool: str, *, distinct: bool = False) -> str:
    """The name for the model: `mcp__<server>__<tool>`, as providers take it (at most 64 of `[a-zA-Z0-9_-]`).

    Where that changes or shortens the name, or with `distinct`, it ends with a hash of the real one, so two tools never share a name.
    """
    plain = f"mcp__{server}__{tool}"
    clean = re.sub(r"[^a-zA-Z0-9_-]", "_", plain)
    if clean == plain and len(plain) <= MAX_NAME and not distinct:
        return plain
    mark = hashlib.sha256(f"{server}\n{tool}".encode()).hexdigest()[:8]
    return f"{clean[: MAX_NAME - 9]}_{mark}"


class McpTool:
    """One tool of an MCP server."""

    def __init__(self, connection: McpConnection, listed: dict[str, JSON], *, distinct: bool = False) -> None:
        self._connection = connection
        self._listed = listed
        self._name = listed["name"]
        server = connection.server.name
        self.spec = ToolSpec(
            name=tool_name(server, self._name, distinct=distinct),
            description=listed["description"] or f"The tool {self._name} of {server}.",
            parameters=listed["parameters"],
            read_only=listed["read_only"],
            idempotent=listed["read_only"] or listed["idempotent"],
        )

    @property
    def reference(self) -> str:
        """How agents name it."""
        return f"{MCP_PREFIX}{self._connection.server.name}.{self._name}"

    def renamed(self) -> McpTool:
        """The same tool under a name that no other has."""
        return McpTool(self._connection, self._listed, distinct=True)

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome:
        """Calls the server's tool once. The call carries its key in `_meta`."""
        witness: Witness | None = None
        try:
            async with self._connection.use() as (client, witness):
                if not self.spec.repeatable:
                    await context.confirm()
                meta: Any = {META_KEY: context.key}  # the SDK names its own keys only
                result = await client.call_tool(self._name, arguments, meta=meta)
        except ToolError as error:
            return self._not_reached(error)
        except MCPError as error:
            return self._failed(error, context.key, witness)
        except (ValidationError, httpx2.HTTPError, TimeoutError, RuntimeError) as error:
            return self._doubtful(str(error) or type(error).__name__)
        return _outcome(result)

    def _not_reached(self, error: ToolError) -> Outcome:
        if error.retryable:
            return Outcome("retry", reason=UNAVAILABLE, message=str(error))
        return Outcome("error", {"error": str(error)}, reason=REFUSED, message=str(error), fatal=True)

    def _failed(self, error: MCPError, key: str, witness: Witness | None) -> Outcome:
        status = witness.statuses.get(key) if witness else None
        said = f"{self.spec.name}: {error.message}"
        if status in _REFUSALS:
            message = f"The MCP server {self._connection.server.name} refuses the call ({status}): check its secret."
            return Outcome("error", {"error": message}, reason=REFUSED, message=message, fatal=True)
        if status in _NOT_DONE or (witness and key in witness.not_sent):
            self._connection.drop()
            return Outcome("retry", reason=UNAVAILABLE, message=said)
        if witness and key in witness.too_large:
            message = f"{self.spec.name} was carried out, but its answer has more than {MAX_ANSWER_BYTES} bytes and was not read."
            return Outcome("error", {"error": message}, reason="mcp:error", message=message)
        if error.code in (INVALID_PARAMS, METHOD_NOT_FOUND):
            return Outcome("error", {"error": error.message}, reason="mcp:error", message=said)
        return self._doubtful(error.message)

    def _doubtful(self, said: str) -> Outcome:
        """It went out and no usable answer came: only a tool that may be repeated is retried."""
        self._connection.drop()
        message = f"{self.spec.name} gave no usable answer: {said}"
        return Outcome("retry" if self.spec.repeatable else "unknown", reason=UNAVAILABLE, message=message)


def _listed(tool: Any) -> dict[str, JSON]:
    hints = tool.annotations
    return {
        "name": tool.name,
        "description": (tool.description or tool.title or "")[:MAX_DESCRIPTION],
        "parameters": tool.input_schema,
        "read_only": bool(hints and hints.read_only_hint),
        "idempotent": bool(hints and hints.idempotent_hint),
    }


def _outcome(result: CallToolResult) -> Outcome:
    """Structured content where there is some, else the text; a failure that the server reports is an `error` for the model."""
    content = result.structured_content if result.structured_content is not None else _blocks(result.content)
    if result.is_error:
        return Outcome(
            "error",
            {"error": _blocks(result.content) or content},
            reason="mcp:error",
            message="The tool reports an error.",
        )
    return Outcome("ok", content)


def _blocks(blocks: Iterable[Any]) -> JSON:
    shown = [_block(block) for block in blocks]
    if all(isinstance(block, str) for block in shown):
        return "\n".join(shown)
    return shown


def _block(block: Any) -> JSON:
    if isinstance(block, TextContent):
        return block.text
    if isinstance(block, ResourceLink):
        return {"resource": str(block.uri), "name": block.name}
    if isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents):
        return {"resource": str(block.resource.uri), "text": block.resource.text}
    return {"type": block.type, "note": "This kind of content is not passed on; only text is."}
