"""Which site each id stands for: the base URL that the site has in its own settings, as it was first told, or accepted by an operator."""

from __future__ import annotations

from sidecar.store.connection import Connection


class Identities:
    """A key for each site id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def known_site(self, site: str) -> str | None:
        """The base URL of the site that is served under this id; empty: it has none in its settings. None: nobody was asked yet."""
        async with self._connection.redis() as redis:
            known = await redis.get(self._connection.keys(site).identity)
        return None if known is None else known.decode()

    async def know_site(self, site: str, base_url: str) -> None:
        """From now on this one is served, and no other. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            await redis.set(self._connection.keys(site).identity, base_url)
