"""What a running process of the sidecar tells of itself: for people, nothing is decided by it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sidecar.json_text import JSON

FRESH_SECONDS = 90.0
"""A process that works tells each 15 seconds; one that has not for so long is gone."""
MOST = 100
"""Processes that a site is told of at once."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process. Times are Unix seconds, 0: never. `held` of `capacity` runs are in hand; both are 0 without a worker. `host`: its name
    alone."""

    name: str
    host: str
    doors: bool
    worker: bool
    version: str
    python: str
    started: int
    seen: int
    memory_mb: int
    capacity: int = 0
    held: int = 0
    last_claim: int = 0

    def fresh(self, now: float) -> bool:
        """Whether it still tells."""
        return now - self.seen <= FRESH_SECONDS

    def document(self) -> dict[str, JSON]:
        """As in the contract `events`."""
        return asdict(self)
