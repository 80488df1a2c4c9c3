"""A whole sidecar in the test's own event loop, for tests that need all its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sidecar.process import Roles, Running, run
from sidecar.settings import load

TOKEN = "an operator's token"


@asynccontextmanager
async def sidecar(
    redis_url: str, drupal: Any, *, roles: Roles | None = None, **overrides: Any
) -> AsyncIterator[Running]:
    """A running sidecar for one stand-in; ended in order. `overrides` are settings."""
    ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()

    async def started(running: Running) -> None:
        ready.set_result(running)

    site = {"base_url": drupal.url, "secrets": [drupal.secret]} | overrides.pop("site", {})
    settings = load(
        {}, **{"redis_url": redis_url, "port": 0, "sites": {"default": site}, "operator_token": TOKEN} | overrides
    )
    process = asyncio.create_task(run(settings, roles or Roles(), started=started, signals=False))
    await asyncio.wait([process, ready], return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        await process
    running = ready.result()
    try:
        yield running
    finally:
        running.stop.set()
        async with asyncio.timeout(60):
            await process
