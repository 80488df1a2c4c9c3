"""Leases: a dead worker's runs go on elsewhere, and no run is taken from one that lives."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models.function import FunctionModel
from redis.asyncio import Redis

from sidecar.embedded import EmbeddedRedis
from sidecar.runs.job import Claim, Job
from sidecar.store import Store
from sidecar.store.holding import GRACE_MS, SILENCE_MS
from tests.support.engine import SITE, job, kinds, ports, rests, run_id, says, until, worker
from tests.support.workers import spawn_worker

RUNS = range(1, 13)
START_SECONDS = 180.0


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


async def claim(store: Store, lease_ms: int = 10_000) -> Claim:
    found = await store.holding.take(SITE, "w", lease_ms, {})
    assert found is not None
    return found


async def since_reap(store: Store, milliseconds: int) -> None:
    """As if the last reap was so long ago, and a grace that it began too."""
    for field in ("reaped", "grace_until"):
        if await store.connection.client.hexists(store.connection.keys(SITE).state, field):  # pyright: ignore[reportGeneralTypeIssues]
            await store.connection.client.hincrby(store.connection.keys(SITE).state, field, -milliseconds)  # pyright: ignore[reportGeneralTypeIssues]


async def lease_over(store: Store, *runs: int, score: int = 1) -> None:
    await store.connection.client.zadd(store.connection.keys(SITE).leases, {run_id(number): score for number in runs})


async def test_after_a_silence_of_the_reaper_only_freed_runs_are_taken(store: Store) -> None:
    """For as long as the living need to beat; whoever does not is taken then."""
    for number in (1, 2):
        await store.accepting.accept(Job.of(job(number)))
        await claim(store)
    await store.holding.reap(SITE)
    await since_reap(store, SILENCE_MS + 500)
    await lease_over(store, 1)
    await lease_over(store, 2, score=0)
    assert await store.holding.reap(SITE) == 1
    assert (await claim(store)).run == run_id(2)
    assert await store.holding.reap(SITE) == 0, "the grace is not over"
    await since_reap(store, GRACE_MS + 10)
    assert await store.holding.reap(SITE) == 1


async def test_between_reaps_in_time_there_is_no_grace(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    await claim(store)
    await store.holding.reap(SITE)
    await since_reap(store, SILENCE_MS - 1_000)
    await lease_over(store, 1)
    assert await store.holding.reap(SITE) == 1


async def test_a_redis_that_stands_still_takes_no_run_from_a_living_worker(tmp_path: Path) -> None:
    """For longer than the leases: two workers have six runs each, and keep them."""
    with EmbeddedRedis(tmp_path, fsync="no") as server:
        async with Redis.from_url(server.url) as redis:
            store = Store(redis)
            go = asyncio.Event()

            async def answer(messages: list[Any], info: Any) -> ModelResponse:
                await go.wait()
                return says("done")

            model = FunctionModel(answer)
            first = worker(store, ports(model), slot="a", lease=2.0, beat=0.2, capacity=6)
            async with first, worker(store, ports(model), slot="b", lease=2.0, beat=0.2, capacity=6):
                for number in RUNS:
                    await store.accepting.accept(Job.of(job(number)))
                await until(lambda: _all(store, "model_requested"))
                await _stand_still(server, 6.0)
                await until(lambda: _beaten(store))
                go.set()
                for number in RUNS:
                    assert (await rests(store, number)).state == "completed"
                assert [(await kinds(store, number)).count("run_started") for number in RUNS] == [1] * len(RUNS)


async def _stand_still(server: EmbeddedRedis, seconds: float) -> None:
    """Stops the server's process for a while."""
    assert server.pid is not None
    stopped = time.monotonic()
    os.kill(server.pid, signal.SIGSTOP)
    try:
        await until(lambda: _passed(stopped + seconds))
    finally:
        os.kill(server.pid, signal.SIGCONT)


async def _passed(moment: float) -> bool:
    return time.monotonic() >= moment


async def _beaten(store: Store) -> bool:
    """Whether all leases hold again, and the grace is over."""
    seconds, micros = await store.connection.client.time()
    now = seconds * 1000 + micros // 1000
    scores = [
        score
        for _, score in await store.connection.client.zrange(store.connection.keys(SITE).leases, 0, -1, withscores=True)
    ]
    until_ms = await store.connection.client.hget(store.connection.keys(SITE).state, "grace_until")  # pyright: ignore[reportGeneralTypeIssues]
    return until_ms is not None and float(until_ms) < now and all(score > now for score in scores)


async def _all(store: Store, kind: str, times: int = 1) -> bool:
    return all([(await kinds(store, number)).count(kind) >= times for number in RUNS])


@pytest.fixture
def workers(redis_url: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two workers as processes; killed at the end."""
    (tmp_path / "slow.json").write_text('{"steps": [{"text": "Late.", "delay_ms": 9000}]}')
    made = [spawn_worker(redis_url, tmp_path, f"lease-{os.getpid()}-{number}") for number in range(2)]
    yield made
    for process in made:
        process.kill()
        process.wait(60)


@pytest.mark.parametrize("ending", [signal.SIGSTOP, signal.SIGKILL])
async def test_runs_of_a_worker_that_is_silent_go_on_elsewhere(
    store: Store, workers: list[subprocess.Popen[bytes]], ending: signal.Signals
) -> None:
    """Killed, or stopped for longer than its lease and woken again: each run has one end, and its events are whole."""
    for number in RUNS:
        await store.accepting.accept(Job.of(job(number, binding={"model": "scripted:slow"})))
    await until(lambda: _all(store, "model_requested"), START_SECONDS)
    silent = next(owner for owner in await _owners(store) if owner)
    process = workers[int(silent.rsplit("-", 1)[1].split(".")[0])]
    process.send_signal(ending)
    theirs = [number for number, owner in zip(RUNS, await _owners(store), strict=True) if owner == silent]
    assert theirs, "it had work to lose"
    await until(lambda: _started_again(store, theirs), START_SECONDS)
    if ending == signal.SIGSTOP:
        process.send_signal(signal.SIGCONT)
    for number in RUNS:
        assert (await rests(store, number, START_SECONDS)).state == "completed"
        assert (await kinds(store, number)).count("run_finished") == 1


async def _owners(store: Store) -> list[str | None]:
    """Who drives each run, if anybody does."""
    views = [await store.reading.run(SITE, run_id(number)) for number in RUNS]
    return [view.owner if view is not None else None for view in views]


async def _started_again(store: Store, numbers: list[int]) -> bool:
    return all([(await kinds(store, number)).count("run_started") > 1 for number in numbers])
