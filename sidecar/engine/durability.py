"""pydantic-ai's durable execution on our journal: every model request and every tool call is a unit of it.

Names of agent and toolset are constants: they are part of the journal's format, a site's labels are not.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.durable_exec import (
    JSON_CODEC,
    BaseDurabilityCapability,
    DurabilityEngineSpec,
    JournalCallableOperationBackend,
    ModelRequestId,
    RoleBasedOperationConfig,
    ToolsetCallToolId,
    ToolsetValidateToolArgumentsId,
    conversation_id_from_run_id,
    record_durable_unit,
    replay_scope,
)
from pydantic_ai.messages import ModelResponse
from pydantic_ai.tools import RunContext

from sidecar.drupal.outcomes import FAILED
from sidecar.engine import failures
from sidecar.engine.answers import refuse_written_call, tidied
from sidecar.engine.limits import Estimator
from sidecar.redact import Redactor
from sidecar.runs.events import LARGE, PREVIEW, event, shortened
from sidecar.runs.journal import Halt, Journal, Reserve
from sidecar.runs.store.port import ASKED_WRITES
from sidecar.tools.base import Outcome, ToolSpec
from sidecar.tools.bounds import value_problem

AGENT, TOOLSET, FINISH = "agent", "tools", "finish"
NONSENSE = 3
"""Calls in a row whose arguments break their schema, after which the run fails."""

Body = Callable[[], Awaitable[Any]]


@dataclass
class Driving:
    """What the engine knows of the run it drives now. `model_failed` turns a provider's exception into a Halt; `outcomes` is where tools leave
    what their call came to, by unit; `ordinals`: see ToolContext.ordinal."""

    journal: Journal
    model: str
    specs: dict[str, ToolSpec]
    estimator: Estimator
    model_failed: Callable[[Exception, int], Halt]
    model_timeout: float
    before_unsafe: Callable[[str, dict[str, Any]], Awaitable[None]]
    call: Callable[[RunContext[Any], str, dict[str, Any], str], Awaitable[Outcome]]
    site_answers: Callable[[], Awaitable[bool]]
    prompt: dict[str, Any] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    redact: Redactor = field(default_factory=Redactor)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    decided: dict[str, Outcome] = field(default_factory=dict)
    ordinals: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    nonsense: int = 0
    output_errors: list[dict[str, str]] = field(default_factory=list)
    _creations: Counter[str] = field(default_factory=Counter)

    @property
    def offered(self) -> list[str]:
        """The names that the model may call."""
        return [*self.specs, FINISH]

    def unit_of(self, context: RunContext[Any], tool: str) -> str:
        """The unit of a tool call: ids repeat over steps, parallel calls finish in any order."""
        return f"s{self.journal.segment}/{context.run_step}/{tool}@{context.tool_call_id}"

    def count_calls(self, step: int, calls: list[dict[str, Any]]) -> dict[str, int]:
        """Notes the calls of an answer in their order; counters for the limits: calls, and drafts that they ask for."""
        writes = 0
        for call in calls:
            spec = self.specs.get(call["tool_name"])
            arguments = _arguments(call)
            target = f"{call['tool_name']}:{arguments.get('entity_type')}:{arguments.get('bundle')}"
            self.ordinals[f"s{self.journal.segment}/{step}/{call['tool_name']}@{call['tool_call_id']}"] = (
                self._creations[target]
            )
            self._creations[target] += 1
            writes += bool(spec and spec.drupal_write)
        return {"tool_calls": sum(call["tool_name"] in self.specs for call in calls), ASKED_WRITES: writes}


current: contextvars.ContextVar[Driving | None] = contextvars.ContextVar("driving", default=None)


@contextmanager
def driving(run: Driving) -> Iterator[None]:
    """Inside, agent runs of this task are journaled."""
    token = current.set(run)
    try:
        with replay_scope():
            yield
    finally:
        current.reset(token)


def tool_function(name: str) -> Callable[..., Awaitable[Any]]:
    """What pydantic-ai calls for a tool. It belongs to no run: agents are built once and serve many."""

    async def call(context: RunContext[Any], /, **arguments: Any) -> Any:
        run = current.get()
        if run is None:
            raise RuntimeError("A tool of the sidecar runs outside a run.")
        unit = run.unit_of(context, name)
        outcome = run.decided.pop(unit, None) or await run.call(context, name, arguments, unit)
        run.outcomes[unit] = outcome
        return outcome.content

    return call


class _JournalCodec:
    """pydantic-ai shows a ValidationError inside a tool call to the model as bad arguments; a broken journal must end the run instead."""

    def dump(self, tp: Any, value: Any) -> Any:
        if isinstance(value, ModelResponse) and (run := current.get()) is not None:
            value = tidied(value, run.redact)
            refuse_written_call(value, run.offered)
        return JSON_CODEC.dump(tp, value)

    def load(self, tp: Any, payload: Any) -> Any:
        try:
            return JSON_CODEC.load(tp, payload)
        except Exception as error:
            raise Halt("journal:unreadable", f"The journal cannot be read: {error}"[:300]) from error


class _Backend(JournalCallableOperationBackend[Any]):
    async def execute(
        self, *, operation_id: Any, name: str, body: Body, cache_key: tuple[object, ...], config: Any
    ) -> object:
        run = current.get()
        if run is None:
            raise RuntimeError("An agent of the sidecar runs outside a run.")
        context = next((item for item in cache_key if isinstance(item, RunContext)), None)
        if isinstance(operation_id, ModelRequestId):
            return await _model_request(run, body)
        if isinstance(operation_id, ToolsetCallToolId) and context is not None:
            arguments = cache_key[1] if isinstance(cache_key[1], dict) else {}
            return await _tool_call(run, context, arguments, body)
        if isinstance(operation_id, ToolsetValidateToolArgumentsId) and context is not None:
            return await body()  # our tools validate in their guard; nothing leaves the process here
        raise Halt("journal:operation", f"The engine asked for an operation that is not journaled: {name}")


async def _model_request(run: Driving, body: Body) -> Any:
    journal, number = run.journal, run.requests + 1
    run.requests = number
    unit = f"s{journal.segment}/model#{number - 1}"
    journal.asks(unit, "")
    entry = journal.record(unit)
    if entry is not None and "v" in entry:
        record_durable_unit(executed=False)
        _answered(run, number, entry["v"])
        return entry["v"]
    now, reserve = run.clock(), run.estimator.reserve()
    tries = (entry or {}).get("n", 0) + 1
    begins = number == journal.claim.from_step
    first = [] if begins else [event("step_finished", now, {"number": number - 1}, number - 1)]
    first.append(event("step_started", now, {"number": number}, number))
    asked = {"model": run.model, "try": tries, "unit": unit} | (run.prompt if begins else {})
    async with journal.running(unit):
        await journal.start(
            unit, "model", first=first, again=[event("model_requested", now, asked, number)], reserve=reserve
        )
        began = time.monotonic()
        try:
            async with asyncio.timeout(run.model_timeout):
                value = await body()
        except Exception as error:
            raise journal.halt(run.model_failed(error, tries)) from error
        await _model_finished(run, unit, number, value, reserve, int((time.monotonic() - began) * 1000))
    record_durable_unit(executed=True)
    return value


async def _model_finished(
    run: Driving, unit: str, number: int, value: dict[str, Any], reserve: Reserve, milliseconds: int
) -> None:
    calls, counters = _calls(value), _answered(run, number, value)
    text = "\n".join(part["content"] for part in value.get("parts", []) if part.get("part_kind") == "text")
    data = {
        "model": value.get("model_name") or run.model,
        "text": text[:LARGE] if text else None,
        "tool_calls": [
            {"id": call["tool_call_id"], "name": call["tool_name"], "arguments": shortened(_arguments(call))}
            for call in calls
        ],
        "usage": {name: counters[name] for name in ("input_tokens", "output_tokens", "cost_micros")},
        "finish_reason": value.get("finish_reason"),
        "milliseconds": milliseconds,
        "unit": unit,
    }
    events = [event("model_responded", run.clock(), data, number)]
    await run.journal.finish(unit, value, events=events, reserve=reserve, counters=counters, c=counters | {"steps": 1})


def _answered(run: Driving, number: int, value: dict[str, Any]) -> dict[str, int]:
    """Books an answer, fresh or replayed, into estimate and ordinals; the counters that FINISH adds."""
    return run.estimator.counted(value.get("usage") or {}) | run.count_calls(number, _calls(value))


def _calls(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in value.get("parts", []) if part.get("part_kind") == "tool-call"]


def _arguments(call: dict[str, Any]) -> dict[str, Any]:
    arguments = text = call.get("args")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return {"unreadable": text}
        if value_problem(arguments) is not None:
            return {"unreadable": str(text)[:PREVIEW]}
    return arguments if isinstance(arguments, dict) else {}


async def _tool_call(run: Driving, context: RunContext[Any], arguments: dict[str, Any], body: Body) -> Any:
    journal, tool = run.journal, context.tool_name or ""
    unit, spec = run.unit_of(context, tool), run.specs[tool]
    digest = hashlib.sha256(json.dumps(arguments, sort_keys=True, default=str).encode()).hexdigest()[:16]
    journal.asks(unit, digest)
    entry = journal.record(unit)
    if entry is not None and "v" in entry:
        record_durable_unit(executed=False)
        run.estimator.add(len(json.dumps(entry["v"])))
        return entry["v"]
    if entry is not None and not spec.repeatable and not entry.get("not_done"):
        _in_doubt(run, unit, tool, arguments)
    told = {"tool": tool, "call": context.tool_call_id, "unit": unit}
    tries = (entry or {}).get("n", 0) + 1
    started = (
        told | {"arguments": shortened(arguments), "try": tries} | ({} if spec.repeatable else {"repeatable": False})
    )
    async with journal.running(unit, unsafe=not spec.repeatable):
        if not spec.repeatable and unit not in run.decided:
            # Output commit comes first: after a loss of Redis Drupal must know that this may have been done.
            await run.before_unsafe(unit, {"n": tries, "d": digest})
        again = [event("tool_started", run.clock(), started, context.run_step)]
        await journal.start(unit, "tool", digest=digest, first=[], again=again)
        began = time.monotonic()
        value = await body()
        outcome = run.outcomes.pop(unit, Outcome("ok"))
        failure = failures.failure_of(outcome, tool, digest)
        outcome = failures.judged(outcome, journal.told(failure))
        told["milliseconds"] = int((time.monotonic() - began) * 1000)
        if outcome.status == "retry":
            raise journal.halt(await _not_done(run, unit, context.run_step, told, outcome, failure))
        if outcome.status == "unknown":
            raise journal.halt(_unknown(unit, tool, spec, arguments, outcome))
        await _tool_finished(run, unit, context.run_step, told, value, outcome, failure)
    record_durable_unit(executed=True)
    return value


async def _not_done(run: Driving, unit: str, step: int, told: dict[str, Any], outcome: Outcome, failure: str) -> Halt:
    """The call is known not to have been carried out: starting it again is no repetition, whatever the tool is."""
    more, halt = {}, None
    if outcome.reason == FAILED:
        answers = await run.site_answers()
        tries = failures.equal_tries(run.journal.record(unit), failure) if answers else 0
        more, halt = {failures.EQUALS: [failure, tries]}, failures.not_done(outcome, tries, answers=answers)
    finished = told | {"status": "retry", "result": {"reason": outcome.reason, "message": outcome.message}}
    await run.journal.undo(unit, [event("tool_finished", run.clock(), finished, step)], **more)
    return halt or _waits(unit, outcome)


async def _tool_finished(
    run: Driving, unit: str, step: int, told: dict[str, Any], value: Any, outcome: Outcome, failure: str
) -> None:
    result = value.get("result", value) if isinstance(value, dict) else value
    run.estimator.add(len(json.dumps(value)))
    finished = told | {"status": outcome.status, "result": shortened(result)}
    events = [event("tool_finished", run.clock(), finished, step)]
    saved = []
    if outcome.change is not None:
        events.append(event("change_saved", run.clock(), _change(outcome.change), step))
        saved = run.journal.carried(unit) if not outcome.change.get("replayed") else []
    counters = _booked(run.specs[told["tool"]], outcome)
    known: dict[str, Any] = {"f": failure} if failure else {}
    await run.journal.finish(unit, value, events=events, saved=saved, counters=counters, c=counters, **known)
    if outcome.fatal:
        raise run.journal.halt(Halt(f"fail:{outcome.reason}", outcome.message))
    run.nonsense = run.nonsense + 1 if outcome.reason == "tool:invalid_arguments" else 0
    if run.nonsense >= NONSENSE:
        message = f"The model called tools with arguments that break their schema {NONSENSE} times in a row. Last: {outcome.message}"
        raise run.journal.halt(Halt("fail:model:nonsense", message))


def _booked(spec: ToolSpec, outcome: Outcome) -> dict[str, int]:
    """A draft that was saved counts; one that was refused gives its place back, so that the model may mend it."""
    if not spec.drupal_write:
        return {}
    return {"writes": 1} if outcome.change is not None else {ASKED_WRITES: -1}


def _change(answer: dict[str, Any]) -> dict[str, Any]:
    names = (
        "operation",
        "entity_type",
        "bundle",
        "entity",
        "revision",
        "langcode",
        "label",
        "url",
        "summary",
        "change",
        "moderation_state",
    )
    return {name: answer[name] for name in names if answer.get(name) is not None}


def _unknown(unit: str, tool: str, spec: ToolSpec, arguments: dict[str, Any], outcome: Outcome) -> Halt:
    if spec.repeatable:
        return _waits(unit, outcome)
    return Halt("in_doubt", outcome.message, data={"unit": unit, "tool": tool, "arguments": arguments})


def _waits(unit: str, outcome: Outcome) -> Halt:
    if outcome.reason == "site_stopped":
        return Halt("stop")
    why = "wait:drupal" if outcome.reason.startswith(("drupal", "stale_attempt")) else "wait:retry"
    return Halt(why, outcome.message, retry_after=outcome.retry_after, data={"reason": outcome.reason, "unit": unit})


def _in_doubt(run: Driving, unit: str, tool: str, arguments: dict[str, Any]) -> None:
    """A tool that cannot be repeated was started and never finished: only a person's answer leads on."""
    answer = run.journal.answers.get(run.journal.doubt(unit))
    if answer is None:
        message = f"{tool} was started and never answered. It may have been done."
        raise run.journal.halt(Halt("in_doubt", message, data={"unit": unit, "tool": tool, "arguments": arguments}))
    if answer["decision"] == "give_up":
        raise run.journal.halt(Halt("fail:in_doubt", f"{tool} was in doubt, and a person gave the run up."))
    if answer["decision"] == "done":
        note = "A person has confirmed that this was done. Its result is not known."
        run.decided[unit] = Outcome("ok", note)
    elif answer["decision"] == "again":
        run.decided.pop(unit, None)


