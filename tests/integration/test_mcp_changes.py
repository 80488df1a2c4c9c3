"""A client that listens hears that it may start other agents than before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.standin import StandIn
from sidecar.mcp_server.changes import ListChanges
from sidecar.remote.who import Who
from tests.support.mcp_clients import client
from tests.support.process import sidecar


@pytest.fixture
def drupal(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A site with one agent; answers about callers are kept shortly, so that nobody waits for half a minute."""
    shorter: list[tuple[Any, str, float]] = [(ListChanges, "every", 0.2), (Who, "good_seconds", 0.3)]
    for kind, name, seconds in shorter:
        monkeypatch.setitem(kind.__init__.__kwdefaults__, name, seconds)
    with StandIn() as site:
        site.add_agent("writer")
        yield site


async def test_a_change_of_the_list_of_agents_is_told(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Of what was asked for alone: tools, not prompts. Nothing is told while nothing changes."""
    async with (
        sidecar(redis_url, drupal, scripts_dir=tmp_path, data_dir=tmp_path) as running,
        client(f"http://127.0.0.1:{running.port}/mcp") as mcp,
    ):
        async with mcp.listen(tools_list_changed=True) as told:
            quiet = asyncio.ensure_future(anext(aiter(told)))
            await asyncio.wait([quiet], timeout=1)
            assert not quiet.done()
            drupal.add_agent("gardener")
            async with asyncio.timeout(20):
                assert type(await quiet).__name__ == "ToolsListChanged"
        assert "run_gardener" in [tool.name for tool in (await mcp.list_tools()).tools]
