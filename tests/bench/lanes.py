"""The store alone, without processes around it: how its scripts behave when a lane grows. Wall time as the caller sees it."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from redis.asyncio import Redis

from sidecar.embedded import EmbeddedRedis
from sidecar.runs.events import event
from sidecar.runs.job import Job
from sidecar.runs.recording import UnitStart
from sidecar.runs.run import RunState
from sidecar.runs.settlement import Settlement
from sidecar.store import Store
from tests.bench.measures import Results
from tests.bench.rig import SITE

LEASE_MS = 3_600_000
FACTS = {"engine": "bench", "journal": "1"}
ACCOUNT = "00000000-0000-4000-8000-00000000aaaa"
AT_ONCE = 50


def scripts(folder: Path, fsync: str, results: Results, sizes: list[int], count: int) -> None:
    """accept, take and START of a run of another lane, accept of one that goes ahead of all in the long one, and reap, with so many runs queued
    behind the cap of a lane."""
    with EmbeddedRedis(Path(tempfile.mkdtemp(dir=folder)), fsync=fsync) as redis:
        asyncio.run(_scripts(redis.url, results, sizes, count))


async def _scripts(url: str, results: Results, sizes: list[int], count: int) -> None:
    async with Redis.from_url(url) as redis:
        store = Store(redis)
        await store.accepting.accept(Job.of(_job("big", cap=1)))
        await store.holding.take(SITE, "bench", LEASE_MS, FACTS)
        queued, found = 0, {}
        for size in sizes:
            for begin in range(queued, size, AT_ONCE):
                await asyncio.gather(
                    *(
                        store.accepting.accept(Job.of(_job("big", cap=1)))
                        for _ in range(begin, min(begin + AT_ONCE, size))
                    )
                )
            queued = size
            found[size] = await _times(store, count)
    for name in found[sizes[0]]:
        for size in sizes:
            results.add(f"{name} with {size} queued, p50 (ms)", found[size][name])
        results.add(f"{name}, most to fewest queued (ratio)", found[sizes[-1]][name] / found[sizes[0]][name])


async def _times(store: Store, count: int) -> dict[str, float]:
    spent: dict[str, list[float]] = {"accept": [], "accept ahead": [], "take": [], "START": [], "reap": []}

    async def timed(name: str, step: Callable[[], Awaitable[Any]]) -> Any:
        begun = time.perf_counter()
        answer = await step()
        spent[name].append((time.perf_counter() - begun) * 1000)
        return answer

    for _ in range(count):
        await timed("accept", lambda: store.accepting.accept(Job.of(_job("small"))))
        await timed("accept ahead", lambda: store.accepting.accept(Job.of(_job("big", cap=1) | {"priority": 10})))
        claim = await timed("take", lambda: store.holding.take(SITE, "bench", LEASE_MS, FACTS))
        assert claim is not None
        assert claim.job.agent.id == "small"
        answer = await timed("START", lambda claim=claim: store.holding.start(claim, _start()))
        assert answer == "ok", answer
        await timed("reap", lambda: store.holding.reap(SITE))
        end = {"state": "completed", "reason": "done", "message": ""}
        await store.holding.settle(claim, Settlement(state=RunState.COMPLETED, reason="done", end=end))
    return {name: median(values) for name, values in spent.items()}


def _start() -> UnitStart:
    told = [event("model_requested", time.time(), {"model": "bench"})]
    return UnitStart(
        unit="s0/model#0", record=json.dumps({"n": 1}), kind="model", lease_ms=LEASE_MS, again=told,
        max_unsent_events=2_000, max_unsent_bytes=8_000_000,
    )  # fmt: skip


def _job(agent: str, cap: int = 0) -> dict[str, Any]:
    binding = {"model": "scripted:bench", "limits": {"concurrency": cap}}
    definition = {"system_prompt": "Do it.", "tools": [], "output_schema": None}
    return {
        "run": str(uuid.uuid4()),
        "site": SITE,
        "attempt": 1,
        "generation": 1,
        "created": "2026-11-20T10:00:00Z",
        "trigger": {"type": "manual"},
        "agent": {"id": agent, "label": agent, "hash": "0" * 64, "definition": definition, "binding": binding},
        "account": ACCOUNT,
        "input": {},
        "last_seq": 0,
    }
