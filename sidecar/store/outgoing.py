"""The sender's side: what Drupal does not have yet, and what it has now."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sidecar.json_text import MAX_AMOUNT, MAX_COUNTER
from sidecar.runs import steps
from sidecar.runs.counters import COUNTERS
from sidecar.runs.events import event
from sidecar.runs.model import FINAL, Outgoing
from sidecar.store.connection import Connection
from sidecar.store.keys import Keys

KEPT_EVENTS = 200
KEPT_SECONDS = 3_600
MAX_CHECKPOINT = 256_000
"""Bytes of journal that go to Drupal with the end of a run. What is over cannot be retried from: steps are left out from the last one on."""


class OutgoingRuns:
    """Events and ends out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def unsent(
        self,
        site: str,
        *,
        max_runs: int = 200,
        max_events: int = 1_000,
        max_bytes: int = 512_000,
        max_run_events: int = 200,
    ) -> list[Outgoing]:
        """What Drupal does not have yet: oldest runs first, each contiguous from `acked + 1`."""
        keys, batch, events, size = self._connection.keys(site), list[Outgoing](), 0, 0
        async with self._connection.redis() as redis:
            names = await redis.zrange(keys.outgoing, 0, max_runs - 1)
            seconds, micros = await redis.time() if names else (0, 0)
            for name in names:
                run = name.decode()
                stored = {key.decode(): value for key, value in (await redis.hgetall(keys.run(run))).items()}
                if not stored:
                    await redis.zrem(keys.outgoing, run)
                    continue
                room = min(max_run_events, max_events - events)
                page = await redis.xrange(keys.events(run), min=f"({int(stored['acked'])}-0", count=room + 1)
                item, size, complete = _pack(run, stored, page[:room], size, max_bytes, seconds * 1000 + micros // 1000)
                item = item if complete and len(page) <= room else _without_end(item)
                if item.end:
                    item, size = await self._with_steps(keys, item, size)
                if item.events or item.end:
                    batch.append(item)
                events += len(item.events)
                if events >= max_events or size >= max_bytes:
                    break
        return batch

    async def _with_steps(self, keys: Keys, item: Outgoing, size: int) -> tuple[Outgoing, int]:
        """The item whose end carries what a retry from a step needs and Drupal does not have, and the batch's size with it."""
        async with self._connection.redis() as redis:
            records = await redis.hgetall(keys.journal(item.run))
            saved = await redis.smembers(keys.saved(item.run))
        units, more = _unsaved({unit.decode(): raw for unit, raw in records.items() if unit not in saved})
        if not units:
            return item, size
        journal = next(iter(units.values())).get("j", steps.VERSION)
        checkpoint = {"version": 1, "journal": journal, "generation": item.generation, "segment": 0, "units": units}
        return replace(item, end={**(item.end or {}), "checkpoint": checkpoint}), size + more

    async def acknowledge(self, site: str, run: str, last_seq: int, ended: bool) -> None:
        """Drupal has the events up to `last_seq`; with `ended` it has the end, and the run's data is trimmed."""
        args = [run, last_seq, 1 if ended else 0, KEPT_EVENTS, KEPT_SECONDS]
        await self._connection.script("ack", self._connection.keys(site).script(run), args)

    async def renumber(self, site: str, run: str, last_seq: int) -> None:
        """Drupal has other events under our numbers: the unsent tail moves behind `last_seq`."""
        await self._connection.script("renumber", self._connection.keys(site).script(run), [run, last_seq, 0, ""])

    async def rewind(self, site: str, run: str, last_seq: int) -> None:
        """Drupal has lost events (a restored backup): those behind `last_seq` are sent again, as far as they are still here."""
        await self._connection.script("rewind", self._connection.keys(site).script(run), [run, last_seq])

    async def refuse_event(self, site: str, run: str, seq: int, kind: str, detail: str) -> None:
        """An event that Drupal refuses is replaced by a stub that says so."""
        stub = event("event_refused", self._connection.clock(), {"refused_type": kind, "detail": detail[:1_000]})
        await self._connection.script("renumber", self._connection.keys(site).script(run), [run, 0, seq, stub])

    async def live(self, site: str) -> list[tuple[str, int]]:
        """(run, attempt) of all runs that are not over."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis:
            runs = [run.decode() for run in await redis.smembers(keys.live)]
            async with redis.pipeline(transaction=False) as pipe:
                for run in runs:
                    pipe.hget(keys.run(run), "attempt")
                attempts = await pipe.execute()
        return [(run, int(attempt)) for run, attempt in zip(runs, attempts, strict=True) if attempt is not None]

    async def live_count(self, site: str) -> int:
        """How many runs are not over; costs the same for any number."""
        async with self._connection.redis() as redis:
            return int(await redis.scard(self._connection.keys(site).live))

    async def drop_unless_over(self, site: str, run: str) -> bool:
        """The run is over in Drupal: dropped, unless its own end is still on its way there. Whether it was."""
        async with self._connection.redis() as redis:
            state = await redis.hget(self._connection.keys(site).run(run), "state")
        if state is None or state.decode() in FINAL:
            return False
        await self.drop(site, run)
        return True

    async def drop(self, site: str, run: str) -> None:
        """Drupal says that the run is over: whoever drives it loses it, its data goes."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis:
            agent = (await redis.hget(keys.run(run), "agent") or b"-").decode()
            names = keys.script(run, agent)
            async with redis.pipeline(transaction=True) as pipe:
                pipe.delete(names[0], names[1], names[2], names[11], keys.answers(run))
                pipe.zrem(keys.leases, run).zrem(keys.outgoing, run).zrem(keys.parked, run)
                pipe.srem(names[7], run).srem(f"{keys.state}:held", run).srem(keys.live, run).lrem(names[9], 0, run)
                await pipe.execute()

    async def sender_lease(self, site: str, name: str, seconds: float) -> bool:
        """Whether `name` is the site's one sender for the next `seconds`."""
        key, ttl = self._connection.keys(site).sender, int(seconds * 1000)
        async with self._connection.redis() as redis:
            if await redis.set(key, name, nx=True, px=ttl):
                return True
            if await redis.get(key) == name.encode():
                return bool(await redis.pexpire(key, ttl))
        return False


def _pack(
    run: str, stored: dict[str, bytes], page: list[Any], size: int, most: int, now: int
) -> tuple[Outgoing, int, bool]:
    events: list[tuple[int, bytes]] = []
    for entry, fields in page:
        if events and size + len(fields[b"e"]) > most:
            break
        size += len(fields[b"e"])
        events.append((int(entry.split(b"-")[0]), fields[b"e"]))
    item = Outgoing(
        run,
        int(stored["attempt"]),
        int(stored["generation"]),
        stored["state"].decode(),
        {name: min(int(stored.get(name, 0)), _most(name)) for name in COUNTERS}
        | {"driven_seconds": _driven(stored, now)},
        events,
        json.loads(stored["end"]) if "end" in stored else None,
    )
    return item, size, len(events) == len(page)


def _most(counter: str) -> int:
    return MAX_AMOUNT if counter.endswith(("_tokens", "_micros")) else MAX_COUNTER


def _driven(stored: dict[str, bytes], now: int) -> int:
    """Seconds that count against the run's limit of time; `now` in milliseconds of Redis' clock."""
    started = int(stored.get("started_ms", 0))
    until = int(stored.get("idle_ms") or now)
    passed = until - started if started else 0
    return max(0, passed - int(stored.get("excluded_ms", 0))) // 1000


def _unsaved(records: dict[str, bytes]) -> tuple[dict[str, dict[str, Any]], int]:
    """Finished units of steps, in the order of the steps, as many as `MAX_CHECKPOINT` bytes hold; and their size."""
    found = sorted((step, unit) for unit in records if (step := steps.step_of(unit)) is not None)
    units, size = dict[str, dict[str, Any]](), 0
    for _, unit in found:
        record = json.loads(records[unit])
        if "v" not in record:
            continue
        size += len(unit) + len(records[unit])
        if size > MAX_CHECKPOINT:
            return units, MAX_CHECKPOINT
        units[unit] = record
    return units, size


def _without_end(item: Outgoing) -> Outgoing:
    return replace(item, end=None)
