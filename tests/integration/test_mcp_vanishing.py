"""Clients and processes that go away in the middle: the same call again gives the same run, from whichever process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from demo.standin import StandIn
from sidecar.process import Roles
from tests.support.mcp_clients import basic, post, script
from tests.support.ports import free_port
from tests.support.process import sidecar

DISPATCH = "/background-agents/v1/runs"
CLAIM = "/background-agents/v1/jobs/claim"
ORDER: dict[str, Any] = {"name": "dispatch_agent", "arguments": {"agent": "writer", "input": {"topic": "tea"}}}


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with one agent; nobody works on its runs."""
    with StandIn() as site:
        site.add_agent("writer")
        yield site


@contextmanager
def apis(
    redis_url: str, drupal: StandIn, data_dir: Path, count: int
) -> Iterator[list[tuple[subprocess.Popen[bytes], str]]]:
    """API processes, each with the address of its MCP server."""
    started: list[tuple[subprocess.Popen[bytes], str]] = []
    for _ in range(count):
        port = free_port()
        env = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")} | {
            "SIDECAR_CONFIG": os.devnull,
            "SIDECAR_SITE_URL": drupal.url,
            "SIDECAR_SITE_SECRET": drupal.secret,
            "SIDECAR_REDIS_URL": redis_url,
            "SIDECAR_DATA_DIR": str(data_dir),
            "SIDECAR_PORT": str(port),
        }
        process = subprocess.Popen([sys.executable, "-m", "sidecar", "serve"], env=env, stderr=subprocess.DEVNULL)
        started.append((process, f"http://127.0.0.1:{port}/mcp"))
    try:
        yield started
    finally:
        for process, _ in started:
            process.kill()
            process.wait(60)


async def listens(url: str) -> None:
    """Waits until a process answers."""
    async with asyncio.timeout(180), httpx2.AsyncClient(timeout=60) as http:
        while True:
            try:
                await http.get(url.replace("/mcp", "/health"))
                return
            except httpx2.TransportError:
                await asyncio.sleep(0.05)


async def until(condition: Any) -> None:
    """Waits, bounded."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def run_of(answer: dict[str, Any]) -> str:
    """The run that a tool answered."""
    return result_of(answer)["structuredContent"]["run"]


def result_of(answer: dict[str, Any]) -> dict[str, Any]:
    """What was answered, when it is no error."""
    assert "result" in answer, answer
    return answer["result"]


async def test_a_client_that_goes_away_gets_the_same_run(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """It did not hear the answer and calls again with a new request: one run. The same order later is another one."""
    async with sidecar(redis_url, drupal, scripts_dir=tmp_path, data_dir=tmp_path) as running:
        url = f"http://127.0.0.1:{running.port}/mcp"
        await post(url, "tools/call", {"name": "list_agents", "arguments": {}})  # from here on it is served
        drupal.fail(DISPATCH, status=None, delay=1.0)
        calling = asyncio.create_task(post(url, "tools/call", ORDER))
        await until(lambda: drupal.faults.met)
        calling.cancel()
        await asyncio.wait([calling])
        first = run_of(await post(url, "tools/call", ORDER))
        assert [run["uuid"] for run in drupal.runs] == [first]
        other = run_of(
            await post(url, "tools/call", ORDER | {"arguments": {"agent": "writer", "input": {"topic": "milk"}}})
        )
        assert other != first
        assert len(drupal.runs) == 2


async def test_a_client_that_goes_away_while_it_waits(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The run goes on; the same call waits for the same run."""
    script(tmp_path, {"text": "Done."})
    async with sidecar(redis_url, drupal, roles=Roles(worker=False), data_dir=tmp_path) as running:
        url = f"http://127.0.0.1:{running.port}/mcp"
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        waiting = {"name": "run_writer", "arguments": {"input": {"topic": "tea"}, "wait_seconds": 40}}
        calling = asyncio.create_task(post(url, "tools/call", waiting))
        await until(
            lambda: any(seen.path.startswith(f"{DISPATCH}/") for seen in drupal.requests)
        )  # it looks at its run
        assert not calling.done()
        calling.cancel()
        await asyncio.wait([calling])
        async with sidecar(redis_url, drupal, roles=Roles(doors=False), scripts_dir=tmp_path, data_dir=tmp_path):
            answer = await post(url, "tools/call", waiting)
        assert answer["result"]["structuredContent"]["state"] == "completed"
        assert len(drupal.runs) == 1


async def test_a_process_that_is_killed_between_dispatch_and_answer(
    redis_url: str, drupal: StandIn, tmp_path: Path
) -> None:
    """Drupal has started the run and its answer did not come; another process gets the same call: the same run."""
    with apis(redis_url, drupal, tmp_path, 2) as [(first, url), (_, other)]:
        await asyncio.gather(listens(url), listens(other))
        drupal.fail(DISPATCH, status=500, drop=True, when="after", times=1_000)
        calling = asyncio.create_task(post(url, "tools/call", ORDER))
        await until(lambda: drupal.runs)
        first.kill()
        with pytest.raises(httpx2.TransportError):
            await calling
        drupal.faults.clear()
        run = run_of(await post(other, "tools/call", ORDER))
        assert [found["uuid"] for found in drupal.runs] == [run]


async def test_another_process_answers_for_a_task(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The one that started it is dead: how the task is, and its end, are known in the other one.

    No job is handed out: a run that was is cancelled by its worker, and there is none here. With 429, for a site that fails again and again is
    left alone by the whole process for a while, also by its callers."""
    drupal.fail(CLAIM, status=429, times=10_000)
    with apis(redis_url, drupal, tmp_path, 2) as [(first, url), (_, other)]:
        await asyncio.gather(listens(url), listens(other))
        task = result_of(await post(url, "tools/call", ORDER, tasks=True))["taskId"]
        first.kill()
        seen = result_of(await post(other, "tasks/get", {"taskId": task}, tasks=True))
        assert (seen["taskId"], seen["status"], seen["resultType"]) == (task, "working", "complete")
        ended = result_of(await post(other, "tasks/cancel", {"taskId": task}, tasks=True))
        assert ended["resultType"] == "complete"
        assert result_of(await post(other, "tasks/get", {"taskId": task}, tasks=True))["status"] == "cancelled"
        stranger = await post(other, "tasks/get", {"taskId": task}, tasks=True, who=basic("admin", "x"))
        assert "error" in stranger or "code" in stranger
