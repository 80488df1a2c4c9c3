"""Tells all processes that something which clients hold lists of has changed. Nobody listens: nothing is kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sidecar.store.connection import Connection


class Changes:
    """A channel for each site."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tell(self, site: str, change: str) -> None:
        """Every process that listens hears it, this one too. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            await redis.publish(self._connection.keys(site).changes, change)

    @asynccontextmanager
    async def listen(self, sites: Iterable[str]) -> AsyncGenerator[AsyncIterator[tuple[str, str]]]:
        """Pairs of site and change, from now on. Raises StoreUnavailable, also later, when Redis goes."""
        channels = {self._connection.keys(site).changes: site for site in sites}
        async with self._connection.redis() as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(*channels)

            async def changes() -> AsyncIterator[tuple[str, str]]:
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        yield channels[message["channel"].decode()], message["data"].decode()

            yield changes()
