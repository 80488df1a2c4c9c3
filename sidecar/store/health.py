"""Whether Redis can be relied on, and whether it has forgotten something."""

from __future__ import annotations

import secrets
from typing import Any

from redis.exceptions import RedisError, ResponseError

from sidecar.errors import StoreUnavailable
from sidecar.store.connection import Connection
from sidecar.store.keys import worker

MOST_WORKERS = 32
"""Of one place, that are looked for."""


class Health:
    """Looks at Redis itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._settled: dict[str, tuple[str, str]] = {}

    async def lost(self, site: str) -> bool:
        """Whether Redis may have lost runs of this site since `settled`: its sentinel or its identity is not what it was."""
        async with self._connection.redis() as redis:
            sentinel = await redis.get(self._connection.keys(site).sentinel)
            identity = await self._identity()
        known = self._settled.get(site)
        return known is None or sentinel is None or known != (sentinel.decode(), identity)

    async def settled(self, site: str) -> None:
        """All unfinished runs of the site were accepted again: from here on a loss is noticed."""
        async with self._connection.redis() as redis:
            await redis.set(self._connection.keys(site).sentinel, secrets.token_hex(16), nx=True)
            sentinel = (await redis.get(self._connection.keys(site).sentinel)).decode()
        self._settled[site] = (sentinel, await self._identity())

    async def _identity(self) -> str:
        async with self._connection.redis() as redis:
            server, replication = await redis.info("server"), await redis.info("replication")
        return f"{server.get('run_id')}/{replication.get('master_replid')}"

    async def check(self) -> None:
        """Raises StoreUnavailable, with what to do, unless Redis can hold runs."""
        try:
            async with self._connection.redis() as redis:
                await redis.ping()
                memory = await redis.info("memory")
        except RedisError as error:
            raise StoreUnavailable(
                f"Redis refuses: {error}. Check the user, the password and the database of redis_url."
            ) from error
        policy = memory.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise StoreUnavailable(
                f"Redis evicts keys (maxmemory-policy {policy}). Set it to noeviction: a run must not vanish."
            )

    async def any_alive(self, place: str) -> bool:
        """Whether a worker of this place (the setting worker.slot) is alive. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            return bool(await redis.exists(*(worker(f"{place}.{number}") for number in range(1, MOST_WORKERS + 1))))

    async def facts(self) -> dict[str, Any]:
        """For people: `server`, `version`, `append_only`, `fsync` (empty when Redis does not tell). Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            server, persistence = await redis.info("server"), await redis.info("persistence")
            try:
                fsync = (await redis.config_get("appendfsync")).get("appendfsync", "")
            except ResponseError:  # hosted ones forbid CONFIG
                fsync = ""
        return {
            "server": str(server.get("server_name", "redis")).capitalize(),
            "version": server.get("valkey_version") or server.get("redis_version"),
            "append_only": bool(persistence.get("aof_enabled")),
            "fsync": fsync,
        }
