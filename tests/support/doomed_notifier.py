"""A process that tells receivers how tasks stand, to be killed: `python -m tests.support.doomed_notifier <redis url> <allowed host>`."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from redis.asyncio import Redis

from sidecar.a2a.notifying import Notifier
from sidecar.a2a.pushes import seal_of
from sidecar.notify.sending import Sender
from sidecar.store import Store
from tests.support.engine import SITE


class NoSite:
    """Its runs are all in Redis."""

    id = SITE

    async def read(self, path: str) -> dict[str, Any]:
        raise AssertionError(path)


async def main(url: str, host: str) -> None:
    """Until it is killed."""
    async with Redis.from_url(url) as redis:
        store, seal = Store(redis), seal_of((b"a secret of the site",), SITE)
        notifier = Notifier(NoSite(), store.pushes, store.reading, Sender([host]), seal, lease_seconds=1.0)
        while True:
            await notifier.look()
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
