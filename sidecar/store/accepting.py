"""The hallway of Redis: a job becomes a run, or a run that was lost is rebuilt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sidecar.runs import topup
from sidecar.runs.counters import ASKED_WRITES, COUNTERS
from sidecar.runs.events import event
from sidecar.runs.job import Job
from sidecar.runs.model import RunState
from sidecar.store.bells import Bells
from sidecar.store.connection import Connection

RECENT_RUNS = 1_000


class Budget(NamedTuple):
    """What may be spent on a day (UTC): millionths of a US dollar, and tokens. 0: no limit."""

    cost_micros: int = 0
    tokens: int = 0


class Accepted(NamedTuple):
    """`attempt` is the one that Redis holds now; `new` is False when the run was there already."""

    run: str
    attempt: int
    new: bool


class Accepting:
    """Jobs in. `defaults`: limits that hold where an agent sets none. `budgets`: what a site may spend on a day."""

    def __init__(
        self,
        connection: Connection,
        bells: Bells,
        *,
        defaults: Mapping[str, int] | None = None,
        budgets: Mapping[str, Budget] | None = None,
    ) -> None:
        self._connection = connection
        self._bells = bells
        self._defaults = dict(defaults or {})
        self._budgets = dict(budgets or {})

    async def accept(self, job: dict[str, Any]) -> Accepted:
        """Stores a job (contracts/job) and queues its run; a run that is there already is left alone. Raises StoreUnavailable."""
        site, run, agent = job["site"], job["run"], job["agent"]["id"]
        keys, now = self._connection.keys(site), self._connection.clock()
        paused = job.get("paused", False)
        answers = {answer["id"]: answer for answer in job.get("answers", [])}
        question = _open_question(job, answers)
        state = RunState.PAUSED if paused else RunState.WAITING if question else RunState.QUEUED
        units, counters = _from_checkpoints(job.get("checkpoints") or [], job["generation"])
        fields = self._fields(job) | topup.limits(Job.of(job), self._defaults, answers)
        fields |= _spent(job.get("usage") or {}, counters) | {"asked": question.get("id", "")}
        data = {"attempt": job["attempt"], "generation": job["generation"], "trigger": job["trigger"]} | _from_step(job)
        data |= {"limits": job["agent"]["binding"].get("limits") or {}} | _retried(job)
        given = [event("approval_given", now, answer) for answer in _given(job, answers)]
        events = [*given, event("run_queued", now, data)] if state == RunState.QUEUED else []
        document = {
            "run": run,
            "attempt": job["attempt"],
            "generation": job["generation"],
            "last_seq": job["last_seq"],
            "lane": agent,
            "weight": job["agent"]["binding"].get("priority") or 5,
            "cap": (job["agent"]["binding"].get("limits") or {}).get("concurrency") or 0,
            "state": state.value,
            "due_ms": _due_ms(question, now) if state == RunState.WAITING else 0,
            "fields": fields,
            "budgets": self._day_budgets(job),
            "answers": len(answers),
            "units": len(units),
            "events": len(events),
            "now": now,
            "recent": RECENT_RUNS,
        } | ({"waiting_for": "approval"} if state == RunState.WAITING else {})
        texts = [json.dumps(_stored(job)), *_texts_of(answers), *_texts_of_units(units), *events]
        script_keys = [*keys.script(run, agent), keys.recent]
        attempt, new, _ = await self._bells.ring_after("accept", script_keys, [json.dumps(document), *texts])
        return Accepted(run, int(attempt), bool(new))

    async def look_again(self, site: str, seconds: int) -> None:
        """Drupal has something to claim after so many seconds; the earliest time counts."""
        key, at = self._connection.keys(site).state, self._connection.clock() + seconds
        async with self._connection.redis() as redis:
            noted = await redis.hget(key, "look")
            if noted is None or float(noted) > at:
                await redis.hset(key, "look", str(at))

    async def take_look(self, site: str) -> bool:
        """Whether that time has come. True once: who hears it looks."""
        key = self._connection.keys(site).state
        async with self._connection.redis() as redis:
            noted = await redis.hget(key, "look")
            return (
                noted is not None and float(noted) <= self._connection.clock() and bool(await redis.hdel(key, "look"))
            )

    async def remember_id(self, site: str, webhook_id: str, seconds: int = 900) -> bool:
        """False when a signed request's id was seen before."""
        async with self._connection.redis() as redis:
            return bool(await redis.set(self._connection.keys(site).webhook(webhook_id), 1, nx=True, ex=seconds))

    def _day_budgets(self, job: dict[str, Any]) -> dict[str, int]:
        site = self._budgets.get(job["site"], Budget())
        limits = job["agent"]["binding"].get("limits") or {}
        names = [f"{name}_per_day" for name in Budget._fields]
        agent = Budget(*(limits.get(name) or self._defaults.get(name) or 0 for name in names))
        return {
            "site_cost": site.cost_micros,
            "site_tokens": site.tokens,
            "agent_cost": agent.cost_micros,
            "agent_tokens": agent.tokens,
        }

    def _fields(self, job: dict[str, Any]) -> dict[str, Any]:
        return {
            "agent": job["agent"]["id"],
            "agent_hash": job["agent"]["hash"],
            "site": job["site"],
            "trigger": job["trigger"]["type"],
            "created": job["created"],
        } | _from_step(job)


