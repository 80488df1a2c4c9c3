"""A client that listens hears that it may start other agents than before, in either era."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from demo.standin import StandIn
from sidecar.mcp_server.changes import ListChanges
from sidecar.mcp_server.standing import TASK, StandingStreams
from sidecar.process import Running
from sidecar.remote.streams import EndStreams
from sidecar.remote.who import Who
from tests.support.mcp_clients import client
from tests.support.process import sidecar

BOTH = ["ToolListChangedNotification", "PromptListChangedNotification"]


@pytest.fixture
def drupal(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A site with one agent; answers about callers are kept shortly, so that nobody waits for half a minute."""
    shorter: list[tuple[Any, str, float]] = [
        (ListChanges, "every", 0.2),
        (StandingStreams, "every", 0.2),
        (EndStreams, "every", 0.1),
        (Who, "good_seconds", 0.3),
    ]
    for kind, name, seconds in shorter:
        monkeypatch.setitem(kind.__init__.__kwdefaults__, name, seconds)
    with StandIn() as site:
        site.add_agent("writer")
        yield site


@pytest.fixture
async def running(redis_url: str, drupal: StandIn, tmp_path: Path) -> AsyncIterator[Running]:
    async with sidecar(redis_url, drupal, scripts_dir=tmp_path, data_dir=tmp_path) as process:
        yield process


@asynccontextmanager
async def session(running: Running, told: asyncio.Queue[str], who: str = "editor") -> AsyncIterator[Any]:
    """A session of 2025-11-25; what it is told goes into the queue, by name."""

    async def hear(message: Any) -> None:
        told.put_nowait(type(message).__name__)

    url = f"http://127.0.0.1:{running.port}/mcp"
    async with asyncio.timeout(60), client(url, who, era="legacy", message_handler=hear) as mcp:
        yield mcp


async def nothing(told: asyncio.Queue[str]) -> None:
    """For several rounds of asking who the caller is."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(told.get(), 1)


def watching() -> bool:
    return any(task.get_name() == TASK for task in asyncio.all_tasks())


async def until_watching(expected: bool) -> None:
    async with asyncio.timeout(60):
        while watching() is not expected:
            await asyncio.sleep(0.01)


async def test_a_change_of_the_list_of_agents_is_told(running: Running, drupal: StandIn) -> None:
    """Of what was asked for alone: tools, not prompts. Nothing is told while nothing changes."""
    async with client(f"http://127.0.0.1:{running.port}/mcp") as mcp:
        async with mcp.listen(tools_list_changed=True) as told:
            quiet = asyncio.ensure_future(anext(aiter(told)))
            await asyncio.wait([quiet], timeout=1)
            assert not quiet.done()
            drupal.add_agent("gardener")
            async with asyncio.timeout(60):
                assert type(await quiet).__name__ == "ToolsListChanged"
        assert "run_gardener" in [tool.name for tool in (await mcp.list_tools()).tools]


async def test_a_session_is_told_too(running: Running, drupal: StandIn) -> None:
    """Once for each change, of tools and of prompts; nothing while nothing changes, and nothing is left when the client has gone."""
    told: asyncio.Queue[str] = asyncio.Queue()
    async with session(running, told) as mcp:
        await until_watching(True)
        await nothing(told)
        drupal.add_agent("gardener")
        assert [await told.get(), await told.get()] == BOTH
        assert "run_gardener" in [tool.name for tool in (await mcp.list_tools()).tools]
        await nothing(told)
    await until_watching(False)


async def test_a_session_that_may_less_is_told_on_its_next_stream(running: Running, drupal: StandIn) -> None:
    """The loss of a right ends the open stream; the client comes back, and hears what it has missed."""
    gardener = drupal.add_agent("gardener")
    account = drupal.site.agents.account_of("gardener")
    assert account is not None
    told: asyncio.Queue[str] = asyncio.Queue()
    async with session(running, told) as mcp:
        await until_watching(True)
        drupal.site.agents.add(gardener | {"status": False}, account)
        assert [await told.get(), await told.get()] == BOTH
        assert "run_gardener" not in [tool.name for tool in (await mcp.list_tools()).tools]
    await until_watching(False)


async def test_each_session_is_told_of_its_own_agents(running: Running, drupal: StandIn) -> None:
    """A key for one agent hears nothing of another, while its owner does."""
    editor = drupal.site.accounts.by_name("editor")
    assert editor is not None
    key = drupal.site.auth.keys.add(editor, agents=["writer"])
    owner: asyncio.Queue[str] = asyncio.Queue()
    program: asyncio.Queue[str] = asyncio.Queue()
    async with session(running, owner), session(running, program, key):
        await until_watching(True)
        drupal.add_agent("gardener")
        assert [await owner.get(), await owner.get()] == BOTH
        await nothing(program)


async def test_a_session_that_ended_leaves_nothing_in_redis(running: Running, redis_url: str) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    async with Redis.from_url(redis_url) as redis:

        async def kept() -> int:
            return len([key async for key in redis.scan_iter("*mcp-session*")])

        async with session(running, told):
            await until_watching(True)
            assert await kept() == 2
        await until_watching(False)
        assert await kept() == 0


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_capabilities_name_what_is_told(running: Running, era: Any) -> None:
    """Tools and prompts; of resources nothing is told, and none can be subscribed to."""
    async with client(f"http://127.0.0.1:{running.port}/mcp", era=era) as mcp:
        said = mcp.server_capabilities.model_dump(exclude_none=True)
    assert said["tools"] == said["prompts"] == {"list_changed": True}
    assert said["resources"] == {"list_changed": False, "subscribe": False}
