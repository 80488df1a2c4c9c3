"""The bells that wake workers. None carries a run: which one is taken is decided by the script `take`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from redis.exceptions import NoScriptError

from sidecar.store.connection import Connection
from sidecar.store.keys import WAKE

ARQ_SECONDS = 1.0
"""arq's workers look once a second, and a bell that waits is not doubled: ringing more often is heard by nobody."""
MOST_WAITING = 100
"""Bells that nobody has heard yet; more would wake nobody else."""


class Bells:
    """A list in Redis that workers listen to. `arq` rings arq's bell, where nobody listens right now. `clock` is monotonic seconds."""

    def __init__(
        self,
        connection: Connection,
        arq: Callable[[], Awaitable[Any]] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._arq = arq
        self._clock = clock
        self._arq_at = 0.0

    async def ring(self) -> None:
        """A worker with room takes the next run. A lost bell loses nothing (`reap`)."""
        async with self._connection.redis() as redis, redis.pipeline(transaction=False) as pipe:
            waiting, _ = await pipe.lpush(WAKE, 1).ltrim(WAKE, 0, MOST_WAITING - 1).execute()
        await self.rung(waiting)

    async def ring_after(self, script: str, keys: list[str], args: list[Any]) -> Any:
        """Runs one script and rings, in one round trip. Answers what the script does. Raises StoreUnavailable."""
        async with self._connection.redis() as redis, redis.pipeline(transaction=False) as pipe:
            self._connection.add_script(pipe, script, keys, args)
            pipe.lpush(WAKE, 1).ltrim(WAKE, 0, MOST_WAITING - 1)
            answer, waiting, _ = await pipe.execute(raise_on_error=False)
            if isinstance(answer, NoScriptError):  # a fresh Redis, or a flushed one
                answer = await self._connection.script(script, keys, args)
                waiting = await redis.lpush(WAKE, 1)
            for found in (answer, waiting):
                if isinstance(found, Exception):
                    raise found
        await self.rung(waiting)
        return answer

    async def rung(self, waiting: int) -> None:
        """The list was rung; `waiting`: how many bells are in it. With more than this one nobody listens right now."""
        now = self._clock()
        if self._arq is None or waiting <= 1 or now - self._arq_at < ARQ_SECONDS:
            return
        self._arq_at = now
        async with self._connection.redis():
            await self._arq()

    async def hear(self, timeout: float) -> bool:
        """Waits for a bell, at most `timeout` seconds."""
        async with self._connection.redis() as redis:
            return bool(await redis.blpop([WAKE], timeout=timeout))
