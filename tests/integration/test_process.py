"""The whole sidecar against the Drupal stand-in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sidecar.demo.standin import StandIn
from tests.support.process import TOKEN, sidecar

DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A script: one draft, then an answer."""
    turns = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]
    (tmp_path / "test.json").write_text(json.dumps({"steps": turns}))
    return tmp_path


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with one agent."""
    with StandIn() as site:
        site.add_agent("writer")
        yield site


async def test_a_pushed_job_ends_in_a_draft_and_is_reported(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    """Push -> hallway -> lane -> worker -> draft -> events and end in Drupal."""
    async with sidecar(redis_url, drupal, scripts_dir=scripts) as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = drupal.dispatch("writer", {"topic": "x"}, "cron")
        ended = await asyncio.to_thread(drupal.wait, run)
        assert ended["state"] == "completed", ended
        assert [draft["operation"] for draft in drupal.drafts(run)] == ["create"]
        seqs = [event["seq"] for event in drupal.events(run)]
        assert seqs == list(range(1, len(seqs) + 1))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as client:
            page = await client.get(f"/runs/{run}", headers={"Authorization": f"Bearer {TOKEN}"})
            assert page.status_code == 200
            assert "writer" in page.text
