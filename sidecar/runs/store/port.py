"""The connection that every part of the store shares: Redis, the scripts, the names of keys, the bell."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from sidecar.errors import StoreUnavailable
from sidecar.runs.keys import WAKE, Keys
from sidecar.runs.store.scripts import Scripts

COUNTERS = ("steps", "tool_calls", "input_tokens", "output_tokens", "cost_micros", "writes")
ASKED_WRITES = "asked_writes"
"""Drafts that were saved or may still be: what the limit looks at. `writes` counts those that were saved."""


class Budget(NamedTuple):
    """What may be spent on a day (UTC): millionths of a US dollar, and tokens. 0: no limit."""

    cost_micros: int = 0
    tokens: int = 0


class RedisPort:
    """See `Store`."""

    def __init__(
        self,
        redis: Redis,
        *,
        defaults: Mapping[str, int] | None = None,
        concurrency: Mapping[str, int] | None = None,
        budgets: Mapping[str, Budget] | None = None,
        bell: Callable[[], Awaitable[Any]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.redis = redis
        self._bell = bell
        self.clock = clock
        self._defaults = dict(defaults or {})
        self._concurrency = dict(concurrency or {})
        self._budgets = dict(budgets or {})
        self._scripts = Scripts(redis)
        self._keys: dict[str, Keys] = {}
        self._settled: dict[str, tuple[str, str]] = {}

    def keys(self, site: str) -> Keys:
        """Key names of a site."""
        if site not in self._keys:
            self._keys[site] = Keys(site)
        return self._keys[site]

    @asynccontextmanager
    async def _redis(self) -> AsyncIterator[Any]:  # redis-py's annotations mix its sync and async halves
        try:
            yield self.redis
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            raise StoreUnavailable(f"Redis does not answer: {error}") from error

    async def ring(self) -> None:
        """Rings the bell: a worker with room takes the next run. A lost bell loses nothing (`reap`)."""
        async with self._redis() as redis, redis.pipeline(transaction=False) as pipe:
            waiting, _ = await pipe.lpush(WAKE, 1).ltrim(WAKE, 0, 99).execute()
            if self._bell is not None and waiting > 1:  # nobody listens to the list right now
                await self._bell()

    async def hear(self, timeout: float) -> bool:
        """Waits for a bell, at most `timeout` seconds."""
        async with self._redis() as redis:
            return bool(await redis.blpop([WAKE], timeout=timeout))
