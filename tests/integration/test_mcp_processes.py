"""Several processes are one MCP server: sessions, questions and changes, with the SDK's own client in both eras."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from mcp_types import ElicitResult, TextContent

from sidecar.embedded import EmbeddedRedis
from sidecar.mcp_server.forwarding import socket_of
from tests.support.mcp_processes import Served, client, in_turn, served

MODES = ("legacy", "2026-07-28")
BOTH = "application/json, text/event-stream"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
MEGABYTE = 1024 * 1024
IDLE_MEGABYTES, SDK_MEGABYTES = 100, 30


@pytest.fixture(scope="module")
def two(redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    """Two processes on one Redis."""
    with served(redis_server.url, tmp_path_factory.mktemp("two"), 2) as processes:
        yield processes


@pytest.fixture
def mortal(redis_server: EmbeddedRedis, tmp_path: Path) -> Iterator[list[Served]]:
    """Two that may be killed."""
    with served(redis_server.url, tmp_path, 2) as processes:
        yield processes


def said(result: Any) -> str:
    """The text of a tool's result."""
    block = result.content[0]
    assert isinstance(block, TextContent)
    return block.text


async def answer(context: Any, params: Any) -> ElicitResult:
    name = next(iter(params.requested_schema["properties"]))
    return ElicitResult(action="accept", content={name: "Ada"})


def headers(who: str = "ann", **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}", "Accept": BOTH, "Content-Type": "application/json"} | more


async def begin(http: httpx.AsyncClient, url: str, who: str = "ann") -> str:
    """A session of 2025-11-25; its id."""
    answered = await http.post(f"{url}/mcp", json=INITIALIZE, headers=headers(who))
    assert answered.status_code == 200, answered.text
    return answered.headers["mcp-session-id"]


@pytest.mark.parametrize("mode", MODES)
async def test_requests_go_to_any_process(two: list[Served], mode: str) -> None:
    """Lists, calls with progress, and resources."""
    told: list[float] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with client(in_turn(*two), mode) as mcp:
        for _ in range(4):
            assert "greet" in {tool.name for tool in (await mcp.list_tools(cache_mode="bypass")).tools}
            assert said(await mcp.call_tool("greet", {"name": "Ada"})) == "Hello, Ada!"
        assert said(await mcp.call_tool("test_tool_with_progress", {}, progress_callback=report)) == "Done."
    assert told == [0, 50, 100]


@pytest.mark.parametrize(
    ("mode", "tool", "expected"),
    [
        ("legacy", "test_elicitation", "Ada"),
        ("2026-07-28", "test_input_required_result_elicitation", "Hello, Ada!"),
        ("2026-07-28", "test_input_required_result_request_state", "state-ok"),
        ("2026-07-28", "test_input_required_result_multi_round", "You like Ada."),
    ],
)
async def test_a_question_of_one_process_is_answered_in_another(
    two: list[Served], mode: str, tool: str, expected: str
) -> None:
    async with client(in_turn(*two), mode, elicitation_callback=answer) as mcp:
        for _ in range(2):  # from either process
            assert expected in said(await mcp.call_tool(tool, {}))
            await mcp.list_tools(cache_mode="bypass")


async def test_the_state_of_a_question_is_of_no_use_to_somebody_else(two: list[Served]) -> None:
    """Sealed for who was asked, and by the site's own key."""
    name = "test_input_required_result_request_state"
    params: dict[str, Any] = {
        "name": name,
        "arguments": {},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
        },
    }
    modern = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    async with httpx.AsyncClient(timeout=60) as http:
        asked = (await http.post(f"{two[0].url}/mcp", json=call, headers=headers(**modern))).json()["result"]
        params |= {
            "requestState": asked["requestState"],
            "inputResponses": {"confirm": {"action": "accept", "content": {"ok": True}}},
        }
        other = (await http.post(f"{two[1].url}/mcp", json=call, headers=headers("eve", **modern))).json()
        assert other["error"]["code"] == -32602
        own = (await http.post(f"{two[1].url}/mcp", json=call, headers=headers(**modern))).json()
        assert "state-ok" in str(own["result"])


async def test_a_session_whose_process_died_is_gone_and_the_client_begins_anew(mortal: list[Served]) -> None:
    first, second = mortal
    async with httpx.AsyncClient(timeout=60) as http:
        session = await begin(http, first.url)
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        with_session = headers(**{"Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-11-25"})
        assert (await http.post(f"{second.url}/mcp", json=ping, headers=with_session)).status_code == 200
        first.kill()
        gone = await http.post(f"{second.url}/mcp", json=ping, headers=with_session)
        assert (gone.status_code, gone.json()["error"]["message"]) == (404, "Session not found")
        assert await begin(http, second.url) != session
    async with client(in_turn(second), "legacy") as mcp:
        assert said(await mcp.call_tool("greet", {"name": "Ada"})) == "Hello, Ada!"


async def test_a_process_that_dies_within_a_call_ends_it(mortal: list[Served]) -> None:
    """The client of the SDK is told, in a bounded time."""
    first, second = mortal

    async def die(context: Any, params: Any) -> ElicitResult:
        first.kill()
        return ElicitResult(action="accept", content={"response": "too late"})

    began = False

    def first_to_first(request: Any) -> int:
        nonlocal began
        began, port = True, second.port if began else first.port
        return port

    with pytest.raises(Exception) as caught:  # noqa: PT011 - groups of the SDK's own
        async with asyncio.timeout(60), client(first_to_first, "legacy", elicitation_callback=die) as mcp:
            await mcp.call_tool("test_elicitation", {"message": "?"}, read_timeout_seconds=5)
    assert not isinstance(caught.value, TimeoutError)


