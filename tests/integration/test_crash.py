"""P1 and P2 under kill -9: wherever a worker dies, another one goes on, and nothing that was finished is done again."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sidecar.runs.job import Job
from sidecar.store import Store
from tests.support.engine import SITE, job, kinds, run_id

POINTS = ["before_model", "in_model", "after_model", "in_tool", "after_tool", "before_end"]


def work(url: str, folder: Path, point: str) -> int:
    command = [sys.executable, "-W", "error", "-m", "tests.support.doomed_worker", url, str(folder), point]
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(command, cwd=root, timeout=180, check=False).returncode


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_workers_run_is_finished_by_another(redis_url: str, tmp_path: Path, point: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis)
        await store.accepting.accept(Job.of(job()))
        assert work(redis_url, tmp_path, point) == -signal.SIGKILL
        held = await store.reading.run(SITE, run_id())
        assert held is not None
        assert held.state == "running", "the dead worker still holds it"
        await redis.zadd(store.connection.keys(SITE).leases, {run_id(): 0})  # the lease has run out
        assert work(redis_url, tmp_path, "none") == 0
        view = await store.reading.run(SITE, run_id())
        told = await kinds(store)
    assert view is not None
    assert (view.state, view.output) == ("completed", "done")
    assert told[-1] == "run_finished"
    assert told.count("run_finished") == 1
    asked = (tmp_path / "asked").read_text().split()
    effects = (tmp_path / "effects").read_text().splitlines()
    repeated = {"in_model": ["1"], "after_model": ["1"]}.get(point, [])
    assert sorted(asked) == sorted(["0", "1", "2", "3", *repeated]), "an answer in the journal is not asked for again"
    assert len(set(effects)) == 6, "the same call has the same key, whoever makes it"
    assert {effect.rsplit(" ", 1)[0] for effect in effects if effects.count(effect) > 1} <= {"2 call_0", "2 call_1"}
    if point not in ("in_tool", "after_tool"):
        assert len(effects) == 6


async def test_a_restarted_worker_takes_its_own_runs_over_at_once(redis_url: str, tmp_path: Path) -> None:
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis)
        await store.accepting.accept(Job.of(job()))
        work(redis_url, tmp_path, "in_model")
        await store.holding.reclaim(SITE, "somebody-else")
        assert await store.holding.take(SITE, "other", 10_000, {}) is None, "the lease still holds for others"
        await store.holding.reclaim(SITE, "doomed-in_model")
        assert await store.holding.take(SITE, "doomed-in_model", 10_000, {}) is not None
