"""A worker's side: take, START, FINISH, settle, beat, reap, and what it is told meanwhile."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sidecar.runs.counters import ASKED_WRITES
from sidecar.runs.endings import EXPIRED
from sidecar.runs.events import event, timestamp
from sidecar.runs.job import Claim, Job
from sidecar.runs.model import RunState
from sidecar.store.bells import Bells
from sidecar.store.connection import Connection
from sidecar.store.keys import worker

REAPED = 100
"""Runs that one call of the script `reap` touches at the most, of each kind."""
SILENCE_MS = 2_000
"""After so long without a reap, leases have run out because nobody could beat."""
GRACE_MS = 1_000
"""For how long workers may then renew their leases before they are taken for lost."""


class Holding:
    """What a worker does to runs. Everything but taking needs the fence. `concurrency`: runs at the same time, by site; 0: no cap."""

    def __init__(self, connection: Connection, bells: Bells, *, concurrency: Mapping[str, int] | None = None) -> None:
        self._connection = connection
        self._bells = bells
        self._concurrency = dict(concurrency or {})

    async def take(self, site: str, owner: str, lease_ms: int, facts: dict[str, Any]) -> Claim | None:
        """Claims the next run of a site by fair share, or None."""
        keys = self._connection.keys(site)
        nonce = secrets.token_hex(8)
        args = [
            keys.prefix,
            owner,
            nonce,
            lease_ms,
            200,
            timestamp(self._connection.clock()),
            json.dumps(facts),
            self._concurrency.get(site, 0),
        ]
        found = await self._connection.script("take", keys.script(), args)
        if not found:
            return None
        run, fence, job, fallback, units, saved, answers = found
        return Claim(
            site,
            run.decode(),
            fence.decode(),
            Job.of(json.loads(job)),
            units=_map(units),
            saved=frozenset(unit.decode() for unit in saved),
            answers=_map(answers),
            fallback=fallback == b"1",
        )

    async def start(self, claim: Claim, args: list[Any]) -> str:
        """START of a unit; args behind fence and run as in `lua/start.lua`. Answers why not, or `ok`."""
        return (await self._on("start", claim, args)).decode()

    async def finish(self, claim: Claim, args: list[Any]) -> str:
        """FINISH of a unit; args behind fence and run as in `lua/finish.lua`."""
        return (await self._on("finish", claim, args)).decode()

    async def _on(self, script: str, claim: Claim, args: list[Any]) -> Any:
        keys = self._connection.keys(claim.site).script(claim.run, claim.job.agent.id)
        return await self._connection.script(script, keys, [claim.fence, claim.run, *args])

    async def settle(
        self,
        claim: Claim,
        state: RunState,
        reason: str,
        message: str = "",
        *,
        waiting_for: str = "",
        delay: float = 0,
        events: Iterable[str] = (),
        end: dict[str, Any] | None = None,
        fields: dict[str, Any] | None = None,
    ) -> str:
        """Gives a driven run away: back to its lane, parked, or ended. `delay` in seconds. Answers `ok`, `stale` or `over`."""
        args = [
            state.value,
            waiting_for,
            reason,
            message,
            int(delay * 1000),
            json.dumps(list(events)),
            json.dumps(end) if end else "",
            claim.job.agent.id,
            json.dumps(fields or {}),
            timestamp(self._connection.clock()),
        ]
        answer = (await self._on("settle", claim, args)).decode()
        if answer == "ok" and state == RunState.QUEUED:
            await self._bells.ring()
        return answer

    async def beat(self, site: str, held: list[tuple[str, str]], lease_ms: int) -> list[str]:
        """Renews the leases of (run, fence) pairs. Answers, for each: '' (still ours), `lost`, or the pending command."""
        keys = self._connection.keys(site)
        args = [keys.prefix, lease_ms, *(item for pair in held for item in pair)]
        return [answer.decode() for answer in await self._connection.script("beat", keys.script(), args)]

    async def reap(self, site: str) -> int:
        """Takes runs away from dead owners, wakes parked ones that are due, rings when any are queued. Answers how many were touched."""
        keys, touched, bells, last = self._connection.keys(site), 0, 0, REAPED
        while last >= REAPED:  # a worker may have held hundreds: all of them go on now, in scripts of bounded length
            args = [keys.prefix, timestamp(self._connection.clock()), REAPED, SILENCE_MS, GRACE_MS]
            taken, woken, queued = await self._connection.script("reap", keys.script(), args)
            last = max(taken, woken)
            touched, bells = touched + taken + woken, bells + taken + woken + queued
        for _ in range(min(bells, 20)):
            await self._bells.ring()
        async with self._connection.redis() as redis:
            overdue: list[bytes] = await redis.spop(keys.expired, 20) or []
        for run in overdue:
            await self._expire(site, run.decode())
        return touched + len(overdue)

    async def _expire(self, site: str, run: str) -> None:
        """Nobody answered in time: the run ends, and says so."""
        keys, now = self._connection.keys(site), self._connection.clock()
        async with self._connection.redis() as redis:
            agent = (await redis.hget(keys.run(run), "agent") or b"-").decode()
        end = {"state": "expired", "reason": "expired", "message": EXPIRED}
        told = json.dumps([event("run_finished", now, end)])
        args = ["", run, "expired", "", end["reason"], EXPIRED, 0, told, json.dumps(end), agent, "{}"]
        await self._connection.script("settle", keys.script(run, agent), args)

    async def reclaim(self, site: str, owner: str) -> int:
        """At the start of a worker: runs of its slot's previous process are free at once, not when their lease ends. Answers how many."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis:
            runs = await redis.zrange(keys.leases, 0, -1)
            async with redis.pipeline(transaction=False) as pipe:
                for run in runs:
                    pipe.hget(keys.run(run.decode()), "owner")
                owners = await pipe.execute()
            own = [run for run, found in zip(runs, owners, strict=True) if (found or b"").decode() == owner]
            if own:
                await redis.zadd(keys.leases, dict.fromkeys(own, 0), xx=True)
        await self.reap(site)
        return len(own)

    async def attempt(self, claim: Claim) -> int | None:
        """The attempt that Redis holds for a claim, or None when the fence is stale."""
        async with self._connection.redis() as redis:
            fence, attempt = await redis.hmget(self._connection.keys(claim.site).run(claim.run), "fence", "attempt")
        return int(attempt) if fence is not None and fence.decode() == claim.fence else None

    async def spent(self, claim: Claim, limit: str) -> tuple[int, int]:
        """What counts against a limit (`steps`, `tokens`, ...; of `wall_seconds` nothing is counted), and the limit itself; 0: none."""
        counters = {"tokens": ("input_tokens", "output_tokens"), "writes": (ASKED_WRITES,)}
        counted = counters.get(limit, (limit,))
        async with self._connection.redis() as redis:
            values = await redis.hmget(self._connection.keys(claim.site).run(claim.run), f"max_{limit}", *counted)
        most, *used = (int(value or 0) for value in values)
        return sum(used), most

    async def count(self, claim: Claim, name: str) -> int:
        """Raises a counter of the run that no limit depends on."""
        async with self._connection.redis() as redis:
            return int(await redis.hincrby(self._connection.keys(claim.site).run(claim.run), name, 1))

    async def said(self, site: str, run: str) -> dict[str, str]:
        """Who gave the command that the run is to obey, and why: `by`, `note`, `via`."""
        async with self._connection.redis() as redis:
            return json.loads(await redis.hget(self._connection.keys(site).run(run), "said") or b"{}")

    async def note_stop(self, site: str) -> None:
        """The switch as a run found it: nothing more is taken or started. Running work hears of it with its next beat, so the run that
        found it is not told to stop while it is put to rest."""
        async with self._connection.redis() as redis:
            await redis.hset(self._connection.keys(site).state, "stop", "1")

    async def alive(self, slot: str, seconds: float) -> None:
        """A worker says that it is alive; believed for so long."""
        async with self._connection.redis() as redis:
            await redis.set(worker(slot), 1, px=int(seconds * 1000))

    @asynccontextmanager
    async def control(self, sites: Iterable[str]) -> AsyncGenerator[AsyncIterator[dict[str, Any]]]:
        """Messages that reach running work across processes: `{run, command}` or `{stop: true}`, each with its `site`."""
        channels = {self._connection.keys(site).control: site for site in sites}
        async with self._connection.redis() as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(*channels)

            async def messages() -> AsyncIterator[dict[str, Any]]:
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        yield json.loads(message["data"]) | {"site": channels[message["channel"].decode()]}

            yield messages()


def _map(flat: list[bytes]) -> dict[str, Any]:
    """A hash as Lua answers it: name, JSON, name, JSON, ..."""
    return {name.decode(): json.loads(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
