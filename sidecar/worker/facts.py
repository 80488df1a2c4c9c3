"""What a worker knows of itself: its memory, and what drives its runs."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a worker is. `last_claim`: Unix seconds, 0: never."""

    held: int
    capacity: int
    last_claim: float


def resident_mb() -> float:
    """Resident memory of this process, in MB."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def engine_version() -> str:
    """What drives runs, for those who look into their journals later."""
    return f"pydantic-ai {version('pydantic-ai-slim')}"
