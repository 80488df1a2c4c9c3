"""What a step costs: CPU of the worker, and Redis. Each is the difference of runs with many steps and runs with one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from redis import Redis

from sidecar.store.keys import Keys
from tests.bench import baseline
from tests.bench.measures import Results
from tests.bench.rig import FAR, SITE, Rig, until

IDLE_SECONDS = 3.0
EVENTS = "/background-agents/v1/events"


def step(rig: Rig, results: Results, count: int) -> None:
    """CPU and Redis of one further step (a model request and a tool call), the idle loops taken out."""
    at, before = time.monotonic(), _counts(rig)
    time.sleep(IDLE_SECONDS)
    idle, seconds = _less(_counts(rig), before), time.monotonic() - at
    used: dict[str, Counter[str]] = {}
    for agent in ("short", "long"):
        at, before = time.monotonic(), _counts(rig)
        rig.finish(rig.dispatch(agent, count, spaced=False))
        share = (time.monotonic() - at) / seconds
        used[agent] = _less(_counts(rig), before, Counter({name: int(n * share) for name, n in idle.items()}))
    steps = count * (FAR - 1)
    one = {name: (used["long"][name] - used["short"][name]) / steps for name in used["long"]}
    bare = baseline.measure().step
    results.add("CPU of a step with the journal, worker (ms)", one["worker_us"] / 1000)
    results.add("CPU of a step without it, bare pydantic-ai (ms)", bare)
    results.add("a step with the journal to one without (ratio)", one["worker_us"] / 1000 / bare)
    results.add("CPU of Redis for a step (ms)", one["redis_us"] / 1000)
    results.add("Redis scripts of a step", one["scripts"])
    results.add("Redis commands of a step, with those inside scripts", one["commands"])
    results.add("bytes to and from Redis for a step (kB)", (one["in"] + one["out"]) / 1000)
    results.add("bytes of Redis' append-only file for a step (kB)", one["file"] / 1000)


def _counts(rig: Rig) -> Counter[str]:
    """What was used so far. CPU in microseconds, sizes in bytes."""
    info: Any = rig.redis.info("all")
    calls = {name: value["calls"] for name, value in info.items() if name.startswith("cmdstat_")}
    return Counter(
        {
            "worker_us": int(rig.worker.cpu_seconds * 1e6),
            "redis_us": int((info["used_cpu_user"] + info["used_cpu_sys"]) * 1e6),
            "scripts": calls.get("cmdstat_evalsha", 0),
            "commands": sum(calls.values()),
            "in": info["total_net_input_bytes"],
            "out": info["total_net_output_bytes"],
            "file": info["aof_current_size"],
        }
    )


def _less(these: Counter[str], *those: Counter[str]) -> Counter[str]:
    left = Counter(these)
    for other in those:
        left.subtract(other)
    return left


def memory(rig: Rig, results: Results, count: int) -> None:
    """Redis' memory of a finished run, before Drupal has its end and after; and of each further step before."""
    sizes = {}
    for agent in ("short", "long"):
        rig.drupal.fail(EVENTS, status=503, times=1_000_000)
        runs = list(rig.dispatch(agent, count, spaced=False))
        until(lambda: all(_state(rig.redis, run) == b"completed" for run in runs), "the runs to end")  # noqa: B023
        before = _kept(rig.redis, runs)
        rig.drupal.faults.clear()
        rig.finish(runs)
        until(lambda: all(rig.redis.hexists(Keys(SITE).run(run), "done") for run in runs), "Redis to be trimmed")  # noqa: B023
        sizes[agent] = (before / count, _kept(rig.redis, runs) / count)
    short, long = sizes["short"], sizes["long"]
    results.add("Redis memory of a run with one tool call, before its end is in Drupal (kB)", short[0] / 1000)
    results.add("Redis memory of the same run, trimmed (kB)", short[1] / 1000)
    results.add(f"Redis memory of a run with {FAR} tool calls, before its end is in Drupal (kB)", long[0] / 1000)
    results.add("Redis memory of the same long run, trimmed (kB)", long[1] / 1000)
    results.add("Redis memory of a further step (kB)", (long[0] - short[0]) / (FAR - 1) / 1000)


def _state(redis: Redis, run: str) -> object:
    return redis.hget(Keys(SITE).run(run), "state")


def _kept(redis: Redis, runs: Iterable[str]) -> int:
    keys = Keys(SITE)
    names = [
        name
        for run in runs
        for name in (keys.run(run), keys.journal(run), keys.events(run), keys.answers(run), keys.saved(run))
    ]
    usage: list[Any] = [redis.memory_usage(name, samples=0) for name in names]
    return sum(size or 0 for size in usage)
