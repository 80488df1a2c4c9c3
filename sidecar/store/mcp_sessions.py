"""Which process holds each session of an MCP client (protocol of 2025-11-25), so that any process can pass its requests on."""

from __future__ import annotations

import hashlib

from sidecar.store.connection import Connection

KEPT_SECONDS = 86_400
"""From the last request. Longer than a session lives without one, so an entry that is gone means a session that is gone."""


class McpSessions:
    """A key for each session. Its id is a secret of its client: Redis has the hash."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(self, site: str, session: str, process: str) -> None:
        """This process holds the session. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            await redis.set(self._key(site, session), process, ex=KEPT_SECONDS)

    async def holder(self, site: str, session: str) -> str | None:
        """The process that holds it; None: there is no such session. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            found = await redis.getex(self._key(site, session), ex=KEPT_SECONDS)
        return found.decode() if found else None

    async def note_told(self, site: str, session: str, lists: str) -> None:
        """Which lists its client knows of, by a name of them. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            await redis.set(self._told(site, session), lists, ex=KEPT_SECONDS)

    async def told(self, site: str, session: str) -> str | None:
        """As noted last; None: not known, or no longer. Who asks has an open stream, which is a request: the session is kept for longer.
        Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            await redis.expire(self._key(site, session), KEPT_SECONDS)
            found = await redis.getex(self._told(site, session), ex=KEPT_SECONDS)
        return found.decode() if found else None

    async def forget(self, site: str, session: str) -> None:
        """The session has ended. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            await redis.delete(self._key(site, session), self._told(site, session))

    def _key(self, site: str, session: str) -> str:
        return self._connection.keys(site).mcp_session(_digest(session))

    def _told(self, site: str, session: str) -> str:
        return self._connection.keys(site).mcp_session_told(_digest(session))


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
