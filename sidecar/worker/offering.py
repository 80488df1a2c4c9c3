"""Keeps in Redis which models this worker can serve, for those who report to the sites."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from sidecar.errors import StoreUnavailable
from sidecar.models.catalog import Catalog
from sidecar.runs.offered import Offer, Provider

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
TELL_SECONDS = 60.0


class OfferStore(Protocol):
    """The part of the store that is needed."""

    async def note(self, site: str, offer: Offer) -> None: ...


class Offering:
    """What was told last, so that the same is told once a minute only. `clock` is Unix seconds."""

    def __init__(
        self,
        catalog: Catalog,
        store: OfferStore,
        sites: Iterable[str],
        process: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._sites = list(sites)
        self._process = process
        self._clock = clock
        self._told: list[object] = []
        self._tell_at = 0.0

    async def look(self) -> None:
        """Asks for keys and lists that are due, and tells what has changed. Raises StoreUnavailable."""
        await self._catalog.look()
        offered = {site: self._catalog.providers(site) for site in self._sites}
        now, documents = self._clock(), [_documents(providers) for providers in offered.values()]
        if now < self._tell_at and documents == self._told:
            return
        for site, providers in offered.items():
            await self._store.note(site, Offer(self._process, now, providers))
        self._told, self._tell_at = list(documents), now + TELL_SECONDS


def _documents(providers: tuple[Provider, ...]) -> object:
    """Without what is another at each answer."""
    return [provider.document() for provider in providers]


async def keep_offering(catalog: Catalog, store: OfferStore, sites: Iterable[str], process: str) -> None:
    """Looks every few seconds until it is cancelled."""
    offering = Offering(catalog, store, sites, process)
    while True:
        try:
            await offering.look()
        except StoreUnavailable as error:
            log.warning("Redis is away; the models are told later: %s", error, action="redis_away")
        await asyncio.sleep(LOOK_SECONDS)
