"""Latency, overhead and CPU of single runs. Times in milliseconds, taken from the runs' own events and the processes' own clocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.bench import baseline
from tests.bench.rig import FAR, Rig


@dataclass
class Results:
    """Values by name, in the order they were measured."""

    values: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Record a measure."""
        self.values[name] = value


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
    bare = baseline.measure().run
    results.add("CPU of a run with one tool call, worker (ms)", worker)
    results.add("CPU of the same run in bare pydantic-ai, here and now (ms)", bare)
    results.add("worker to bare pydantic-ai (ratio)", worker / bare)
    results.add("CPU of a run with one tool call, doors (ms)", (after[1] - before[1]) / count * 1000)
