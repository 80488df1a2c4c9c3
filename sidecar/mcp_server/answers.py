"""Answers that are given before, or instead of, the MCP server's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A problem document (contracts/problem)."""
    document = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return JSONResponse(document, status, headers, media_type=MEDIA_TYPE)


def session_gone() -> Response:
    """What the protocol asks for when there is no such session: the client starts a new one."""
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "Session not found"}}
    return Response(json.dumps(error), 404, media_type="application/json")
