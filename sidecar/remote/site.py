"""One caller at one site: everything a door asks of Drupal, as that caller. Drupal's own checks decide each time."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from typing import Protocol
from urllib.parse import quote

from sidecar.drupal.client import API, DrupalSite, Params, encode
from sidecar.errors import DrupalError, DrupalUnavailable, StoreUnavailable
from sidecar.json_text import JSON, elements
from sidecar.remote.caller import Caller
from sidecar.remote.credential import Credential
from sidecar.remote.documents import AgentFacts, EventPage, RunFacts, RunPage
from sidecar.remote.following import LiveEvents, LiveRuns, follow
from sidecar.remote.who import headers_of

COMMANDS = ("cancel", "pause", "resume", "retry", "answer")
DRAFT_PAGE = 50


class Forgets(Protocol):
    """Keeps for a while who shows a credential (remote/who.py)."""

    async def forget(self, site: str, credential: Credential) -> None: ...


class SiteAsCaller:
    """Drupal, asked as a caller. Refusals are DrupalError with Drupal's own status, code and detail; nothing is repeated here."""

    def __init__(self, site: DrupalSite, caller: Caller, live: LiveRuns, watch: LiveEvents, who: Forgets) -> None:
        self.site = site
        self.caller = caller
        self._live = live
        self._watch = watch
        self._who = who

    async def agents(self) -> list[AgentFacts]:
        """The agents that the caller may dispatch."""
        answer = await self._get("agents")
        return [AgentFacts.of(document) for document in elements(answer.get("agents"))]

    async def agent(self, id: str) -> AgentFacts:
        """One of them. Raises DrupalError (404)."""
        return AgentFacts.of(await self._get(f"agents/{quote(id, safe='')}"))

    async def dispatch(self, body: dict[str, JSON]) -> RunFacts:
        """Start an agent (contracts/dispatch). With the same `key` it is the same run: repeat it after DrupalAnswerLost."""
        return RunFacts.of(await self._post("runs", body))

    async def run(self, id: str) -> RunFacts:
        """One run. Raises DrupalError (404: there is none, or none that the caller may see)."""
        return RunFacts.of(await self._get(f"runs/{id}"))

    async def runs(self, filters: Mapping[str, str | int]) -> RunPage:
        """Runs that the caller may see, newest first; `filters` as in contracts."""
        answer = await self._get("runs", dict(filters))
        return RunPage(
            tuple(RunFacts.of(run) for run in elements(answer.get("runs"))), answer.get("next"), answer.get("total")
        )

    async def events(self, id: str, after: int = 0, limit: int = 200) -> EventPage:
        """What the site has of a run's events behind `after`."""
        answer = await self._get(f"runs/{id}/events", {"after": after, "limit": limit})
        return EventPage(RunFacts.of(answer["run"]), tuple(elements(answer.get("events"))), answer["last_seq"])

    def follow(self, id: str, after: int = 0) -> AsyncGenerator[dict[str, JSON]]:
        """A run's events behind `after`, as they come: at once where the sidecar has the run, else within two seconds. Ends behind the run's
        end, and when this process ends. Raises DrupalError (404), DrupalUnavailable, StoreUnavailable. Close it (`aclosing`)."""
        return follow(self, self._live, self._watch, self.caller.site, id, after)

    async def command(self, id: str, command: str, body: dict[str, JSON] | None = None) -> RunFacts:
        """Tell a run what to do: one of COMMANDS (contracts/command)."""
        return RunFacts.of(await self._post(f"runs/{id}/{command}", body or {}))

    async def draft_page(self, id: str, limit: int = 20, cursor: str | None = None) -> dict[str, JSON]:
        """A page of what the run has left (contracts/drafts), each with its fields before and after; `next` is the cursor of the next page."""
        return await self._get(f"runs/{id}/drafts", {"limit": limit, **({"cursor": cursor} if cursor else {})})

    async def draft(self, id: str, uuid: str) -> dict[str, JSON] | None:
        """One of them; None: the run has left none with this id that the caller may see."""
        cursor: str | None = None
        while True:
            page = await self.draft_page(id, DRAFT_PAGE, cursor)
            found = next((draft for draft in elements(page.get("drafts")) if draft["uuid"] == uuid), None)
            cursor = page.get("next")
            if found is not None or cursor is None:
                return found

    async def send_back(self, id: str, body: dict[str, JSON]) -> RunFacts:
        """Send the drafts of a run back with remarks."""
        return RunFacts.of(await self._post(f"runs/{id}/send-back", body))

    async def batches(self, filters: Mapping[str, str | int]) -> dict[str, JSON]:
        """Batches that the caller may see, newest first: `batches`, and the cursor `next`."""
        return await self._get("batches", dict(filters))

    async def start_batch(self, body: dict[str, JSON]) -> dict[str, JSON]:
        """Start an agent for many items."""
        return await self._post("batches", body)

    async def batch(self, id: int) -> dict[str, JSON]:
        """One batch with its numbers (contracts/batch). Raises DrupalError (404)."""
        return await self._get(f"batches/{id}")

    async def command_batch(self, id: int, command: str, body: dict[str, JSON] | None = None) -> dict[str, JSON]:
        """Pause, resume, cancel or retry a batch; `body`: cancel's `runs`."""
        return await self._post(f"batches/{id}/{command}", body or {})

    async def _get(self, path: str, params: Params | None = None) -> dict[str, JSON]:
        return await self._asked("GET", path, params=params)

    async def _post(self, path: str, body: dict[str, JSON]) -> dict[str, JSON]:
        return await self._asked("POST", path, body=encode(body))

    async def _asked(
        self, method: str, path: str, *, body: bytes | None = None, params: Params | None = None
    ) -> dict[str, JSON]:
        try:
            return await self.site.for_caller(method, API + path, self._headers(), body=body, params=params)
        except DrupalError as error:
            if error.status == 401 and not isinstance(error, DrupalUnavailable):
                await self._forget()
            raise

    async def _forget(self) -> None:
        """The right has ended since it was asked for: the next call is refused at the door."""
        try:
            await self._who.forget(self.caller.site, self.caller.credential)
        except StoreUnavailable:
            return  # what is kept ends by itself

    def _headers(self) -> dict[str, str]:
        return headers_of(self.site, self.caller.credential, self.caller.origin, time.time())
