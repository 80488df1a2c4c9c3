"""Waits for a run: until it has ended, asks a person, or the time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from sidecar.json_text import JSON
from sidecar.remote.documents import RunFacts
from sidecar.remote.site import SiteAsCaller

LONGEST_SECONDS = 45.0
"""Most programs give up on a call after a minute."""
SETTLES = frozenset({"run_finished", "approval_requested"})
PAUSE = 0.2

OnEvent = Callable[[dict[str, JSON]], Awaitable[None]]


async def wait_for(
    site: SiteAsCaller, run: str, seconds: float, on_event: OnEvent | None = None, *, answered: str = ""
) -> RunFacts:
    """The run once it has ended or asks a person, or as it is after `seconds` (at most LONGEST_SECONDS).

    `on_event` is given each event that comes meanwhile. `answered`: id of a question that the caller has just answered; the run waits for
    it until the answer is heard. Raises DrupalError (404: none that the caller may see), DrupalUnavailable, StoreUnavailable."""
    facts = await site.run(run)
    if seconds <= 0 or _settled(facts, answered):
        return facts
    try:
        async with asyncio.timeout(min(seconds, LONGEST_SECONDS)):
            return await _wait(site, facts, on_event, answered)
    except TimeoutError:
        return await site.run(run)


async def _wait(site: SiteAsCaller, facts: RunFacts, on_event: OnEvent | None, answered: str) -> RunFacts:
    async with aclosing(site.follow(facts.id, facts.last_seq)) as events:
        async for event in events:
            if on_event is not None:
                await on_event(event)
            if event["type"] not in SETTLES:
                continue
            facts = await once_told(site, facts.id, event["seq"])
            if _settled(facts, answered):
                return facts
    return await site.run(facts.id)


async def once_told(site: SiteAsCaller, run: str, seq: int) -> RunFacts:
    """The run once Drupal has this event. It may come from Redis, and Drupal is told of it within a second."""
    while True:
        facts = await site.run(run)
        if facts.last_seq >= seq:
            return facts
        await asyncio.sleep(PAUSE)


def _settled(facts: RunFacts, answered: str) -> bool:
    return facts.settled and not (facts.asks and answered and (facts.question or {}).get("id") == answered)
