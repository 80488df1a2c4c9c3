"""Refusals in front of the MCP server, as its clients get them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from sidecar.mcp_server.answers import ProblemsAsErrors
from sidecar.remote.answers import problem


async def ask(answer: Response, method: str = "POST") -> httpx.Response:
    transport = httpx.ASGITransport(ProblemsAsErrors(answer))
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.request(method, "http://door/mcp")


@pytest.mark.parametrize(("status", "code"), [(401, -32600), (403, -32600), (421, -32600), (503, -32603)])
async def test_a_problem_is_an_error_of_the_protocol(status: int, code: int) -> None:
    """With its sentence and its headers, and the problem document for programs."""
    refused = await ask(problem(status, "key_invalid", "It is revoked.", {"WWW-Authenticate": "Bearer"}))
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/json"
    assert refused.headers["www-authenticate"] == "Bearer"
    document: dict[str, Any] = refused.json()
    assert (document["jsonrpc"], document["id"]) == ("2.0", None)
    assert (document["error"]["code"], document["error"]["message"]) == (code, "It is revoked.")
    assert document["error"]["data"]["code"] == "key_invalid"


async def test_other_answers_stay_as_they_are() -> None:
    """To other methods, and those of the server itself."""
    refused = problem(401, "key_invalid", "It is revoked.")
    assert (await ask(refused, "GET")).json() == json.loads(bytes(refused.body))
    assert (await ask(JSONResponse({"jsonrpc": "2.0"}, 400))).json() == {"jsonrpc": "2.0"}
