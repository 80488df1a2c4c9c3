"""Money and time: a day's budgets of sites and agents, models without a price, and what counts as wall time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar.engine.retry import TOOL_TRIES
from sidecar.intake.limits import SidecarLimits
from sidecar.runs.job import Claim, Job
from sidecar.runs.recording import Reserve, UnitFinish, UnitStart
from sidecar.runs.run import RunState
from sidecar.runs.settlement import Settlement
from sidecar.store import Budget, Store
from sidecar.tools.base import Outcome, ToolContext
from tests.support.clock import day_with_room
from tests.support.engine import SITE, FunctionTool, calls, job, plays, ports, rests, run_id, says, until, worker


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Any]:
    async with Redis.from_url(redis_url) as redis:
        yield redis


async def claim(store: Store) -> Claim:
    found = await store.holding.take(SITE, "w", 10_000, {})
    assert found is not None
    return found


async def start(store: Store, held: Claim, number: int = 0, *, cost: int = 0, tokens: int = 0) -> str:
    unit = UnitStart(
        unit=f"s0/model#{number}", record='{"n": 1}', kind="model", lease_ms=10_000, reserve=Reserve(cost, tokens),
        max_unsent_events=2_000, max_unsent_bytes=8_000_000,
    )  # fmt: skip
    return await store.holding.start(held, unit)


@pytest.fixture(autouse=True)
def today() -> str:
    """Sums are of a day: no test begins at the end of one."""
    return day_with_room()


def spent(cost: int = 0, tokens: int = 0, day: str | None = None) -> dict[str, Any]:
    """What Drupal tells; all of it is the agent's."""
    amounts = {"cost_micros": cost, "tokens": tokens}
    return {"day": day or day_with_room(), **amounts, "agents": {"writer": amounts} if cost + tokens else {}}


async def finish(store: Store, held: Claim, number: int = 0, *, cost: int = 0, tokens: int = 0, **spent: int) -> None:
    unit = UnitFinish(
        unit=f"s0/model#{number}",
        record='{"n": 1, "v": 1}',
        lease_ms=10_000,
        reserve=Reserve(cost, tokens),
        counters=spent,
    )
    assert await store.holding.finish(held, unit) == "ok"


@pytest.mark.parametrize(
    ("budget", "limits", "spends", "answer"),
    [
        (Budget(cost_micros=100), {}, {"cost": 60}, "limit:budget_site"),
        (Budget(tokens=100), {}, {"tokens": 60}, "limit:budget_site"),
        (Budget(), {"cost_micros_per_day": 100}, {"cost": 60}, "limit:budget_agent"),
        (Budget(), {"tokens_per_day": 100}, {"tokens": 60}, "limit:budget_agent"),
    ],
)
async def test_runs_of_a_day_share_a_budget_and_reserve_from_it(
    redis: Any, budget: Budget, limits: dict[str, int], spends: dict[str, int], answer: str
) -> None:
    store = Store(redis, budgets={SITE: budget})
    assert await store.commands.told_spent(SITE, spent())
    for number in (1, 2):
        await store.accepting.accept(Job.of(job(number, limits=limits)))
    first, second = await claim(store), await claim(store)
    assert await start(store, first, **spends) == "ok"
    assert await start(store, second, **spends) == answer, "what the first has reserved is not there any more"
    await finish(store, first, **spends, cost_micros=10, input_tokens=4, output_tokens=6)
    assert await start(store, second, **spends) == "ok"
    await finish(store, second, **spends, cost_micros=60, input_tokens=60)
    assert await start(store, first, 1, **spends) == answer, "what both have spent counts together"


async def test_a_budget_begins_anew_with_the_day(redis: Any) -> None:
    store = Store(redis, budgets={SITE: Budget(cost_micros=100)})
    assert await store.commands.told_spent(SITE, spent())
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    assert await start(store, held, cost=90) == "ok"
    await finish(store, held, cost=90, cost_micros=90)
    assert await start(store, held, 1, cost=20) == "limit:budget_site"
    await redis.hset(store.connection.keys(SITE).state, "day", 1)
    assert await start(store, held, 1, cost=20) == "ok"


