"""The events of a run as they come: from Redis while the sidecar has the run, which is at once, else from Drupal's pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from sidecar.json_text import JSON
from sidecar.remote.documents import EventPage

PAGE = 200
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


class RunPages(Protocol):
    """Where a run's events are paged (SiteAsCaller)."""

    async def events(self, id: str, after: int = 0, limit: int = PAGE) -> EventPage: ...


class LiveRuns(Protocol):
    """Where the runs are that the sidecar has now (store/commands.py)."""

    async def knows(self, site: str, run: str) -> bool: ...


class LiveEvents(Protocol):
    """Where their events come from (runs/watch.py)."""

    @property
    def closed(self) -> bool: ...

    def follow(self, site: str, run: str, after: int = 0) -> AsyncGenerator[dict[str, JSON]]: ...


async def follow(
    pages: RunPages, live: LiveRuns, watch: LiveEvents, site: str, run: str, after: int
) -> AsyncGenerator[dict[str, JSON]]:
    """Event documents behind `after`, old ones first; ends when the run has ended and all is told, or this process ends.

    Drupal's pages come first: they say whether the caller may see the run, and have what Redis may have forgotten."""
    pause = FIRST_PAUSE
    while True:
        page = await pages.events(run, after, PAGE)
        for event in page.events:
            after = event["seq"]
            yield event
        if len(page.events) >= PAGE:
            continue
        if page.run.state.final and after >= page.last_seq:
            return
        if not page.run.state.final and await live.knows(site, run):
            async with aclosing(watch.follow(site, run, after)) as events:
                async for event in events:
                    after = event["seq"]
                    yield event
                    if event["type"] == "run_finished":
                        return
            if watch.closed:
                return
            # The site has ended it without the sidecar, and has the rest.
        pause = FIRST_PAUSE if page.events else min(pause * 1.5, LONGEST_PAUSE)
        await asyncio.sleep(pause)
