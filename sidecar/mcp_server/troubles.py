"""What went wrong, as a client is told it: with what to do."""

from __future__ import annotations

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult

from sidecar.errors import CallerRefused, DrupalError, DrupalUnavailable, SidecarError, StoreUnavailable
from sidecar.json_text import elements
from sidecar.mcp_server.plain_text import line
from sidecar.mcp_server.results import failed

UNKNOWN = "There is no such run or agent that you may see. Use list_runs or list_agents to see which there are, with their ids."
AGAIN = "Send the same call again in a while: it will not start anything twice."


def protocol_error(error: SidecarError) -> MCPError:
    """For lists, resources and tasks, which have no result to tell it in."""
    return MCPError(code=INTERNAL_ERROR, message=sentence(error))


def result_of(error: SidecarError) -> CallToolResult:
    """For tools."""
    return failed(sentence(error))


def unknown() -> MCPError:
    """One answer for what is not there and for what is somebody else's."""
    return MCPError(code=INVALID_PARAMS, message=UNKNOWN)


def is_unknown(error: SidecarError) -> bool:
    """Of what was asked by its id: that it is there, and not for this caller, is not told either."""
    return isinstance(error, DrupalError) and (error.status == 404 or (error.status, error.code) == (403, "forbidden"))


def sentence(error: SidecarError) -> str:
    """What happened, and what to do."""
    if isinstance(error, StoreUnavailable):
        return f"The sidecar cannot keep anything now. {AGAIN}"
    if isinstance(error, DrupalUnavailable):
        return f"Drupal does not answer now. {AGAIN}"
    if isinstance(error, CallerRefused):
        return "Your key or token is no longer good. Sign in again, or use another key."
    if isinstance(error, DrupalError):
        errors = [one for one in elements(error.problem.get("errors")) if one.get("detail") != str(error)]
        where = "; ".join(f"{one.get('pointer') or 'input'}: {one.get('detail')}" for one in errors)
        return line(f"Drupal refuses this ({error.code}): {error}{f' {where}' if where else ''}", 2_000)
    return line(str(error))
