"""Lets any number of watchers follow runs, with one reader per run and process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from sidecar.errors import StoreUnavailable
from sidecar.json_text import JSON
from sidecar.runs.run import RunView


class EventReader(Protocol):
    """Where the events of a run are read (store/reading.py)."""

    async def events(self, site: str, run: str, after: int = 0, limit: int = 200) -> list[dict[str, JSON]]: ...

    async def wait_events(self, site: str, run: str, after: int) -> list[dict[str, JSON]]: ...

    async def run(self, site: str, run: str) -> RunView | None: ...


class Watch:
    """Lets any number of watchers follow runs with one reader per run and process."""

    def __init__(self, reading: EventReader) -> None:
        self._reading = reading
        self._readers: dict[tuple[str, str], _Reader] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether this process ends."""
        return self._closed

    async def follow(self, site: str, run: str, after: int = 0) -> AsyncGenerator[dict[str, JSON]]:
        """Yields events with seq > `after`, old ones first, then new ones as they come; ends behind `run_finished`, when nothing more can
        come because the run was dropped (its site has ended it without us), and when the watch is closed. Raises StoreUnavailable."""
        reader = self._readers.get((site, run))
        if reader is None or reader.over:
            if self._closed:
                return
            reader = self._readers[(site, run)] = _Reader(self._reading, site, run)
        reader.watchers += 1
        try:
            async for document in reader.follow(after):
                yield document
                if document["type"] == "run_finished":
                    return
        finally:
            reader.watchers -= 1
            if reader.watchers == 0:
                if self._readers.get((site, run)) is reader:
                    del self._readers[(site, run)]
                await reader.close()

    async def close(self) -> None:
        """Ends all readers; who follows one comes to an end."""
        self._closed = True
        for reader in list(self._readers.values()):
            await reader.close()


class _Reader:
    """Reads one run's stream and keeps its tail; watchers wait on one condition."""

    KEPT = 1_000

    def __init__(self, reading: EventReader, site: str, run: str) -> None:
        self._reading, self._site, self._run = reading, site, run
        self._tail: list[dict[str, JSON]] = []
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: StoreUnavailable | None = None
        self.over = False
        self.watchers = 0

    async def follow(self, after: int) -> AsyncIterator[dict[str, JSON]]:
        last = after
        while True:
            more = self._more  # taken before looking, so that what comes meanwhile wakes us
            for document in await self._behind(last):
                last = document["seq"]
                yield document
                more = None
            if more is None:
                continue
            if self._failure is not None:
                raise self._failure
            if self.over:
                return
            if self._task is None:
                self._task = asyncio.create_task(self._read(last))
            await more.wait()

    async def _behind(self, last: int) -> list[dict[str, JSON]]:
        """What is there behind `last`: from the tail when it reaches back so far, else from Redis."""
        if self._tail and self._tail[0]["seq"] <= last + 1:
            return [document for document in self._tail if document["seq"] > last]
        found: list[dict[str, JSON]] = []
        while not self._failure and not self.over:
            page = await self._reading.events(self._site, self._run, last, 500)
            found += page
            if len(page) < 500:
                break
            last = page[-1]["seq"]
        return found

    async def _read(self, last: int) -> None:
        try:
            while True:
                page = await self._reading.wait_events(self._site, self._run, last)
                if page:
                    last = page[-1]["seq"]
                    self._tail = (self._tail + page)[-self.KEPT :]
                    self._wake()
                elif await self._is_over(last):
                    self.over = True
                    return self._wake()
        except StoreUnavailable as error:
            self._failure, self.over = error, True
            self._wake()

    async def _is_over(self, last: int) -> bool:
        """Whether no event comes behind this one."""
        view = await self._reading.run(self._site, self._run)
        return view is None or (view.state.final and view.last_seq <= last)

    def _wake(self) -> None:
        more, self._more = self._more, asyncio.Event()
        more.set()

    async def close(self) -> None:
        self.over = True
        self._wake()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
