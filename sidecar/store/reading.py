"""Runs and their events, for people and programs that watch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sidecar.json_text import JSON
from sidecar.runs.counters import COUNTERS
from sidecar.runs.events import numbered
from sidecar.runs.run import Family, RunState, RunView, Started
from sidecar.store.connection import Connection

LEVELS = 20
"""Of runs that have started each other, which are looked at."""


class Reading:
    """Reads only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def run(self, site: str, run: str) -> RunView | None:
        """One run as it is now, or None."""
        async with self._connection.redis() as redis:
            return _view(run, await redis.hgetall(self._connection.keys(site).run(run)))

    async def find(self, run: str, sites: Iterable[str]) -> str | None:
        """The site that a run belongs to."""
        for site in sites:
            async with self._connection.redis() as redis:
                if await redis.exists(self._connection.keys(site).run(run)):
                    return site
        return None

    async def runs(
        self, site: str, state: str | None = None, agent: str | None = None, limit: int = 50
    ) -> list[RunView]:
        """Runs of a site, newest first."""
        keys = self._connection.keys(site)
        found: list[RunView] = []
        async with self._connection.redis() as redis:
            for run in await redis.zrevrange(keys.recent, 0, -1):
                view = _view(run.decode(), await redis.hgetall(keys.run(run.decode())))
                if view and (state is None or view.state == state) and (agent is None or view.agent == agent):
                    found.append(view)
                if len(found) >= limit:
                    break
        return found

    async def family(self, site: str, run: str) -> Family:
        """What started a run and what it has started, as far as they are among the newest runs of the site."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis:
            recent: list[str] = [id.decode() for id in await redis.zrange(keys.recent, 0, -1)]
            async with redis.pipeline(transaction=False) as pipe:
                for id in recent:
                    pipe.hget(keys.run(id), "parent")
                parents: list[bytes | None] = await pipe.execute()
        started: dict[str, list[str]] = {}
        for id, parent in zip(recent, parents, strict=True):
            started.setdefault((parent or b"").decode(), []).append(id)
        return Family(await self._above(site, run), await self._below(site, run, started, LEVELS))

    async def _above(self, site: str, run: str) -> tuple[RunView, ...]:
        found: list[RunView] = []
        view = await self.run(site, run)
        while view is not None and view.parent and len(found) < LEVELS:
            view = await self.run(site, view.parent)
            if view is not None:
                found.append(view)
        return tuple(reversed(found))

    async def _below(self, site: str, run: str, started: Mapping[str, list[str]], levels: int) -> tuple[Started, ...]:
        found: list[Started] = []
        for id in started.get(run, []) if levels else []:
            view = await self.run(site, id)
            if view is not None:
                found.append(Started(view, await self._below(site, id, started, levels - 1)))
        return tuple(found)

    async def events(self, site: str, run: str, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """Event documents with seq > `after`, oldest first."""
        async with self._connection.redis() as redis:
            page = await redis.xrange(self._connection.keys(site).events(run), min=f"({after}-0", count=limit)
        return [numbered(int(entry.split(b"-")[0]), fields[b"e"]) for entry, fields in page]

    async def wait_events(self, site: str, run: str, after: int, milliseconds: int = 5_000) -> list[dict[str, Any]]:
        """Like `events`, waiting for the next one."""
        async with self._connection.redis() as redis:
            found: list[Any] = (
                await redis.xread(
                    {self._connection.keys(site).events(run): f"{after}-0"}, count=500, block=milliseconds
                )
                or []
            )
        return [numbered(int(entry.split(b"-")[0]), fields[b"e"]) for _, page in found for entry, fields in page]


def _view(run: str, raw: dict[bytes, bytes]) -> RunView | None:
    if not raw:
        return None
    stored = {key.decode(): value.decode() for key, value in raw.items()}
    end: dict[str, JSON] = json.loads(stored["end"]) if "end" in stored else {}

    def seconds(name: str) -> float | None:
        return int(stored[name]) / 1000 if stored.get(name) else None

    return RunView(
        run=run,
        site=stored["site"],
        agent=stored["agent"],
        state=RunState(stored["state"]),
        attempt=int(stored["attempt"]),
        generation=int(stored["generation"]),
        last_seq=int(stored["seq"]),
        acked=int(stored["acked"]),
        trigger=stored.get("trigger", ""),
        waiting_for=stored.get("waiting_for") or None,
        reason=stored.get("reason") or None,
        message=stored.get("message") or None,
        owner=stored.get("owner") or None,
        created=_parse(stored.get("created")),
        started=seconds("started_ms"),
        finished=seconds("finished"),
        usage={name: int(stored.get(name, 0)) for name in COUNTERS},
        output=end.get("output"),
        parent=stored.get("parent") or None,
        is_awaited=stored.get("awaited") == "1",
    )


def _parse(moment: str | None) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() if moment else 0.0
