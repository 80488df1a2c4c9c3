"""How soon a lost worker's runs go on, and how soon a command or the stop switch is obeyed. Times in seconds."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from statistics import median

from redis.asyncio import Redis

from sidecar.store import Store
from sidecar.store.keys import Keys
from tests.bench.measures import Results
from tests.bench.rig import SITE, Rig, until

HELD = 5
"""Runs that a killed worker holds."""


def recovery(rig: Rig, results: Results, times: int, many: int) -> None:
    """With two workers: one is killed while it holds runs, and started again later. At the end once with `many` runs."""
    waits = [wait for _ in range(times) for wait in _kill(rig, HELD)]
    results.add("killed worker to claim by another, p50 (s)", median(waits))
    results.add("killed worker to claim by another, max (s)", max(waits))
    results.add(f"killed worker with {many} runs to the last claim by another (s)", max(_kill(rig, many)))


def _kill(rig: Rig, count: int) -> list[float]:
    """Kill the worker that holds the most of `count` runs. Seconds until each of its runs is claimed by another."""
    runs = rig.start_held(count)
    victim, lost = _most(rig, runs)
    at = time.time()
    rig.workers[victim].kill()
    waits = claimed(rig, lost, at)
    rig.workers[victim] = rig.start_worker(victim)
    rig.workers[victim].wait_for("worker_started")
    rig.cancel(runs)
    return waits


def claimed(rig: Rig, runs: Iterable[str], at: float, kind: str = "run_started") -> list[float]:
    """Seconds from `at` until each run was claimed again, or went on (`model_requested`)."""
    waits = []
    for run in runs:
        until(lambda run=run: rig.when(run, kind, at), "a lost run to be claimed again")
        waits.append((rig.when(run, kind, at) or 0.0) - at)
    return waits


def _most(rig: Rig, runs: list[str]) -> tuple[int, list[str]]:
    """The worker that holds the most runs, and those."""
    holder = {run: _slot(rig, run) for run in runs}
    victim, _ = Counter(holder.values()).most_common(1)[0]
    return victim, [run for run, number in holder.items() if number == victim]


def _slot(rig: Rig, run: str) -> int:
    """The number of the worker that started a run: `<slot>-<number>.<n>`."""
    started = next(event for event in reversed(rig.stream(run)) if event["type"] == "run_started")
    return int(started["data"]["worker"].rsplit("-", 1)[1].split(".")[0])


def restart(rig: Rig, results: Results, times: int) -> None:
    """With one worker: it is killed and started again at once, in its slot."""
    waits, ready, cpu, units = [], [], [], []
    for _ in range(times):
        runs = rig.start_held(HELD)
        rig.worker.kill()
        at = time.time()
        rig.workers[0] = rig.start_worker(0)
        waits += claimed(rig, runs, at)
        units += claimed(rig, runs, at, "model_requested")
        rig.worker.wait_for("worker_started")
        ready.append(time.time() - at)
        cpu.append(rig.worker.cpu_seconds)
        rig.cancel(runs)
    results.add("restart in the same slot to claim, p50 (s)", median(waits))
    results.add("restart in the same slot to claim, max (s)", max(waits))
    results.add("restart in the same slot to the first unit, p50 (s)", median(units))
    results.add("start of a worker until it is ready, p50 (s)", median(ready))
    results.add("CPU of that start, p50 (s)", median(cpu))


def restart_all(rig: Rig, results: Results, times: int) -> None:
    """All workers are killed at once, and started again at once, each in its slot."""
    waits, units = [], []
    for _ in range(times):
        runs = rig.start_held(HELD * len(rig.workers))
        for worker in rig.workers:
            worker.kill()
        at = time.time()
        rig.workers[:] = [rig.start_worker(number) for number in range(len(rig.workers))]
        waits += claimed(rig, runs, at)
        units += claimed(rig, runs, at, "model_requested")
        for worker in rig.workers:
            worker.wait_for("worker_started")
        rig.cancel(runs)
    count = len(rig.workers)
    results.add(f"restart of {count} workers at once to the last claim, max (s)", max(waits))
    results.add(f"restart of {count} workers at once to the last first unit, max (s)", max(units))


def cancel(rig: Rig, results: Results, count: int) -> None:
    """From the command to `run_finished` in the worker: in the sidecar's store, pushed by Drupal, fetched with an events answer."""
    sent = asyncio.run(_command(rig.redis_url, rig.start_held(count)))
    _ends(rig, results, "command in the sidecar to cancelled", sent)
    _ends(rig, results, "cancel in Drupal to cancelled, pushed", _ask(rig, rig.start_held(count)))
    runs = rig.start_held(count)
    _cut(rig)
    _ends(rig, results, "cancel in Drupal to cancelled, push broken", _ask(rig, runs))
    rig.drupal.push_to(rig.push_url)


async def _command(url: str, runs: list[str]) -> dict[str, float]:
    """Cancel by `Store.command`, as API and reporter do; by run, when."""
    sent = {}
    async with Redis.from_url(url) as redis:
        store = Store(redis)
        for run in runs:
            sent[run] = time.time()
            await store.commands.give(SITE, run, "cancel", by="bench")
            await asyncio.sleep(0.1)
    return sent


def _ask(rig: Rig, runs: list[str]) -> dict[str, float]:
    """Cancel in Drupal; by run, when. Not at one point of the reporter's second."""
    sent = {}
    for run in runs:
        sent[run] = time.time()
        rig.drupal.site.commands.give(run, "cancel", {}, "bench")
        time.sleep(0.13)
    return sent


def _ends(rig: Rig, results: Results, name: str, sent: dict[str, float]) -> None:
    for run in sent:
        until(lambda run=run: rig.when(run, "run_finished"), "a run to be cancelled")
    waits = [(rig.when(run, "run_finished") or 0.0) - at for run, at in sent.items()]
    results.add(f"{name}, p50 (s)", median(waits))
    results.add(f"{name}, max (s)", max(waits))
    for run in sent:
        rig.drupal.wait(run)


def _cut(rig: Rig) -> None:
    """Drupal reaches the sidecar no longer; the other direction works."""
    if rig.drupal.site.pusher is not None:
        rig.drupal.site.pusher.stop()
        rig.drupal.site.pusher = None


def stop(rig: Rig, results: Results, times: int) -> None:
    """The site's stop switch to the last of the runs at work that was given back, and its release to an idle sidecar; with push and without."""
    for name in ("pushed", "push broken"):
        waits, heard = [], []
        for _ in range(times):
            runs = rig.start_held(HELD)
            if name == "push broken":
                _cut(rig)
            at = time.time()
            rig.drupal.site.stop_agents(True)
            for run in runs:
                until(lambda run=run, at=at: rig.when(run, "run_queued", at), "running work to stop")
            waits.append(max(rig.when(run, "run_queued", at) or 0.0 for run in runs) - at)
            rig.cancel(runs)
            at = time.time()
            rig.drupal.site.stop_agents(False)
            until(lambda: not _stopped(rig), "the release of the stop switch to be heard")
            heard.append(time.time() - at)
            rig.drupal.push_to(rig.push_url)
        results.add(f"stop switch to running work, {name}, p50 (s)", median(waits))
        results.add(f"stop switch to running work, {name}, max (s)", max(waits))
        results.add(f"release of the stop switch to an idle sidecar, {name}, max (s)", max(heard))


def _stopped(rig: Rig) -> bool:
    return rig.redis.hget(Keys(SITE).state, "stop") == b"1"
