"""Which run of an agent begins first, against a real Redis: higher priorities go before, nobody waits for ever, and nobody else is passed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.runs.job import Claim, Job
from sidecar.runs.run import RunState
from sidecar.runs.settlement import Settlement
from sidecar.store import Store
from tests.support.engine import SITE, job, run_id

MINUTE = 60_000_000


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


async def accept(store: Store, number: int, priority: int = 0, **more: Any) -> None:
    given = job(number, **more) | ({"priority": priority} if priority else {})
    await store.accepting.accept(Job.of(given))


async def take(store: Store, *, lease_ms: int = 10_000) -> Claim | None:
    return await store.holding.take(SITE, "w", lease_ms, {})


async def order(store: Store) -> list[str]:
    """The runs that wait, as they are taken."""
    taken: list[str] = []
    while held := await take(store):
        taken.append(held.run)
    return taken


def runs(*numbers: int) -> list[str]:
    return [run_id(number) for number in numbers]


async def lane(store: Store, agent: str = "writer") -> tuple[int, int]:
    """How many stand in the list of a lane, and how many among its ranks."""
    redis: Any = store.connection.client
    prefix = store.connection.keys(SITE).prefix
    return await redis.llen(f"{prefix}lane:{agent}"), await redis.zcard(f"{prefix}ranks:{agent}")


async def came_earlier(store: Store, number: int, minutes: int) -> None:
    """The run was queued so many minutes before it was."""
    redis: Any = store.connection.client
    keys = store.connection.keys(SITE)
    await redis.hincrby(keys.run(run_id(number)), "rank", -minutes * MINUTE)
    await redis.zincrby(f"{keys.prefix}ranks:writer", -minutes * MINUTE, run_id(number))


async def test_higher_ones_begin_first_and_equal_ones_as_they_came(store: Store) -> None:
    """Also past many: how long the lane is does not matter."""
    for number in range(1, 301):
        await accept(store, number)
    for number, priority in ((301, 1), (302, 10), (303, -10), (304, 10), (305, -1), (306, 0)):
        await accept(store, number, priority)
    assert await order(store) == runs(302, 304, 301, *range(1, 301), 306, 305, 303)
    assert await lane(store) == (0, 0)


async def test_a_point_is_a_minute_so_that_nobody_waits_for_ever(store: Store) -> None:
    """The lowest is passed by the highest that come within twenty minutes, and by none that comes later."""
    await accept(store, 1, -10)
    await came_earlier(store, 1, 21)
    await accept(store, 2)
    await came_earlier(store, 2, 9)
    await accept(store, 3, 10)
    await accept(store, 4)
    assert await order(store) == runs(1, 3, 2, 4)


async def test_the_priority_of_one_agents_runs_passes_no_other_agent(store: Store) -> None:
    """Lanes take turns as ever."""
    for number in range(1, 5):
        await accept(store, number, 10, agent="big")
    for number in range(5, 9):
        await accept(store, number, -10, agent="small")
    taken = [held.job.agent.id for _ in range(8) if (held := await take(store))]
    assert sorted(taken[:2]) == sorted(taken[2:4]) == sorted(taken[4:6]) == ["big", "small"]


async def test_a_run_that_is_queued_again_keeps_its_rank(store: Store) -> None:
    """Resumed it goes where it was; one that had begun and lost its worker goes before all that have not."""
    await accept(store, 1, -2)
    await accept(store, 2, -5)
    first = await take(store, lease_ms=0)
    assert first is not None
    assert await store.holding.settle(first, Settlement(state=RunState.PAUSED, reason="paused")) == "ok"
    second = await take(store, lease_ms=-1)
    assert second is not None
    await accept(store, 3)
    await accept(store, 4, -2)
    await accept(store, 5, 10)
    assert await store.commands.give(SITE, run_id(1), "resume")
    await store.holding.reap(SITE)
    assert await order(store) == runs(2, 5, 3, 1, 4)


async def test_a_next_generation_comes_as_a_new_run_does(store: Store) -> None:
    """Its rank begins anew; handed out twice, the run is there once."""
    await accept(store, 1, 10, generation=1)
    await accept(store, 1, 10, generation=2)
    await accept(store, 1, 10, generation=2, attempt=4)
    await accept(store, 2)
    assert await order(store) == runs(1, 2)


async def test_a_cancelled_run_leaves_nothing_in_its_lane(store: Store) -> None:
    await accept(store, 1, 5)
    end = {"state": "cancelled", "reason": "cancelled", "message": ""}
    settlement = Settlement(state=RunState.CANCELLED, reason="cancelled", end=end)
    assert await store.holding.settle_undriven(SITE, run_id(1), settlement) == "ok"
    assert await lane(store) == (0, 0)
    assert await order(store) == []


async def test_runs_of_an_older_release_are_taken_and_it_takes_ours(store: Store) -> None:
    """While processes of two releases run side by side: the older one knows the list alone. Those that it queued have no rank, and go first."""
    redis: Any = store.connection.client
    keys = store.connection.keys(SITE)
    for number in range(1, 7):
        await accept(store, number, 10 if number == 6 else 0)
    for number in (1, 2):  # as if the older one had queued them
        await redis.hdel(keys.run(run_id(number)), "rank")
        await redis.zrem(f"{keys.prefix}ranks:writer", run_id(number))
    held = [await take(store), await take(store), await take(store)]
    assert [one.run for one in held if one] == runs(1, 2, 6)
    # The older one takes the head of the list, and passes over what is queued no more.
    assert await redis.lpop(f"{keys.prefix}lane:writer") == run_id(3).encode()
    await redis.hset(keys.run(run_id(3)), "state", "running")
    assert await order(store) == runs(4, 5)
    assert await lane(store) == (0, 0)


async def test_a_long_list_of_runs_that_were_taken_keeps_nobody(store: Store) -> None:
    """They stand behind one of low priority, in the list that an older release knows; they are passed over a part at a time."""
    redis: Any = store.connection.client
    keys = store.connection.keys(SITE)
    await accept(store, 1, -10)
    await redis.rpush(f"{keys.prefix}lane:writer", *(f"gone-{number}" for number in range(2_500)))
    await accept(store, 2)
    assert await order(store) == runs(2, 1)
    await accept(store, 3)
    taken: list[str] = []
    for _ in range(4):
        taken += await order(store)
    assert taken == runs(3)
    assert await lane(store) == (0, 0)
