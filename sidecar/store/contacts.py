"""What each process was last answered by a site, so that others (the doctor, the API) can tell."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from sidecar.runs.contact import Contact
from sidecar.store.connection import Connection

KEPT_SECONDS = 86_400
_NAMES = frozenset(field.name for field in fields(Contact))


class Contacts:
    """A hash for each site: name of the process to its contact."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, site: str, contact: Contact) -> None:
        """Keep it for a day, in place of the process's last one; those of processes that are gone for a day are dropped."""
        key = self._connection.keys(site).contacts
        gone = [found.process for found in await self.all(site) if contact.tried - found.tried > KEPT_SECONDS]
        async with self._connection.redis() as redis, redis.pipeline(transaction=True) as pipe:
            if gone:
                pipe.hdel(key, *gone)
            pipe.hset(key, contact.process, json.dumps(asdict(contact)))
            pipe.expire(key, KEPT_SECONDS)
            await pipe.execute()

    async def all(self, site: str) -> list[Contact]:
        """All contacts of a day. Raises StoreUnavailable."""
        async with self._connection.redis() as redis:
            found = await redis.hvals(self._connection.keys(site).contacts)
        return [_read(json.loads(raw)) for raw in found]


def _read(document: dict[str, Any]) -> Contact:
    """Without what another release may have added."""
    return Contact(**{name: value for name, value in document.items() if name in _NAMES})
