"""How far it is from the engine to the socket: who reads a stack meets six functions of ours, each for one thing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest
from pydantic_ai.messages import ModelResponse, ToolCallPart
from redis.asyncio import Redis

import sidecar
from sidecar.drupal.cache import ReadCache
from sidecar.drupal.client import DrupalSite
from sidecar.drupal.site_addresses import Addresses
from sidecar.runs.job import Job
from sidecar.settings import SiteSettings
from sidecar.store import Store
from sidecar.tools.drupal import CreateDraft, DescribeContent, ReviseDraft
from sidecar.tools.jsonapi import FindItems, ReadItem
from tests.support.agents import ACCOUNT, ARTICLE, RUN, SITE_SECRET, SITE_URL, agent
from tests.support.engine import job, plays, ports, rests, says, worker

OWN = str(Path(sidecar.__file__).parent)
MOST = 6
"""`Units.call`, `guarded`, `Tool.call`, `AgentClient`, `DrupalSite.request`, `_send`."""
PLACE = {"entity_type": "node", "bundle": "article"}
SAVED = PLACE | {"operation": "create", "entity": ARTICLE, "revision": 7, "langcode": "en", "change": 1}
ITEM = {"type": "node--article", "id": ARTICLE, "attributes": {"title": "Tea", "drupal_internal__vid": 7}}
ANSWERS = {
    "drafts": SAVED,
    "tools": {"status": "ok", "result": {}},
    f"article/{ARTICLE}": {"data": ITEM},
    "article": {"data": [ITEM]},
}


class Stack:
    """A site that answers, and notes by which functions of ours it was asked."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        site = DrupalSite(SiteSettings(base_url=SITE_URL, secrets=[SITE_SECRET]), http)  # pyright: ignore[reportArgumentType]
        self.client = site.as_agent(RUN, 1, ACCOUNT)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.frames = []
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename.startswith(OWN):
                self.frames.append(frame.f_code.co_qualname)
            frame = frame.f_back
        answer = next(answer for path, answer in ANSWERS.items() if request.url.path.endswith(path))
        return httpx.Response(200, content=json.dumps(answer), headers={"content-type": "application/json"})


TOOLS: list[tuple[Any, dict[str, Any]]] = [
    (lambda client, cache: DescribeContent(client, cache), {}),
    (lambda client, cache: ReadItem(agent(), client, Addresses()), PLACE | {"id": ARTICLE}),
    (lambda client, cache: FindItems(agent(), client, Addresses()), PLACE),
    (
        lambda client, cache: CreateDraft(agent(), client, cache),
        PLACE | {"fields": {"title": "Tea"}, "summary": "New."},
    ),
    (
        lambda client, cache: ReviseDraft(agent(), client, cache),
        PLACE | {"id": ARTICLE, "expected_revision": 7, "fields": {"title": "Tea"}, "summary": "Better."},
    ),
]


@pytest.mark.parametrize(("make", "arguments"), TOOLS, ids=["describe", "read", "find", "create", "revise"])
async def test_a_call_reaches_the_socket_in_six_steps(redis_url: str, make: Any, arguments: dict[str, Any]) -> None:
    stack = Stack()
    tool: Any = make(stack.client, ReadCache("default", ACCOUNT))
    name = tool.spec.name
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis)
        first = (
            []
            if name != "revise_draft"
            else [ModelResponse([ToolCallPart("read_item", PLACE | {"id": ARTICLE}, "c0")])]
        )
        model = plays(*first, ModelResponse([ToolCallPart(name, arguments, "c0")]), says("done"))
        async with worker(
            store, ports(model, ReadItem(agent(), stack.client), *([tool] if name != "read_item" else []))
        ):
            await store.accepting.accept(Job.of(job()))
            view = await rests(store)
    assert view.state == "completed", view.message
    call = stack.frames.index("Units.call")
    assert stack.frames[:call][0] == "DrupalSite._send"
    assert call + 1 <= MOST, stack.frames
