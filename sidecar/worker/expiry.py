"""Ends runs whose question to a person was not answered in time."""

from __future__ import annotations

from sidecar.runs.settlement import unanswered
from sidecar.store.holding import Holding


async def expire(holding: Holding, site: str) -> int:
    """Those that the reaper found overdue. Answers how many. Raises StoreUnavailable."""
    overdue = await holding.overdue(site)
    for run in overdue:
        await holding.settle_undriven(site, run, unanswered())
    return len(overdue)
