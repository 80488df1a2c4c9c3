"""What Drupal said of who shows a credential, for a while, so that it is asked once for all requests and processes."""

from __future__ import annotations

import json
import secrets

from sidecar.json_text import JSON
from sidecar.store.connection import Connection, arguments

ASKING = b"?"
"""Begins the mark of who asks Drupal now."""


class Callers:
    """A key for each credential, by a digest that cannot be turned back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def first(self, site: str, digest: str, mark: str, milliseconds: int) -> dict[str, JSON] | bool:
        """What is kept; or True when nothing was and this one asks Drupal now (for so long, then another may); or False: another one asks."""
        key = self._connection.keys(site).caller(digest)
        kept = await self._connection.script("first", [key], arguments({"milliseconds": milliseconds}, [mark]))
        if kept is None:
            return True
        return False if kept.startswith(ASKING) else json.loads(kept)

    async def keep(self, site: str, digest: str, told: dict[str, JSON], milliseconds: int) -> None:
        """Keep what Drupal said, in place of the mark."""
        async with self._connection.redis() as redis:
            await redis.set(self._connection.keys(site).caller(digest), json.dumps(told), px=milliseconds)

    async def forget(self, site: str, digest: str) -> None:
        """What is kept holds no longer: the next one asks."""
        async with self._connection.redis() as redis:
            await redis.delete(self._connection.keys(site).caller(digest))

    async def release(self, site: str, digest: str, mark: str) -> None:
        """Drupal said nothing: let the next one ask."""
        await self._connection.script("release", [self._connection.keys(site).caller(digest)], arguments({}, [mark]))


def new_mark() -> str:
    """The mark of one who asks."""
    return ASKING.decode() + secrets.token_urlsafe(12)
