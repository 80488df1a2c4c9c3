"""Events of a run: how one is written, numbered and followed.

An event is stored without its number: the number is its place in the stream (`<seq>-0`), so it can be neither doubled nor skipped.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sidecar.errors import StoreUnavailable

if TYPE_CHECKING:
    from sidecar.runs.store import Store

LARGE = 16_000
"""Bytes of JSON above which a value is stored once (in the journal) and only referenced in the event."""

PREVIEW = 2_000


def timestamp(now: float) -> str:
    """RFC 3339 with milliseconds, UTC. `now`: Unix seconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def event(kind: str, now: float, data: dict[str, Any], step: int | None = None) -> str:
    """One event as it is stored: JSON without a number."""
    document: dict[str, Any] = {"type": kind, "time": timestamp(now), "data": data}
    if step is not None:
        document["step"] = step
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def numbered(seq: int, raw: bytes, *, transport: bool = False) -> dict[str, Any]:
    """The event document with its number, and with its `hash` when it goes to Drupal."""
    document = json.loads(raw)
    document["seq"] = seq
    if transport:
        document["hash"] = hashlib.sha256(raw).hexdigest()[:32]
    return document


def shortened(value: Any) -> Any:
    """The value, or a reference with a preview when it is larger than `LARGE` bytes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text) <= LARGE:
        return value
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"$ref": digest, "bytes": len(text.encode()), "preview": text[:PREVIEW]}


class Hub:
    """Lets any number of watchers follow runs with one reader per run and process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._readers: dict[tuple[str, str], _Reader] = {}
        self._closed = False

    async def follow(self, site: str, run: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Yields events with seq > `after`, old ones first, then new ones as they come; ends behind `run_finished`, and when the hub is
        closed. Raises StoreUnavailable."""
        reader = self._readers.get((site, run))
        if reader is None or reader.over:
            if self._closed:
                return
            reader = self._readers[(site, run)] = _Reader(self._store, site, run)
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

    def __init__(self, store: Store, site: str, run: str) -> None:
        self._store, self._site, self._run = store, site, run
        self._tail: list[dict[str, Any]] = []
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: StoreUnavailable | None = None
        self.over = False
        self.watchers = 0

    async def follow(self, after: int) -> AsyncIterator[dict[str, Any]]:
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

    async def _behind(self, last: int) -> list[dict[str, Any]]:
        """What is there behind `last`: from the tail when it reaches back so far, else from Redis."""
        if self._tail and self._tail[0]["seq"] <= last + 1:
            return [document for document in self._tail if document["seq"] > last]
        found: list[dict[str, Any]] = []
        while not self._failure and not self.over:
            page = await self._store.events(self._site, self._run, last, 500)
            found += page
            if len(page) < 500:
                break
            last = page[-1]["seq"]
        return found

    async def _read(self, last: int) -> None:
        try:
            while True:
                page = await self._store.wait_events(self._site, self._run, last)
                if page:
                    last = page[-1]["seq"]
                    self._tail = (self._tail + page)[-self.KEPT :]
                    self._wake()
        except StoreUnavailable as error:
            self._failure, self.over = error, True
            self._wake()

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
