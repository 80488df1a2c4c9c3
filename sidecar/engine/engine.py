"""Drives claimed runs to their next resting place: an end, a wait, or another worker.

The ladder: `Engine.drive` -> `agent.output_of` -> `Loop` -> `Units`; and `Rest.of` says what a Halt or an error means, and settles it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from sidecar.engine.agent import output_of
from sidecar.engine.drive import Drive, Services
from sidecar.engine.meaning import meaning
from sidecar.engine.rest import Rest
from sidecar.errors import StoreUnavailable
from sidecar.runs.job import Claim
from sidecar.runs.journal import Halt, Journal
from sidecar.runs.store import Store

log = structlog.get_logger(__name__)


class Engine:
    """Drives runs for a worker. `lease_ms`: how long a lease is taken for."""

    def __init__(
        self, store: Store, services: Services, *, lease_ms: int, draining: Callable[[], bool] = lambda: False
    ) -> None:
        self._store = store
        self._rest = Rest(store, services)
        self._services = services
        self._lease_ms = lease_ms
        self._draining = draining
        self._journals: dict[str, Journal] = {}

    async def drive(self, claim: Claim, why_cancelled: Callable[[], str]) -> str:
        """Drives a claimed run. Answers what became of it: its state, or `lost`. `why_cancelled`: why this task is being cancelled
        (cancel, pause, stop, drain, stale). Never raises but for StoreUnavailable: then the lease runs out and the run is taken up again."""
        drive: Drive | None = None
        bound = log.bind(run=claim.run, site=claim.site, agent=claim.job.agent.id, fence=claim.fence)
        try:
            agent = claim.job.agent
            journal = Journal(self._store, claim, lease_ms=self._lease_ms, draining=self._draining)
            drive = Drive(claim, journal, agent, self._services, self._services.client(claim))
            self._journals[claim.fence] = journal
            journal.check()
            output = await output_of(drive, self._store)
            return await self._rest.answered(claim, journal, output)
        except Halt as halt:
            return await self._rest.of(claim, drive, (drive and drive.journal.halted) or halt)
        except asyncio.CancelledError:
            return await self._rest.of(claim, drive, (drive and drive.journal.halted) or Halt(why_cancelled()))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a run must rest somewhere; the table of `meaning` says where
            if drive and drive.journal.halted:  # a library wrapped it
                return await self._rest.of(claim, drive, drive.journal.halted)
            bound.warning("The run stops: %s", error, action="run_stops", error=type(error).__name__)
            return await self._rest.of(claim, drive, meaning(error))
        finally:
            self._journals.pop(claim.fence, None)

    def unsafe(self, claim: Claim) -> bool:
        """Whether a call is under way for this claim that cannot be made again: cut off, it would be in doubt."""
        journal = self._journals.get(claim.fence)
        return journal is not None and journal.unsafe > 0
