"""The hallway: every job, whichever door it came by, is checked and stored here. Accepting is idempotent by run id."""

from __future__ import annotations

from typing import Any, Protocol

from sidecar import contracts, log
from sidecar.drupal.client import DrupalSite
from sidecar.errors import ContractError, DrupalError
from sidecar.intake.limits import SidecarLimits
from sidecar.json_text import JSON, is_object
from sidecar.redact import Redactor
from sidecar.runs.job import Job
from sidecar.runs.run import RunState

_log = log.get(__name__)

INVALID = "job:invalid"
LOOK_SECONDS = 604_800
"""The longest time that Drupal can ask for: a week."""


class Accepted(Protocol):
    """What the store answers: the attempt it holds now, and whether the run is new to it."""

    @property
    def run(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def new(self) -> bool: ...


class JobStore(Protocol):
    """Where jobs are stored (store/accepting.py)."""

    async def accept(self, job: Job, /) -> Accepted: ...
    async def look_again(self, site: str, seconds: int) -> None: ...


class SiteCommands(Protocol):
    """What a site tells with its jobs (store/commands.py)."""

    async def told_spent(self, site: str, spent: dict[str, JSON]) -> bool: ...
    async def set_stop(self, site: str, on: bool) -> None: ...


class Hallway:
    """Checks jobs against their contract and stores them. A job that breaks it can never run: Drupal is told so at once,
    as the failed end of its run, so that it does not wait for ever."""

    def __init__(
        self,
        store: JobStore,
        commands: SiteCommands,
        sites: dict[str, DrupalSite],
        sender: str,
        limits: SidecarLimits | None = None,
        redact: Redactor | None = None,
    ) -> None:
        self._redact = redact or Redactor()
        self._limits = limits or SidecarLimits()
        self._store = store
        self._commands = commands
        self._sites = sites
        self._sender = sender

    async def accept(self, job: Any) -> Accepted:
        """Store one job and ring the bell.

        Raises ContractError (the job is wrong) and StoreUnavailable (try again: nothing was accepted).
        """
        contracts.check("job", job)
        if job["site"] not in self._sites:
            known = ", ".join(sorted(self._sites)) or "none"
            raise ContractError(
                f"The job is for the site {job['site']}, which is not in the settings (known: {known}).", "/site"
            )
        held = self._limits.hold(Job.of(self._without_secrets(job)))
        accepted = await self._store.accept(held)
        _log.info(
            "Accepted a job." if accepted.new else "Accepted a job again.",
            action="job_accepted",
            site=held.site,
            run=held.run,
            agent=held.agent.id,
            attempt=accepted.attempt,
            new=accepted.new,
        )
        return accepted

    async def stopped(self, site: str) -> None:
        """Drupal says that its agents are stopped. That they may work again is told by the answers to reports and by commands alone: a late
        answer to a claim must not undo a stop."""
        await self._commands.set_stop(site, True)

    async def look_again(self, site: str, seconds: Any) -> None:
        """Look for jobs after so many seconds, ahead of the usual time. Raises ContractError and StoreUnavailable."""
        if type(seconds) is not int or not 0 <= seconds <= LOOK_SECONDS:
            raise ContractError(f"`look_in` is no whole number from 0 to {LOOK_SECONDS}.", "/look_in")
        await self._store.look_again(site, seconds)

    async def spent(self, site: str, spent: Any) -> None:
        """Take over what Drupal knows of the day's spending (contracts/common, `spent`). Raises ContractError and StoreUnavailable."""
        contracts.check("common#spent", spent)
        if not await self._commands.told_spent(site, spent):
            _log.info(
                "Drupal told the spending of another day (UTC).",
                action="spent_another_day",
                site=site,
                day=spent["day"],
            )

    def _without_secrets(self, job: dict[str, JSON]) -> dict[str, JSON]:
        """The job without known secrets in what people wrote: input, trigger and notes go into the journal, the events and the prompt."""
        written = {name: job[name] for name in ("input", "trigger", "answers", "retried", "review") if name in job}
        return job | self._redact.known_value(written)

    async def refuse(self, site: str, job: Any, error: ContractError) -> bool:
        """Tell Drupal that the run of a wrong job has failed. False when Drupal could not be told: the job will come again."""
        run = job.get("run") if is_object(job) else None
        _log.error(str(error), action="job_refused", site=site, run=run, pointer=error.pointer)
        drupal = self._sites.get(site)
        if drupal is None or not isinstance(run, str):
            return False
        end = {
            "state": RunState.FAILED.value,
            "reason": INVALID,
            "message": f"The sidecar cannot run this job. {error}",
        }
        item: dict[str, JSON] = {
            "run": run,
            "attempt": job.get("attempt") or 1,
            "generation": job.get("generation") or 1,
            "events": [],
            "end": end,
        }
        try:
            await drupal.signed("events", {"site": site, "sender": self._sender, "runs": [item]})
        except DrupalError as failure:
            _log.warning(f"Drupal could not be told: {failure}", action="job_refused", site=site, run=run)
            return False
        return True
