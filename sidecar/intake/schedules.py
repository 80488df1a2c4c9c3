"""The clock of a site's schedules. Drupal says what is due, for two days; each time is fired there when it has come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sidecar import contracts, log
from sidecar.json_text import JSON

_log = log.get(__name__)

ASK_SECONDS = 60.0


class Site(Protocol):
    """The part of a `DrupalSite` that is needed."""

    id: str

    async def signed(self, path: str, body: dict[str, JSON] | None = None) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One due time of one trigger: Unix seconds by Drupal's clock, and the trigger's UUID."""

    at: int
    trigger: str


class Schedules:
    """Fires the schedules of one site from this process. Several processes may: Drupal makes one run of each time, whoever fires it.

    `clock` is Unix seconds of this machine; how far Drupal's clock is from it is learned with each answer.
    """

    def __init__(self, site: Site, clock: Callable[[], float] = time.time) -> None:
        self._site = site
        self._clock = clock
        self._ahead = 0.0
        self._version: str | None = None
        self._ask_at = 0.0
        self._due: list[Due] = []

    @property
    def version(self) -> str | None:
        """The schedules that this process has; None: none yet."""
        return self._version

    @property
    def asks_next(self) -> bool:
        """Whether the next look asks Drupal what is due."""
        return self._clock() >= self._ask_at

    def told(self, version: str) -> None:
        """Drupal tells with its answers, and when it pushes, which schedules it has: others than before are asked for at the next look."""
        if version != self._version:
            self._ask_at = 0.0

    def brought(self, answer: dict[str, Any]) -> None:
        """An answer brought what is due (contracts/schedules, `due`), as if it had been asked for."""
        now = self._clock()
        self._ahead = answer["now"] - now
        self._version = answer["version"]
        self._due = sorted(Due(item["due"], item["trigger"]) for item in answer["due"])
        self._ask_at = now + ASK_SECONDS

    async def look(self) -> int:
        """Fire what is due now. Returns how many runs were started.

        Raises DrupalError and DrupalUnavailable: what was not fired is fired by the next look."""
        if self.asks_next:
            await self._ask()
        started = 0
        while self._due and self._due[0].at <= self._clock() + self._ahead:
            due = self._due[0]
            started += await self._fire(due)
            if due in self._due:  # others may have been brought meanwhile
                self._due.remove(due)
        return started

    async def _ask(self) -> None:
        answer = await self._site.signed("schedules/due")
        contracts.check("schedules#due", answer)
        self.brought(answer)

    async def _fire(self, due: Due) -> bool:
        """Whether a run was started. What has to wait comes again with Drupal's next answer."""
        answer = await self._site.signed("schedules/fire", {"trigger": due.trigger, "due": due.at})
        contracts.check("schedules#firing", answer)
        _log.info(
            f"A schedule was due: {answer['result']}.",
            action="schedule_fired",
            site=self._site.id,
            trigger=due.trigger,
            due=due.at,
            result=answer["result"],
            run=answer["run"],
        )
        return answer["result"] == "started"
