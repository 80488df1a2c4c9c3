"""Who shows a credential, by the word of the site: asked once for all requests and processes, kept for half a minute."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from sidecar.drupal import problems, signing
from sidecar.drupal.client import API, DrupalSite
from sidecar.errors import CallerRefused, DrupalError, DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.remote.caller import Caller, Door, Origin
from sidecar.remote.credential import Credential
from sidecar.store.callers import new_mark

GOOD_SECONDS = 30.0
REFUSED_SECONDS = 5.0
ASKING_SECONDS = 10.0
"""How long Drupal may take to say who somebody is, and others wait for what it says."""
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1
MEANS = frozenset({"key", "oauth", "basic"})
"""By which people and programs come. A session is not sent on, and a run's token is an agent's."""
MAX_CREDENTIAL = 8_192


class KeptCallers(Protocol):
    """Where what Drupal said is kept (store/callers.py)."""

    async def first(self, site: str, digest: str, mark: str, milliseconds: int) -> dict[str, JSON] | bool: ...

    async def keep(self, site: str, digest: str, told: dict[str, JSON], milliseconds: int) -> None: ...

    async def release(self, site: str, digest: str, mark: str) -> None: ...

    async def forget(self, site: str, digest: str) -> None: ...


class Who:
    """Asks sites who somebody is. Good answers are kept for 30 s, refusals for 5 s, and that a site does not answer is not kept."""

    def __init__(
        self,
        sites: Mapping[str, DrupalSite],
        kept: KeptCallers,
        *,
        good_seconds: float = GOOD_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sites = sites
        self._kept = kept
        self._good_seconds = good_seconds
        self._clock = clock

    async def ask(self, site: str, credential: Credential, door: Door, address: str) -> Caller:
        """Who shows this credential at this door, from this address. Costs a request to Drupal at most twice a minute.

        Raises CallerRefused (401: nobody for the site, 403: somebody who may not come in here), DrupalUnavailable (also 429: too many
        wrong ones from this address), StoreUnavailable. `site` is one of the settings."""
        if not _sendable(credential):
            raise CallerRefused(401, "credential_invalid", "The credential is no text that can be a key or a token.")
        origin = Origin.of(door, address)
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                told = await self._told(self._sites[site], credential, origin)
        except TimeoutError:
            detail = "Drupal did not say in time who this is."
            raise DrupalUnavailable(problems.problem(0, "unreachable", detail), 1.0) from None
        if refused := told.get("refused"):
            raise CallerRefused(refused["status"], refused["code"], refused["detail"])
        return Caller.of(site, told, credential, origin)

    async def forget(self, site: str, credential: Credential) -> None:
        """The site has just refused it: whoever shows it next is asked about anew. Raises StoreUnavailable."""
        drupal = self._sites[site]
        await self._kept.forget(drupal.id, _digest(drupal, credential))

    async def _told(self, drupal: DrupalSite, credential: Credential, origin: Origin) -> dict[str, JSON]:
        digest, mark, pause = _digest(drupal, credential), new_mark(), FIRST_PAUSE
        try:
            while True:
                # Who asks may be gone without a word: then its mark ends, and another one asks.
                kept = await self._kept.first(drupal.id, digest, mark, int(ASKING_SECONDS * 1000))
                if kept is True:
                    return await self._find_out(drupal, credential, origin, digest, mark)
                if kept is not False:
                    return kept
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)
        except asyncio.CancelledError:  # the mark may be set, though nobody has heard it
            await self._kept.release(drupal.id, digest, mark)
            raise

    async def _find_out(
        self, drupal: DrupalSite, credential: Credential, origin: Origin, digest: str, mark: str
    ) -> dict[str, JSON]:
        known = False
        try:
            told = await _me(drupal, credential, origin, self._clock())
            seconds = REFUSED_SECONDS if "refused" in told else self._seconds(told)
            if seconds <= 0:
                told, seconds = refusal(401, "credential_invalid", "The credential is over."), REFUSED_SECONDS
            await self._kept.keep(drupal.id, digest, told, int(seconds * 1000))
            known = True
            return told
        finally:
            if not known:
                await self._kept.release(drupal.id, digest, mark)

    def _seconds(self, told: dict[str, JSON]) -> float:
        """How long an answer is kept: no longer than the credential is good."""
        if (end := told.get("expires")) is None:
            return self._good_seconds
        left = datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp() - self._clock()
        return min(self._good_seconds, left)


async def _me(drupal: DrupalSite, credential: Credential, origin: Origin, now: float) -> dict[str, JSON]:
    """What Drupal says of the caller, or `refused`. Raises DrupalError when it says neither."""
    try:
        told = await drupal.for_caller("GET", API + "me", headers_of(drupal, credential, origin, now), asks_who=True)
    except DrupalUnavailable:
        raise
    except DrupalError as error:
        if error.status not in (401, 403):
            raise
        return refusal(error.status, error.code, str(error))
    if told.get("anonymous") or not told.get("account"):
        return refusal(401, "credential_invalid", "The site does not know this credential.")
    if told.get("means") not in MEANS:
        return refusal(403, "forbidden", "This door is for keys, OAuth tokens, and name and password.")
    return told


def headers_of(drupal: DrupalSite, credential: Credential, origin: Origin, now: float) -> dict[str, str]:
    """What goes with each request in somebody's name: the credential as it came, and where it came from under our signature."""
    said = signing.caller_header(drupal.settings.keys[0], credential.value, origin.door, origin.address, int(now))
    return credential.headers | {signing.CALLER_HEADER: said}


def refusal(status: int, code: str, detail: str) -> dict[str, JSON]:
    """A refusal as it is kept."""
    return {"refused": {"status": status, "code": code, "detail": detail}}


def _sendable(credential: Credential) -> bool:
    return credential.value.isascii() and credential.value.isprintable() and len(credential.value) <= MAX_CREDENTIAL


def _digest(drupal: DrupalSite, credential: Credential) -> str:
    """Names the credential in Redis. Who reads Redis cannot try guesses without the site's secret."""
    key = hmac.digest(drupal.settings.keys[0], b"callers", "sha256")
    return hmac.digest(key, f"{credential.header}\n{credential.value}".encode(), "sha256").hex()
