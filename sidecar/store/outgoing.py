"""The sender's side: what Drupal does not have yet, and what it has now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sidecar.runs.counters import COUNTERS
from sidecar.runs.events import event
from sidecar.runs.outgoing import Room, Stored, Unsent
from sidecar.runs.run import FINAL
from sidecar.store.batch import Batch, Page
from sidecar.store.connection import Connection, arguments
from sidecar.store.keys import Keys

KEPT_EVENTS = 200
KEPT_SECONDS = 3_600
FULL = Room()
FIELDS = ("attempt", "generation", "state", "seq", "acked", "end", "started_ms", "idle_ms", "excluded_ms", *COUNTERS)
"""Of a run's hash, what goes to Drupal. The rest of it, such as the job, stays where it is."""


class OutgoingRuns:
    """Events and ends out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def unsent(
        self,
        site: str,
        room: Room = FULL,
        *,
        watched: Collection[str] = (),
        without: Collection[str] = (),
        oldest_first: bool = False,
    ) -> Unsent:
        """What Drupal does not have yet, each run contiguous from `acked + 1`: first the runs that are over and those of `watched`, then the
        others by age; `oldest_first`: all by age. `without`: nothing of these runs."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis:
            waiting = await _waiting(redis, keys, room.runs + len(without), watched, oldest_first)
            runs = [run for run in waiting if run not in without]
            if not runs:
                return Unsent([], more=False)
            now, found = await _fields(redis, keys, runs[: room.runs])
            pages, more = await _pages(redis, keys, found, room)
            batch = Batch(room, now, more=more or len(runs) > room.runs)
            ends = [run for run, fields in found.items() if fields.get(b"end") and run in pages]
            units = await _units(redis, keys, ends)
        for run, page in pages.items():
            if batch.full:
                break
            batch.add(run, found[run], page, units.get(run, {}))
        return batch.unsent()

    async def acknowledge(self, site: str, *stored: Stored) -> None:
        """Drupal has this of these runs; the data of one whose end it has is trimmed."""
        keys = self._connection.keys(site)
        kept = {"kept_events": KEPT_EVENTS, "kept_seconds": KEPT_SECONDS}
        calls = [
            (
                keys.script(has.run),
                arguments({"run": has.run, "last_seq": has.last_seq, "ended": int(has.ended)} | kept),
            )
            for has in stored
        ]
        await self._connection.scripts("ack", calls)

    async def renumber(self, site: str, run: str, last_seq: int) -> None:
        """Drupal has other events under our numbers: the unsent tail moves behind `last_seq`."""
        keys = self._connection.keys(site).script(run)
        await self._connection.script("renumber", keys, arguments({"last_seq": last_seq}))

    async def rewind(self, site: str, run: str, last_seq: int) -> None:
        """Drupal has lost events (a restored backup): those behind `last_seq` are sent again, as far as they are still here."""
        keys = self._connection.keys(site).script(run)
        await self._connection.script("rewind", keys, arguments({"run": run, "last_seq": last_seq}))

    async def refuse_event(self, site: str, run: str, seq: int, kind: str, detail: str) -> None:
        """An event that Drupal refuses is replaced by a stub that says so."""
        stub = event("event_refused", self._connection.clock(), {"refused_type": kind, "detail": detail[:1_000]})
        keys = self._connection.keys(site).script(run)
        await self._connection.script("renumber", keys, arguments({"replaced": seq}, [stub]))

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
                pipe.zrem(keys.leases, run).zrem(keys.outgoing, run).zrem(keys.outgoing_ends, run)
                pipe.zrem(keys.parked, run)
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


async def _waiting(redis: Any, keys: Keys, most: int, watched: Collection[str], oldest_first: bool) -> list[str]:
    """Runs of which something is unsent, in the order in which they go; one more than `most` when there are more."""
    names = list(watched)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zrange(keys.outgoing_ends, 0, most)
        pipe.zrange(keys.outgoing, 0, most)
        if names:
            pipe.zmscore(keys.outgoing, names)
        ended, oldest, *scores = await pipe.execute()
    seen = [name for name, score in zip(names, scores[0], strict=True) if score is not None] if scores else []
    lists = ((run.decode() for run in ended), seen, (run.decode() for run in oldest))
    order: tuple[Iterable[str], ...] = (lists[2], lists[0], lists[1]) if oldest_first else lists
    return list(dict.fromkeys(run for runs in order for run in runs))[: most + 1]


async def _fields(redis: Any, keys: Keys, runs: list[str]) -> tuple[int, dict[str, dict[bytes, bytes]]]:
    """Redis' clock in milliseconds, and by run what it has of FIELDS. A run that is gone is taken off the list."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        for run in runs:
            pipe.hmget(keys.run(run), FIELDS)
        (seconds, micros), *rows = await pipe.execute()
    found: dict[str, dict[bytes, bytes]] = {}
    gone: list[str] = []
    for run, row in zip(runs, rows, strict=True):
        fields = {name.encode(): value for name, value in zip(FIELDS, row, strict=True) if value is not None}
        if b"state" in fields:
            found[run] = fields
        else:
            gone.append(run)
    if gone:
        await redis.zrem(keys.outgoing, *gone)
        await redis.zrem(keys.outgoing_ends, *gone)
    return seconds * 1000 + micros // 1000, found


async def _pages(
    redis: Any, keys: Keys, found: dict[str, dict[bytes, bytes]], room: Room
) -> tuple[dict[str, Page], bool]:
    """By run its unsent events, as many as there is room for, and whether that is less than all."""
    left, wanted = room.events, dict[str, int]()
    async with redis.pipeline(transaction=False) as pipe:
        for run, fields in found.items():
            if left <= 0:
                break
            acked, seq = int(fields[b"acked"]), int(fields[b"seq"])
            wanted[run] = min(room.run_events, left)
            left -= min(wanted[run], max(0, seq - acked))
            # One more than there is room for: it tells whether there is more. What came since the fields were read waits for the next batch:
            # the last event of a run would go without its end, and Drupal call it running.
            pipe.xrange(keys.events(run), min=f"({acked}-0", max=f"{seq}-0", count=wanted[run] + 1)
        pages = await pipe.execute()
    cut = {
        run: Page(page[: wanted[run]], complete=len(page) <= wanted[run])
        for run, page in zip(wanted, pages, strict=True)
    }
    return cut, len(wanted) < len(found) or not all(page.complete for page in cut.values())


async def _units(redis: Any, keys: Keys, ends: list[str]) -> dict[str, dict[str, bytes]]:
    """By run that is over, the records of its journal that Drupal does not have."""
    async with redis.pipeline(transaction=False) as pipe:
        for run in ends:
            pipe.hgetall(keys.journal(run))
            pipe.smembers(keys.saved(run))
        answers: list[Any] = await pipe.execute() if ends else []
    return {
        run: {unit.decode(): raw for unit, raw in records.items() if unit not in saved}
        for run, records, saved in zip(ends, answers[::2], answers[1::2], strict=True)
    }
