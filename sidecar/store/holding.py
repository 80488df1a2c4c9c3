"""A worker's side: take, START, FINISH, settle, beat, reap, and what it is told meanwhile."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sidecar.json_text import JSON
from sidecar.runs.counters import ASKED_WRITES
from sidecar.runs.events import timestamp
from sidecar.runs.job import Claim, Job
from sidecar.runs.recording import UnitFinish, UnitStart
from sidecar.runs.run import RunState
from sidecar.runs.settlement import Settlement
from sidecar.store.bells import Bells
from sidecar.store.connection import Connection, arguments
from sidecar.store.keys import worker
from sidecar.store.settling import settle

REAPED = 100
"""Runs that one call of the script `reap` touches at the most, of each kind."""
SILENCE_MS = 2_000
"""After so long without a reap, leases have run out because nobody could beat."""
GRACE_MS = 1_000
"""For how long workers may then renew their leases before they are taken for lost."""
LANES = 200
"""Lanes that one call of the script `take` looks at."""


class Holding:
    """What a worker does to runs. Everything but taking needs the fence. `concurrency`: runs at the same time, by site; 0: no cap."""

    def __init__(self, connection: Connection, bells: Bells, *, concurrency: Mapping[str, int] | None = None) -> None:
        self._connection = connection
        self._bells = bells
        self._concurrency = dict(concurrency or {})

    async def take(self, site: str, owner: str, lease_ms: int, facts: dict[str, Any]) -> Claim | None:
        """Claims the next run of a site by fair share, or None."""
        keys = self._connection.keys(site)
        document: dict[str, JSON] = {
            "prefix": keys.prefix,
            "owner": owner,
            "nonce": secrets.token_hex(8),
            "lease_ms": lease_ms,
            "lanes": LANES,
            "time": timestamp(self._connection.clock()),
            "facts": facts,
            "cap": self._concurrency.get(site, 0),
        }
        found = await self._connection.script("take", keys.script(), arguments(document))
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

    async def start(self, claim: Claim, unit: UnitStart) -> str:
        """START of a unit. Answers why not, or `ok`."""
        document: dict[str, JSON] = {
            "lease_ms": unit.lease_ms,
            "kind": unit.kind,
            "cost": unit.reserve.cost,
            "tokens": unit.reserve.tokens,
            "max_unsent_events": unit.max_unsent_events,
            "max_unsent_bytes": unit.max_unsent_bytes,
            "may_begin": int(unit.may_begin),
            "first": len(unit.first),
            "again": len(unit.again),
        }
        return await self._on("start", claim, document, [unit.unit, unit.record, *unit.first, *unit.again])

    async def finish(self, claim: Claim, unit: UnitFinish) -> str:
        """FINISH of a unit. Answers `ok` or `stale`."""
        document: dict[str, JSON] = {
            "lease_ms": unit.lease_ms,
            "cost": unit.reserve.cost,
            "tokens": unit.reserve.tokens,
            "counters": dict(unit.counters),
            "progress": int(unit.progress),
            "saved": len(unit.saved),
            "events": len(unit.events),
        }
        return await self._on("finish", claim, document, [unit.unit, unit.record, *unit.saved, *unit.events])

    async def _on(self, script: str, claim: Claim, document: dict[str, JSON], texts: list[str]) -> str:
        keys = self._connection.keys(claim.site).script(claim.run, claim.job.agent.id)
        document |= {"fence": claim.fence, "run": claim.run}
        return (await self._connection.script(script, keys, arguments(document, texts))).decode()

    async def settle(self, claim: Claim, settlement: Settlement) -> str:
        """Gives a driven run away: back to its lane, parked, or ended. Answers `ok`, `stale` or `over`."""
        agent = claim.job.agent.id
        answer = await settle(self._connection, claim.site, claim.run, agent, settlement, fence=claim.fence)
        if answer == "ok" and settlement.state == RunState.QUEUED:
            await self._bells.ring()
        return answer

    async def settle_undriven(self, site: str, run: str, settlement: Settlement) -> str:
        """The same for a run that nobody drives. Answers also `running` when somebody does, or `unknown`."""
        async with self._connection.redis() as redis:
            agent = (await redis.hget(self._connection.keys(site).run(run), "agent") or b"-").decode()
        return await settle(self._connection, site, run, agent, settlement)

    async def beat(self, site: str, held: list[tuple[str, str]], lease_ms: int) -> list[str]:
        """Renews the leases of (run, fence) pairs. Answers, for each: '' (still ours), `lost`, or the pending command."""
        keys = self._connection.keys(site)
        document = {"prefix": keys.prefix, "lease_ms": lease_ms, "held": len(held)}
        args = arguments(document, (text for pair in held for text in pair))
        return [answer.decode() for answer in await self._connection.script("beat", keys.script(), args)]

    async def reap(self, site: str) -> int:
        """Takes runs away from dead owners, wakes parked ones that are due, rings when any are queued. Answers how many were touched."""
        keys, touched, bells, last = self._connection.keys(site), 0, 0, REAPED
        document: dict[str, JSON] = {
            "prefix": keys.prefix,
            "most": REAPED,
            "silence_ms": SILENCE_MS,
            "grace_ms": GRACE_MS,
        }
        while last >= REAPED:  # a worker may have held hundreds: all of them go on now, in scripts of bounded length
            args = arguments(document | {"time": timestamp(self._connection.clock())})
            taken, woken, queued = await self._connection.script("reap", keys.script(), args)
            last = max(taken, woken)
            touched, bells = touched + taken + woken, bells + taken + woken + queued
        for _ in range(min(bells, 20)):
            await self._bells.ring()
        return touched

    async def overdue(self, site: str) -> list[str]:
        """Runs that `reap` found waiting for an answer beyond their time; each is named once."""
        async with self._connection.redis() as redis:
            runs: list[bytes] = await redis.spop(self._connection.keys(site).expired, 20) or []
        return [run.decode() for run in runs]

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
        counters = {
            "steps": ("steps", "started_steps"),
            "tokens": ("input_tokens", "output_tokens", "started_tokens"),
            "cost_micros": ("cost_micros", "started_cost_micros"),
            "writes": (ASKED_WRITES,),
        }
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
