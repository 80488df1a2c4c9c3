"""Dispatch by MCP on the real site: SDK clients of both eras, the real sidecar, a draft in Drupal, seen by every tool."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from tests.site.e2e.system import World
from tests.support.mcp_clients import basic, post

Era = Literal["auto", "legacy"]


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> Era:
    """2026-07-28, and sessions of 2025-11-25."""
    return request.param


@asynccontextmanager
async def client(world: World, who: str, era: Era = "auto", **more: Any) -> AsyncIterator[Client]:
    """A client of somebody."""
    async with (
        httpx2.AsyncClient(headers={"Authorization": who}, timeout=60) as http,
        Client(streamable_http_client(f"{world.up.url}/mcp", http_client=http), mode=era, **more) as made,
    ):
        yield made


def editor() -> str:
    """What the editor shows."""
    return basic("e2e_editor", "test-e2e_editor")


async def test_a_dispatch_ends_in_a_draft(world: World, era: Era) -> None:
    """By a tool of its own or by the general one; Drupal has who asked and by which door, and every tool shows the draft."""
    order = {"nonce": uuid.uuid4().hex}
    async with client(world, editor(), era) as mcp:
        tools = {tool.name for tool in (await mcp.list_tools()).tools}
        assert "dispatch_agent" in tools
        started = await mcp.call_tool("dispatch_agent", {"agent": "writer", "input": order})
        assert started.structured_content is not None, started
        run = started.structured_content["run"]
        row = world.completed(run)
        assert row["trigger_type"] == "mcp"
        assert world.editor.get(f"runs/{run}").json()["requester"]["name"] == "e2e_editor"
        seen = (await mcp.call_tool("wait_for_run", {"run": run})).structured_content
        assert seen is not None
        assert (seen["state"], seen["output"]) == ("completed", {"title": "Done"})
        drafts = (await mcp.call_tool("get_drafts", {"run": run})).structured_content
        assert drafts is not None
        assert [draft["label"] for draft in drafts["drafts"]] == ["Written by an agent"]
        assert drafts["drafts"][0]["id"] == world.drafts(run)[0]["uuid"]
        listed = (await mcp.call_tool("list_runs", {"agent": "writer", "limit": 5})).structured_content
        assert listed is not None
        assert run in [one["run"] for one in listed["runs"]]
        report = await mcp.read_resource(f"background-agents://default/runs/{run}")
        assert "Written by an agent" in report.contents[0].text  # pyright: ignore[reportAttributeAccessIssue]
    world.settled(run)


async def test_a_task_ends_in_the_same(world: World) -> None:
    """The plain tools see the task's run."""
    url = f"{world.up.url}/mcp"
    called = {"name": "dispatch_agent", "arguments": {"agent": "writer", "input": {"nonce": uuid.uuid4().hex}}}
    task = (await post(url, "tools/call", called, tasks=True, who=editor()))["result"]
    run = task["taskId"].partition(".")[0]
    world.completed(run)
    told = (await post(url, "tasks/get", {"taskId": task["taskId"]}, tasks=True, who=editor()))["result"]
    assert told["status"] == "completed"
    assert told["result"]["structuredContent"]["output"] == {"title": "Done"}


async def test_a_client_is_told_that_an_agent_was_disabled(world: World) -> None:
    """In a session of 2025-11-25, whose stream ends with the right and comes again."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Any) -> None:
        told.put_nowait(type(message).__name__)

    switch = (
        "\\Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('few')->set('status', {})->save();"
    )
    async with client(world, editor(), "legacy", message_handler=hear) as mcp:
        assert "run_few" in {tool.name for tool in (await mcp.list_tools()).tools}
        try:
            await asyncio.to_thread(world.site.php, switch.format("FALSE"))
            async with asyncio.timeout(90):
                assert {await told.get(), await told.get()} == {
                    "ToolListChangedNotification",
                    "PromptListChangedNotification",
                }
            assert "run_few" not in {tool.name for tool in (await mcp.list_tools()).tools}
        finally:
            await asyncio.to_thread(world.site.php, switch.format("TRUE"))


async def test_nobody_else_gets_in(world: World) -> None:
    """No credential, a wrong one, an unknown key, an agent's account: 401 or 403, and nothing else."""
    async with httpx2.AsyncClient() as http:
        for who in (None, basic("e2e_editor", "wrong"), "Bearer bgd_0000000000_" + "x" * 43, "Bearer nonsense"):
            headers = {"Authorization": who} if who else {}
            answer = await http.post(f"{world.up.url}/mcp", json={}, headers=headers)
            assert answer.status_code in (401, 403), answer.text
            error = json.loads(answer.text)["error"]
            assert set(error["data"]) <= {"title", "status", "code", "detail", "type"}
            assert error["message"] == error["data"]["detail"]


async def test_an_agent_that_is_not_there(world: World, era: Era) -> None:
    """-32602, as one that somebody may not start."""
    async with client(world, editor(), era) as mcp:
        with pytest.raises(MCPError) as error:
            await mcp.call_tool("dispatch_agent", {"agent": "nobody_has_made_it"})
        assert error.value.code == -32602
