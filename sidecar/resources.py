"""Opens what processes, the commands of the command line and the doctor share: Redis, the sites, the hallway."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sidecar import embedded
from sidecar.errors import SettingsError, StoreUnavailable
from sidecar.settings import Settings
from sidecar.store import Budget, Store
from sidecar.store.keys import QUEUE

if TYPE_CHECKING:
    from sidecar.context import Context
    from sidecar.intake.limits import SidecarLimits

STORE_SECONDS = 15.0
CHECK_SECONDS = 0.25
KEEPALIVE = {
    getattr(socket, name): value
    for name, value in {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}.items()
    if hasattr(socket, name)
}


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncGenerator[Store]:
    """Redis alone: all that claiming needs. The embedded Redis must be there already (`embedded`)."""
    from arq import ArqRedis
    from redis.asyncio import Redis

    url = embedded.url_of(settings.data_dir) if settings.embedded_redis else settings.redis_url.get_secret_value()
    try:
        # No time-out for reads: subscriptions are silent for hours. A peer that is gone is noticed by TCP.
        alive = {} if url.startswith("unix:") else {"socket_keepalive": True, "socket_keepalive_options": KEEPALIVE}
        client: Any = Redis  # redis-py does not annotate the options of a connection
        redis: Redis = client.from_url(url, socket_connect_timeout=5, **alive)
    except ValueError as error:
        raise SettingsError(f"The setting redis_url (SIDECAR_REDIS_URL) is no address of a Redis: {error}.") from None
    pool = ArqRedis(connection_pool=redis.connection_pool)

    async def bell() -> None:
        await pool.enqueue_job("bell", _queue_name=QUEUE, _job_id="bell")

    concurrency = {id: site.concurrency for id, site in settings.sites.items()}
    budgets = {
        id: Budget(site.budget.cost_micros_per_day, site.budget.tokens_per_day) for id, site in settings.sites.items()
    }
    try:
        yield Store(redis, concurrency=concurrency, budgets=budgets, bell=bell)
    finally:
        await redis.aclose()


def _limits(settings: Settings) -> dict[str, int]:
    """The limits of runs among the settings: no time-outs."""
    return {name: value for name, value in settings.limits.model_dump().items() if isinstance(value, int)}


def limits_of(settings: Settings) -> SidecarLimits:
    """What the settings lower: what somebody has set. The defaults are for jobs that say nothing."""
    from sidecar.intake.limits import SidecarLimits

    said = {name: value for name, value in _limits(settings).items() if name in settings.limits.model_fields_set}
    return SidecarLimits({id: said | site.limits for id, site in settings.sites.items()}, _limits(settings))


@asynccontextmanager
async def open_context(settings: Settings, store: Store | None = None) -> AsyncGenerator[Context]:
    """The shared parts: Redis, sites, hallway. Nothing runs yet. `store`: an open one, which stays open."""
    if store is None:
        async with open_store(settings) as own, open_context(settings, own) as context:
            yield context
        return
    from sidecar.context import Context
    from sidecar.drupal.client import DrupalSite
    from sidecar.intake.accept import Hallway
    from sidecar.redact import Redactor
    from sidecar.remote.dispatch import Dispatches
    from sidecar.remote.doors import Remote
    from sidecar.remote.who import Who
    from sidecar.runs.watch import Watch

    sites = {id: DrupalSite(site, id=id, identities=store.identities) for id, site in settings.sites.items()}
    name = f"{settings.worker.slot}:{os.getpid()}:{secrets.token_hex(3)}"
    watch = Watch(store.reading)
    dispatches = Dispatches(store.dispatch_keys)
    remote = Remote(sites, Who(sites, store.callers), dispatches, store.commands, watch)
    try:
        hallway = Hallway(
            store.accepting, store.commands, sites, name, limits_of(settings), Redactor(settings.secret_values())
        )
        yield Context(name, settings, store, sites, hallway, watch, remote)
    finally:
        await watch.close()
        await dispatches.close()
        for site in sites.values():
            await site.aclose()


async def wait_for_store(store: Store, seconds: float = STORE_SECONDS) -> None:
    """Return when Redis can hold runs. Raises StoreUnavailable when it cannot after `seconds`."""
    for left in range(int(seconds / CHECK_SECONDS), -1, -1):
        try:
            return await store.health.check()
        except StoreUnavailable:
            if not left:
                raise
            await asyncio.sleep(CHECK_SECONDS)
