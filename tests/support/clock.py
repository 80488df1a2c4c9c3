"""The day of the machine's clock, for tests that must begin and end in the same one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

ROOM = timedelta(seconds=10)


def day_with_room() -> str:
    """Today in UTC, of which some seconds are left: just before midnight it is the next day, which is waited for."""
    day = (datetime.now(UTC) + ROOM).date()
    while datetime.now(UTC).date() != day:
        time.sleep(0.05)
    return day.isoformat()
