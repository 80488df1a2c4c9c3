"""The bells that wake workers. None carries a run: which one is taken is decided by the script `take`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sidecar.store.connection import Connection
from sidecar.store.keys import WAKE


class Bells:
    """A list in Redis that workers listen to. `arq` rings arq's bell, for those who do not listen right now."""

    def __init__(self, connection: Connection, arq: Callable[[], Awaitable[Any]] | None = None) -> None:
        self._connection = connection
        self._arq = arq

    async def ring(self) -> None:
        """A worker with room takes the next run. A lost bell loses nothing (`reap`)."""
        async with self._connection.redis() as redis, redis.pipeline(transaction=False) as pipe:
            waiting, _ = await pipe.lpush(WAKE, 1).ltrim(WAKE, 0, 99).execute()
            if self._arq is not None and waiting > 1:  # nobody listens to the list right now
                await self._arq()

    async def hear(self, timeout: float) -> bool:
        """Waits for a bell, at most `timeout` seconds."""
        async with self._connection.redis() as redis:
            return bool(await redis.blpop([WAKE], timeout=timeout))
