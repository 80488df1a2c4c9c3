"""Carries attacks out against a `World`. Nothing here knows what should come of it."""

from __future__ import annotations

import heapq
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from demo.standin.faults import Fault
from tests.chaos.schedule import DRUPAL, Attack
from tests.chaos.world import World


class Attacker:
    """`later` holds what is to be repaired, and when; `met` counts the attacks."""

    def __init__(self, world: World, note: Callable[[str], None]) -> None:
        self._world = world
        self._note = note
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self.met: Counter[str] = Counter()

    def carry_out(self, attack: Attack) -> None:
        """One attack, now."""
        self.met[attack.what] += 1
        self._note(f"{attack.what} {attack.part} {attack.seconds:.1f}")
        own = self._world.drupal.attacks.get(attack.what)
        if own is not None:
            own()
        else:
            getattr(self, f"_{attack.what}")(attack)

    def repair_due(self) -> None:
        """What lasts long enough ends."""
        while self._later and self._later[0][0] <= time.monotonic():
            heapq.heappop(self._later)[2]()

    def repair_all(self) -> None:
        """Everything is well again; what is to be proven begins here."""
        while self._later:
            heapq.heappop(self._later)[2]()
        self._world.drupal.faults.clear()
        self._world.drupal.maintenance(False)
        self._world.drupal.stop_agents(False)
        for part in self._world.parts.values():
            part.signal(signal.SIGCONT)
            part.start()

    def keep_alive(self) -> None:
        """A supervisor: a worker that ended by itself is started again."""
        planned = {order for _, order, _ in self._later}
        if not planned:
            for part in self._world.parts.values():
                part.start()

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._later, (time.monotonic() + seconds, self._order, action))

    def _kill_worker(self, attack: Attack) -> None:
        part = self._world.parts[attack.part]
        part.signal(signal.SIGCONT)
        part.kill()
        self._after(attack.seconds, part.start)

    def _end_worker(self, attack: Attack) -> None:
        part = self._world.parts[attack.part]
        part.signal(signal.SIGCONT)
        part.signal(signal.SIGTERM)
        self._after(attack.seconds + 12, part.start)

    def _stop_worker(self, attack: Attack) -> None:
        part = self._world.parts[attack.part]
        part.signal(signal.SIGSTOP)
        self._after(attack.seconds, lambda: part.signal(signal.SIGCONT))

    def _kill_api(self, attack: Attack) -> None:
        part = self._world.parts["api"]
        part.kill()
        self._after(attack.seconds, part.start)

    def _flush(self, attack: Attack) -> None:
        self._world.flush()

    def _flush_while_stopped(self, attack: Attack) -> None:
        self._stop_worker(attack)
        self._world.flush()

    def _restart_redis(self, attack: Attack) -> None:
        self._world.restart_redis(empty=False)

    def _lose_redis(self, attack: Attack) -> None:
        self._world.restart_redis(empty=True)

    def _drupal_fails(self, attack: Attack) -> None:
        self._fail("*", status=500 if attack.number % 2 else 502, times=attack.number * 2)

    def _drupal_commits_then_fails(self, attack: Attack) -> None:
        path = DRUPAL + ("drafts", "events", "jobs/claim", "tools")[attack.number % 4]
        self._fail(path, status=500, times=1 + attack.number // 4, when="after")

    def _drupal_hangs_up(self, attack: Attack) -> None:
        path = DRUPAL + ("drafts", "events")[attack.number % 2]
        self._fail(path, status=None, drop=True, when="after" if attack.number > 4 else "before")

    def _drupal_is_slow(self, attack: Attack) -> None:
        self._fail("*", status=None, times=attack.number * 3, delay=min(attack.seconds * 2, 4.0))

    def _maintenance(self, attack: Attack) -> None:
        drupal = self._world.drupal
        drupal.maintenance(True)
        self._after(attack.seconds, lambda: drupal.maintenance(False))

    def _stop_switch(self, attack: Attack) -> None:
        drupal = self._world.drupal
        drupal.stop_agents(True)
        self._after(attack.seconds, lambda: drupal.stop_agents(False))

    def _fail(self, path: str, status: int | None, times: int = 1, **how: Any) -> None:
        self._world.drupal.faults.add(Fault(path=path, status=status, times=times, **how))
