"""The units of a run that are under way at once. When one of them ends the drive, the others of the same answer finish, within bounds, so that
what they did is on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sidecar.runs.endings import Halt, Lost

SIBLING_SECONDS = 8.0


class Siblings:
    """Units under way. `unsafe`: how many of them cannot be made again."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Event] = {}
        self.unsafe = 0

    @asynccontextmanager
    async def running(self, unit: str, *, unsafe: bool = False) -> AsyncGenerator[None, None]:
        """Around a unit under way. `unsafe`: it cannot be made again."""
        over = self._running[unit] = asyncio.Event()
        self.unsafe += unsafe
        try:
            yield
        except Halt as halt:
            over.set()
            if halt.ending != Lost():
                await self._others_over(unit)
            raise
        finally:
            self.unsafe -= unsafe
            self._running.pop(unit).set()

    async def _others_over(self, unit: str) -> None:
        """Waits, at most SIBLING_SECONDS, until the other units are over."""
        if others := [asyncio.ensure_future(over.wait()) for name, over in self._running.items() if name != unit]:
            _, pending = await asyncio.wait(others, timeout=SIBLING_SECONDS)
            for task in pending:
                task.cancel()
