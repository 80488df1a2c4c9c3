"""A worker: takes runs while it has room, keeps their leases, hears commands, hands everything over when it ends.

arq only rings a bell without a name; which run is taken is decided by the fair-share script. Ownership is the lease, never arq's.
Nothing here imports the engine: a worker claims what its slot's previous process left before it spends seconds on that.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from sidecar.errors import StoreUnavailable
from sidecar.runs.job import Claim
from sidecar.runs.journal import VERSION as JOURNAL_VERSION
from sidecar.store.bells import Bells
from sidecar.store.holding import Holding
from sidecar.worker.expiry import expire
from sidecar.worker.facts import Load, engine_version, resident_mb

if TYPE_CHECKING:
    from sidecar.engine.engine import Engine

log = structlog.get_logger(__name__)

AWAY_SECONDS = 0.5
UNSAFE_SECONDS = 1.0
SETTLE_SECONDS = 0.75
ALIVE_SECONDS = 15.0
REAP_SECONDS = 0.5


@dataclass
class Held:
    """A run that this worker drives. `why`: why its task is being cancelled. `begun`: whether its task has been given its first turn.
    `cut`: whether it was cancelled; once, for what follows is how its run is put to rest."""

    claim: Claim
    task: asyncio.Task[None]
    why: str = ""
    begun: bool = False
    cut: bool = False

    def cancel(self, why: str) -> None:
        """Ends the task for a reason, the first one counts. A task cancelled before its first turn would vanish without a word, and its run
        would be held for ever: that one cancels itself when it begins."""
        self.why = self.why or why
        if self.begun:
            self.cancel_task()

    def cancel_task(self) -> None:
        """Cancels the task, unless that was done before or it has ended."""
        if not self.cut and not self.task.done():
            self.cut = True
            self.task.cancel()


@dataclass(frozen=True)
class WorkerLimits:
    """Times in seconds. `max_runs`, `max_rss_mb`: marks at which the worker drains and ends; 0: never."""

    capacity: int = 500
    lease: float = 4.0
    beat: float = 0.5
    drain: float = 8.0
    max_runs: int = 0
    max_rss_mb: int = 0


class Runner:
    """Holds many runs at once. `sites`: (id, weight) pairs. `make_engine` is given `draining` of this runner, and may take long: until the
    engine is there, runs are claimed and kept, but not driven.
    """

    def __init__(
        self,
        holding: Holding,
        bells: Bells,
        sites: Iterable[tuple[str, int]],
        limits: WorkerLimits,
        make_engine: Callable[[Callable[[], bool]], Awaitable[Engine]],
        *,
        slot: str,
    ) -> None:
        self._holding = holding
        self._bells = bells
        self._sites = [site for site, _ in sites]
        self._limits = limits
        self._make_engine = make_engine
        self._engine: asyncio.Future[Engine] = asyncio.get_running_loop().create_future()
        self._turns = itertools.cycle([site for site, weight in sites for _ in range(weight)])
        self._turn_count = sum(weight for _, weight in sites)
        self._slot = slot
        self._facts = {"engine": engine_version(), "journal": JOURNAL_VERSION}
        self._held: dict[str, Held] = {}
        self._taking = asyncio.Lock()
        self._loops: list[asyncio.Task[None]] = []
        self._taken, self._last_claim = 0, 0.0
        self._left = 0
        self.draining = False
        self.finished = asyncio.Event()

    @property
    def held(self) -> int:
        """Runs in hand."""
        return len(self._held)

    @property
    def load(self) -> Load:
        """How busy it is."""
        return Load(len(self._held), self._limits.capacity, self._last_claim)

    async def start(self) -> None:
        """Claims as many runs as this slot's previous process left, and begins to keep them and to listen."""
        for site in self._sites:
            self._left += await self._persistent(lambda site=site: self._holding.reclaim(site, self._slot))
        taken = await self._persistent(self.take)
        if taken:
            log.info("Claimed what the previous process left.", action="runs_reclaimed", runs=taken, slot=self._slot)
        steps = (self._listen, self._beat, self._reap, self._control, self._recycle)
        self._loops = [asyncio.create_task(self._forever(step), name=step.__name__) for step in steps]

    async def load_engine(self) -> None:
        """Has the engine made: what is held goes on, and more is taken. Raises what keeps it from being made."""
        try:
            self._engine.set_result(await self._make_engine(lambda: self.draining))
        except BaseException:
            self._engine.cancel()  # who waits for it leaves its run
            raise
        await self._persistent(self.take)

    async def _persistent(self, step: Callable[[], Awaitable[int]]) -> int:
        while True:
            try:
                return await step()
            except StoreUnavailable as error:
                log.warning("Redis is away, trying again: %s", error, action="redis_away")
                await asyncio.sleep(AWAY_SECONDS)

    async def _forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except StoreUnavailable as error:
                log.warning("Redis is away, trying again: %s", error, action="redis_away")
                await asyncio.sleep(AWAY_SECONDS)
            except Exception as error:
                log.exception("A loop of the worker failed: %s", error, action="loop_failed", loop=step.__name__)
                await asyncio.sleep(AWAY_SECONDS)

    # -- taking

    @property
    def _room(self) -> bool:
        """Whether another run may be taken. Before there is an engine only in place of those that were left: other workers drive at once."""
        most = self._limits.capacity if self._ready else min(self._left, self._limits.capacity)
        return len(self._held) < most

    @property
    def _ready(self) -> bool:
        return self._engine.done() and not self._engine.cancelled()

    async def take(self) -> int:
        """Takes runs, site by site in turn, until there is no room or no run. Answers how many."""
        taken = 0
        async with self._taking:
            idle = 0
            while not self.draining and idle < self._turn_count and self._room:
                site = next(self._turns)
                claim = await self._holding.take(site, self._slot, int(self._limits.lease * 1000), self._facts)
                idle = 0 if claim else idle + 1
                if claim:
                    self._hold(claim)
                    taken += 1
            if taken and not self._room:
                await self._bells.ring()  # there may be more, for another worker
        return taken

    def _hold(self, claim: Claim) -> None:
        self._taken += 1
        self._last_claim = time.time()
        held = Held(claim, asyncio.create_task(self._supervise(claim), name=f"run {claim.run}"))
        if (before := self._held.get(claim.run)) is not None:  # the old task has lost its fence and notices by itself
            before.why = ""
            before.cancel("stale")
        self._held[claim.run] = held

    async def _supervise(self, claim: Claim) -> None:
        def why() -> str:
            held = self._held.get(claim.run)
            return (held.why if held is not None and held.claim is claim else "stale") or "drain"

        try:
            engine = await asyncio.shield(self._engine)
            begins = self._held.get(claim.run)
            if begins is not None and begins.claim is claim:
                begins.begun = True
                if begins.why:
                    begins.cancel_task()  # takes effect inside `drive`, which settles the run
            state = await engine.drive(claim, why)
            log.info("The run rests: %s", state, action="run_rests", run=claim.run, site=claim.site, state=state)
        except StoreUnavailable as error:
            log.warning("Redis is away; the run is taken up again: %s", error, action="redis_away", run=claim.run)
        except asyncio.CancelledError:
            log.warning("The run was left while it was being handed over.", action="run_left", run=claim.run)
        except Exception as error:
            log.exception("The run was left: %s", error, action="run_left", run=claim.run)
        finally:
            held = self._held.get(claim.run)
            if held is not None and held.claim is claim:
                del self._held[claim.run]

    async def _listen(self) -> None:
        if self.draining or not self._room:
            await asyncio.sleep(0.1)
        elif await self._bells.hear(timeout=2):
            await self.take()

    # -- keeping

    async def _beat(self) -> None:
        await asyncio.sleep(self._limits.beat)
        await self._holding.alive(self._slot, ALIVE_SECONDS)
        for site in self._sites:
            held = [item for item in self._held.values() if item.claim.site == site]
            if not held:
                continue
            pairs = [(item.claim.run, item.claim.fence) for item in held]
            answers = await self._holding.beat(site, pairs, int(self._limits.lease * 1000))
            for item, answer in zip(held, answers, strict=True):
                self._obey(item, "stale" if answer == "lost" else answer)

    def _obey(self, held: Held, why: str) -> None:
        """Ends a run's task for a reason. A pause waits for the end of the unit under way: START says it."""
        if not why or why == "pause" or held.why or held.task.done():
            return
        held.cancel(why)

    async def _reap(self) -> None:
        await asyncio.sleep(REAP_SECONDS)
        for site in self._sites:
            await self._holding.reap(site)
            await expire(self._holding, site)

    async def _control(self) -> None:
        async with self._holding.control(self._sites) as messages:
            async for message in messages:
                for held in list(self._held.values()):
                    if held.claim.site != message["site"]:
                        continue
                    if message.get("stop"):
                        self._obey(held, "stop")
                    elif message.get("run") == held.claim.run:
                        self._obey(held, message["command"])

    # -- ending

    async def _recycle(self) -> None:
        await asyncio.sleep(1.0)
        limits = self._limits
        full = (limits.max_runs and self._taken >= limits.max_runs) or (
            limits.max_rss_mb and resident_mb() >= limits.max_rss_mb
        )
        if full and not self.draining:
            log.info("The worker has done its share and ends, to be started anew.", action="recycle", runs=self._taken)
            self.draining = True
            self.finished.set()

    async def drain(self) -> None:
        """Hands everything over: nothing new starts, running units get `drain` seconds, then they are cancelled; those that cannot be made again
        last, a second later."""
        self.draining = True
        await self._ended(self._limits.drain)
        self._cancel_held(lambda held: not self._unsafe(held))
        await self._ended(UNSAFE_SECONDS)
        self._cancel_held(lambda held: True)
        await self._ended(SETTLE_SECONDS)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self.finished.set()

    def _unsafe(self, held: Held) -> bool:
        return self._ready and self._engine.result().unsafe(held.claim)

    async def _ended(self, seconds: float) -> None:
        """Waits until nothing is held, at most so long."""
        if tasks := [held.task for held in self._held.values()]:
            await asyncio.wait(tasks, timeout=seconds)

    def _cancel_held(self, chosen: Callable[[Held], bool]) -> None:
        for held in list(self._held.values()):
            if not held.cut and not held.task.done() and chosen(held):
                held.why = held.why or "drain"
                held.cancel_task()
