"""Events, ends and states on their way to Drupal; commands and the stop switch on their way back.

One sender per site (leased in Redis), one request at a time: once a second, and at once while there is a backlog. Ends, and the runs that
somebody watches in Drupal, go first. Nothing is dropped: what Drupal has not acknowledged is sent again, in order.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol

from sidecar import contracts
from sidecar.drupal.batch import FAIR_TURN, BatchSize, runs_text
from sidecar.drupal.client import DrupalSite
from sidecar.drupal.offer_report import OfferReport
from sidecar.drupal.site_contact import ContactNote
from sidecar.drupal.verdicts import ClaimAgain, CommandStore, Verdicts, VerdictStore
from sidecar.errors import DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.runs.outgoing import Room, Unsent
from sidecar.runs.processes import MOST, Process
from sidecar.runs.run import Outgoing

LEASE_SECONDS = 5.0  # a second sender does no harm: what arrives twice is skipped by its hash
RECONCILE_SECONDS = 60.0
PROCESSES_SECONDS = 20.0
"""A batch tells of the processes so often at most, and a reconciliation in any case."""
TOO_MUCH = frozenset({400, 413, 422})


class OutgoingStore(VerdictStore, Protocol):
    """What Drupal does not have yet (store/outgoing.py)."""

    async def unsent(
        self,
        site: str,
        room: Room,
        *,
        watched: Collection[str] = (),
        without: Collection[str] = (),
        oldest_first: bool = False,
    ) -> Unsent: ...
    async def live(self, site: str) -> list[tuple[str, int]]: ...
    async def live_count(self, site: str) -> int: ...
    async def sender_lease(self, site: str, name: str, seconds: float) -> bool: ...


class ScheduleClock(Protocol):
    """What keeps the time of the site's schedules (intake/schedules.py)."""

    @property
    def version(self) -> str | None: ...
    def told(self, version: str) -> None: ...
    def brought(self, answer: dict[str, Any]) -> None: ...


class Reporter:
    """The sender of one site in this process. Call `tick` once a second, and at once while `backlog`; `clock` is monotonic seconds."""

    def __init__(
        self,
        site: DrupalSite,
        outgoing: OutgoingStore,
        commands: CommandStore,
        contact: ContactNote,
        claim: ClaimAgain,
        name: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._drupal = site
        self._site = site.id
        self._outgoing = outgoing
        self._commands = commands
        self._contact = contact
        self._name = name
        self._clock = clock
        self._verdicts = Verdicts(site.id, outgoing, commands, claim, clock)
        self._size = BatchSize()
        self._turn = 0
        self._reconcile_at = clock()
        self._processes_at = clock()
        self.processes: Callable[[], Awaitable[list[Process]]] | None = None
        """Answers which processes this sidecar has, to tell the site."""
        self.schedules: ScheduleClock | None = None
        """Is told which schedules the site has."""
        self.webhooks_due: Callable[[], None] | None = None
        """Is called when messages of the site's webhooks wait to be sent."""
        self.offers: OfferReport | None = None
        """Tells the site which models the sidecar can serve."""
        self.backlog = False
        """Whether the site took a batch, and there was more than it could hold."""

    async def tick(self) -> int:
        """One round: send what there is and apply the answer. Returns how many events and ends were sent.

        Raises DrupalUnavailable and StoreUnavailable (all is kept, try later) and DrupalError when Drupal refuses the sidecar."""
        self.backlog = False
        if not await self._outgoing.sender_lease(self._site, self._name, LEASE_SECONDS):
            return 0
        if self.offers is not None:  # in a batch of its own: refused, it costs no event
            await self.offers.tell(self._drupal)
        unsent = await self._unsent()
        reconcile = self._clock() >= self._reconcile_at
        if not (unsent.items or reconcile or self._verdicts.done or await self._listens()):
            return 0
        done = list(self._verdicts.done)
        answer = await self._sent(unsent.items, await self._envelope(done, reconcile))
        if answer is None:
            return 0
        contracts.check("events#answer", answer)
        if reconcile:
            self._reconcile_at = self._clock() + RECONCILE_SECONDS
        await self._verdicts.apply(unsent.items, answer, done)
        self._tell_schedules(answer)
        if self.webhooks_due is not None and answer.get("webhooks", False):
            self.webhooks_due()
        if self.offers is not None:
            self.offers.site_has(answer.get("models"))
        self.backlog = unsent.more
        return sum(len(item.events) + bool(item.end) for item in unsent.items)

    async def release(self) -> None:
        """Let another process send at once, instead of when the lease ends."""
        await self._outgoing.sender_lease(self._site, self._name, 0.001)

    async def _listens(self) -> bool:
        """Whether Drupal may have something to say: commands for a live run, or that the site is no longer stopped."""
        return bool(await self._outgoing.live_count(self._site)) or await self._commands.stopped(self._site)

    async def _unsent(self) -> Unsent:
        self._turn = (self._turn + 1) % FAIR_TURN
        return await self._outgoing.unsent(
            self._site,
            self._size.room,
            watched=self._verdicts.watched,
            without=self._verdicts.skipped(),
            oldest_first=self._turn == 0,
        )

    def _tell_schedules(self, answer: dict[str, Any]) -> None:
        if self.schedules is None:
            return
        if "due" in answer:
            self.schedules.brought(answer["due"])
        elif "schedules" in answer:
            self.schedules.told(answer["schedules"])

    async def _envelope(self, done: list[int], reconcile: bool) -> dict[str, JSON]:
        envelope: dict[str, JSON] = {"sender": self._name, "done_commands": done}
        if self.schedules is not None and self.schedules.version is not None:
            envelope["schedules"] = self.schedules.version
        if running := await self._due_processes(reconcile):
            envelope["processes"] = [process.document() for process in running]
            self._processes_at = self._clock() + PROCESSES_SECONDS
        if reconcile:  # reads every run: seldom
            live = await self._outgoing.live(self._site)
            envelope |= {"reconcile": True, "live": [{"run": run, "attempt": attempt} for run, attempt in live]}
        return envelope

    async def _due_processes(self, reconcile: bool) -> list[Process]:
        """The processes, when the site has to be told of them again."""
        if self.processes is None or not (reconcile or self._clock() >= self._processes_at):
            return []
        return (await self.processes())[:MOST]

    async def _sent(self, items: list[Outgoing], envelope: dict[str, JSON]) -> dict[str, JSON] | None:
        """The answer to a batch; None: it was refused as a whole, and the next one is smaller. Raises what `tick` does."""
        begun = self._clock()
        try:
            texts = {"runs": runs_text(items, self._verdicts.bare_ends)}
            answer = await self._drupal.signed("events", envelope, texts)
        except DrupalError as error:
            if isinstance(error, DrupalUnavailable) or error.status not in TOO_MUCH or not items:
                if isinstance(error, DrupalAnswerLost):
                    self._size.unanswered()
                await self._contact.refused(error)
                raise
            await self._narrow(items, error)
            return None
        self._size.answered(self._clock() - begun)
        await self._contact.taken()
        return answer

    async def _narrow(self, items: list[Outgoing], error: DrupalError) -> None:
        """Halve a batch that is refused as a whole until the guilty event is alone, then put a stub in its place."""
        first = items[0]
        if len(items) > 1:
            self._size.halve_runs(len(items))
        elif len(first.events) > 1:
            self._size.halve_events(len(first.events))
        elif first.events:
            await self._verdicts.refuse(first, first.events[0][0], str(error))
        elif first.end and first.run not in self._verdicts.bare_ends:
            self._verdicts.bare_ends.add(first.run)
        else:
            self._verdicts.skip(first.run, str(error))
