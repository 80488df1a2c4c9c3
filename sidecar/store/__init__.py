"""Everything the sidecar keeps in Redis, and the only package that speaks to it.

Writes to a run go through the Lua scripts of `lua/`: each checks the fence, moves the state, numbers the events and keeps the lease in one
step. Drupal holds the truth; all of this may be lost at any time and is rebuilt from the jobs that come back.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.asyncio import Redis

from sidecar.store.accepting import Accepted, Accepting, Budget
from sidecar.store.bells import Bells
from sidecar.store.callers import Callers
from sidecar.store.changes import Changes
from sidecar.store.commands import Commands
from sidecar.store.connection import Connection
from sidecar.store.contacts import Contacts
from sidecar.store.dispatch_keys import DispatchKeys
from sidecar.store.health import Health
from sidecar.store.holding import Holding
from sidecar.store.identities import Identities
from sidecar.store.mcp_sessions import McpSessions
from sidecar.store.offers import Offers
from sidecar.store.outgoing import OutgoingRuns
from sidecar.store.processes import Processes
from sidecar.store.pushes import Pushes
from sidecar.store.reading import Reading

__all__ = ["Accepted", "Budget", "Store"]


class Store:
    """The objects of one Redis, put together; each caller is given those that it needs.

    `concurrency`: runs at the same time, by site; 0: no cap. `budgets`: what a site may spend on a day. `bell` rings arq's bell; the wake-up
    list is rung in any case. `clock` gives Unix seconds, for events only."""

    def __init__(
        self,
        redis: Redis,
        *,
        concurrency: Mapping[str, int] | None = None,
        budgets: Mapping[str, Budget] | None = None,
        bell: Callable[[], Awaitable[Any]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.connection = connection = Connection(redis, clock=clock)
        self.bells = Bells(connection, bell)
        self.accepting = Accepting(connection, self.bells, budgets=budgets)
        self.holding = Holding(connection, self.bells, concurrency=concurrency)
        self.commands = Commands(connection, self.bells)
        self.outgoing = OutgoingRuns(connection)
        self.reading = Reading(connection)
        self.health = Health(connection)
        self.contacts = Contacts(connection)
        self.identities = Identities(connection)
        self.offers = Offers(connection)
        self.processes = Processes(connection)
        self.mcp_sessions = McpSessions(connection)
        self.changes = Changes(connection)
        self.callers = Callers(connection)
        self.dispatch_keys = DispatchKeys(connection)
        self.pushes = Pushes(connection)
