"""The attacks, and when: a function of the seed alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

DRUPAL = "/background-agents/v1/"


@dataclass(frozen=True)
class Attack:
    """`wait`: seconds after the one before. `what`: its name in `Attacker`. `part`: whom it hits. `seconds`: how long it lasts."""

    wait: float
    what: str
    part: str = ""
    seconds: float = 0.0
    number: int = 1


WEIGHTS = {
    "kill_worker": 5,
    "end_worker": 2,
    "stop_worker": 4,
    "kill_api": 3,
    "flush": 3,
    "flush_while_stopped": 2,
    "restart_redis": 2,
    "lose_redis": 1,
    "drupal_fails": 4,
    "drupal_commits_then_fails": 5,
    "drupal_hangs_up": 3,
    "maintenance": 1,
    "stop_switch": 1,
}
# Against the outbox's own database, where the sidecar claims from it.
DATABASE_WEIGHTS = {"kill_database": 2, "cut_database": 4}


def schedule(seed: int, seconds: float, workers: int, weighted: dict[str, int]) -> Iterator[Attack]:
    """Attacks for about `seconds`, drawn by weight."""
    chance = random.Random(seed)
    names, weights = list(weighted), list(weighted.values())
    at = 0.0
    while at < seconds:
        wait = chance.uniform(0.5, 3.5)
        at += wait
        what = chance.choices(names, weights)[0]
        part = f"worker{chance.randrange(workers)}" if "worker" in what or what == "flush_while_stopped" else ""
        lasts = chance.uniform(1.0, 13.0) if "stop" in what and what != "stop_switch" else chance.uniform(0.1, 2.0)
        yield Attack(wait, what, part, lasts, chance.randint(1, 8))
