"""What is measured, and how. Times in milliseconds, taken from the runs' own events and the processes' own clocks."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sidecar.demo.standin import StandIn, times
from tests.bench import baseline
from tests.bench.servers import Sidecar

WAIT_SECONDS = 300.0
SPACING_SECONDS = 0.15
FAR = 10
"""Tool calls of the long run; the short one has 1."""


@dataclass
class Results:
    """Values by name, in the order they were measured."""

    values: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Record a measure."""
        self.values[name] = value


@dataclass(frozen=True)
class Rig:
    """A stand-in and the processes of one sidecar."""

    drupal: StandIn
    doors: Sidecar
    worker: Sidecar

    def dispatch(self, agent: str, count: int, *, spaced: bool) -> dict[str, float]:
        """Start runs; by run, when its transaction was committed (Unix seconds). `spaced`: one after the other, each alone."""
        begun = {}
        for _ in range(count):
            begun[self.drupal.dispatch(agent)] = time.time()
            if spaced:
                time.sleep(SPACING_SECONDS * random.uniform(0.7, 1.3))
        return begun

    def finish(self, runs: Iterable[str]) -> None:
        """Wait until all are over in Drupal. Raises RuntimeError when one did not complete."""
        for run in runs:
            ended = self.drupal.wait(run, WAIT_SECONDS)
            if ended["state"] != "completed":
                raise RuntimeError(f"A run of the bench ended {ended['state']}: {ended['reason']}, {ended['message']}")

    def events(self, run: str) -> list[dict[str, Any]]:
        """Events with `at`: Unix seconds."""
        return [event | {"at": times.seconds(event["time"])} for event in self.drupal.events(run)]


def first(events: list[dict[str, Any]], kind: str) -> float:
    """When the first event of a type happened."""
    return next(event["at"] for event in events if event["type"] == kind)


def latency(rig: Rig, results: Results, intake: str, count: int) -> None:
    """Commit in Drupal's database to the first model request."""
    begun = rig.dispatch("short", count, spaced=True)
    rig.finish(begun)
    waits = [(first(rig.events(run), "model_requested") - at) * 1000 for run, at in begun.items()]
    results.add(f"dispatch to first model request, p50, {intake} (ms)", median(waits))


def overhead(rig: Rig, results: Results, count: int) -> None:
    """Wall time of a run above model and Drupal, and of each further step: the difference of long and short runs."""
    alone = {}
    for agent in ("short", "long"):
        before = len(rig.drupal.requests)
        begun = rig.dispatch(agent, count, spaced=True)
        rig.finish(begun)
        reads = [request.seconds for request in rig.drupal.requests[before:] if request.path.startswith("/jsonapi")]
        drupal = sum(reads) / count
        alone[agent] = median(_own_time(rig.events(run)) - drupal for run in begun) * 1000
    results.add("own overhead of a run with one tool call, p50 (ms)", alone["short"])
    results.add("own overhead of each further step, p50 (ms)", (alone["long"] - alone["short"]) / (FAR - 1))


def _own_time(events: list[dict[str, Any]]) -> float:
    """Seconds from claim to end without the model's."""
    model = sum(event["data"].get("milliseconds", 0) for event in events if event["type"] == "model_responded")
    return first(events, "run_finished") - first(events, "run_started") - model / 1000


def cpu(rig: Rig, results: Results, count: int) -> None:
    """CPU of the worker, and of API, intake and reports, for a run with two model requests and one tool call."""
    before = (rig.worker.cpu_seconds, rig.doors.cpu_seconds)
    rig.finish(rig.dispatch("short", count, spaced=False))
    after = (rig.worker.cpu_seconds, rig.doors.cpu_seconds)
    worker = (after[0] - before[0]) / count * 1000
    bare = baseline.measure()
    results.add("CPU of a run with one tool call, worker (ms)", worker)
    results.add("CPU of the same run in bare pydantic-ai, here and now (ms)", bare)
    results.add("worker to bare pydantic-ai (ratio)", worker / bare)
    results.add("CPU of a run with one tool call, doors (ms)", (after[1] - before[1]) / count * 1000)


def throughput(rig: Rig, results: Results, tool: str, count: int) -> None:
    """Runs per second of one worker with a model that takes 200 ms an answer."""
    runs = rig.dispatch("slow", count, spaced=False)
    rig.finish(runs)
    events = [rig.events(run) for run in runs]
    seconds = max(first(found, "run_finished") for found in events) - min(
        first(found, "run_started") for found in events
    )
    results.add(f"runs/s of one worker, 200 ms model, {tool}", count / seconds)


def memory(rig: Rig, results: Results, count: int) -> None:
    """Resident memory of the worker with so many runs that wait for their model."""
    before = rig.worker.rss_mb
    runs = rig.dispatch("parked", count, spaced=False)
    _until(lambda: _running(rig.drupal) >= count, "all runs to wait for their model")
    held = rig.worker.rss_mb
    results.add(f"memory of a worker with {count} runs (MB)", held)
    results.add("memory of each concurrent run (MB)", (held - before) / count)
    rig.finish(runs)


def _running(drupal: StandIn) -> int:
    row = drupal.site.store.one("SELECT COUNT(*) AS n FROM run WHERE state = 'running'")
    return int(row["n"]) if row else 0


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"Waited {WAIT_SECONDS} s for {what}.")
        time.sleep(0.05)