async def test_the_agents_budget_of_the_settings_holds_where_it_has_none(redis: Any) -> None:
    store = Store(redis)
    assert await store.commands.told_spent(SITE, spent())
    await store.accepting.accept(SidecarLimits(defaults={"tokens_per_day": 10}).hold(Job.of(job())))
    assert await start(store, await claim(store), tokens=11) == "limit:budget_agent"


@pytest.mark.parametrize(
    ("budget", "limits", "refused"),
    [
        (Budget(cost_micros=100), {}, "limit:budget_site"),
        (Budget(), {"tokens_per_day": 1_000}, "limit:budget_agent"),
    ],
)
async def test_a_days_sum_survives_the_loss_of_redis(
    redis: Any, budget: Budget, limits: dict[str, int], refused: str
) -> None:
    """Nothing is spent before Drupal has said what was; then what it says holds, and counts once."""
    store = Store(redis, budgets={SITE: budget})
    await store.commands.told_spent(SITE, spent())
    await store.accepting.accept(Job.of(job(limits=limits)))
    held = await claim(store)
    assert await start(store, held, cost=60, tokens=600) == "ok"
    await finish(store, held, cost=60, tokens=600, cost_micros=60, input_tokens=600)
    await redis.flushall()
    await store.accepting.accept(Job.of(job(limits=limits, attempt=2)))
    held = await claim(store)
    assert await start(store, held, cost=60, tokens=600) == "wait:drupal", "the sum is not known"
    assert await store.commands.told_spent(SITE, spent(60, 600))
    assert await start(store, held, cost=60, tokens=600) == refused
    assert await start(store, held, cost=40, tokens=400) == "ok"
    await finish(store, held, cost=40, tokens=400, cost_micros=10, input_tokens=100)
    await store.commands.told_spent(SITE, spent(60, 600))
    assert await start(store, held, 1, cost=31, tokens=301) == refused, "Drupal is a moment behind: our own sum holds"
    await store.commands.told_spent(SITE, spent(70, 700))
    assert await start(store, held, 1, cost=30, tokens=300) == "ok", "what Drupal has heard by now is not added again"


async def test_the_sum_of_another_day_is_not_taken_for_todays(redis: Any) -> None:
    store = Store(redis, budgets={SITE: Budget(cost_micros=100)})
    await store.accepting.accept(Job.of(job()))
    held = await claim(store)
    assert not await store.commands.told_spent(SITE, spent(90, day="2026-01-31"))
    assert await start(store, held, cost=20) == "wait:drupal"
    assert await store.commands.told_spent(SITE, spent())
    assert await start(store, held, cost=20) == "ok"


async def test_a_run_without_a_budget_of_a_day_waits_for_nobody(redis: Any) -> None:
    store = Store(redis)
    await store.accepting.accept(Job.of(job()))
    assert await start(store, await claim(store), cost=20) == "ok"


@pytest.mark.parametrize(("limits", "state"), [({}, "failed"), ({"tokens": 10_000}, "completed")])
async def test_a_model_without_a_price_needs_a_limit_of_tokens(redis: Any, limits: dict[str, int], state: str) -> None:
    store, asked = Store(redis), list[int]()
    async with worker(store, ports(plays(says("done"), asked=asked), price=lambda name: None)):
        await store.accepting.accept(Job.of(job(limits={"cost_micros": 1_000_000} | limits)))
        view = await rests(store)
    assert view.state == state
    if state == "failed":
        assert (view.reason, asked) == ("limit:unpriced_model", [])
        assert 'prices."test:scripted"' in (view.message or "")


async def test_a_cost_beyond_the_limit_is_not_spent(redis: Any) -> None:
    store, asked = Store(redis), list[int]()
    async with worker(store, ports(plays(says("done"), asked=asked), price=lambda name: lambda given, made: made)):
        await store.accepting.accept(Job.of(job(limits={"cost_micros": 4_000})))
        view = await rests(store)
    assert (view.state, view.reason, asked) == ("failed", "limit:cost_micros", [])


