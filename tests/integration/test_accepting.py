"""What is stored of a job is what people and models wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from sidecar.resources import limits_of, open_store
from sidecar.runs.job import Job
from sidecar.settings import load
from sidecar.store import Store
from tests.support.engine import SITE, job, run_id


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


async def test_half_a_surrogate_in_a_record_an_answer_or_a_note_blocks_no_job(store: Store) -> None:
    """What models and people wrote is stored as it came, and is the same when the run is taken."""
    half = "half a pair: \ud83d"
    units = {"s0/model#0": {"n": 1, "v": {"parts": [half]}}, "s0/1/read@c": {"n": 1}}
    answers = [{"id": "asked", "decision": "again", "note": half}]
    given = job(
        checkpoints=[{"version": 1, "journal": "1", "generation": 1, "segment": 0, "units": units}], answers=answers
    )
    waiting = {"for": "approval", "data": {"id": "asked"}}
    assert (await store.accepting.accept(Job.of(given | {"waiting": waiting, "last_seq": 3}))).new
    held = await store.holding.take(SITE, "w", 10_000, {})
    assert held is not None
    assert held.units == units
    assert held.saved == {"s0/model#0"}, "what was only started is not saved"
    assert held.answers["asked"].get("note") == half
    told = await store.reading.events(SITE, run_id(), 3)
    assert [event["type"] for event in told][:2] == ["approval_given", "run_queued"]
    assert told[0]["data"]["note"] == half


async def test_a_redis_that_forgot_its_scripts_accepts_and_rings(store: Store) -> None:
    """As after a restart: the bell is rung once the run is there."""
    await store.connection.client.script_flush()
    assert (await store.accepting.accept(Job.of(job()))).new
    assert await store.bells.hear(60)
    assert await store.holding.take(SITE, "w", 10_000, {}) is not None


@pytest.mark.parametrize(("site", "most"), [({}, 30), ({"steps": 40}, 40), ({"steps": 0}, 0)])
async def test_the_limits_of_an_accepted_job_hold_as_they_are(redis_url: str, site: dict[str, int], most: int) -> None:
    """The default, where nobody says anything. A site's own `steps: 0` means no limit, and no default takes its place later."""
    about = {"base_url": "https://www.example.org", "secrets": [SecretStr("x" * 24)], "limits": site}
    settings = load({}, redis_url=redis_url, sites={SITE: about})
    async with open_store(settings) as store:
        await store.accepting.accept(limits_of(settings).hold(Job.of(job())))
        held = await store.holding.take(SITE, "w", 10_000, {})
        assert held is not None
        assert held.job.agent.limits.steps == most
        assert await store.holding.spent(held, "steps") == (0, most)


async def test_what_a_job_does_not_limit_stays_as_it_is_when_a_person_decides(store: Store) -> None:
    """A job of an older release is stored without the defaults that hold for its run: they stand beside it."""
    waiting = {"for": "approval", "data": {"id": "asked"}}
    await store.accepting.accept(Job.of(job(waiting=waiting, limits={"writes": 2})))
    await store.connection.client.hset(store.connection.keys(SITE).run(run_id()), "max_steps", "7")  # pyright: ignore[reportGeneralTypeIssues]
    assert await store.commands.give(SITE, run_id(), "decide", {"id": "asked", "decision": "approve"})
    held = await store.holding.take(SITE, "w", 10_000, {})
    assert held is not None
    assert await store.holding.spent(held, "steps") == (0, 7)
    assert await store.holding.spent(held, "writes") == (0, 2)
