"""`make bench`: latency, overhead, CPU, throughput and memory of the sidecar, as medians and ratios to what is promised."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sidecar.demo.standin import StandIn
from sidecar.demo.standin.mariadb import MariaDbOutbox
from sidecar.embedded import EmbeddedRedis
from sidecar.settings import DatabaseSettings
from tests.bench import measures
from tests.bench.measures import FAR, Results, Rig
from tests.bench.servers import Sidecar, free_port, mariadb, settings_for

# Name of the measure: the promise, and whether less is better. Others have no promise.
PROMISES: dict[str, tuple[float, bool]] = {
    "dispatch to first model request, p50, mysql (ms)": (100, True),
    "own overhead of a run with one tool call, p50 (ms)": (25, True),
    "own overhead of each further step, p50 (ms)": (10, True),
    "CPU of a run with one tool call, worker (ms)": (15, True),
    "runs/s of one worker, 200 ms model, scripted tool": (60, False),
    "runs/s of one worker, 200 ms model, stand-in": (45, False),
}
FIND = {"name": "find_items", "arguments": {"entity_type": "node", "bundle": "article", "limit": 3}}


def script(tools: int, delay_ms: float = 0) -> dict[str, Any]:
    """So many steps with one tool call each, then an answer."""
    return {
        "steps": [
            *({"tool_calls": [FIND], "delay_ms": delay_ms} for _ in range(tools)),
            {"text": "Done.", "delay_ms": delay_ms},
        ]
    }


SCRIPTS = {"short": script(1), "long": script(FAR), "slow": script(1, 200), "parked": script(0, 30_000)}


@contextmanager
def rig(folder: Path, fsync: str, database: DatabaseSettings | None, worker: list[str]) -> Iterator[Rig]:
    """Redis, a stand-in, `serve` and one worker; the sidecar is warm."""
    scripts = folder / "scripts"
    scripts.mkdir(exist_ok=True)
    for name, document in SCRIPTS.items():
        (scripts / f"{name}.json").write_text(json.dumps(document))
    outbox = MariaDbOutbox(database, time.time) if database else None
    place = Path(tempfile.mkdtemp(dir=folder))
    with EmbeddedRedis(place, fsync=fsync) as redis, StandIn(outbox=outbox) as drupal:
        for number in range(5):
            drupal.add_content(f"Article {number}", "<p>Text of an article.</p>" * 5)
        for name in SCRIPTS:
            drupal.add_agent(name, model=f"scripted:{name}", tools=["find_items"])
        port = free_port()
        settings = settings_for(drupal, redis.url, scripts, database) | {"port": str(port)}
        doors = Sidecar(["serve"], settings, place / "serve.log")
        driver = Sidecar(worker, settings, place / "worker.log")
        try:
            doors.wait_for("api_started")
            driver.wait_for("worker_started")
            if database is None:
                drupal.push_to(f"http://127.0.0.1:{port}")
            made = Rig(drupal, doors, driver)
            made.finish(made.dispatch("short", 20, spaced=False))
            yield made
        finally:
            driver.stop()
            doors.stop()
            if outbox is not None:
                outbox.close()


MEASURES = ("latency", "overhead", "cpu", "throughput", "memory", "scripted", "mysql")
"""In three rigs: a plain one (push), one whose tool is canned (`scripted`), one with MariaDB (`mysql`)."""


def measure(folder: Path, wanted: list[str], scale: float, fsync: str) -> Results:
    """The wanted measures, one rig after the other. `scale`: share of the full number of runs."""
    results = Results()

    def many(count: int) -> int:
        return max(5, int(count * scale))

    plain: dict[str, Callable[[Rig], None]] = {
        "latency": lambda made: measures.latency(made, results, "push", many(40)),
        "overhead": lambda made: measures.overhead(made, results, many(40)),
        "cpu": lambda made: measures.cpu(made, results, many(300)),
        "throughput": lambda made: measures.throughput(made, results, "stand-in", many(400)),
        "memory": lambda made: measures.memory(made, results, many(500)),
    }
    if chosen := [plain[name] for name in plain if name in wanted]:
        with rig(folder, fsync, None, ["worker"]) as made:
            for step in chosen:
                step(made)
    if "scripted" in wanted:
        with rig(folder, fsync, None, ["-m", "tests.bench.worker"]) as made:
            measures.throughput(made, results, "scripted tool", many(400))
    if "mysql" in wanted:
        with mariadb(folder) as database, rig(folder, fsync, database, ["worker"]) as made:
            measures.latency(made, results, "mysql", many(40))
    return results


def table(results: Results) -> str:
    """One line per measure: value, promise, and value to promise (below 1 is better than promised)."""
    lines = [f"{'measure':<56} {'value':>9} {'promise':>9} {'ratio':>7}"]
    for name, value in results.values.items():
        promise, less = PROMISES.get(name, (None, True))
        ratio = "" if promise is None else f"{value / promise if less else promise / value:.2f}"
        shown = "" if promise is None else f"{'<=' if less else '>='} {promise:g}"
        lines.append(f"{name:<56} {value:>9.2f} {shown:>9} {ratio:>7}")
    return "\n".join(lines)


def kept(results: Results) -> bool:
    """Whether every promise that was measured is kept."""
    judged = ((results.values[name], *promise) for name, promise in PROMISES.items() if name in results.values)
    return all(value <= promise if less else value >= promise for value, promise, less in judged)


def main() -> None:
    """Measure and print. Exit status 1 only with --check and a broken promise."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the runs to measure (0.2: quick and rough)")
    parser.add_argument(
        "--fsync", choices=("always", "everysec", "no"), default="everysec", help="of Redis' append-only file"
    )
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="(mysql needs MariaDB)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a promise is broken")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="background-agents-bench-") as folder:
        results = measure(Path(folder), arguments.only, arguments.scale, arguments.fsync)
    if arguments.json:
        print(
            json.dumps(
                {"fsync": arguments.fsync, "cpus": os.cpu_count(), "load": os.getloadavg()[0], **results.values},
                indent=1,
            )
        )
    else:
        print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the end, Redis fsync {arguments.fsync}\n")
        print(table(results))
    if arguments.check and not kept(results):
        sys.exit(1)


if __name__ == "__main__":
    main()
