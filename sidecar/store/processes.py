"""The processes of this sidecar, so that the one that reports can tell a site of all of them."""

from __future__ import annotations

import json
from dataclasses import fields

from sidecar.runs.processes import FRESH_SECONDS, Process
from sidecar.store.connection import Connection
from sidecar.store.keys import PROCESSES

_NAMES = frozenset(field.name for field in fields(Process))
KEPT_SECONDS = int(FRESH_SECONDS) * 2


class Processes:
    """One hash: name of the process to what it tells. It is small, and goes when nobody tells any more."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, process: Process) -> None:
        """Keep it in place of what the process told before. Raises StoreUnavailable."""
        async with self._connection.redis() as redis, redis.pipeline(transaction=True) as pipe:
            pipe.hset(PROCESSES, process.name, json.dumps(process.document()))
            pipe.expire(PROCESSES, KEPT_SECONDS)
            await pipe.execute()

    async def gone(self, name: str) -> None:
        """The process ends. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            await redis.hdel(PROCESSES, name)

    async def all(self, now: float) -> list[Process]:
        """Those that still tell; what others have left is dropped. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            told = [_read(raw) for raw in await redis.hvals(PROCESSES)]
            if left := [process.name for process in told if not process.fresh(now)]:
                await redis.hdel(PROCESSES, *left)
        return [process for process in told if process.fresh(now)]


def _read(raw: bytes) -> Process:
    """Without what another release may have added."""
    return Process(**{name: value for name, value in json.loads(raw).items() if name in _NAMES})
