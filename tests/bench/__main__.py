"""`make bench`: latency, overhead, CPU, throughput, memory, recovery and growth of the sidecar, as medians and ratios to what is promised."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.bench import cost, doors, durable, lanes, load, measures, peers, sidebyside
from tests.bench.measures import Results
from tests.bench.rig import CANNED_WORKER, rig
from tests.bench.servers import mariadb

# Name of the measure: the promise, and whether less is better. Others have no promise.
PROMISES: dict[str, tuple[float, bool]] = {
    "dispatch to first model request, p50, mysql (ms)": (100, True),
    "own overhead of a run with one tool call, p50 (ms)": (25, True),
    "own overhead of each further step, p50 (ms)": (10, True),
    "CPU of a run with one tool call, worker (ms)": (15, True),
    "runs/s of one worker, 200 ms model, scripted tool": (60, False),
    "runs/s of one worker, 200 ms model, stand-in": (45, False),
    "killed worker to claim by another, max (s)": (15, True),
    "killed worker with 300 runs to the last claim by another (s)": (15, True),
    "killed worker to claim by another with 10000 queued, max (s)": (15, True),
    "restart in the same slot to claim, max (s)": (5, True),
    "restart of 3 workers at once to the last claim, max (s)": (5, True),
    "restart of 3 workers at once to the last first unit, max (s)": (15, True),
    "command in the sidecar to cancelled, max (s)": (1, True),
    "stop switch to running work, pushed, max (s)": (2, True),
    "stop switch to running work, push broken, max (s)": (2, True),
    "release of the stop switch to an idle sidecar, pushed, max (s)": (2, True),
    "release of the stop switch to an idle sidecar, push broken, max (s)": (2, True),
    "memory of a worker with 1,000 parked runs (MB)": (350, True),
    "CPU of a worker with 1000 parked runs (% of a core)": (5, True),
    "accept, most to fewest queued (ratio)": (1.5, True),
    "take, most to fewest queued (ratio)": (1.5, True),
    "START, most to fewest queued (ratio)": (1.5, True),
    "first model request, most to fewest queued (ratio)": (1.5, True),
    "memory of the worker, late to early (ratio)": (1.15, True),
    "burst: jobs accepted after (s)": (2, True),
    "burst: runs/h, until Drupal heard": (100_000, False),
    "burst: ends late in Drupal, max (s)": (3, True),
    "burst: memory of worker and doors, most (MB)": (400, True),
    "dispatch by MCP above REST, p50 (ms)": (5, True),
    "memory of an API process at rest (MB)": (100, True),
}
SIZES = (10, 100, 1_000, 10_000)


class Bench:
    """The measures by name, each with the rig that it needs. `scale`: share of the full number of runs."""

    def __init__(self, folder: Path, scale: float, fsync: str) -> None:
        self._folder = folder
        self._scale = scale
        self._fsync = fsync
        self.results = Results()

    def _many(self, count: int, least: int = 5) -> int:
        return max(least, int(count * self._scale))

    @property
    def _sizes(self) -> list[int]:
        return [size for size in SIZES if size <= max(100, SIZES[-1] * self._scale)]

    def plain(self, wanted: list[str]) -> None:
        """Single runs, in one rig: a worker whose tools ask the stand-in."""
        results, many = self.results, self._many
        steps: dict[str, Callable[..., object]] = {
            "latency": lambda made: measures.latency(made, results, "push", many(40)),
            "overhead": lambda made: measures.overhead(made, results, many(40)),
            "cpu": lambda made: measures.cpu(made, results, many(300)),
            "throughput": lambda made: load.throughput(made, results, "stand-in", many(400)),
        }
        if chosen := [steps[name] for name in steps if name in wanted]:
            with rig(self._folder, self._fsync) as made:
                for step in chosen:
                    step(made)

    def processes(self, name: str) -> None:
        """`single`, `tool` or `burst`: the whole system, by its processes."""
        for measure, value in sidebyside.alone(self._folder, self._fsync, name, self._scale).items():
            self.results.add(measure, value)

    def peers(self) -> None:
        """The run of `single` in other libraries, where they are installed."""
        for measure, value in peers.measured(self._folder, self._many(sidebyside.SINGLE_RUNS)).items():
            self.results.add(measure, value)

    def scripted(self) -> None:
        """Throughput with a tool that answers at once."""
        with rig(self._folder, self._fsync, worker=CANNED_WORKER) as made:
            load.throughput(made, self.results, "scripted tool", self._many(400))

    def workers(self) -> None:
        """Throughput of 1, 2 and 4 workers."""
        for workers in (1, 2, 4):
            with rig(self._folder, self._fsync, worker=CANNED_WORKER, workers=workers, worker__capacity="100") as made:
                load.scaling(made, self.results, workers, self._many(400))

    def mysql(self) -> None:
        """Latency when jobs are taken from MariaDB."""
        with mariadb(self._folder) as database, rig(self._folder, self._fsync, database=database) as made:
            measures.latency(made, self.results, "mysql", self._many(40))

    def recovery(self) -> None:
        """A killed worker's runs go on: elsewhere, and after its restart."""
        with rig(self._folder, self._fsync, workers=2) as made:
            durable.recovery(made, self.results, self._many(5, 1), self._many(300, 10))
        with rig(self._folder, self._fsync) as made:
            durable.restart(made, self.results, self._many(5, 1))
        with rig(self._folder, self._fsync, workers=3) as made:
            durable.restart_all(made, self.results, self._many(3, 1))

    def commands(self) -> None:
        """Cancel and the stop switch."""
        with rig(self._folder, self._fsync) as made:
            durable.cancel(made, self.results, self._many(20))
            durable.stop(made, self.results, self._many(5, 1))

    def parked(self) -> None:
        """1,000 runs that wait for their model."""
        with rig(self._folder, self._fsync, worker__capacity="1100", worker__drain_seconds="1") as made:
            load.parked(made, self.results, self._many(1_000))

    def cost(self) -> None:
        """CPU, Redis commands and bytes of a step; Redis memory of a run."""
        with rig(self._folder, self._fsync, worker=CANNED_WORKER) as made:
            cost.step(made, self.results, self._many(200))
            cost.memory(made, self.results, self._many(50))

    def doors(self) -> None:
        """What callers get: dispatch by REST and MCP, calls a second, watchers."""
        with rig(self._folder, self._fsync) as made:
            doors.measure(made, self.results, self._many)

    def lanes(self) -> None:
        """10 to 10,000 queued runs, in the store alone."""
        lanes.scripts(self._folder, self._fsync, self.results, self._sizes, self._many(300, 50))

    def growth(self) -> None:
        """10 to 10,000 queued runs, in the whole system."""
        with rig(self._folder, self._fsync, worker=CANNED_WORKER, worker__drain_seconds="1") as made:
            load.growth(made, self.results, self._sizes, self._many(40))

    def steady(self) -> None:
        """5,000 runs in a row."""
        late = self._many(50, 4) * load.BATCH
        with rig(self._folder, self._fsync, worker=CANNED_WORKER) as made:
            load.steady(made, self.results, max(load.BATCH, late // 10 // load.BATCH * load.BATCH), late)


PLAIN = ("latency", "overhead", "cpu", "throughput")
OTHERS: dict[str, Callable[[Bench], None]] = {
    "single": lambda bench: bench.processes("single"),
    "tool": lambda bench: bench.processes("tool"),
    "peers": Bench.peers,
    "burst": lambda bench: bench.processes("burst"),
    "scripted": Bench.scripted,
    "workers": Bench.workers,
    "mysql": Bench.mysql,
    "recovery": Bench.recovery,
    "commands": Bench.commands,
    "parked": Bench.parked,
    "cost": Bench.cost,
    "doors": Bench.doors,
    "lanes": Bench.lanes,
    "growth": Bench.growth,
    "steady": Bench.steady,
}
MEASURES = (*PLAIN, *OTHERS)


def measure(folder: Path, wanted: list[str], scale: float, fsync: str) -> Results:
    """The wanted measures, one rig after the other. `scale`: share of the full number of runs."""
    bench = Bench(folder, scale, fsync)
    bench.plain(wanted)
    for name, step in OTHERS.items():
        if name in wanted:
            step(bench)
    return bench.results


def summary(rounds: list[Results]) -> tuple[Results, dict[str, str]]:
    """The median of each measure over several rounds, and its least and most as text. One round has no range."""
    middle, ranges = Results(), {}
    for name in rounds[0].values:
        values = [results.values[name] for results in rounds]
        middle.add(name, median(values))
        ranges[name] = f"{min(values):.2f} to {max(values):.2f}" if len(rounds) > 1 else ""
    return middle, ranges


def table(results: Results, ranges: dict[str, str]) -> str:
    """One line per measure: value, promise, value to promise (below 1 is better than promised), and least to most of several rounds."""
    lines = [
        f"{'measure':<80} {'value':>9} {'promise':>9} {'ratio':>7} {'least to most' if any(ranges.values()) else ''}"
    ]
    for name, value in results.values.items():
        promise, less = PROMISES.get(name, (None, True))
        ratio = "" if promise is None else f"{value / promise if less else promise / value:.2f}"
        shown = "" if promise is None else f"{'<=' if less else '>='} {promise:g}"
        lines.append(f"{name:<80} {value:>9.2f} {shown:>9} {ratio:>7} {ranges[name]}")
    return "\n".join(lines)


def kept(results: Results) -> bool:
    """Whether every promise that was measured is kept."""
    judged = ((results.values[name], *promise) for name, promise in PROMISES.items() if name in results.values)
    return all(value <= promise if less else value >= promise for value, promise, less in judged)


def compare(arguments: argparse.Namespace) -> None:
    """Print a table of this checkout and another one."""
    names = [name for name in sidebyside.MEASURED if name in arguments.only]
    with tempfile.TemporaryDirectory(prefix="background-agents-bench-") as folder:
        other = arguments.against.resolve()
        rounds = max(1, arguments.repeat)
        print(sidebyside.compared(Path(folder), arguments.fsync, names, arguments.scale, other, rounds))


def main() -> None:
    """Measure and print. Exit status 1 only with --check and a broken promise."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the runs to measure (0.2: quick and rough)")
    parser.add_argument(
        "--fsync", choices=("always", "everysec", "no"), default="everysec", help="of Redis' append-only file"
    )
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), help="(mysql needs MariaDB)")
    parser.add_argument("--repeat", type=int, default=1, help="rounds; prints the median of each, and its range")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKOUT",
        help=f"another checkout, with its own .venv: {', '.join(sidebyside.MEASURED)} of both, in shuffled order, this one twice",
    )
    parser.add_argument("--check", action="store_true", help="exit status 1 when a promise is broken")
    arguments = parser.parse_args()
    if arguments.against is not None:
        compare(arguments)
        return
    with tempfile.TemporaryDirectory(prefix="background-agents-bench-") as folder:
        rounds = [
            measure(Path(folder), arguments.only, arguments.scale, arguments.fsync)
            for _ in range(max(1, arguments.repeat))
        ]
    results, ranges = summary(rounds)
    if arguments.json:
        print(
            json.dumps(
                {"fsync": arguments.fsync, "cpus": os.cpu_count(), "load": os.getloadavg()[0], **results.values},
                indent=1,
            )
        )
    else:
        print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the end, Redis fsync {arguments.fsync}\n")
        print(table(results, ranges))
    if arguments.check and not kept(results):
        sys.exit(1)


if __name__ == "__main__":
    main()
