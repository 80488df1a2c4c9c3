"""What people ask of runs: cancel, pause, resume, decide, and the stop switch of a site."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sidecar.runs import topup
from sidecar.runs.events import event
from sidecar.runs.job import Job
from sidecar.runs.model import FINAL
from sidecar.runs.store.port import RedisPort


class Commanding(RedisPort):
    """Commands. All are idempotent."""

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
        said = _said(by, data or {})
        if command == "resume":
            return await self._resume(site, run, agent, [event("run_resumed", now, said)])
        if command == "decide":
            return await self._decide(site, run, agent, data or {}, said)
        keyed = keys.script(run, agent)
        note = json.dumps({"run": run, "command": command})
        state = (await self._scripts("command", keyed, [run, command, keys.control, note, json.dumps(said)])).decode()
        if state == "running" or (command == "pause" and state == "paused"):
            return True
        final = command == "cancel"
        end = {"state": "cancelled", "reason": "cancelled", "message": cancelled(said)}
        told = event("run_finished", now, end | said) if final else event("run_paused", now, said)
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
        args = [run, agent, json.dumps(events), json.dumps(fields or {})]
        answer = (await self._scripts("requeue", keys.script(run, agent), args)).decode()
        if answer == "ok":
            await self.ring()
        return answer in ("ok", "queued", "running")

    async def said(self, site: str, run: str) -> dict[str, str]:
        """Who gave the command that the run is to obey, and why: `by`, `note`, `via`."""
        async with self._redis() as redis:
            return json.loads(await redis.hget(self.keys(site).run(run), "said") or b"{}")

    async def _decide(self, site: str, run: str, agent: str, data: dict[str, Any], said: dict[str, str]) -> bool:
        """The first answer to a question counts. That it was heard is noted by the script that lets the run go on, so that an answer which comes
        again after a crash in between does."""
        keys = self.keys(site)
        answer = {"id": str(data.get("id", "")), "decision": str(data.get("decision", ""))} | said
        async with self._redis() as redis:
            await redis.hsetnx(keys.answers(run), answer["id"], json.dumps(answer))
            asked, job = await redis.hmget(keys.run(run), "asked", "job")
            if (asked or b"").decode() != answer["id"] or job is None:
                return True
            found = await redis.hgetall(keys.answers(run))
        answers = {id.decode(): json.loads(raw) for id, raw in found.items()}
        fields = {"asked": "", **topup.limits(Job.of(json.loads(job)), self._defaults, answers)}
        given = event("approval_given", self.clock(), answers[answer["id"]])
        after = event("run_resumed", self.clock(), {"after": "approval"})
        return await self._resume(site, run, agent, [given, after], fields)

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

    async def note_stop(self, site: str) -> None:
        """The switch as a run found it: nothing more is taken or started. Running work hears of it with its next beat, so the run that
        found it is not told to stop while it is put to rest."""
        async with self._redis() as redis:
            await redis.hset(self.keys(site).state, "stop", "1")

    async def stopped(self, site: str) -> bool:
        """Whether the site's stop switch is on."""
        async with self._redis() as redis:
            return await redis.hget(self.keys(site).state, "stop") == b"1"

    async def look_again(self, site: str, seconds: int) -> None:
        """Drupal has something to claim after so many seconds; the earliest time counts."""
        key, at = self.keys(site).state, self.clock() + seconds
        async with self._redis() as redis:
            noted = await redis.hget(key, "look")
            if noted is None or float(noted) > at:
                await redis.hset(key, "look", str(at))

    async def take_look(self, site: str) -> bool:
        """Whether that time has come. True once: who hears it looks."""
        key = self.keys(site).state
        async with self._redis() as redis:
            noted = await redis.hget(key, "look")
            return noted is not None and float(noted) <= self.clock() and bool(await redis.hdel(key, "look"))

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


def _said(by: str, data: dict[str, Any]) -> dict[str, str]:
    """Who decided and why, as the events tell: `by`, `note`, and `via` of what was said at the sidecar itself."""
    told = {"by": by, "note": str(data.get("note") or ""), "via": str(data.get("via") or "")}
    return {name: value for name, value in told.items() if value}


def cancelled(said: dict[str, str]) -> str:
    """The message of a cancelled run. The name is in its event alone, where it can be erased."""
    return f"Cancelled by a person: {said['note']}" if said.get("note") else "Cancelled by a person."
