"""`sidecar mcp`, as hosts start it: the SDK's stdio client, the command in a process of its own, a sidecar at the other end."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import ElicitResult, TextContent

from sidecar.embedded import EmbeddedRedis
from sidecar.errors import SettingsError
from sidecar.mcp_server.command import check_address, read_key
from tests.support.mcp_processes import Served, served
from tests.support.ports import free_port

MODES = ("legacy", "2026-07-28")
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture(scope="module")
def door(redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(redis_server.url, tmp_path_factory.mktemp("one"), 1) as (process,):
        yield process


def command(url: str) -> list[str]:
    return ["-m", "sidecar", "mcp", "--url", f"{url}/mcp"]


@asynccontextmanager
async def host(url: str, mode: str, **options: Any) -> AsyncIterator[Client]:
    """A host of either era."""
    parameters = StdioServerParameters(command=sys.executable, args=command(url), env={"BACKGROUND_AGENTS_KEY": "ann"})
    async with asyncio.timeout(60), Client(stdio_client(parameters), mode=mode, **options) as client:
        yield client


def raw(url: str, *lines: Any, key: str = "ann") -> list[dict[str, Any]]:
    """What comes back for these lines."""
    given = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    process = subprocess.Popen(
        [sys.executable, *command(url)],
        env={"BACKGROUND_AGENTS_KEY": key},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(given)
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in lines]
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert key not in errors
    return answers


def said(result: Any) -> str:
    block = result.content[0]
    assert isinstance(block, TextContent)
    return block.text


async def answer(context: Any, params: Any) -> ElicitResult:
    name = next(iter(params.requested_schema["properties"]))
    return ElicitResult(action="accept", content={name: "Ada"})


@pytest.mark.parametrize(
    ("mode", "asking"), [(MODES[0], "test_elicitation"), (MODES[1], "test_input_required_result_elicitation")]
)
async def test_a_host_that_starts_a_command(door: Served, mode: str, asking: str) -> None:
    """Lists, calls at once, progress, questions, words beyond ASCII."""
    told: list[float] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with host(door.url, mode, elicitation_callback=answer) as client:
        assert "greet" in {tool.name for tool in (await client.list_tools()).tools}
        names = ["Ada", "Łukasz", "line\u2028separator", "x" * 200_000]
        results = await asyncio.gather(*(client.call_tool("greet", {"name": name}) for name in names))
        assert [said(result) for result in results] == [f"Hello, {name}!" for name in names]
        await client.call_tool("test_tool_with_progress", {}, progress_callback=report)
        assert told == [0, 50, 100]
        assert "Ada" in said(await client.call_tool(asking, {}))
        failed = await client.call_tool("test_error_handling", {})
        assert failed.is_error
        assert "static text" in str(await client.read_resource("test://static-text"))


async def test_a_host_that_calls_nothing_hears_of_a_restart(redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """What a session would have been told while there was none, nobody knows: its lists count as changed."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def hear(message: Any) -> None:
        told.put_nowait(type(message).__name__)

    port = str(free_port())
    with served(redis_server.url, tmp_path, 1, port) as (first,):
        async with host(first.url, "legacy", message_handler=hear):
            first.kill()
            with served(redis_server.url, tmp_path, 1, port):
                assert [await told.get(), await told.get()] == [
                    "ToolListChangedNotification",
                    "PromptListChangedNotification",
                ]


async def test_a_session_that_a_restart_ended_is_begun_anew(redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """The host notices nothing; calls at the same time begin one session."""
    port = str(free_port())
    with served(redis_server.url, tmp_path, 1, port) as (first,):
        async with host(first.url, "legacy", elicitation_callback=answer) as client:
            assert said(await client.call_tool("greet", {"name": "Ada"})) == "Hello, Ada!"
            first.kill()
            with pytest.raises(Exception, match="does not answer"):
                await client.call_tool("greet", {"name": "Ada"})
            with served(redis_server.url, tmp_path, 1, port):
                calls = (client.call_tool("greet", {"name": str(n)}) for n in range(5))
                assert [said(result) for result in await asyncio.gather(*calls)] == [f"Hello, {n}!" for n in range(5)]
                assert "Ada" in said(await client.call_tool("test_elicitation", {}))


def test_who_is_not_known_is_told_so(door: Served) -> None:
    list_tools = {"jsonrpc": "2.0", "id": "a", "method": "tools/list", "params": {"_meta": META}}
    (refused,) = raw(door.url, list_tools, key="bad")
    assert refused["id"] == "a"
    assert refused["error"]["message"] == "The site does not know this credential."
    (nowhere,) = raw(f"http://127.0.0.1:{free_port()}", list_tools)
    assert "does not answer" in nowhere["error"]["message"]
    (wrong,) = raw(f"{door.url}/nothing", list_tools)
    assert wrong["error"]["message"]


def test_garbage_is_answered_and_passed_over(door: Served) -> None:
    """Each line by itself; the next one is served."""
    ping = {"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {"_meta": META}}
    answers = raw(door.url, "{", "[]", "null", "[" * 100_000, '"text"', {"id": 1, "method": "x"}, ping)
    codes = {answer["id"]: answer.get("error", {}).get("code") for answer in answers}
    assert codes[7] is None
    assert codes[1] is not None
    assert [answer["error"]["code"] for answer in answers if answer["id"] is None] == [
        -32700,
        -32600,
        -32600,
        -32700,
        -32600,
    ]


def test_the_key_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("bgd_abc_def\n")
    file.chmod(0o600)
    assert read_key(file, "UNUSED") == "bgd_abc_def"
    monkeypatch.setenv("A_KEY", " bgd_env ")
    assert read_key(None, "A_KEY") == "bgd_env"
    for text in ("", "two words", "one\ntwo", "schlüssel"):
        file.write_text(text)
        with pytest.raises(SettingsError) as caught:
            read_key(file, "UNUSED")
        assert not text or text not in str(caught.value)
    with pytest.raises(SettingsError, match="A_MISSING_KEY"):
        read_key(None, "A_MISSING_KEY")
    with pytest.raises(SettingsError, match="nowhere"):
        read_key(tmp_path / "nowhere", "UNUSED")


@pytest.mark.parametrize(
    ("url", "allow_http", "good"),
    [
        ("https://agents.example.org/mcp", False, True),
        ("http://127.0.0.1:8085/mcp", False, True),
        ("http://localhost/mcp", False, True),
        ("http://[::1]:8085/mcp", False, True),
        ("http://sidecar:8085/mcp", True, True),
        ("http://sidecar:8085/mcp", False, False),
        ("http://localhost.evil.example/mcp", False, False),
        ("https://user@agents.example.org/mcp", False, False),
        ("agents.example.org/mcp", False, False),
        ("file:///mcp", False, False),
    ],
)
def test_the_key_is_sent_over_https_or_within_the_machine(url: str, allow_http: bool, good: bool) -> None:
    if good:
        return check_address(url, allow_http=allow_http)
    with pytest.raises(SettingsError):
        check_address(url, allow_http=allow_http)
