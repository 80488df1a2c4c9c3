"""A sidecar with its surroundings, as the measures need it: Redis, a stand-in for Drupal, `serve`, and workers that can be killed."""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from demo.standin import StandIn, times
from demo.standin.mariadb import MariaDbOutbox
from sidecar.embedded import EmbeddedRedis
from sidecar.settings import DatabaseSettings
from sidecar.store.keys import Keys
from tests.bench.servers import Sidecar, settings_for
from tests.support.ports import free_port

SITE = "default"
WAIT_SECONDS = 120.0
# Longer than the longest run: runs that overlap would measure each other.
SPACING_SECONDS = 0.6
FAR = 10
"""Tool calls of the long run; the short one has 1."""

REAL_WORKER = ["worker"]
CANNED_WORKER = ["-m", "tests.bench.worker"]
FIND = {"name": "find_items", "arguments": {"entity_type": "node", "bundle": "article", "limit": 3}}


def script(tools: int, delay_ms: float = 0) -> dict[str, Any]:
    """So many steps with one tool call each, then an answer."""
    return {
        "steps": [
            *({"tool_calls": [FIND], "delay_ms": delay_ms} for _ in range(tools)),
            {"text": "Done.", "delay_ms": delay_ms},
        ]
    }


SCRIPTS = {"short": script(1), "long": script(FAR), "slow": script(1, 200), "held": script(0, 600_000)}
"""Also the names of the agents. `held`: waits for its model until the measure is over."""

CAPPED = "capped"
"""An agent like `held` that may have one run at a time: its other runs stay queued."""


@dataclass
class Rig:
    """A stand-in and the processes of one sidecar. `start_worker(number)` starts a worker, or starts it again in its slot."""

    drupal: StandIn
    doors: Sidecar
    workers: list[Sidecar]
    start_worker: Callable[[int], Sidecar]
    redis: Redis
    redis_url: str
    push_url: str

    @property
    def worker(self) -> Sidecar:
        """The first worker."""
        return self.workers[0]

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
        """Events that Drupal has, with `at`: Unix seconds."""
        return [event | {"at": times.seconds(event["time"])} for event in self.drupal.events(run)]

    def stream(self, run: str) -> list[dict[str, Any]]:
        """Events that Redis has, with `at`: Unix seconds."""
        page: Any = self.redis.xrange(Keys(SITE).events(run))
        found = [json.loads(fields[b"e"]) for _, fields in page]
        return [event | {"at": times.seconds(event["time"])} for event in found]

    def when(self, run: str, kind: str, after: float = 0.0) -> float | None:
        """When the first event of a type happened in a run, not before `after`; None: not yet."""
        return next((e["at"] for e in self.stream(run) if e["type"] == kind and e["at"] >= after), None)

    def start_held(self, count: int) -> list[str]:
        """Runs that wait for their model; returns when all do, and Drupal has heard of them."""
        runs = list(self.dispatch("held", count, spaced=False))
        until(lambda: all(self.when(run, "model_requested") for run in runs), "all runs to wait for their model")
        self.heard(runs)
        return runs

    def heard(self, runs: Iterable[str]) -> None:
        """Wait until Drupal has heard of runs: those that it has not it ends by itself, when somebody cancels them."""
        asked = list(runs)
        until(lambda: all(self.drupal.run(run)["last_seq"] for run in asked), "Drupal to hear of the runs")

    def cancel(self, runs: Iterable[str]) -> None:
        """Cancel in Drupal, and wait for the end there."""
        asked = list(runs)
        for run in asked:
            self.drupal.site.commands.give(run, "cancel", {}, "bench")
        for run in asked:
            self.drupal.wait(run, WAIT_SECONDS)


def until(condition: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> None:
    """Wait for a condition. Raises RuntimeError when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"Waited {seconds:g} s for {what}.")
        time.sleep(0.02)


@contextmanager
def rig(
    folder: Path,
    fsync: str,
    *,
    database: DatabaseSettings | None = None,
    worker: list[str] = REAL_WORKER,
    workers: int = 1,
    **more: str,
) -> Iterator[Rig]:
    """Redis, a stand-in, `serve` and workers, warm. `more`: settings of the sidecar."""
    place = Path(tempfile.mkdtemp(dir=folder))
    scripts = _write_scripts(place)
    outbox = MariaDbOutbox(database, time.time) if database else None
    with EmbeddedRedis(place, fsync=fsync) as redis, StandIn(outbox=outbox) as drupal:
        _fill(drupal)
        port = free_port()
        settings = settings_for(drupal, redis.url, scripts, database) | {"port": str(port)} | more

        def start_worker(number: int) -> Sidecar:
            own = settings | {"worker__slot": f"bench-{os.getpid()}-{number}"}
            log = place / f"worker{number}-{time.monotonic_ns()}.log"
            return Sidecar(worker, own, log)

        processes: list[Sidecar] = []
        doors = Sidecar(["serve"], settings, place / "serve.log")
        try:
            processes += [start_worker(number) for number in range(workers)]
            doors.wait_for("api_started")
            for process in processes:
                process.wait_for("worker_started")
            url = f"http://127.0.0.1:{port}"
            with Redis.from_url(redis.url) as client:
                made = Rig(drupal, doors, processes, start_worker, client, redis.url, url)
                if database is None:
                    drupal.push_to(url)
                made.finish(made.dispatch("short", 20 * workers, spaced=False))
                yield made
        finally:
            for process in [*processes, doors]:
                process.signal(signal.SIGTERM)
            for process in [*processes, doors]:
                process.stop()
            if outbox is not None:
                outbox.close()


def _write_scripts(place: Path) -> Path:
    scripts = place / "scripts"
    scripts.mkdir()
    for name, document in SCRIPTS.items():
        (scripts / f"{name}.json").write_text(json.dumps(document))
    return scripts


def _fill(drupal: StandIn) -> None:
    for number in range(5):
        drupal.add_content(f"Article {number}", "<p>Text of an article.</p>" * 5)
    for name in SCRIPTS:
        drupal.add_agent(name, model=f"scripted:{name}", tools=["find_items"])
    drupal.add_agent(CAPPED, model="scripted:held", tools=["find_items"], limits={"concurrency": 1})
