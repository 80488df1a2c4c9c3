"""What the relay does when the sidecar at the other end has lost its session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from sidecar.mcp_server.stdio import Relay

INITIALIZE: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
PING: dict[str, Any] = {"jsonrpc": "2.0", "method": "ping"}


async def test_a_session_that_cannot_be_begun_yet_is_begun_later() -> None:
    """The site is away when the session is missed: that request fails, and the next one gets through."""
    begun = iter([(200, "first"), (503, None), (200, "second")])
    said: list[dict[str, Any]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        message = json.loads(request.content or "{}")
        if message.get("method") == "initialize":
            status, session = next(begun)
            result = {"jsonrpc": "2.0", "id": 1, "result": {}} if session else {"detail": "The site does not answer."}
            return httpx2.Response(status, json=result, headers={"Mcp-Session-Id": session} if session else {})
        if request.headers.get("mcp-session-id") != "second":
            return httpx2.Response(404, json={"error": {"code": -32600, "message": "Session not found"}})
        return httpx2.Response(200, json={"jsonrpc": "2.0", "id": message.get("id"), "result": {}})

    async def say(message: dict[str, Any]) -> None:
        said.append(message)

    async def lines() -> AsyncIterator[bytes]:
        yield json.dumps(INITIALIZE).encode()
        for id in (2, 3):
            yield json.dumps(PING | {"id": id}).encode()
            while not any(message.get("id") == id for message in said):
                await asyncio.sleep(0)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        await Relay(client, "http://door/mcp", say).serve(lines())
    answers = {message["id"]: message for message in said if "id" in message}
    assert answers[2]["error"]["message"] == "Session not found"
    assert answers[3]["result"] == {}
    assert [message["method"] for message in said if "method" in message] == [
        "notifications/tools/list_changed",
        "notifications/prompts/list_changed",
    ]
