"""Many runs at once, many workers, many runs in a row, many runs in the queue."""

from __future__ import annotations

import signal
import time
from statistics import median

from tests.bench.durable import claimed
from tests.bench.measures import Results, first
from tests.bench.rig import CAPPED, SITE, Rig, until

LOOK_SECONDS = 10.0
BATCH = 100


def throughput(rig: Rig, results: Results, tool: str, count: int) -> float:
    """Runs per second of one worker with a model that takes 200 ms an answer."""
    rate = _rate(rig, count)
    results.add(f"runs/s of one worker, 200 ms model, {tool}", rate)
    return rate


def _rate(rig: Rig, count: int) -> float:
    runs = rig.dispatch("slow", count, spaced=False)
    rig.finish(runs)
    events = [rig.events(run) for run in runs]
    begun = min(first(found, "run_started") for found in events)
    return count / (max(first(found, "run_finished") for found in events) - begun)


def scaling(rig: Rig, results: Results, workers: int, count: int) -> None:
    """Runs per second of several workers for what is queued already, and the cores that they and the doors used."""
    for worker in rig.workers:
        worker.signal(signal.SIGSTOP)
    runs = rig.dispatch("slow", count, spaced=False)
    until(lambda: _accepted(rig) >= count and _unsent(rig) == 0, "all jobs to be accepted and reported")
    before, begun = _cpu(rig), time.time()
    for worker in rig.workers:
        worker.signal(signal.SIGCONT)
    until(lambda: _accepted(rig) == 0, "all runs to end")
    seconds, used = time.time() - begun, _cpu(rig) - before
    rig.finish(runs)
    plural = "" if workers == 1 else "s"
    results.add(f"runs/s of {workers} worker{plural}, queued before, 200 ms model", count / seconds)
    results.add(f"cores that {workers} worker{plural} and the doors used", used / seconds)


def _cpu(rig: Rig) -> float:
    return sum(process.cpu_seconds for process in (*rig.workers, rig.doors))


def parked(rig: Rig, results: Results, count: int) -> None:
    """Memory and CPU of one worker with so many runs that wait for their model."""
    before = rig.worker.rss_mb
    rig.start_held(count)
    until(lambda: _unsent(rig) == 0, "all events to reach Drupal")
    held = rig.worker.rss_mb
    results.add("memory of a worker with 1,000 parked runs (MB)", held + (held - before) * (1_000 / count - 1))
    results.add("memory of each parked run (MB)", (held - before) / count)
    busy, doors = rig.worker.cpu_seconds, rig.doors.cpu_seconds
    time.sleep(LOOK_SECONDS)
    results.add(f"CPU of a worker with {count} parked runs (% of a core)", _percent(rig.worker.cpu_seconds - busy))
    results.add(f"CPU of the doors with {count} parked runs (% of a core)", _percent(rig.doors.cpu_seconds - doors))


def _percent(seconds: float) -> float:
    return seconds / LOOK_SECONDS * 100


def _unsent(rig: Rig) -> int:
    unsent: object = rig.redis.zcard(f"bg:{{{SITE}}}:outgoing")
    return int(str(unsent))


def steady(rig: Rig, results: Results, early: int, late: int) -> None:
    """Resident memory after few and after many runs."""
    marks = {}
    for done in range(BATCH, late + 1, BATCH):
        rig.finish(rig.dispatch("short", BATCH, spaced=False))
        if done in (early, late):
            marks[done] = (rig.worker.rss_mb, rig.doors.rss_mb)
            del rig.drupal.requests[:]
    for place, name in enumerate(("worker", "doors")):
        results.add(f"memory of the {name} after {early} runs (MB)", marks[early][place])
        results.add(f"memory of the {name} after {late} runs (MB)", marks[late][place])
        results.add(f"memory of the {name}, late to early (ratio)", marks[late][place] / marks[early][place])


def growth(rig: Rig, results: Results, sizes: list[int], count: int) -> None:
    """A lane fills up behind its cap; how long a run of another lane waits. At the end a worker is killed."""
    queued, waits = 0, {}
    for size in sizes:
        rig.dispatch(CAPPED, size - queued, spaced=False)
        queued = size
        until(lambda: _accepted(rig) >= size and _unsent(rig) == 0, "all jobs to be accepted and reported", 600)  # noqa: B023
        before, begun = rig.doors.cpu_seconds, time.monotonic()
        runs = rig.dispatch("short", count, spaced=True)
        rig.finish(runs)
        used = (rig.doors.cpu_seconds - before) / (time.monotonic() - begun)
        waits[size] = median((first(rig.events(run), "model_requested") - at) * 1000 for run, at in runs.items())
        results.add(f"dispatch to first model request with {size} queued in another lane, p50 (ms)", waits[size])
        results.add(f"CPU of the doors meanwhile, {size} queued (% of a core)", used * 100)
    results.add("first model request, most to fewest queued (ratio)", waits[sizes[-1]] / waits[sizes[0]])
    _recovery(rig, results, queued)


def _accepted(rig: Rig) -> int:
    live: object = rig.redis.scard(f"bg:{{{SITE}}}:site:live")
    return int(str(live))


def _recovery(rig: Rig, results: Results, queued: int) -> None:
    runs = rig.start_held(5)
    at = time.time()
    for worker in rig.workers:
        worker.kill()
    rig.workers[:] = [rig.start_worker(9)]  # another slot: what the killed ones held comes back with their leases only
    results.add(f"killed worker to claim by another with {queued} queued, max (s)", max(claimed(rig, runs, at)))
