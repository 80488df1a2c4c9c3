"""Everything the sidecar keeps in Redis, and the only module that speaks to it.

Writes to a run go through the Lua scripts of `lua/`: each checks the fence, moves the state, numbers the events and keeps the lease in one step.
Drupal holds the truth; all of this may be lost at any time and is rebuilt from the jobs that come back.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from sidecar.errors import StoreUnavailable
from sidecar.runs.events import event, numbered, timestamp
from sidecar.runs.keys import WAKE, Keys
from sidecar.runs.model import FINAL, Claim, Outgoing, RunState, RunView
from sidecar.runs.scripts import Scripts

KEPT_EVENTS = 200
KEPT_SECONDS = 3_600
RECENT_RUNS = 1_000
COUNTERS = ("steps", "tool_calls", "input_tokens", "output_tokens", "cost_micros", "writes")
LIMITS = ("steps", "tool_calls", "tokens", "cost_micros", "wall_seconds", "writes")


class Accepted(NamedTuple):
    """`attempt` is the one that Redis holds now; `new` is False when the run was there already."""

    run: str
    attempt: int
    new: bool


class Store:
    """The runs of all sites. `defaults`: limits that hold where an agent sets none. `clock` gives Unix seconds, for events only:
    leases have Redis' clock. `bell` rings arq's bell; the wake-up list is rung in any case."""

    def __init__(
        self,
        redis: Redis,
        *,
        defaults: Mapping[str, int] | None = None,
        concurrency: int = 0,
        bell: Callable[[], Awaitable[Any]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.redis = redis
        self._bell = bell
        self.clock = clock
        self._defaults = dict(defaults or {})
        self._concurrency = concurrency
        self._scripts = Scripts(redis)
        self._keys: dict[str, Keys] = {}
        self._settled: dict[str, tuple[str, str]] = {}

    def keys(self, site: str) -> Keys:
        """Key names of a site."""
        if site not in self._keys:
            self._keys[site] = Keys(site)
        return self._keys[site]

    @asynccontextmanager
    async def _redis(self) -> AsyncIterator[Any]:  # redis-py's annotations mix its sync and async halves
        try:
            yield self.redis
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            raise StoreUnavailable(f"Redis does not answer: {error}") from error

    # -- the hallway

    async def accept(self, job: dict[str, Any]) -> Accepted:
        """Stores a job (contracts/job) and queues its run; a run that is there already is left alone. Raises StoreUnavailable."""
        site, run, agent = job["site"], job["run"], job["agent"]["id"]
        keys, now = self.keys(site), self.clock()
        waiting, paused = job.get("waiting"), job.get("paused", False)
        answered = {answer["id"] for answer in job.get("answers", [])}
        held = waiting and waiting["for"] == "approval" and (waiting.get("data") or {}).get("id") not in answered
        state = RunState.PAUSED if paused else RunState.WAITING if held else RunState.QUEUED
        units, counters = _from_checkpoints(job.get("checkpoints") or [], job["generation"])
        usage = {name: int(job.get("usage", {}).get(name, 0)) for name in COUNTERS}
        fields = self._fields(job) | {name: max(usage[name], counters.get(name, 0)) for name in COUNTERS}
        data = {"attempt": job["attempt"], "generation": job["generation"], "trigger": job["trigger"]}
        events = [event("run_queued", now, data)] if state == RunState.QUEUED else []
        args = [
            run,
            json.dumps(_stored(job)),
            job["attempt"],
            job["generation"],
            job["last_seq"],
            agent,
            job["agent"]["binding"].get("priority") or 5,
            (job["agent"]["binding"].get("limits") or {}).get("concurrency") or 0,
            state.value,
            "approval" if held else "",
            json.dumps(fields),
            json.dumps({unit: json.dumps(record) for unit, record in units.items()}),
            json.dumps(events),
            0,
        ]
        attempt, new, _ = await self._scripts("accept", keys.script(run, agent), args)
        async with self._redis() as redis:
            for answer in job.get("answers", []):
                await redis.hset(keys.answers(run), answer["id"], json.dumps(answer))
            if new:
                await redis.zadd(f"{keys.prefix}recent", {run: now})
                await redis.zremrangebyrank(f"{keys.prefix}recent", 0, -RECENT_RUNS - 1)
        await self.ring()
        return Accepted(run, int(attempt), bool(new))

    def _fields(self, job: dict[str, Any]) -> dict[str, Any]:
        limits = job["agent"]["binding"].get("limits") or {}
        chosen = {f"max_{name}": limits.get(name) or self._defaults.get(name) or 0 for name in LIMITS}
        return {
            "agent": job["agent"]["id"],
            "agent_hash": job["agent"]["hash"],
            "site": job["site"],
            "trigger": job["trigger"]["type"],
            "created": job["created"],
            **chosen,
        }

    async def ring(self) -> None:
        """Rings the bell: a worker with room takes the next run. A lost bell loses nothing (`reap`)."""
        async with self._redis() as redis, redis.pipeline(transaction=False) as pipe:
            await pipe.lpush(WAKE, 1).ltrim(WAKE, 0, 99).execute()
            if self._bell is not None:
                await self._bell()

    async def hear(self, timeout: float) -> bool:
        """Waits for a bell, at most `timeout` seconds."""
        async with self._redis() as redis:
            return bool(await redis.blpop([WAKE], timeout=timeout))

    # -- a worker's side

    async def take(self, site: str, owner: str, lease_ms: int, facts: dict[str, Any]) -> Claim | None:
        """Claims the next run of a site by fair share, or None."""
        keys = self.keys(site)
        nonce = secrets.token_hex(8)
        args = [keys.prefix, owner, nonce, lease_ms, 200, timestamp(self.clock()), json.dumps(facts), self._concurrency]
        found = await self._scripts("take", keys.script(), args)
        if not found:
            return None
        run, fence = found[0].decode(), found[1].decode()
        async with self._redis() as redis:
            job = await redis.hget(keys.run(run), "job")
        if job is None:  # flushed between the two: it comes back from Drupal
            return None
        return Claim(site, run, fence, json.loads(job))

    async def journal(self, claim: Claim) -> tuple[dict[str, dict[str, Any]], set[str]]:
        """The units of a run, and which of them Drupal has."""
        keys = self.keys(claim.site)
        async with self._redis() as redis, redis.pipeline(transaction=False) as pipe:
            units, saved = await pipe.hgetall(keys.journal(claim.run)).smembers(keys.saved(claim.run)).execute()
        return {unit.decode(): json.loads(record) for unit, record in units.items()}, {unit.decode() for unit in saved}

    async def start(self, claim: Claim, args: list[Any]) -> str:
        """START of a unit; args behind fence and run as in `lua/start.lua`. Answers why not, or `ok`."""
        return (await self._on("start", claim, args)).decode()

    async def finish(self, claim: Claim, args: list[Any]) -> str:
        """FINISH of a unit; args behind fence and run as in `lua/finish.lua`."""
        return (await self._on("finish", claim, args)).decode()

    async def _on(self, script: str, claim: Claim, args: list[Any]) -> Any:
        keys = self.keys(claim.site).script(claim.run, claim.job["agent"]["id"])
        return await self._scripts(script, keys, [claim.fence, claim.run, *args])

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
            claim.job["agent"]["id"],
            json.dumps(fields or {}),
        ]
        answer = (await self._on("settle", claim, args)).decode()
        if answer == "ok" and state == RunState.QUEUED:
            await self.ring()
        return answer

    async def beat(self, site: str, held: list[tuple[str, str]], lease_ms: int) -> list[str]:
        """Renews the leases of (run, fence) pairs. Answers, for each: '' (still ours), `lost`, or the pending command."""
        keys = self.keys(site)
        args = [keys.prefix, lease_ms, *(item for pair in held for item in pair)]
        return [answer.decode() for answer in await self._scripts("beat", keys.script(), args)]

    async def reap(self, site: str) -> int:
        """Takes runs away from dead owners, wakes parked ones that are due, rings for queued ones. Answers how many were touched."""
        keys = self.keys(site)
        taken, woken, bells = await self._scripts("reap", keys.script(), [keys.prefix, timestamp(self.clock()), 100])
        for _ in range(min(taken + woken + bells, 20)):
            await self.ring()
        return taken + woken + bells

    async def reclaim(self, site: str, owner: str) -> None:
        """At the start of a worker: runs of its slot's previous process are free at once, not when their lease ends."""
        keys = self.keys(site)
        async with self._redis() as redis:
            for run in await redis.zrange(keys.leases, 0, -1):
                if (await redis.hget(keys.run(run.decode()), "owner") or b"").decode() == owner:
                    await redis.zadd(keys.leases, {run: 0})
        await self.reap(site)

    async def attempt(self, claim: Claim) -> int | None:
        """The attempt that Redis holds for a claim, or None when the fence is stale."""
        async with self._redis() as redis:
            fence, attempt = await redis.hmget(self.keys(claim.site).run(claim.run), "fence", "attempt")
        return int(attempt) if fence is not None and fence.decode() == claim.fence else None

    async def flag(self, claim: Claim, name: str) -> bool:
        """Whether a field of the run is set."""
        async with self._redis() as redis:
            return await redis.hget(self.keys(claim.site).run(claim.run), name) == b"1"

    async def count(self, claim: Claim, name: str) -> int:
        """Raises a counter of the run that no limit depends on."""
        async with self._redis() as redis:
            return int(await redis.hincrby(self.keys(claim.site).run(claim.run), name, 1))

    async def usage(self, claim: Claim) -> dict[str, int]:
        """What the run has spent so far."""
        async with self._redis() as redis:
            values = await redis.hmget(self.keys(claim.site).run(claim.run), *COUNTERS)
        return {name: int(value or 0) for name, value in zip(COUNTERS, values, strict=True)}

    async def answers(self, site: str, run: str) -> dict[str, dict[str, Any]]:
        """Decisions of people, by the id of what was asked."""
        async with self._redis() as redis:
            return {
                key.decode(): json.loads(value)
                for key, value in (await redis.hgetall(self.keys(site).answers(run))).items()
            }

    # -- commands

    async def command(
        self, site: str, run: str, command: str, data: dict[str, Any] | None = None, by: str = ""
    ) -> bool:
        """cancel, pause, resume or decide. False when the run is unknown or over. Idempotent."""
        keys, now = self.keys(site), self.clock()
        async with self._redis() as redis:
            stored = await redis.hmget(keys.run(run), "state", "agent", "attempt")
        if stored[0] is None or stored[0].decode() in FINAL:
            return False
        agent = stored[1].decode()
        if command == "resume":
            return await self._resume(site, run, agent, [event("run_resumed", now, {"by": by})])
        if command == "decide":
            return await self._decide(site, run, agent, data or {}, by)
        keyed = keys.script(run, agent)
        note = json.dumps({"run": run, "command": command})
        state = (await self._scripts("command", keyed, [run, command, keys.control, note])).decode()
        if state == "running" or (command == "pause" and state == "paused"):
            return True
        final = command == "cancel"
        end = {"state": "cancelled", "reason": "cancelled", "message": _cancelled_by(by)}
        told = event("run_finished", now, end) if final else event("run_paused", now, {"by": by})
        args = ["", run, "cancelled" if final else "paused", "", "cancelled" if final else "paused", end["message"] if final else "",
                0, json.dumps([told]), json.dumps(end) if final else "", agent, "{}"]  # fmt: skip
        return (await self._scripts("settle", keyed, args)).decode() in ("ok", "running", "over")

    async def _resume(
        self, site: str, run: str, agent: str, events: list[str], fields: dict[str, Any] | None = None
    ) -> bool:
        keys = self.keys(site)
        async with self._redis() as redis:
            if (await redis.hget(keys.run(run), "command")) == b"pause":
                await redis.hdel(keys.run(run), "command")
        args = [run, agent, json.dumps(events), json.dumps(fields or {}), 1]
        answer = (await self._scripts("requeue", keys.script(run, agent), args)).decode()
        if answer == "ok":
            await self.ring()
        return answer in ("ok", "queued", "running")

    async def _decide(self, site: str, run: str, agent: str, data: dict[str, Any], by: str) -> bool:
        keys = self.keys(site)
        answer = {"id": str(data.get("id", "")), "decision": str(data.get("decision", "")), "by": by}
        async with self._redis() as redis:
            fresh = await redis.hsetnx(keys.answers(run), answer["id"], json.dumps(answer))
            asked = await redis.hget(keys.run(run), "asked")
        if not fresh or (asked or b"").decode() != answer["id"]:
            return True
        given = event("approval_given", self.clock(), answer)
        return await self._resume(site, run, agent, [given, event("run_resumed", self.clock(), {"after": "approval"})])

    async def set_stop(self, site: str, on: bool) -> None:
        """The site's stop switch: nothing is taken or started while it is on; running work is told at once."""
        keys = self.keys(site)
        async with self._redis() as redis:
            before = await redis.hget(keys.state, "stop")
            await redis.hset(keys.state, "stop", "1" if on else "0")
            if on:
                await redis.publish(keys.control, json.dumps({"stop": True}))
            elif before == b"1":
                await self.ring()

    async def stopped(self, site: str) -> bool:
        """Whether the site's stop switch is on."""
        async with self._redis() as redis:
            return await redis.hget(self.keys(site).state, "stop") == b"1"

    @asynccontextmanager
    async def control(self, sites: Iterable[str]) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Messages that reach running work across processes: `{run, command}` or `{stop: true}`, each with its `site`."""
        channels = {self.keys(site).control: site for site in sites}
        async with self._redis() as redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(*channels)

            async def messages() -> AsyncIterator[dict[str, Any]]:
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        yield json.loads(message["data"]) | {"site": channels[message["channel"].decode()]}

            yield messages()

    # -- looking

    async def run(self, site: str, run: str) -> RunView | None:
        """One run as it is now, or None."""
        async with self._redis() as redis:
            return _view(run, await redis.hgetall(self.keys(site).run(run)))

    async def find(self, run: str, sites: Iterable[str]) -> str | None:
        """The site that a run belongs to."""
        for site in sites:
            async with self._redis() as redis:
                if await redis.exists(self.keys(site).run(run)):
                    return site
        return None

    async def runs(
        self, site: str, state: str | None = None, agent: str | None = None, limit: int = 50
    ) -> list[RunView]:
        """Runs of a site, newest first."""
        keys = self.keys(site)
        found: list[RunView] = []
        async with self._redis() as redis:
            for run in await redis.zrevrange(f"{keys.prefix}recent", 0, -1):
                view = _view(run.decode(), await redis.hgetall(keys.run(run.decode())))
                if view and (state is None or view.state == state) and (agent is None or view.agent == agent):
                    found.append(view)
                if len(found) >= limit:
                    break
        return found

    async def events(self, site: str, run: str, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """Event documents with seq > `after`, oldest first."""
        async with self._redis() as redis:
            page = await redis.xrange(self.keys(site).events(run), min=f"({after}-0", count=limit)
        return [numbered(int(entry.split(b"-")[0]), fields[b"e"]) for entry, fields in page]

    async def wait_events(self, site: str, run: str, after: int, milliseconds: int = 5_000) -> list[dict[str, Any]]:
        """Like `events`, waiting for the next one."""
        async with self._redis() as redis:
            found = await redis.xread({self.keys(site).events(run): f"{after}-0"}, count=500, block=milliseconds)
        return [numbered(int(entry.split(b"-")[0]), fields[b"e"]) for _, page in found or [] for entry, fields in page]

    # -- the sender's side

    async def outgoing(
        self,
        site: str,
        *,
        max_runs: int = 200,
        max_events: int = 1_000,
        max_bytes: int = 512_000,
        max_run_events: int = 200,
    ) -> list[Outgoing]:
        """What Drupal does not have yet: oldest runs first, each contiguous from `acked + 1`."""
        keys, batch, events, size = self.keys(site), list[Outgoing](), 0, 0
        async with self._redis() as redis:
            for name in await redis.zrange(keys.outgoing, 0, max_runs - 1):
                run = name.decode()
                stored = {key.decode(): value for key, value in (await redis.hgetall(keys.run(run))).items()}
                if not stored:
                    await redis.zrem(keys.outgoing, run)
                    continue
                room = min(max_run_events, max_events - events)
                page = await redis.xrange(keys.events(run), min=f"({int(stored['acked'])}-0", count=room + 1)
                item, size, complete = _pack(run, stored, page[:room], size, max_bytes)
                item = item if complete and len(page) <= room else _without_end(item)
                if item.events or item.end:
                    batch.append(item)
                events += len(item.events)
                if events >= max_events or size >= max_bytes:
                    break
        return batch

    async def acknowledge(self, site: str, run: str, last_seq: int, ended: bool) -> None:
        """Drupal has the events up to `last_seq`; with `ended` it has the end, and the run's data is trimmed."""
        args = [run, last_seq, 1 if ended else 0, KEPT_EVENTS, KEPT_SECONDS]
        await self._scripts("ack", self.keys(site).script(run), args)

    async def renumber(self, site: str, run: str, last_seq: int) -> None:
        """Drupal has other events under our numbers: the unsent tail moves behind `last_seq`."""
        await self._scripts("renumber", self.keys(site).script(run), [run, last_seq, 0, ""])

    async def refuse_event(self, site: str, run: str, seq: int, kind: str, detail: str) -> None:
        """An event that Drupal refuses is replaced by a stub that says so."""
        stub = event("event_refused", self.clock(), {"refused_type": kind, "detail": detail[:1_000]})
        await self._scripts("renumber", self.keys(site).script(run), [run, 0, seq, stub])

    async def live(self, site: str) -> list[tuple[str, int]]:
        """(run, attempt) of all runs that are not over."""
        keys = self.keys(site)
        async with self._redis() as redis:
            runs = [run.decode() for run in await redis.smembers(keys.live)]
            attempts = [await redis.hget(keys.run(run), "attempt") for run in runs]
        return [(run, int(attempt)) for run, attempt in zip(runs, attempts, strict=True) if attempt is not None]

    async def drop(self, site: str, run: str) -> None:
        """Drupal says that the run is over: whoever drives it loses it, its data goes."""
        keys = self.keys(site)
        async with self._redis() as redis:
            agent = (await redis.hget(keys.run(run), "agent") or b"-").decode()
            names = keys.script(run, agent)
            async with redis.pipeline(transaction=True) as pipe:
                pipe.delete(names[0], names[1], names[2], names[11], keys.answers(run))
                pipe.zrem(keys.leases, run).zrem(keys.outgoing, run).zrem(keys.parked, run)
                pipe.srem(names[7], run).srem(keys.live, run).lrem(names[9], 0, run)
                await pipe.execute()

    async def sender_lease(self, site: str, name: str, seconds: float) -> bool:
        """Whether `name` is the site's one sender for the next `seconds`."""
        key, ttl = self.keys(site).sender, int(seconds * 1000)
        async with self._redis() as redis:
            if await redis.set(key, name, nx=True, px=ttl):
                return True
            if await redis.get(key) == name.encode():
                return bool(await redis.pexpire(key, ttl))
        return False

    async def remember_id(self, site: str, webhook_id: str, seconds: int = 900) -> bool:
        """False when a signed request's id was seen before."""
        async with self._redis() as redis:
            return bool(await redis.set(self.keys(site).webhook(webhook_id), 1, nx=True, ex=seconds))

    # -- health

    async def lost(self, site: str) -> bool:
        """Whether Redis may have lost runs of this site since `settled`: its sentinel or its identity is not what it was."""
        async with self._redis() as redis:
            sentinel = await redis.get(self.keys(site).sentinel)
            identity = await self._identity()
        known = self._settled.get(site)
        return known is None or sentinel is None or known != (sentinel.decode(), identity)

    async def settled(self, site: str) -> None:
        """All unfinished runs of the site were accepted again: from here on a loss is noticed."""
        async with self._redis() as redis:
            await redis.set(self.keys(site).sentinel, secrets.token_hex(16), nx=True)
            sentinel = (await redis.get(self.keys(site).sentinel)).decode()
        self._settled[site] = (sentinel, await self._identity())

    async def _identity(self) -> str:
        async with self._redis() as redis:
            server, replication = await redis.info("server"), await redis.info("replication")
        return f"{server.get('run_id')}/{replication.get('master_replid')}"

    async def check(self) -> None:
        """Raises StoreUnavailable, with what to do, unless Redis can hold runs."""
        try:
            async with self._redis() as redis:
                await redis.ping()
                memory = await redis.info("memory")
        except RedisError as error:
            raise StoreUnavailable(
                f"Redis refuses: {error}. Check the user, the password and the database of redis_url."
            ) from error
        policy = memory.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise StoreUnavailable(
                f"Redis evicts keys (maxmemory-policy {policy}). Set it to noeviction: a run must not vanish."
            )


