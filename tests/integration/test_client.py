"""The typed client against a whole sidecar, the stand-in for Drupal and a scripted model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from sidecar.client import AsyncClient, Client, Refused
from tests.support.process import sidecar

DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}
STEPS = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]
RIGHTS = ["run writer background agent", "view own background agent runs", "manage own background agent runs"]
BASIC = {"Authorization": "Basic YW5uOnNlY3JldA=="}


@pytest.fixture
async def url(redis_url: str, tmp_path: Path) -> AsyncIterator[str]:
    (tmp_path / "test.json").write_text(json.dumps({"steps": STEPS}))
    with StandIn() as drupal:
        drupal.add_agent("writer")
        drupal.add_content("Bread")
        drupal.site.accounts.add("ann", RIGHTS, password="secret")
        async with sidecar(redis_url, drupal, scripts_dir=tmp_path) as running:
            drupal.push_to(f"http://127.0.0.1:{running.port}")
            yield f"http://127.0.0.1:{running.port}"


class AsAnn(httpx.Auth):
    """The stand-in knows names and passwords."""

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers.update(BASIC)
        yield request


def use(client: Client) -> None:
    """From the list of agents to the draft, as a script does it."""
    assert [agent.id for agent in client.agents()] == ["writer"]
    run = client.dispatch("writer", {"topic": "Bread"}, key="k1")
    assert client.dispatch("writer", {"topic": "Bread"}, key="k1").id == run.id
    events = list(client.follow(run.id))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].type == "run_finished"
    ended = client.wait(run.id, 45)
    assert (ended.state, ended.output, ended.settled) == ("completed", "Done.", True)
    (draft,) = client.drafts(run.id)
    assert (draft.status, draft.summary) == ("pending", "A first draft.")
    assert draft.fields[0].after == "Hello"
    assert [found.id for found in client.runs(state=["completed"], agent="writer").runs] == [run.id]
    with pytest.raises(Refused) as refused:
        client.cancel(run.id)
    assert refused.value.code == "run_ended"
    with pytest.raises(Refused):
        client.run("00000000-0000-4000-8000-000000000000")
    batch = client.start_batch("writer", filter={"limit": 1})
    assert client.retry_batch(batch.id).id == client.cancel_batch(batch.id, runs=True).id == batch.id
    assert client.batch(batch.id).document["items"] == 1


async def test_the_client_that_waits(url: str) -> None:
    def work() -> None:
        with Client(url, "unused", http=httpx.Client(auth=AsAnn(), timeout=60)) as client:
            use(client)

    async with asyncio.timeout(60):
        await asyncio.to_thread(work)


async def test_the_client_to_be_awaited(url: str) -> None:
    async with (
        asyncio.timeout(60),
        AsyncClient(url, "unused", http=httpx.AsyncClient(auth=AsAnn(), timeout=60)) as client,
    ):
        run = await client.dispatch("writer", {"topic": "Bread"}, wait=45)
        assert (await client.wait(run.id, 45)).state == "completed"
        seen = [event.type async for event in client.follow(run.id)]
        assert seen[-1] == "run_finished"
        assert len(await client.drafts(run.id)) == 1
