"""Waits for a run: until it has ended, asks a person, or the time is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from sidecar.errors import DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.remote.documents import RunFacts
from sidecar.remote.site import SiteAsCaller

LONGEST_SECONDS = 45.0
"""Most programs give up on a call after a minute."""
SETTLES = frozenset({"run_finished", "approval_requested"})
PAUSE, LONGEST_PAUSE = 0.2, 2.0
TOLERATED_SECONDS = 10.0
"""For so long a site may fail while somebody waits. Whether the caller still may is asked meanwhile (`streams`), which ends the wait, too."""

OnEvent = Callable[[dict[str, JSON]], Awaitable[None]]


async def wait_for(
    site: SiteAsCaller, run: str, seconds: float, on_event: OnEvent | None = None, *, answered: str = ""
) -> RunFacts:
    """The run once it has ended or asks a person, or as it is after `seconds` (at most LONGEST_SECONDS).

    `on_event` is given each event that comes meanwhile. `answered`: id of a question that the caller has just answered; the run waits for
    it until the answer is heard. A site that fails for a moment in the course of it is asked again. Raises DrupalError (404: none that the
    caller may see), DrupalUnavailable, StoreUnavailable."""
    facts = await site.run(run)
    if seconds <= 0 or _settled(facts, answered):
        return facts
    wait = _Wait(site, facts, on_event, answered)
    try:
        async with asyncio.timeout(min(seconds, LONGEST_SECONDS)):
            return await wait.until_settled()
    except TimeoutError:
        return await wait.ask()


class _Wait:
    """One wait. A site that fails for a moment is asked again; one that refuses (401, 403, 404) ends it at once."""

    def __init__(self, site: SiteAsCaller, facts: RunFacts, on_event: OnEvent | None, answered: str) -> None:
        self._site = site
        self._facts = facts
        self._on_event = on_event
        self._answered = answered
        self._seq = facts.last_seq
        self._patience = _Patience()

    async def until_settled(self) -> RunFacts:
        """The run once it has ended or asks a person."""
        while True:
            try:
                return await self._follow()
            except DrupalUnavailable as error:
                await self._patience.pause(error)

    async def ask(self) -> RunFacts:
        """The run as it is now."""
        while True:
            try:
                return await self._site.run(self._facts.id)
            except DrupalUnavailable as error:
                await self._patience.pause(error)

    async def _follow(self) -> RunFacts:
        if self._patience.tried or self._facts.told:  # what it was told has to be heard before it is known what it asks
            facts = await once_told(self._site, self._facts.id, self._seq)
            self._patience.answered()
            if _settled(facts, self._answered):
                return facts
        async with aclosing(self._site.follow(self._facts.id, self._seq)) as events:
            async for event in events:
                self._seq = event["seq"]
                if self._on_event is not None:
                    await self._on_event(event)
                if event["type"] in SETTLES:
                    facts = await once_told(self._site, self._facts.id, event["seq"])
                    if _settled(facts, self._answered):
                        return facts
        return await self._site.run(self._facts.id)


class _Patience:
    """How long a site may fail in the course of a wait: TOLERATED_SECONDS from its first failure, until it answers again."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._pause = PAUSE

    @property
    def tried(self) -> bool:
        """Whether the site failed, and has not answered since."""
        return self._since is not None

    def answered(self) -> None:
        """The site answered."""
        self._since, self._pause = None, PAUSE

    async def pause(self, error: DrupalUnavailable) -> None:
        """Wait before the next try. Raises the error when it has lasted too long, or the site wants to be left alone for longer."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        pause = max(self._pause, error.retry_after or 0.0)
        if now + pause - self._since > TOLERATED_SECONDS:
            raise error
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        await asyncio.sleep(pause)


async def once_told(site: SiteAsCaller, run: str, seq: int) -> RunFacts:
    """The run once Drupal has this event, and a question of before was answered to its end. An event may come from Redis, and Drupal is told
    of it within a second; what people answer in Drupal is heard as fast."""
    pause = PAUSE
    while True:
        facts = await site.run(run)
        if facts.last_seq >= seq and not (facts.waiting_for == "approval" and facts.told):
            return facts
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _settled(facts: RunFacts, answered: str) -> bool:
    return facts.settled and not (facts.asks and answered and (facts.question or {}).get("id") == answered)
