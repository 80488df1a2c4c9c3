"""What is stored of a job is what people and models wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

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
    assert (await store.accepting.accept(given | {"waiting": waiting, "last_seq": 3})).new
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
    assert (await store.accepting.accept(job())).new
    assert await store.bells.hear(1)
    assert await store.holding.take(SITE, "w", 10_000, {}) is not None
