"""A run that comes to a limit waits for a person, when its agent says so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.runs import grants
from sidecar.runs.job import Job
from sidecar.store import Store
from sidecar.tools.base import Outcome, ToolContext
from sidecar.worker.expiry import expire
from tests.support.engine import SITE, FunctionTool, calls, job, plays, ports, rests, run_id, says, until, worker


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


async def read(arguments: dict[str, Any], context: ToolContext) -> Outcome:
    return Outcome("ok", "tea")


TOOL = FunctionTool("read", read, read_only=True)
ANSWERS = calls("read", text="So far: tea."), calls("read"), calls("read"), says("done")


async def asked(store: Store) -> dict[str, Any]:
    """The newest question."""
    events = await store.reading.events(SITE, run_id(), 0, 1_000)
    return [each["data"] for each in events if each["type"] == "approval_requested"][-1]


async def decided(store: Store, decision: str) -> Any:
    """Waits for the run's question, answers it, and waits until the run rests again."""
    question = await asked(store)
    assert await store.commands.give(SITE, run_id(), "decide", {"id": question["id"], "decision": decision}, by="ann")

    async def further() -> Any:
        view = await store.reading.run(SITE, run_id())
        assert view is not None
        return view if view.state.final or (view.state == "waiting" and await asked(store) != question) else None

    return await until(further)


async def test_each_yes_grants_the_limit_once_more(store: Store) -> None:
    async with worker(store, ports(plays(*ANSWERS), TOOL)):
        await store.accepting.accept(Job.of(job(limits={"steps": 1, "on_limit": "ask"})))
        view = await rests(store)
        assert (view.state, view.waiting_for, view.reason) == ("waiting", "approval", "limit:steps")
        question = await asked(store)
        assert (question["kind"], question["limit"], question["used"], question["most"], question["more"]) == (
            "top_up", "steps", 1, 1, 1,
        )  # fmt: skip
        assert question["choices"] == ["approve", "reject"]
        assert question["question"] == "The run has used 1 of 1 model requests. May it have 1 more?"
        assert (await decided(store, "approve")).state == "waiting"
        assert (await asked(store))["most"] == 2
        assert (await decided(store, "approve")).state == "waiting"
        view = await decided(store, "approve")
    assert (view.state, view.output, view.usage["steps"]) == ("completed", "done", 4)


async def test_a_no_ends_the_run_with_what_it_has(store: Store) -> None:
    async with worker(store, ports(plays(*ANSWERS), TOOL)):
        await store.accepting.accept(Job.of(job(limits={"tool_calls": 1, "on_limit": "ask"})))
        await rests(store)
        assert (await asked(store))["question"] == "The run may make 1 tool calls and wants 2. May it have 1 more?"
        view = await decided(store, "reject")
    assert (view.state, view.reason, view.output) == ("failed", "limit:tool_calls", {"partial": "So far: tea."})
    assert "said no" in (view.message or "")


async def test_what_was_granted_survives_the_loss_of_redis(store: Store) -> None:
    given = job(limits={"steps": 2, "on_limit": "ask"}, attempt=2, last_seq=9)
    yes = {"id": grants.question_id(Job.of(given), "steps", 0), "decision": "approve"}
    async with worker(store, ports(plays(*ANSWERS), TOOL)):
        await store.accepting.accept(Job.of(given | {"answers": [yes]}))
        view = await rests(store)
    assert (view.state, view.usage["steps"]) == ("completed", 4)


async def test_a_question_that_comes_back_from_drupal_can_be_answered_and_expires(store: Store) -> None:
    """Redis was lost while the run waited."""
    given = job(limits={"steps": 1, "on_limit": "ask"}, attempt=2, last_seq=9)
    question = {"id": grants.question_id(Job.of(given), "steps", 0), "expires": "2020-01-01T00:00:00Z"}
    await store.accepting.accept(Job.of(given | {"waiting": {"for": "approval", "data": question}, "checkpoints": []}))
    assert await store.holding.take(SITE, "w", 1_000, {}) is None
    data = {"id": question["id"], "decision": "approve"}
    assert await store.commands.give(SITE, run_id(), "decide", data)
    assert await store.holding.take(SITE, "w", 1_000, {}) is not None
    await store.accepting.accept(Job.of(given | {"run": run_id(2), "waiting": {"for": "approval", "data": question}}))

    async def expired() -> bool:
        await store.holding.reap(SITE)
        await expire(store.holding, SITE)
        view = await store.reading.run(SITE, run_id(2))
        return view is not None and view.state == "expired"

    await until(expired)


async def test_an_answer_whose_command_was_cut_off_is_taken_when_it_comes_again(store: Store) -> None:
    async with worker(store, ports(plays(*ANSWERS), TOOL)):
        await store.accepting.accept(Job.of(job(limits={"steps": 2, "on_limit": "ask"})))
        await rests(store)
        question = await asked(store)
        kept = json.dumps({"id": question["id"], "decision": "approve", "by": "ann"})
        await store.connection.client.hset(store.connection.keys(SITE).answers(run_id()), question["id"], kept)  # pyright: ignore[reportGeneralTypeIssues]
        view = await decided(store, "reject")
    assert view.state == "completed", "the first answer counts"


async def test_without_the_agents_word_a_limit_is_the_end(store: Store) -> None:
    async with worker(store, ports(plays(*ANSWERS), TOOL)):
        await store.accepting.accept(Job.of(job(limits={"steps": 1})))
        assert (await rests(store)).state == "failed"


def test_money_is_asked_for_in_dollars() -> None:
    said = grants.question("cost_micros", 1_500_000, 2_000_000, 2_000_000)
    assert said.startswith("The run has spent 1.50 dollars of 2.00 dollars;")
    assert said.endswith("May it spend 2.00 dollars more?")
