"""Processes that serve MCP clients on one Redis, and a client whose requests go to them in turn."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


@dataclass
class Served:
    """One process."""

    process: subprocess.Popen[str]
    port: int
    name: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """As a machine does; returns when it is gone."""
        self.process.kill()
        self.process.wait(60)


@contextmanager
def served(redis_url: str, data_dir: Path, count: int, port: str = "0") -> Iterator[list[Served]]:
    """Processes of the wiring, with the fixture server; ended as a supervisor does."""
    command = [sys.executable, "-m", "tests.conformance.serve", port, redis_url, str(data_dir)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        yield [_listening(process) for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)
            assert process.stdout is not None
            process.stdout.close()


def _listening(process: subprocess.Popen[str]) -> Served:
    assert process.stdout is not None
    word, port, name = process.stdout.readline().split()
    assert word == "listening"
    return Served(process, int(port), name)


@contextmanager
def choosing(choose: Callable[[httpx2.Request], int]) -> Iterator[httpx2.AsyncBaseTransport]:
    """Sends each request to the port that is chosen for it."""

    class Choosing(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            request.url = request.url.copy_with(port=choose(request))
            return await super().handle_async_request(request)

    yield Choosing()


def in_turn(*processes: Served) -> Callable[[httpx2.Request], int]:
    """The first request to the first one, the second to the second, and so on."""
    ports = itertools.cycle(one.port for one in processes)
    return lambda request: next(ports)


@asynccontextmanager
async def client(
    choose: Callable[[httpx2.Request], int], mode: str, who: str = "ann", **options: Any
) -> AsyncIterator[Client]:
    """The SDK's client, in either era."""
    with choosing(choose) as transport:
        headers = {"Authorization": f"Bearer {who}"}
        async with (
            httpx2.AsyncClient(transport=transport, headers=headers, timeout=httpx2.Timeout(60)) as http,
            Client(streamable_http_client("http://127.0.0.1/mcp", http_client=http), mode=mode, **options) as opened,
        ):
            yield opened
