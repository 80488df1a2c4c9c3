"""A run journaled by a release is continued by the next one, or ended with a clear reason: golden journals are replayed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.runs.journal import VERSION
from sidecar.runs.store import Store
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import SITE, FunctionTool, job, kinds, plays, ports, rests, run_id, says, worker
from tests.support.golden_journal import FIRST, FOLDER, SECOND

GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def test_this_release_has_its_golden_journal() -> None:
    assert any(golden["journal"] == VERSION for golden in GOLDEN.values()), "run tests.support.golden_journal"


@pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN)
async def test_a_journal_is_continued_or_ended_with_a_reason(redis_url: str, golden: dict[str, Any]) -> None:
    asked: list[int] = []
    effects: list[tuple[int, str]] = []

    async def act(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        effects.append((context.step, context.call_id))
        return Outcome("ok", "read")

    tools = FunctionTool("read", act, read_only=True), FunctionTool("write", act, drupal_write=True)
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis, defaults={"steps": 10})
        async with worker(store, ports(plays(FIRST, SECOND, says("done"), asked=asked), *tools)):
            checkpoint = {"version": 1, "generation": 1, "units": golden["units"]}
            await store.accept(job(attempt=2, last_seq=20, checkpoints=[checkpoint]))
            view = await rests(store)
        events = await store.events(SITE, run_id(), 0, 1_000)
    assert events[0]["seq"] == 21
    if golden["journal"] != VERSION:
        assert (view.state, view.reason) == ("failed", "journal:version")
        return
    assert (view.state, view.output) == ("completed", "done")
    assert asked == [2], "answers in the journal are not asked for again"
    assert effects == [(2, "call_0")], "only the call that had not finished is made"


async def test_events_of_a_new_run_are_numbered_from_one(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis, defaults={"steps": 10})
        async with worker(store, ports(plays(says("done")))):
            await store.accept(job())
            await rests(store)
        assert (await kinds(store))[0] == "run_queued"
