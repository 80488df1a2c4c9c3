"""What people ask of runs: cancel, pause, resume, decide, and the stop switch of a site."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sidecar.runs import grants
from sidecar.runs.events import event
from sidecar.runs.job import Job
from sidecar.runs.run import FINAL
from sidecar.runs.settlement import commanded
from sidecar.store.bells import Bells
from sidecar.store.connection import Connection, arguments
from sidecar.store.settling import settle


class Commands:
    """Commands, the stop switch, and what was spent on a day. All are idempotent."""

    def __init__(self, connection: Connection, bells: Bells) -> None:
        self._connection = connection
        self._bells = bells

    async def knows(self, site: str, run: str) -> bool:
        """Whether the run is here, over or not."""
        async with self._connection.redis() as redis:
            return bool(await redis.exists(self._connection.keys(site).run(run)))

    async def give(self, site: str, run: str, command: str, data: dict[str, Any] | None = None, by: str = "") -> bool:
        """cancel, pause, resume, decide or wake. False when the run is unknown or over. Idempotent."""
        keys, now = self._connection.keys(site), self._connection.clock()
        async with self._connection.redis() as redis:
            stored = await redis.hmget(keys.run(run), "state", "agent", "attempt")
        if stored[0] is None or stored[0].decode() in FINAL:
            return False
        agent = stored[1].decode()
        said = _said(by, data or {})
        if command == "resume":
            return await self._resume(site, run, agent, [event("run_resumed", now, said)])
        if command == "wake":
            return await self._wake(site, run, agent)
        if command == "decide":
            return await self._decide(site, run, agent, data or {}, said)
        keyed = keys.script(run, agent)
        texts = [json.dumps({"run": run, "command": command}), json.dumps(said)]
        args = arguments({"command": command, "channel": keys.control}, texts)
        state = (await self._connection.script("command", keyed, args)).decode()
        if state == "running" or (command == "pause" and state == "paused"):
            return True
        answer = await settle(self._connection, site, run, agent, commanded(command, said, now))
        return answer in ("ok", "running", "over")

    async def _resume(
        self, site: str, run: str, agent: str, events: list[str], fields: dict[str, Any] | None = None
    ) -> bool:
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis:
            if (await redis.hget(keys.run(run), "command")) == b"pause":
                await redis.hdel(keys.run(run), "command")
        args = arguments({"run": run, "lane": agent, "fields": fields or {}, "events": len(events)}, events)
        answer = (await self._connection.script("requeue", keys.script(run, agent), args)).decode()
        if answer == "ok":
            await self._bells.ring()
        return answer in ("ok", "queued", "running")

    async def _wake(self, site: str, run: str, agent: str) -> bool:
        """A run of another agent has ended: one that waits for it goes on, and looks for itself whether it was that one."""
        events = [event("run_resumed", self._connection.clock(), {"after": "agent"})]
        args = arguments({"run": run, "lane": agent, "events": len(events)}, events)
        answer = await self._connection.script("wake", self._connection.keys(site).script(run, agent), args)
        if answer == b"ok":
            await self._bells.ring()
        return True

    async def _decide(self, site: str, run: str, agent: str, data: dict[str, Any], said: dict[str, str]) -> bool:
        """The first answer to a question counts. That it was heard is noted by the script that lets the run go on, so that an answer which comes
        again after a crash in between does."""
        keys = self._connection.keys(site)
        answer = {"id": str(data.get("id", "")), "decision": str(data.get("decision", ""))} | said
        async with self._connection.redis() as redis:
            await redis.hsetnx(keys.answers(run), answer["id"], json.dumps(answer))
            asked, job = await redis.hmget(keys.run(run), "asked", "job")
            if (asked or b"").decode() != answer["id"] or job is None:
                return True
            found = await redis.hgetall(keys.answers(run))
        answers = {id.decode(): json.loads(raw) for id, raw in found.items()}
        limits = grants.limits(Job.of(json.loads(job)), answers)
        # What the job does not limit stays as it is: with a job of an older release the defaults of that time are stored beside it.
        fields = {"asked": "", **{name: amount for name, amount in limits.items() if amount}}
        given = event("approval_given", self._connection.clock(), answers[answer["id"]])
        after = event("run_resumed", self._connection.clock(), {"after": "approval"})
        return await self._resume(site, run, agent, [given, after], fields)

    async def told_spent(self, site: str, spent: dict[str, Any]) -> bool:
        """What Drupal knows of a day's spending (contracts/common, `spent`) is taken over where it is higher. Until it is known once after a
        loss of Redis, nothing is spent where a budget of a day is set. False when it is another day (UTC) by Redis' clock: ask again."""
        keys = self._connection.keys(site)
        agents = {
            agent: {"cost": amounts["cost_micros"], "tokens": amounts["tokens"]}
            for agent, amounts in spent["agents"].items()
        }
        day = (date.fromisoformat(spent["day"]) - date(1970, 1, 1)).days
        of_site = {"cost": spent["cost_micros"], "tokens": spent["tokens"]}
        args = arguments({"prefix": keys.prefix, "day": day, "agents": agents} | of_site)
        return bool(await self._connection.script("spent", keys.script(), args))

    async def set_stop(self, site: str, on: bool) -> None:
        """The site's stop switch: nothing is taken or started while it is on; running work is told at once."""
        keys = self._connection.keys(site)
        async with self._connection.redis() as redis:
            before = await redis.hget(keys.state, "stop")
            await redis.hset(keys.state, "stop", "1" if on else "0")
            if on:
                await redis.publish(keys.control, json.dumps({"stop": True}))
            elif before == b"1":
                await self._bells.ring()

    async def stopped(self, site: str) -> bool:
        """Whether the site's stop switch is on."""
        async with self._connection.redis() as redis:
            return await redis.hget(self._connection.keys(site).state, "stop") == b"1"


def _said(by: str, data: dict[str, Any]) -> dict[str, str]:
    """Who decided and why, as the events tell: `by`, `note`, and `via` of what was said at the sidecar itself."""
    told = {"by": by, "note": str(data.get("note") or ""), "via": str(data.get("via") or "")}
    return {name: value for name, value in told.items() if value}
