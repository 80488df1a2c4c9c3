"""Which models each worker process can serve for a site, so that the process that reports to the site can tell."""

from __future__ import annotations

from sidecar.runs.offered import FRESH_SECONDS, Offer
from sidecar.store.connection import Connection


class Offers:
    """A hash for each site: name of the process to what it offers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, site: str, offer: Offer) -> None:
        """In place of what the process offered before; what processes offered that are gone is dropped. Raises StoreUnavailable."""
        key = self._connection.keys(site).offers
        gone = [found.process for found in await self.all(site) if offer.told - found.told > FRESH_SECONDS]
        async with self._connection.redis() as redis, redis.pipeline(transaction=True) as pipe:
            if gone:
                pipe.hdel(key, *gone)
            pipe.hset(key, offer.process, offer.written())
            pipe.expire(key, int(FRESH_SECONDS))
            await pipe.execute()

    async def all(self, site: str) -> list[Offer]:
        """Of all processes that told lately. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            found = await redis.hvals(self._connection.keys(site).offers)
        return [Offer.read(raw) for raw in found]
