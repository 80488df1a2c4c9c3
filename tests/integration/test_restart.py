"""Workers that are killed and started again at once: their runs are theirs before the engine is there, and go on when it is."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sidecar.engine.engine import Engine
from sidecar.runs.job import Claim, Job
from sidecar.store import Store
from sidecar.worker.runner import Runner, WorkerLimits
from tests.support.engine import SITE, job, kinds, plays, ports, rests, run_id, says, until
from tests.support.workers import spawn_worker

SLOT = "host.1"
LEASE = 60.0
WORKERS = 3
START_SECONDS = 180.0


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    async with Redis.from_url(redis_url) as redis:
        yield Store(redis)


class Starting:
    """A worker whose engine is not imported yet; `go` ends that. `held`: how many runs it has claimed."""

    def __init__(self, store: Store) -> None:
        self.go = asyncio.Event()
        self.asked: list[int] = []
        given = ports(plays(says("done"), asked=self.asked))

        async def engine(draining: Callable[[], bool]) -> Engine:
            await self.go.wait()
            return Engine(store.holding, given, lease_ms=int(LEASE * 1000), draining=draining)

        self.runner = Runner(
            store.holding, store.bells, [(SITE, 1)], WorkerLimits(beat=0.05, drain=2.0), engine, slot=SLOT
        )

    @property
    def held(self) -> int:
        return self.runner.held


@asynccontextmanager
async def starting(store: Store) -> AsyncIterator[Starting]:
    made = Starting(store)
    await made.runner.start()
    driving = asyncio.create_task(made.runner.load_engine())
    try:
        yield made
    finally:
        made.go.set()
        await made.runner.drain()
        await driving


async def left_behind(store: Store, number: int = 1) -> Claim:
    """A run that a worker of this slot had claimed when it was killed."""
    await store.accepting.accept(Job.of(job(number)))
    claim = await store.holding.take(SITE, SLOT, int(LEASE * 1000), {})
    assert claim is not None
    return claim


async def test_what_the_slot_had_is_claimed_and_kept_before_there_is_an_engine(store: Store) -> None:
    """And nothing else is taken: other workers drive at once what this one could not."""
    before = await left_behind(store)
    await store.accepting.accept(Job.of(job(2)))
    async with starting(store) as worker:
        view = await store.reading.run(SITE, run_id())
        assert view is not None
        assert (view.state, view.owner, worker.held) == ("running", SLOT, 1)
        assert await store.holding.attempt(before) is None, "the old claim's fence is stale"
        leases = store.connection.keys(SITE).leases
        claimed_until = await store.connection.client.zscore(leases, run_id())
        await until(lambda: _later(store, claimed_until))
        assert (worker.held, worker.asked) == (1, [])
        worker.go.set()
        for number in (1, 2):
            assert (await rests(store, number)).state == "completed"
    assert len(worker.asked) == 2


async def _later(store: Store, than: float) -> bool:
    """Whether the lease was renewed."""
    return (await store.connection.client.zscore(store.connection.keys(SITE).leases, run_id()) or 0) > than


async def test_a_worker_that_left_nothing_takes_nothing_before_there_is_an_engine(store: Store) -> None:
    await store.accepting.accept(Job.of(job()))
    async with starting(store) as worker:
        assert await worker.runner.take() == 0
        worker.go.set()
        assert (await rests(store)).state == "completed"


async def test_a_cancel_that_comes_before_the_engine_is_obeyed(store: Store) -> None:
    await left_behind(store)
    async with starting(store) as worker:
        assert await store.commands.give(SITE, run_id(), "cancel", by="ann")
        worker.go.set()
        assert (await rests(store)).state == "cancelled"
    assert worker.asked == []


async def test_a_worker_that_is_ended_before_the_engine_is_there_hands_over(store: Store) -> None:
    await left_behind(store)
    async with starting(store) as worker:
        worker.runner.draining = True
    view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (view.state, worker.asked) == ("queued", [])
    assert (await kinds(store))[-1] == "run_queued"


async def test_an_engine_that_cannot_be_imported_ends_the_worker(store: Store) -> None:
    """With its error; the run waits for its lease, then for another worker."""

    async def broken(draining: Callable[[], bool]) -> Engine:
        raise ImportError("no engine")

    await left_behind(store)
    runner = Runner(store.holding, store.bells, [(SITE, 1)], WorkerLimits(drain=2.0), broken, slot=SLOT)
    await runner.start()
    with pytest.raises(ImportError):
        await runner.load_engine()
    await runner.drain()
    view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (runner.held, view.state) == (0, "running")


@pytest.fixture
def spawn(redis_url: str, tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[bytes]]]:
    """Starts `sidecar worker` in a slot; all are killed at the end."""
    (tmp_path / "held.json").write_text('{"steps": [{"text": "Late.", "delay_ms": 600000}]}')
    started: list[subprocess.Popen[bytes]] = []

    def start(number: int) -> subprocess.Popen[bytes]:
        started.append(spawn_worker(redis_url, tmp_path, f"restart-{os.getpid()}-{number}", lease=LEASE))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(60)


async def test_all_workers_killed_at_once_have_their_runs_back_before_a_lease_could_run_out(
    store: Store, spawn: Callable[[int], subprocess.Popen[bytes]]
) -> None:
    """Each in its slot. All of them importing everything first took longer than the leases on a busy machine."""
    numbers = range(1, 2 * WORKERS + 1)
    processes = [spawn(number) for number in range(WORKERS)]
    for number in numbers:
        await store.accepting.accept(Job.of(job(number, binding={"model": "scripted:held"})))
    await until(lambda: _all(store, numbers, "model_requested", 1), START_SECONDS)
    for process in processes:
        process.kill()
    for process in processes:
        process.wait(60)
    for number in range(WORKERS):
        spawn(number)
    await until(lambda: _all(store, numbers, "run_started", 2), LEASE)
    await until(lambda: _all(store, numbers, "model_requested", 2), START_SECONDS)


async def _all(store: Store, numbers: range, kind: str, times: int) -> bool:
    return all([(await kinds(store, number)).count(kind) >= times for number in numbers])
