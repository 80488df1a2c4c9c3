"""An answer that is given instead of the MCP server's own."""

from __future__ import annotations

import json

from starlette.responses import Response


def session_gone() -> Response:
    """What the protocol asks for when there is no such session: the client starts a new one."""
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Session not found"}}
    return Response(json.dumps(error), 404, media_type="application/json")
