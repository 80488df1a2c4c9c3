"""The hallway of Redis: a job becomes a run, or a run that was lost is rebuilt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sidecar.json_text import JSON
from sidecar.runs import grants
from sidecar.runs.checkpoint import Units
from sidecar.runs.counters import ASKED_WRITES, COUNTERS, STARTED
from sidecar.runs.events import event
from sidecar.runs.job import Answers, History, Job, OpenQuestion
from sidecar.runs.run import RunState
from sidecar.store.bells import Bells
from sidecar.store.connection import Connection, arguments

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
    """Jobs in. `budgets`: what a site may spend on a day."""

    def __init__(
        self,
        connection: Connection,
        bells: Bells,
        *,
        budgets: Mapping[str, Budget] | None = None,
    ) -> None:
        self._connection = connection
        self._bells = bells
        self._budgets = dict(budgets or {})

    async def accept(self, job: Job) -> Accepted:
        """Stores a job, whose limits hold as they are, and queues its run; one that is there already is left alone. Raises StoreUnavailable."""
        site, run, agent, history = job.site, job.run, job.agent, job.history
        keys, now = self._connection.keys(site), self._connection.clock()
        question = _open_question(history)
        state = RunState.PAUSED if history.paused else RunState.WAITING if question else RunState.QUEUED
        units, answers = history.units(job.generation), history.answers
        fields = _fields(job) | grants.limits(job, answers)
        fields |= _spent(history.usage, _counters(units)) | {"asked": question.get("id", "")}
        events = _events(job, now) if state == RunState.QUEUED else []
        document = {
            "run": run,
            "attempt": job.attempt,
            "generation": job.generation,
            "last_seq": history.last_seq,
            "lane": agent.id,
            "weight": agent.priority,
            "cap": agent.limits.concurrency,
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
        texts = [job.stored(), *_texts_of(answers), *_texts_of_units(units), *events]
        script_keys = [*keys.script(run, agent.id), keys.recent]
        attempt, new, _ = await self._bells.ring_after("accept", script_keys, arguments(document, texts))
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

    def _day_budgets(self, job: Job) -> dict[str, int]:
        site = self._budgets.get(job.site, Budget())
        limits = job.agent.limits
        return {
            "site_cost": site.cost_micros,
            "site_tokens": site.tokens,
            "agent_cost": limits.cost_micros_per_day,
            "agent_tokens": limits.tokens_per_day,
        }


def _fields(job: Job) -> dict[str, str | int]:
    return {
        "agent": job.agent.id,
        "agent_hash": job.agent.hash,
        "site": job.site,
        "trigger": job.trigger["type"],
        "created": job.created,
        "priority": job.priority,
        "parent": job.parent or "",
        "awaited": int(job.trigger.get("operation") == "wait"),
    } | _from_step(job)


def _from_step(job: Job) -> dict[str, int]:
    return {"from_step": job.from_step} if job.from_step > 1 else {}


def _events(job: Job, now: float) -> list[str]:
    """That the run is queued; before it the answer that it was waiting for in Drupal and that no event has told yet, since it was given while
    nobody had the run. Who began this generation, and why, is told once, before it has started."""
    history, data = job.history, dict[str, JSON]()
    data |= {"attempt": job.attempt, "generation": job.generation, "trigger": job.trigger} | _from_step(job)
    data |= {"limits": job.agent.limits.document()}
    if not history.started:
        data |= job.review.told() if job.review else dict(history.retried)
    answer = history.answers.get(history.asked.get("id", ""))
    given = [event("approval_given", now, dict(answer))] if answer else []
    return [*given, event("run_queued", now, data)]


def _open_question(history: History) -> OpenQuestion:
    """What the run waits to have answered; empty when it waits for nobody."""
    # Without an id nobody could answer: driven again, the run asks anew.
    asked = history.asked.get("id")
    return history.asked if asked and asked not in history.answers else {}


def _texts_of(answers: Answers) -> list[str]:
    """The id and the text of each answer, in turn."""
    return [text for id, answer in answers.items() for text in (id, json.dumps(answer))]


def _texts_of_units(units: Units) -> list[str]:
    """Name, whether it is saved, and record of each unit, in turn. Only finished units are: one that was started comes with a later checkpoint
    once it is finished."""
    return [
        text for unit, record in units.items() for text in (unit, "1" if "v" in record else "0", json.dumps(record))
    ]


def _due_ms(asked: OpenQuestion, now: float) -> int:
    """Milliseconds until a question expires; at least one, for a question whose time is over."""
    expires = asked.get("expires")
    if not isinstance(expires, str):
        return 0
    return max(1, int((datetime.fromisoformat(expires.replace("Z", "+00:00")).timestamp() - now) * 1000))


def _spent(usage: Mapping[str, int], counters: Mapping[str, int]) -> dict[str, int]:
    """The counters of a run that comes back. A draft whose unit is in no checkpoint is asked for again, and counted then."""
    spent = {name: max(int(usage.get(name, 0)), counters.get(name, 0)) for name in COUNTERS}
    # Its time goes on where it was: what was not driven is left out of the wall time, so this is the opposite.
    driven = {"excluded_ms": -1000 * int(usage.get("driven_seconds", 0))}
    started = {name: counters.get(name, 0) for name in STARTED}
    return spent | driven | started | {"writes": counters.get("writes", 0), ASKED_WRITES: counters.get(ASKED_WRITES, 0)}


def _counters(units: Units) -> dict[str, int]:
    counters: dict[str, int] = {}
    for record in units.values():
        for name, amount in (record.get("c") or {}).items():
            counters[name] = counters.get(name, 0) + amount
    return counters
