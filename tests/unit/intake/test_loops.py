"""When jobs are looked for."""

from __future__ import annotations

import asyncio

import pytest

from sidecar.errors import StoreUnavailable
from sidecar.intake import loops


async def test_what_is_due_is_looked_for_ahead_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drupal said when: a save that waits for further changes must not wait for the next look, too. A Redis that is away changes nothing."""
    monkeypatch.setattr(loops, "DUE", 0.001)
    stop, looks, asked = asyncio.Event(), 0, 0

    async def look() -> int:
        nonlocal looks
        looks += 1
        if looks == 2:
            stop.set()
        return 0

    async def due() -> bool:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreUnavailable("away")
        return asked > 2

    pace = loops.Pace(busy=3600.0, idle=3600.0, down=3600.0)
    async with asyncio.timeout(60):
        await loops.forever(look, pace, stop, "looking", "default", due)
    assert (looks, asked) == (2, 3)