async def test_a_tool_that_stays_away_ends_the_run_after_some_tries(redis: Any) -> None:
    store, tries = Store(redis), list[str]()

    async def away(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        tries.append(context.key)
        return Outcome("retry", reason="mcp:unavailable", message="The server is away.")

    async def due() -> Any:
        await redis.zadd(store.connection.keys(SITE).parked, {run_id(): 0}, xx=True)
        view = await store.reading.run(SITE, run_id())
        return view if view is not None and view.state.final else None

    async with worker(store, ports(plays(calls("read")), FunctionTool("read", away, read_only=True))):
        await store.accepting.accept(Job.of(job()))
        view = await until(due)
    assert (view.state, view.reason, len(tries)) == ("failed", "mcp:unavailable", TOOL_TRIES)
    assert view.message == f"The server is away. Tried {TOOL_TRIES} times in a row."


@pytest.mark.parametrize(("waiting_for", "counted"), [("drupal", False), ("approval", False), ("retry", True)])
async def test_only_waits_that_are_the_runs_own_count_as_its_time(redis: Any, waiting_for: str, counted: bool) -> None:
    """Ten minutes of waiting, of which a run with a limit of one knows nothing, unless it waited for its model."""
    store = Store(redis)
    await store.accepting.accept(Job.of(job(limits={"wall_seconds": 60})))
    held = await claim(store)
    await store.holding.settle(
        held, Settlement(state=RunState.WAITING, reason="x", waiting_for=waiting_for, delay=1_000)
    )
    run = store.connection.keys(SITE).run(run_id())
    for name in ("started_ms", "idle_ms"):
        if await redis.hexists(run, name):
            await redis.hincrby(run, name, -600_000)
    await redis.zadd(store.connection.keys(SITE).parked, {run_id(): 0})
    if waiting_for == "approval":
        assert await store.commands.give(SITE, run_id(), "resume")
    await store.holding.reap(SITE)
    assert await start(store, await claim(store)) == ("limit:wall_seconds" if counted else "ok")


async def test_a_runs_time_goes_on_after_a_loss_of_redis(redis: Any) -> None:
    """Drupal is told how long a run was driven, and gives it back with the job; the time it was away does not count."""
    store = Store(redis)
    await store.accepting.accept(Job.of(job(limits={"wall_seconds": 60})))
    await store.holding.settle(
        await claim(store), Settlement(state=RunState.WAITING, reason="x", waiting_for="drupal", delay=1_000)
    )
    run = store.connection.keys(SITE).run(run_id())
    await redis.hincrby(run, "started_ms", -50_500)
    [told] = (await store.outgoing.unsent(SITE)).items
    assert 50 <= told.usage["driven_seconds"] < 60
    await redis.flushall()
    await store.accepting.accept(
        Job.of(job(limits={"wall_seconds": 60}, attempt=2, last_seq=told.events[-1][0], usage=told.usage))
    )
    held = await claim(store)
    assert await start(store, held) == "ok"
    [again] = (await store.outgoing.unsent(SITE)).items
    assert told.usage["driven_seconds"] <= again.usage["driven_seconds"] < 60, "as long as before"
    await redis.hincrby(run, "started_ms", -10_500)
    assert await start(store, held, 1) == "limit:wall_seconds"


async def test_a_retry_has_all_its_time_again(redis: Any) -> None:
    store = Store(redis)
    await store.accepting.accept(Job.of(job(limits={"wall_seconds": 60})))
    held = await claim(store)
    await redis.hincrby(store.connection.keys(SITE).run(run_id()), "started_ms", -50_000)
    end = {"state": "failed", "reason": "model:refused"}
    await store.holding.settle(held, Settlement(state=RunState.FAILED, reason=end["reason"], end=end))
    await store.accepting.accept(
        Job.of(job(limits={"wall_seconds": 60}, generation=2, attempt=2, last_seq=9, usage={"driven_seconds": 0}))
    )
    await claim(store)
    [told] = (await store.outgoing.unsent(SITE)).items
    assert told.usage["driven_seconds"] < 40, "nothing of the time before"