async def test_a_session_is_for_who_began_it(two: list[Served]) -> None:
    """Somebody else's is as unknown as none, by every way in; nobody gets anywhere."""
    first, second = two
    async with httpx.AsyncClient(timeout=60) as http:
        session = await begin(http, first.url)
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        for process in two:
            for who, status in (("eve", 404), ("bad", 401)):
                found = await http.post(
                    f"{process.url}/mcp", json=ping, headers=headers(who, **{"Mcp-Session-Id": session})
                )
                assert found.status_code == status, (process.name, who)
        for strange in ("no-such", "x" * 5000, "../../etc"):
            found = await http.post(f"{second.url}/mcp", json=ping, headers=headers(**{"Mcp-Session-Id": strange}))
            assert found.status_code == 404
        ended = await http.delete(f"{second.url}/mcp", headers=headers(**{"Mcp-Session-Id": session}))
        assert ended.status_code == 200
        for process in two:
            found = await http.post(f"{process.url}/mcp", json=ping, headers=headers(**{"Mcp-Session-Id": session}))
            assert found.status_code == 404


async def test_the_socket_is_for_this_user_alone(mortal: list[Served], tmp_path: Path) -> None:
    """What comes by it is asked who it is, as by the port; a killed process's socket is removed by the next one."""
    first, second = mortal
    path = socket_of(tmp_path, first.name)
    async with httpx.AsyncClient(timeout=60) as http:
        await begin(http, first.url)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as inside:
            assert (await inside.post("http://process/mcp", json=INITIALIZE)).status_code == 401
            assert (await inside.post("http://process/v1/jobs", json={})).status_code == 404
        first.kill()
        assert path.exists()
        await begin(http, second.url)
        assert not path.exists()


async def test_changes_are_told_across_processes(two: list[Served]) -> None:
    first, second = two
    async with (
        asyncio.timeout(60),
        client(in_turn(first), MODES[1]) as listener,
        client(in_turn(second), MODES[1]) as teller,
        listener.listen(tools_list_changed=True) as changes,
    ):
        await teller.call_tool("test_trigger_tool_change", {})
        assert type(await anext(aiter(changes))).__name__ == "ToolsListChanged"


async def test_changes_are_told_to_a_session_of_another_process(two: list[Served]) -> None:
    """The stream is asked for at one process, and comes from the one that holds the session."""
    first, second = two
    told: asyncio.Queue[str] = asyncio.Queue()
    began = False

    def first_to_first(request: Any) -> int:
        nonlocal began
        began, port = True, second.port if began else first.port
        return port

    async def hear(message: Any) -> None:
        told.put_nowait(type(message).__name__)

    async with (
        asyncio.timeout(60),
        client(first_to_first, MODES[0], message_handler=hear),
        client(in_turn(second), MODES[1]) as teller,
    ):
        heard = asyncio.ensure_future(told.get())
        while not heard.done():  # the client opens its stream some time after it has connected
            await teller.call_tool("test_trigger_prompt_change", {})
            await asyncio.wait([heard], timeout=0.5)
        assert await heard == "PromptListChangedNotification"


async def test_open_streams_end_with_their_process(mortal: list[Served]) -> None:
    """Both eras' streams come to a proper end, and the process does not wait for its clients."""
    first, second = mortal
    modern = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"}
    listen = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "subscriptions/listen",
        "params": {
            "notifications": {"toolsListChanged": True},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    async with httpx.AsyncClient(timeout=60) as http:
        session = headers(**{"Mcp-Session-Id": await begin(http, first.url)})
        async with (
            http.stream("POST", f"{first.url}/mcp", json=listen, headers=headers(**modern)) as new,
            http.stream("GET", f"{first.url}/mcp", headers=session) as old,
            http.stream("GET", f"{second.url}/mcp", headers=session) as refused,
        ):
            assert (new.status_code, old.status_code, refused.status_code) == (200, 200, 409)
            lines = new.aiter_lines()
            assert await anext(lines) == "event: message"
            first.process.terminate()
            async with asyncio.timeout(60):
                assert [line async for line in lines]
                assert [line async for line in old.aiter_lines()] == []
                await asyncio.to_thread(first.process.wait, 15)
    assert first.process.returncode == 0


async def test_an_idle_process_is_small(redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """Before the first client the SDK is not there; after it the process is a little larger."""
    with served(redis_server.url, tmp_path, 1) as (process,):
        async with httpx.AsyncClient(timeout=60) as http:
            await _measured(process, http)


async def _measured(process: Served, http: httpx.AsyncClient) -> None:
    seen = psutil.Process(process.process.pid)
    refused = await http.post(f"{process.url}/mcp", json=INITIALIZE, headers=headers("bad"))
    assert refused.status_code == 401
    before = seen.memory_info().rss
    await begin(http, process.url)
    after = seen.memory_info().rss
    assert before < IDLE_MEGABYTES * MEGABYTE
    assert after - before < SDK_MEGABYTES * MEGABYTE
