"""A run journaled by a release is continued by the next one, or ended with a clear reason: golden journals are replayed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.runs import retry_steps
from sidecar.runs.job import Job
from sidecar.runs.journal import VERSION
from sidecar.runs.run import RunView
from sidecar.store import Store
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import SITE, FunctionTool, calls, job, kinds, plays, ports, rests, run_id, says, worker
from tests.support.golden_journal import CROOKED, FIRST, FOLDER, SCHEMA, SECOND

GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
CROOKED_GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("crooked/*.json"))}
STEPS = len(CROOKED)


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
        store = Store(redis)
        async with worker(store, ports(plays(FIRST, SECOND, says("done"), asked=asked), *tools)):
            checkpoint = {"version": 1, "generation": 1, "units": golden["units"]}
            await store.accepting.accept(Job.of(job(attempt=2, last_seq=20, checkpoints=[checkpoint])))
            view = await rests(store)
        events = await store.reading.events(SITE, run_id(), 0, 1_000)
    assert events[0]["seq"] == 21
    if golden["journal"] != VERSION:
        assert (view.state, view.reason) == ("failed", "journal:version")
        return
    assert (view.state, view.output) == ("completed", "done")
    assert asked == [2], "answers in the journal are not asked for again"
    assert effects == [(2, "call_0")], "only the call that had not finished is made"


class Continued:
    """A run that goes on from a journal of `CROOKED`: what the model was asked, and which calls were made."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[int] = []
        self.made: list[str] = []

    async def run(self, units: dict[str, Any], **given: Any) -> RunView:
        """Drives it to its end."""

        async def act(arguments: dict[str, Any], context: ToolContext) -> Outcome:
            self.made.append(f"{context.step}@{context.call_id}")
            return Outcome("ok", "read")

        async def save(arguments: dict[str, Any], context: ToolContext) -> Outcome:
            return replace(await act(arguments, context), change={"operation": "create", "revision": 1})

        tools = FunctionTool("read", act, read_only=True), FunctionTool("write", save, drupal_write=True)
        for tool in tools:
            tool.spec = replace(tool.spec, parameters={"type": "object"})
        model = plays(*CROOKED, calls("finish", words=3), asked=self.asked)
        checkpoint = {"version": 1, "journal": VERSION, "units": units}
        async with worker(self._store, ports(model, *tools)):
            await self._store.accepting.accept(
                Job.of(
                    job(
                        attempt=2,
                        last_seq=60,
                        checkpoints=[checkpoint],
                        output_schema=SCHEMA,
                        limits={"steps": 20},
                        **given,
                    )
                )
            )
            return await rests(self._store)


MADE = ["1@c0", "1@c1", "5@c0", "5@c2", "6@c0", "6@c1"]


@pytest.mark.parametrize("golden", CROOKED_GOLDEN.values(), ids=CROOKED_GOLDEN)
async def test_a_journal_cut_off_anywhere_is_continued_there(redis_url: str, golden: dict[str, Any]) -> None:
    """Behind answers of every kind that does not end a run: unknown tools, unreadable calls, thoughts, text, a final answer that does not
    fit with calls beside it. Nothing that is in the journal is asked for or done again."""
    records = list(golden["units"].items())
    for length in range(len(records) + 1):
        kept = dict(records[:length])
        answered = sum("/model#" in unit for unit in kept)
        done = {f"{unit[3]}@{unit[-2:]}" for unit, record in kept.items() if "@" in unit and "v" in record}
        async with Redis.from_url(redis_url) as redis:
            await redis.flushall()
            run = Continued(Store(redis))
            view = await run.run(kept)
        assert (view.state, view.output) == ("completed", {"words": 3}), (length, view.message)
        assert run.asked == list(range(answered, STEPS + 1))
        assert sorted(run.made) == [call for call in MADE if call not in done]


@pytest.mark.parametrize("golden", CROOKED_GOLDEN.values(), ids=CROOKED_GOLDEN)
@pytest.mark.parametrize("step", range(2, STEPS + 1))
async def test_a_journal_is_continued_from_a_step_in_the_middle(
    redis_url: str, golden: dict[str, Any], step: int
) -> None:
    """As a person asks for it, with a new generation."""
    async with Redis.from_url(redis_url) as redis:
        run = Continued(Store(redis))
        view = await run.run(retry_steps.kept(golden["units"], step), generation=2, from_step=step)
    assert (view.state, view.output, view.generation) == ("completed", {"words": 3}, 2)
    assert run.asked == list(range(step - 1, STEPS + 1))
    assert sorted(run.made) == [call for call in MADE if int(call[0]) >= step]


async def test_events_of_a_new_run_are_numbered_from_one(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis)
        async with worker(store, ports(plays(says("done")))):
            await store.accepting.accept(Job.of(job()))
            await rests(store)
        assert (await kinds(store))[0] == "run_queued"
