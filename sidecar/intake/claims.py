"""Jobs fetched from Drupal over HTTP: new ones, named ones, and all unfinished ones after a loss of Redis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sidecar import log
from sidecar.drupal.client import DrupalSite
from sidecar.errors import ContractError
from sidecar.intake.accept import Hallway
from sidecar.json_text import JSON, is_list, is_object

_log = log.get(__name__)

PAGE = 50
MOST_PAGES = 10_000


class Claimer:
    """`POST jobs/claim` of one site. `worker` names this process in the outbox rows."""

    def __init__(self, site: DrupalSite, hallway: Hallway, worker: str, limit: int = PAGE) -> None:
        self._site = site
        self._hallway = hallway
        self._worker = worker
        self._limit = limit

    async def new(self) -> int:
        """Claim what is new or due, until nothing is left. Returns how many jobs were accepted.

        Raises DrupalError and StoreUnavailable; a job that was handed out and not stored comes back when its claim ends."""
        return await self._pages({})

    async def unfinished(self) -> int:
        """Claim all unfinished runs of the site, whoever had them: Redis may have lost them."""
        count = await self._pages({"lost": True})
        _log.info("Claimed all unfinished runs again.", action="jobs_recovered", site=self._site.id, jobs=count)
        return count

    async def named(self, runs: Iterable[str]) -> set[str]:
        """Claim these runs again. Returns those that Drupal handed out: the others are over."""
        wanted = list(dict.fromkeys(runs))
        found: set[str] = set()
        for start in range(0, len(wanted), self._limit):
            answer = await self._claim({"lost": True, "runs": wanted[start : start + self._limit]})
            found |= {job["run"] for job in answer["jobs"] if is_object(job) and "run" in job}
            await self._accept(answer["jobs"])
        return found

    async def _pages(self, request: dict[str, JSON]) -> int:
        count = 0
        after: Any = None
        for _ in range(MOST_PAGES):
            answer = await self._claim(request | ({} if after is None else {"after": after}))
            count += await self._accept(answer["jobs"])
            following = answer.get("next") if request.get("lost") else None
            # A page of all runs may be short or empty: rows are set aside, or their jobs are large. Its `next` tells the last one.
            if following in (None, after) if request.get("lost") else not answer["jobs"]:
                break
            after = following
        return count

    async def _claim(self, request: dict[str, JSON]) -> dict[str, JSON]:
        answer = await self._site.signed("jobs/claim", {"worker": self._worker, "limit": self._limit} | request)
        if not is_list(answer.get("jobs")):
            raise ContractError("Drupal's answer to jobs/claim has no list of jobs.", "/jobs")
        if "spent" in answer:
            await self._hallway.spent(self._site.id, answer["spent"])  # first: no run may start on an empty sum
        else:
            _log.warning(
                "Drupal does not tell what was spent today, so runs under a budget of a day wait. Update the module.",
                action="spent_unknown",
                site=self._site.id,
            )
        if answer.get("stop") is True:
            await self._hallway.stopped(self._site.id)
        if answer.get("look_in") is not None:
            await self._hallway.look_again(self._site.id, answer["look_in"])
        return answer

    async def _accept(self, jobs: list[Any]) -> int:
        accepted = 0
        for job in jobs:
            try:
                await self._hallway.accept(job)
                accepted += 1
            except ContractError as error:
                await self._hallway.refuse(self._site.id, job, error)
        return accepted
