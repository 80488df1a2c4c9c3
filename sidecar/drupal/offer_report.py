"""Tells a site which models the sidecar can serve: once, and again when it is something else, or when the site has lost it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from sidecar import log
from sidecar.drupal.client import DrupalSite
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.runs.offered import Offer, document_of

_log = log.get(__name__)

LOOK_SECONDS = 5.0
NOT_TAKEN = frozenset({400, 413, 422})


class OfferStore(Protocol):
    """The part of the store that is needed."""

    async def all(self, site: str) -> list[Offer]: ...


class OfferReport:
    """Of one site and one process, called `sender`. `clock` is Unix seconds."""

    def __init__(self, store: OfferStore, site: str, sender: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._site = site
        self._sender = sender
        self._clock = clock
        self._look_at = 0.0
        self._refused = ""
        self._has: JSON = None

    def site_has(self, version: JSON) -> None:
        """What the site says in an answer; an older module says nothing, and is told nothing."""
        self._has = version

    async def tell(self, drupal: DrupalSite) -> None:
        """Sends what the site does not have. Raises StoreUnavailable and DrupalError: it is told the next time."""
        now = self._clock()
        if not isinstance(self._has, str) or now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        document = document_of(await self._store.all(self._site), now)
        version = document["version"]
        # Without any worker there is nothing to say: the site sees by itself that nobody reports.
        if not document["providers"] or version in (self._has, self._refused):
            return
        envelope: dict[str, JSON] = {"sender": self._sender, "runs": [], "models": document}
        try:
            answer = await drupal.signed("events", envelope)
        except DrupalError as error:
            if isinstance(error, DrupalUnavailable) or error.status not in NOT_TAKEN:
                raise
            self._refused = version
            _log.warning(f"The site does not take which models there are: {error}", action="models_refused")
        else:
            self._has = answer.get("models")
