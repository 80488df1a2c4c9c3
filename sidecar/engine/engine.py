"""Drives claimed runs, each to where it rests next: an end, a wait, or another worker.

The ladder: `Engine.drive` -> `agent.output_of` -> `Loop` -> `Units`; then `Result` settles what came of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from sidecar.engine import failures
from sidecar.engine.agent import output_of
from sidecar.engine.drive import Drive, Services
from sidecar.engine.result import Result
from sidecar.errors import StoreUnavailable
from sidecar.runs.endings import Ending, Halt, Lost, read_answer
from sidecar.runs.job import Claim
from sidecar.runs.journal import Journal
from sidecar.store.holding import Holding

log = structlog.get_logger(__name__)


class Engine:
    """Drives runs for a worker. `lease_ms`: how long a lease is taken for."""

    def __init__(
        self, holding: Holding, services: Services, *, lease_ms: int, draining: Callable[[], bool] = lambda: False
    ) -> None:
        self._holding = holding
        self._services = services
        self._lease_ms = lease_ms
        self._draining = draining
        self._journals: dict[str, Journal] = {}

    async def drive(self, claim: Claim, why_cancelled: Callable[[], str]) -> str:
        """Drives a claimed run. Answers what became of it: its state, or `lost`. `why_cancelled`: why this task is being cancelled
        (cancel, pause, stop, drain, stale). Never raises but for StoreUnavailable: then the lease runs out and the run is taken up again."""
        journal = Journal(self._holding, claim, lease_ms=self._lease_ms, draining=self._draining)
        drive = Drive(claim, journal, self._services)
        result = Result(self._holding, drive)
        self._journals[claim.fence] = journal
        try:
            journal.check()
            return await result.of_output(await output_of(drive, self._holding))
        except StoreUnavailable:
            raise
        except Halt as halt:
            return await result.of(journal.halted or halt.ending)
        except asyncio.CancelledError:
            return await result.of(journal.halted or read_answer(why_cancelled()) or Lost())
        except Exception as error:  # noqa: BLE001 - a run must rest somewhere; `failures.of_error` says where
            return await result.of(journal.halted or self._stopped_by(error, claim))
        finally:
            self._journals.pop(claim.fence, None)

    def _stopped_by(self, error: Exception, claim: Claim) -> Ending:
        bound = log.bind(run=claim.run, site=claim.site, agent=claim.job.agent.id, fence=claim.fence)
        bound.warning("The run stops: %s", error, action="run_stops", error=type(error).__name__)
        return failures.of_error(error)

    def unsafe(self, claim: Claim) -> bool:
        """Whether a call is under way for this claim that cannot be made again: cut off, it would be in doubt."""
        journal = self._journals.get(claim.fence)
        return journal is not None and journal.siblings.unsafe > 0