class RedisDurability(BaseDurabilityCapability):
    """The capability that an agent of the sidecar carries."""

    engine_spec = DurabilityEngineSpec(
        engine_name="Background Agents",
        durable_unit_noun="unit",
        durable_container_noun="run",
        codec=_JournalCodec(),
        serialization_failure=lambda error: Halt("journal:unwritable", f"The journal cannot be written: {error}"[:300]),
        toolset_lifecycles={"function": "enter-always", "mcp": "enter-in-durable-unit", "dynamic": "enter-never"},
        unsupported_runtime_toolset_kinds=frozenset({"function", "mcp", "dynamic"}),
    )

    @property
    def in_durable_context(self) -> bool:
        """Whether the current task drives a run."""
        return current.get() is not None

    def get_durable_operation_backend(self) -> _Backend:
        """The journal of the run that the current task drives."""
        config: RoleBasedOperationConfig[Any] = RoleBasedOperationConfig(model={}, event={}, capability={}, tool={})
        return _Backend(agent_name=self.name, default_model_id=self.default_model_id, config=config)

    def get_default_run_id(self) -> str | None:
        """pydantic-ai's id of the segment; a run id may not repeat within a history."""
        run = current.get()
        return f"{run.journal.claim.run}:{run.journal.segment}" if run else None

    def get_default_conversation_id(self, run_id: str) -> str | None:
        """Derived from the run id, so that it is the same in a replay."""
        return conversation_id_from_run_id(run_id) if current.get() else None

    def _toolset_base_config(self, kind: str) -> dict[str, Any]:
        return {}
