"""`python -m tests.chaos`: runs, attacks by a seed, and a proof at the end. Exit status 0 only when every promise held."""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.chaos import proof
from tests.chaos.attacker import Attacker
from tests.chaos.person import Person
from tests.chaos.schedule import schedule
from tests.chaos.standin import StandInTarget
from tests.chaos.target import NotNow, Target
from tests.chaos.world import World

AGENTS = 3
INTAKES = ("push", "mysql", "http")


def main() -> int:
    """Plays one seed after the other; stops at the first that fails."""
    options = _options()
    # Ended from outside, it leaves no process and nothing on a site behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    for seed in range(first, first + options.seeds):
        folder = (options.keep or Path(tempfile.mkdtemp(prefix="chaos-"))) / f"seed-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        intake = INTAKES[seed % len(INTAKES)] if options.intake == "any" else options.intake
        broken = play(seed, intake, options, folder)
        if broken:
            print(f"seed {seed}: FAILED, {len(broken)} violations; logs in {folder}")
            for sentence in broken[:40]:
                print(f"  {sentence}")
            where = " --site" if options.site else ""
            more = f"--runs {options.runs} --seconds {options.seconds:g} --intake {intake}{where}"
            print(f"Again: make chaos ARGS='--seed {seed} {more}'")
            return 1
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.seeds} passed, 0 failed")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="the first seed (default: a new one)")
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds in a row")
    parser.add_argument("--runs", type=int, default=None, help="default: 200, with --site 60")
    parser.add_argument("--seconds", type=float, default=60, help="how long the attacks go on")
    parser.add_argument("--patience", type=float, default=240, help="seconds until all runs must be over after that")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument(
        "--intake",
        choices=[*INTAKES, "any"],
        default="push",
        help="any: push, mysql, http by the seed's remainder of 3",
    )
    parser.add_argument(
        "--site",
        action="store_true",
        help="a real Drupal, named as for make site-test",
    )
    parser.add_argument("--keep", type=Path, help="keep logs and databases in this folder")
    options = parser.parse_args()
    options.runs = options.runs or (60 if options.site else 200)
    return options


def _target(options: argparse.Namespace, intake: str, folder: Path) -> Target:
    if not options.site:
        return StandInTarget(folder, intake)
    from tests.chaos.site import SiteTarget

    return SiteTarget(intake)


def play(seed: int, intake: str, options: argparse.Namespace, folder: Path) -> list[str]:
    """One seed; the sentences of `proof`, empty when all held."""
    began = time.monotonic()
    with World(folder, _target(options, intake, folder), workers=options.workers, intake=intake) as world:
        notes = (folder / "attacks.log").open("w", buffering=1)
        attacker = Attacker(world, lambda text: print(f"{time.monotonic() - began:7.2f} {text}", file=notes))
        person = Person(world)
        world.add_agents([f"agent{number}" for number in range(AGENTS)], "six-steps")
        world.wait_until_up()
        _attack(seed, options, world, attacker, person)
        attacker.repair_all()
        _wait(options.patience, world, attacker, person)
        left = [
            f"{run['name']} is still {run['state']} ({run['waiting_for']}, {run['reason']})"
            for run in proof.unfinished(world)
        ]
        broken = left + (proof.violations(world, options.runs) + proof.tokens_refused(world) if not left else [])
        _report(seed, intake, world, attacker, person, time.monotonic() - began)
    return broken


def _attack(seed: int, options: argparse.Namespace, world: World, attacker: Attacker, person: Person) -> None:
    plan = schedule(seed, options.seconds, options.workers, world.drupal.weights)
    chance, dispatched, looked = random.Random(seed + 1), 0, 0.0
    attack: Any = next(plan)
    due, begin = time.monotonic() + attack.wait, time.monotonic()
    while attack is not None or dispatched < options.runs:
        now = time.monotonic()
        wanted = min(options.runs, int((now - begin) / (options.seconds * 0.8) * options.runs) + 1)
        for number in range(dispatched, wanted):
            try:
                world.drupal.dispatch(f"agent{chance.randrange(AGENTS)}", f"run {number}")
            except NotNow:  # the stop switch is on, for example: the site takes no runs
                break
            dispatched = number + 1
        if attack is not None and now >= due:
            attacker.carry_out(attack)
            attack = next(plan, None)
            due = time.monotonic() + (attack.wait if attack else 0)
        attacker.repair_due()
        attacker.keep_alive()
        if now - looked > 1:
            person.look()
            looked = now
        time.sleep(0.02)


def _wait(patience: float, world: World, attacker: Attacker, person: Person) -> None:
    until = time.monotonic() + patience
    while _unfinished(world) and time.monotonic() < until:
        attacker.keep_alive()
        person.look()
        time.sleep(0.3)


def _unfinished(world: World) -> bool:
    try:
        return bool(proof.unfinished(world))
    except NotNow:
        return True


def _report(seed: int, intake: str, world: World, attacker: Attacker, person: Person, seconds: float) -> None:
    runs = world.drupal.runs()
    restored = [
        event["data"]["restored_units"]
        for run in runs
        for event in world.drupal.events(run["uuid"])
        if event["type"] == "run_started" and event["data"].get("resumed")
    ]
    gaps = sorted(gap for run in runs for gap in _recoveries(world.drupal.events(run["uuid"])))
    times = (
        f"median {median(gaps):.1f} s, p95 {gaps[int(len(gaps) * 0.95)]:.1f} s, max {gaps[-1]:.1f} s"
        if gaps
        else "none"
    )
    print(
        f"seed {seed}: {len(runs)} runs by {intake} in {seconds:.0f} s; attacks: {dict(attacker.met)}; continued {len(restored)} times; "
        f"a person was asked {len(person.answered)} times; recovery after a lost worker: {times}",
        flush=True,
    )


def _recoveries(events: list[dict[str, Any]]) -> list[float]:
    """Seconds from the last sign of life of a lost worker to the next claim."""
    found, last = [], None
    for event in events:
        at = datetime.fromisoformat(event["time"]).timestamp()
        if (
            event["type"] == "run_started"
            and event["data"].get("resumed")
            and last is not None
            and last[1] == "run_queued"
        ):
            found.append(at - last[0])
        if event["type"] == "run_queued" and event["data"].get("reason") != "worker_lost":
            last = None
        elif event["type"] == "run_queued":
            last = (last[0] if last else at, "run_queued")
        else:
            last = (at, event["type"])
    return found


if __name__ == "__main__":
    sys.exit(main())
