"""Failures that come again, in runs on a real Redis: told, waited for, or the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.errors import DrupalUnavailable
from sidecar.runs.job import Job
from sidecar.runs.run import RunView
from sidecar.store import Store
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import (
    SITE,
    Drupal,
    FunctionTool,
    calls,
    job,
    plays,
    ports,
    rests,
    run_id,
    says,
    until,
    worker,
)

CHART = Outcome(
    "error", {"error": "The chart id is missing."}, reason="site_error", message="The chart id is missing.", about="a"
)
LOCKED = Outcome("error", {"error": "Ann edits it."}, reason="locked", message="Ann edits it.", about="a")
FAILED = Outcome("retry", reason="drupal:failed", message="The answer was 500 and no JSON.")
SAVED = Outcome("ok", {"saved": True}, change={"operation": "revise", "entity_type": "node", "bundle": "article"})


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


def writes(*outcomes: Outcome) -> FunctionTool:
    """A tool that saves drafts, and whose calls come to these; the last one again and again."""
    left = list(outcomes)

    async def write(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        return left.pop(0) if len(left) > 1 else left[0]

    return FunctionTool("write", write, drupal_write=True)


async def again(store: Store) -> RunView:
    """The run's next rest, after it was waited for."""
    await store.connection.client.zadd(store.connection.keys(SITE).parked, {run_id(): 0})

    async def moved() -> RunView | None:
        parked = await store.connection.client.zscore(store.connection.keys(SITE).parked, run_id())  # pyright: ignore[reportGeneralTypeIssues]
        view = await store.reading.run(SITE, run_id())
        return view if view and (view.state.final or ((parked or 0) > 0 and view.state == "waiting")) else None

    return await until(moved)


async def test_what_the_sites_code_says_is_told_to_the_model_and_mended(store: Store) -> None:
    """No wait, no retry: the model calls again with what was missing."""
    asked: list[int] = []
    model = plays(calls("write", x=1), calls("write", x=2), says("done"), asked=asked)
    async with worker(store, ports(model, writes(CHART, SAVED))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason, asked) == ("completed", "done", [0, 1, 2])


async def test_the_third_equal_failure_of_the_sites_code_ends_the_run(store: Store) -> None:
    """Whatever values the model tries; the message is the site's."""
    model = plays(*(calls("write", x=number) for number in range(5)), says("done"))
    async with worker(store, ports(model, writes(CHART))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.reason, view.usage["steps"]) == ("failed", "site_error", 3)
    assert "The chart id is missing." in (view.message or "")


async def test_a_locked_item_is_told_once_and_then_waited_for(store: Store) -> None:
    """Ten minutes, eight times; then the run has failed."""
    async with worker(store, ports(plays(calls("write", x=1), calls("write", x=2), says("done")), writes(LOCKED))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
        assert (view.state, view.waiting_for, view.reason) == ("waiting", "retry", "locked")
        told = [e["data"] for e in await store.reading.events(SITE, run_id()) if e["type"] == "tool_finished"]
        assert [data["status"] for data in told] == ["error", "retry"]
        for _ in range(7):
            view = await again(store)
            assert (view.state, view.reason) == ("waiting", "locked")
        view = await again(store)
    assert (view.state, view.reason) == ("failed", "locked")


async def test_a_lock_that_is_released_lets_the_run_go_on(store: Store) -> None:
    """With the call that waited: the model is not asked anew for it."""
    asked: list[int] = []
    model = plays(calls("write", x=1), calls("write", x=2), says("done"), asked=asked)
    async with worker(store, ports(model, writes(LOCKED, LOCKED, SAVED))):
        await store.accepting.accept(Job.of(job()))
        assert (await rests(store)).reason == "locked"
        view = await again(store)
    assert (view.state, view.reason, asked) == ("completed", "done", [0, 1, 2])


async def test_a_site_that_answers_and_fails_at_one_request_ends_the_run(store: Store) -> None:
    """The same server error three times; the run does not wait for days."""
    async with worker(store, ports(plays(calls("write", x=1), says("done")), writes(FAILED))):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
        assert (view.state, view.waiting_for, view.reason) == ("waiting", "retry", "drupal:failed")
        assert (await again(store)).reason == "drupal:failed"
        view = await again(store)
    assert (view.state, view.reason) == ("failed", "site_error")


async def test_a_site_that_does_not_answer_is_waited_for(store: Store) -> None:
    """However often: its server errors are no answers."""
    drupal = Drupal(away=True)
    async with worker(store, ports(plays(calls("write", x=1), says("done")), writes(FAILED), drupal=drupal)):
        await store.accepting.accept(Job.of(job()))
        assert (await rests(store)).waiting_for == "drupal"
        for _ in range(4):
            view = await again(store)
            assert (view.state, view.waiting_for, view.reason) == ("waiting", "drupal", "drupal:unavailable")
        drupal.away = False
        assert (await again(store)).waiting_for == "retry", "what failed while the site was away does not count"


@pytest.mark.parametrize(("away", "waits_for"), [(False, "retry"), (True, "drupal")])
async def test_a_checkpoint_that_the_site_fails_at_is_no_wait_for_drupal(
    store: Store, away: bool, waits_for: str
) -> None:
    """Before a call that cannot be repeated: a site that answers otherwise is asked again, but not for days."""

    class Failing(Drupal):
        async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
            raise DrupalUnavailable({"title": "Internal Server Error", "status": 500, "code": "internal"})

    async def send(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        raise AssertionError("It starts only after its checkpoint is stored.")

    async with worker(
        store, ports(plays(calls("send"), says("done")), FunctionTool("send", send), drupal=Failing(away=away))
    ):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, view.waiting_for) == ("waiting", waits_for)
