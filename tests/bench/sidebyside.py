"""`single` and `burst`: measures of a whole system by its processes, which can be taken of two checkouts in the same hour.

CPU is the verdict: on two cores runs per second are the sum of all processes. Batches of two checkouts come in shuffled order, with one of them
twice: in a fixed order the first looked up to 2.5 ms worse, and what two batches of the same code differ by is noise.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench.servers import ROOT
from tests.bench.system import PARTS, Ended, System, agent_name, answering, system

SINGLE_RUNS = 300
BURST_RUNS = 1_000
ROUNDS = 3
SAME, AGAIN, OTHER = "this", "this again", "other"

Values = dict[str, float]
Measure = Callable[[System, int], Values]


def single(made: System, count: int, calls: int = 0) -> Values:
    """Runs at once with a model that takes 200 ms, and so many tool calls: CPU of each process for a run, and runs per second."""
    kind = {0: "no tool", 1: "one tool call"}[calls]
    name = f"single, {kind}"
    jobs = made.hold(agent_name(calls, 200), count)
    before = made.cpu_seconds()
    made.push(jobs)
    ended, _ = made.follow([job["run"] for job in jobs])
    spent = _less(made.cpu_seconds(), before)
    _check(ended)
    values = {f"{name}: CPU of a run, {part} (ms)": spent[part] / count * 1000 for part in PARTS}
    begun = min(run.started for run in ended.values())
    return values | {f"{name}: runs/s": count / (max(run.finished for run in ended.values()) - begun)}


def single_with_tool(made: System, count: int) -> Values:
    """`single`, with one tool call."""
    return single(made, count, calls=1)


def burst(made: System, count: int) -> Values:
    """Runs at once of five model requests of 2 s and four tool calls: when they end, when Drupal hears of it, what it takes."""
    jobs = made.hold(agent_name(4, 2_000), count)
    before, at = made.cpu_seconds(), time.time()
    accepted = made.push(jobs)
    ended, memory = made.follow([job["run"] for job in jobs])
    spent = _less(made.cpu_seconds(), before)
    _check(ended)
    late = [run.heard - run.finished for run in ended.values()]
    heard = max(run.heard for run in ended.values()) - at
    return {
        "burst: jobs accepted after (s)": accepted,
        "burst: last run ended after (s)": max(run.finished for run in ended.values()) - at,
        "burst: Drupal heard of the last end after (s)": heard,
        "burst: runs/h, until Drupal heard": count / heard * 3_600,
        "burst: ends late in Drupal, p50 (s)": median(late),
        "burst: ends late in Drupal, max (s)": max(late),
        "burst: memory of worker and doors, most (MB)": memory,
    } | {f"burst: CPU of a run, {part} (ms)": spent[part] / count * 1000 for part in PARTS}


MEASURED: dict[str, tuple[Measure, int]] = {
    "single": (single, SINGLE_RUNS),
    "tool": (single_with_tool, SINGLE_RUNS),
    "burst": (burst, BURST_RUNS),
}


def alone(folder: Path, fsync: str, name: str, scale: float) -> Values:
    """Medians of a measure of this checkout. `burst` is taken once."""
    measure, count = MEASURED[name]
    many, rounds = max(10, int(count * scale)), 1 if name == "burst" else ROUNDS
    with answering(folder) as model, system(ROOT, folder / name, fsync, model, 2 * BURST_RUNS) as made:
        return _medians([measure(made, many) for _ in range(rounds)])


def compared(folder: Path, fsync: str, names: list[str], scale: float, other: Path, rounds: int) -> str:
    """A table of the medians of this checkout, of itself again, and of another one, batch by batch in shuffled order."""
    lines = [f"{'measure':<60} {SAME:>9} {AGAIN:>11} {OTHER:>9} {'this/other':>10} {'this/again':>10}"]
    checkouts = {SAME: ROOT, AGAIN: ROOT, OTHER: other}
    with ExitStack() as stack:
        model = stack.enter_context(answering(folder))
        systems = {
            variant: stack.enter_context(system(path, folder / variant.replace(" ", "-"), fsync, model, 2 * BURST_RUNS))
            for variant, path in checkouts.items()
        }
        for name in names:
            taken = _shuffled(systems, name, scale, rounds)
            lines += _rows({variant: _medians(batches) for variant, batches in taken.items()})
    return "\n".join(lines)


def _shuffled(systems: dict[str, System], name: str, scale: float, rounds: int) -> dict[str, list[Values]]:
    measure, count = MEASURED[name]
    order = [variant for variant in systems for _ in range(rounds)]
    random.shuffle(order)
    taken: dict[str, list[Values]] = {variant: [] for variant in systems}
    for variant in order:
        taken[variant].append(measure(systems[variant], max(10, int(count * scale))))
    return taken


def _rows(found: dict[str, Values]) -> list[str]:
    rows = []
    for name, value in found[SAME].items():
        again, other = found[AGAIN][name], found[OTHER][name]
        ratios = f"{_ratio(value, other):>10} {_ratio(value, again):>10}"
        rows.append(f"{name:<60} {value:>9.2f} {again:>11.2f} {other:>9.2f} {ratios}")
    return rows


def _ratio(value: float, other: float) -> str:
    return f"{value / other:.2f}" if other else "-"


def _medians(batches: list[Values]) -> Values:
    return {name: median(batch[name] for batch in batches) for name in batches[0]}


def _less(now: Values, before: Values) -> Values:
    return {name: value - before[name] for name, value in now.items()}


def _check(ended: dict[str, Ended]) -> None:
    wrong = {run: end.state for run, end in ended.items() if end.state != "completed"}
    if wrong:
        raise RuntimeError(f"{len(wrong)} runs of the bench did not complete: {dict(list(wrong.items())[:3])}")
