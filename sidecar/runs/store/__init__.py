"""Everything the sidecar keeps in Redis, and the only package that speaks to it.

Writes to a run go through the Lua scripts of `lua/`: each checks the fence, moves the state, numbers the events and keeps the lease in one
step. Drupal holds the truth; all of this may be lost at any time and is rebuilt from the jobs that come back.
"""

from __future__ import annotations

from sidecar.runs.store.accepting import Accepted, Accepting
from sidecar.runs.store.commanding import Commanding
from sidecar.runs.store.contacts import Contacts
from sidecar.runs.store.driving import Driving
from sidecar.runs.store.health import Health
from sidecar.runs.store.identity import Identity
from sidecar.runs.store.port import COUNTERS, Budget
from sidecar.runs.store.sending import Sending
from sidecar.runs.store.watching import Watching

__all__ = ["COUNTERS", "Accepted", "Budget", "Store"]


class Store(Accepting, Driving, Commanding, Watching, Sending, Health, Contacts, Identity):
    """The runs of all sites. `defaults`: limits that hold where an agent sets none. `concurrency`: runs at the same time, by site; 0: no cap.
    `budgets`: what a site may spend on a day. `clock` gives Unix seconds, for events only: leases have Redis' clock. `bell` rings arq's bell;
    the wake-up list is rung in any case."""