def _stored(job: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in job.items() if key not in ("checkpoints", "usage")}


def _from_checkpoints(checkpoints: list[dict[str, Any]], generation: int) -> tuple[dict[str, Any], dict[str, int]]:
    units: dict[str, Any] = {}
    for checkpoint in checkpoints:
        if checkpoint.get("generation", generation) == generation:
            units |= checkpoint["units"]
    counters: dict[str, int] = {}
    for record in units.values():
        for name, amount in (record.get("c") or {}).items():
            counters[name] = counters.get(name, 0) + amount
    return units, counters


def _cancelled_by(by: str) -> str:
    return f"Cancelled by {by}." if by else "Cancelled."


def _pack(run: str, stored: dict[str, bytes], page: list[Any], size: int, most: int) -> tuple[Outgoing, int, bool]:
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
        {name: int(stored.get(name, 0)) for name in COUNTERS},
        events,
        json.loads(stored["end"]) if "end" in stored else None,
    )
    return item, size, len(events) == len(page)


def _without_end(item: Outgoing) -> Outgoing:
    return Outgoing(item.run, item.attempt, item.generation, item.state, item.usage, item.events, None)


def _view(run: str, raw: dict[bytes, bytes]) -> RunView | None:
    if not raw:
        return None
    stored = {key.decode(): value.decode() for key, value in raw.items()}
    end = json.loads(stored["end"]) if "end" in stored else {}

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
    )


def _parse(moment: str | None) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() if moment else 0.0
