"""Under which key each order was sent to Drupal: who asks again meanwhile gets the same run."""

from __future__ import annotations

from sidecar.store.connection import Connection, arguments


class DispatchKeys:
    """A key of Redis for each order that is on its way, by its digest."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def key_of(self, site: str, digest: str, new: str, milliseconds: int) -> str:
        """The key under which this order was sent already; else `new`, which is kept for so long."""
        name = self._connection.keys(site).dispatch(digest)
        kept = await self._connection.script("first", [name], arguments({"milliseconds": milliseconds}, [new]))
        return new if kept is None else kept.decode()

    async def forget(self, site: str, digest: str, milliseconds: int = 0) -> None:
        """Forget an order, now or in a while: the same one after that is another one."""
        name = self._connection.keys(site).dispatch(digest)
        async with self._connection.redis() as redis:
            if milliseconds:
                await redis.pexpire(name, milliseconds)
            else:
                await redis.delete(name)
