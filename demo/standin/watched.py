"""The runs that somebody looks at now: the sidecar is told with each answer to a batch, and sends their events first."""

from __future__ import annotations

from collections.abc import Callable

from demo.standin.store import Row
from sidecar.runs.run import RunState

SECONDS = 15


class WatchedRuns:
    """In memory, unlike a site's. `clock`: Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def note(self, run: Row) -> None:
        """Somebody has asked what is new in a run; one that is over has nothing new."""
        if not RunState(run["state"]).final:
            self._until[run["uuid"]] = self._clock() + SECONDS

    def uuids(self) -> list[str]:
        """Those of the last seconds."""
        now = self._clock()
        self._until = {run: until for run, until in self._until.items() if until > now}
        return list(self._until)
