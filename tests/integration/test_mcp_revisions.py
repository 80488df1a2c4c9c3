"""Clients of older revisions of the protocol, as they speak without the SDK: the one that they ask for is agreed on, and served."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from sidecar.mcp_server.standing import StandingStreams
from sidecar.process import Running
from sidecar.remote.who import Who
from tests.support.mcp_clients import basic, script
from tests.support.process import sidecar

LINKS = {"2024-11-05": False, "2025-03-26": False, "2025-06-18": True, "2025-11-25": True}
"""Revisions, and whether results may have links to resources in them."""


@pytest.fixture
def drupal(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    shorter: list[tuple[Any, str, float]] = [(StandingStreams, "every", 0.2), (Who, "good_seconds", 0.3)]
    for kind, name, seconds in shorter:
        monkeypatch.setitem(kind.__init__.__kwdefaults__, name, seconds)
    with StandIn() as site:
        site.add_agent("writer", model="scripted:writer")
        yield site


@pytest.fixture
async def running(redis_url: str, drupal: StandIn, tmp_path: Path) -> AsyncIterator[Running]:
    script(tmp_path, name="writer")
    async with sidecar(redis_url, drupal, scripts_dir=tmp_path, data_dir=tmp_path / "data") as process:
        drupal.push_to(f"http://127.0.0.1:{process.port}")
        yield process


class Session:
    """One of a revision. Before 2025-06-18 no header names it."""

    def __init__(self, http: httpx.AsyncClient, revision: str) -> None:
        self._http, self._revision = http, revision
        self._number = 0

    async def begin(self) -> str:
        """The revision that was agreed on."""
        asked = {"protocolVersion": self._revision, "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
        result = await self.ask("initialize", asked)
        if self._revision >= "2025-06-18":
            self._http.headers["MCP-Protocol-Version"] = result["protocolVersion"]
        done = await self._http.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})
        assert done.status_code == 202
        return result["protocolVersion"]

    async def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        message = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        answer = await self._http.post("/mcp", json=message)
        assert answer.status_code == 200, answer.text
        if session := answer.headers.get("mcp-session-id"):
            self._http.headers["Mcp-Session-Id"] = session
        lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
        return json.loads(lines[-1].removeprefix("data: "))["result"]


@pytest.mark.parametrize("revision", LINKS)
async def test_a_session_of_an_older_revision(running: Running, drupal: StandIn, revision: str) -> None:
    """Tools, a run with its draft, and the change of the list of agents."""
    headers = {"Authorization": basic("editor"), "Accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", headers=headers, timeout=40) as http:
        session = Session(http, revision)
        assert await session.begin() == revision
        assert "run_writer" in {tool["name"] for tool in (await session.ask("tools/list", {}))["tools"]}
        called = {"name": "run_writer", "arguments": {"wait_seconds": 30}}
        result = await session.ask("tools/call", called)
        assert result["structuredContent"]["state"] == "completed", result
        assert {part["type"] for part in result["content"]} == (
            {"text", "resource_link"} if LINKS[revision] else {"text"}
        )
        async with http.stream("GET", "/mcp", headers={"Accept": "text/event-stream"}) as stream:
            assert stream.status_code == 200
            drupal.add_agent("gardener")
            told = (line async for line in stream.aiter_lines() if line.startswith("data: {"))
            methods = [json.loads((await anext(told)).removeprefix("data: "))["method"] for _ in range(2)]
        assert methods == ["notifications/tools/list_changed", "notifications/prompts/list_changed"]
        assert (await http.delete("/mcp")).status_code == 200