def _texts_of(answers: dict[str, Any]) -> list[str]:
    """The id and the text of each answer, in turn."""
    return [text for id, answer in answers.items() for text in (id, json.dumps(answer))]


def _texts_of_units(units: dict[str, Any]) -> list[str]:
    """Name, whether it is saved, and record of each unit, in turn. Only finished units are: one that was started comes with a later checkpoint
    once it is finished."""
    return [
        text for unit, record in units.items() for text in (unit, "1" if "v" in record else "0", json.dumps(record))
    ]


def _from_step(job: dict[str, Any]) -> dict[str, int]:
    return {"from_step": job["from_step"]} if "from_step" in job else {}


def _retried(job: dict[str, Any]) -> dict[str, str]:
    """Who began this generation, and why; told once, before it has started."""
    return dict(job.get("retried") or {}) if not job.get("started") else {}


def _given(job: dict[str, Any], answers: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer that the run was waiting for in Drupal and that no event has told yet: it was given while nobody had the run."""
    waiting = job.get("waiting") or {}
    asked = (waiting.get("data") or {}).get("id") if waiting.get("for") == "approval" else None
    return [answers[asked]] if asked in answers else []


def _open_question(job: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """What the run waits to have answered (`id`, `expires`); empty when it waits for nobody."""
    waiting = job.get("waiting") or {}
    asked = (waiting.get("data") or {}) if waiting.get("for") == "approval" else {}
    # Without an id nobody could answer: driven again, the run asks anew.
    return asked if asked.get("id") and asked["id"] not in answers else {}


def _due_ms(asked: dict[str, Any], now: float) -> int:
    """Milliseconds until a question expires; at least one, for a question whose time is over."""
    expires = asked.get("expires")
    if not isinstance(expires, str):
        return 0
    return max(1, int((datetime.fromisoformat(expires.replace("Z", "+00:00")).timestamp() - now) * 1000))


def _spent(usage: dict[str, Any], counters: dict[str, int]) -> dict[str, int]:
    """The counters of a run that comes back. A draft whose unit is in no checkpoint is asked for again, and counted then."""
    spent = {name: max(int(usage.get(name, 0)), counters.get(name, 0)) for name in COUNTERS}
    # Its time goes on where it was: what was not driven is left out of the wall time, so this is the opposite.
    driven = {"excluded_ms": -1000 * int(usage.get("driven_seconds", 0))}
    return spent | driven | {"writes": counters.get("writes", 0), ASKED_WRITES: counters.get(ASKED_WRITES, 0)}


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
