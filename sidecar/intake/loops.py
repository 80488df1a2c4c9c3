"""When to look for jobs: loops that ask often while there is work, seldom while there is none, and gently when something is down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sidecar import log
from sidecar.errors import DrupalUnavailable, SidecarError

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks. After work: `busy`; each look in vain multiplies it, up to `idle`; after an error: `down`."""

    busy: float
    idle: float
    down: float
    growth: float = 1.5


# The look itself waits for a row, see Outbox.claim.
OUTBOX = Pace(busy=0.001, idle=0.02, down=2.0)
# Each look is a Drupal bootstrap.
HTTP = Pace(busy=1.0, idle=5.0, down=5.0)
# Drupal pushes: this only finds what was never delivered.
PUSH = Pace(busy=1.0, idle=60.0, down=15.0, growth=100.0)
# One look at what this process knows: a request only when something is due.
SCHEDULES = Pace(busy=1.0, idle=1.0, down=5.0)
# The same: a request only when Drupal said that something waits, or to ask again.
WEBHOOKS = Pace(busy=0.5, idle=0.5, down=5.0)
# One script in Redis.
PUSHES = Pace(busy=0.1, idle=0.5, down=2.0)
# Seconds between two questions whether something is due ahead of that: one read in Redis.
DUE = 0.5

# A look of the doctor: a request that costs as much as a page.
CHECKS = Pace(busy=600.0, idle=600.0, down=60.0)


async def forever(
    look: Callable[[], Awaitable[int]],
    pace: Pace,
    stop: asyncio.Event,
    what: str,
    site: str,
    due: Callable[[], Awaitable[bool]] | None = None,
) -> None:
    """Call `look` until `stop` is set; it returns how much it found. Errors are logged once, then waited out: this is the
    place that keeps a process alive, whatever one answer did to it. `due` is asked twice a second whether to look ahead of time."""
    wait, failing = pace.busy, False
    while not stop.is_set():
        try:
            found = await look()
            wait = pace.busy if found else min(pace.idle, wait * pace.growth)
            if failing:
                _log.info(f"Works again: {what}.", action="recovered", site=site)
            failing = False
        except SidecarError as error:
            retry_after = error.retry_after if isinstance(error, DrupalUnavailable) else None
            wait = max(pace.down, retry_after or 0.0)
            if not failing:
                _log.warning(f"Does not work now: {what}. {error}", action="failing", site=site)
            failing = True
        except Exception:  # noqa: BLE001
            wait = pace.down
            _log.exception(f"A defect: {what}. Report it.", action="defect", site=site)
            failing = True
        await (pause(stop, wait) if due is None or failing else _until_due(stop, wait, due))


async def _until_due(stop: asyncio.Event, seconds: float, due: Callable[[], Awaitable[bool]]) -> None:
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while not stop.is_set() and (left := end - clock()) > 0:
        await pause(stop, min(DUE, left))
        try:
            if await due():
                return
        except SidecarError:
            continue  # looking itself tells what is wrong


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
