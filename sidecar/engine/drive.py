"""Drives one claimed run to its next resting place: an end, a wait, or another worker.

The ladder: `drive` -> `_attempt` (build the agent, run it) -> `_rest` (what a Halt or an error means) -> one script that settles it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pydantic_ai
import structlog
from pydantic_ai import Agent, FunctionToolset, ModelRetry, RunContext, StructuredDict, ToolOutput, UsageLimits
from pydantic_ai.exceptions import AgentRunError, UnexpectedModelBehavior
from pydantic_ai.models import Model

from sidecar.definition.agent import AgentView
from sidecar.drupal.outcomes import REFUSED, reason_of
from sidecar.engine import retry
from sidecar.engine.durability import AGENT, TOOLSET, Driving, RedisDurability, current, driving, tool_function
from sidecar.engine.limits import DEFAULT_MAX_TOKENS, Estimator, Price
from sidecar.errors import DrupalError, DrupalUnavailable, ModelError, SidecarError, StoreUnavailable, ToolError
from sidecar.runs import topup
from sidecar.runs.events import event, timestamp
from sidecar.runs.journal import Halt, Journal
from sidecar.runs.model import Claim, RunState
from sidecar.runs.store import Store
from sidecar.tools import schemas
from sidecar.tools.base import Outcome, Tool, ToolContext, ToolSpec

log = structlog.get_logger(__name__)

OUTPUT_RETRIES = 2
KEPT_AGENTS = 64


class AgentPort(Protocol):
    """What a run needs of Drupal: the site as the agent's account (drupal/client.py, AgentClient)."""

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Ports:
    """What the engine is given by `wiring`.

    `client(claim)`: Drupal as the agent's account. `tools(job, client, journaled)`: the agent's tools. `model(name)`: a pydantic-ai model.
    `classify(error)`: a provider's exception as ModelError. `guarded(tool, context, arguments, limits)`: a call whose outcome is a value.
    `price(name)`: what a model costs, None when nobody knows. Times in seconds.
    """

    client: Callable[[Claim], Any]
    tools: Callable[[dict[str, Any], Any, Any], Awaitable[list[Tool]]]
    model: Callable[[str], Model]
    classify: Callable[[BaseException], ModelError]
    guarded: Callable[[Tool, ToolContext, dict[str, Any], dict[str, Any]], Awaitable[Outcome]]
    price: Callable[[str], Price | None]
    model_timeout: float = 120.0
    approval_seconds: float = 7 * 86_400
    clock: Callable[[], float] = time.time


@dataclass
class Attempt:
    """One attempt: the claim, its journal, and what it found out about the agent."""

    claim: Claim
    journal: Journal
    view: AgentView

    @property
    def model(self) -> str:
        """Name of the model that is asked now."""
        return (self.view.fallback_model if self.claim.fallback else None) or self.view.model

    @property
    def fallback_left(self) -> bool:
        """Whether another model is left to try."""
        return bool(self.view.fallback_model) and not self.claim.fallback


class Driver:
    """Drives runs for a worker. `lease_ms`: how long a lease is taken for."""

    def __init__(
        self, store: Store, ports: Ports, *, lease_ms: int, draining: Callable[[], bool] = lambda: False
    ) -> None:
        self._store = store
        self._ports = ports
        self._lease_ms = lease_ms
        self._draining = draining
        self._agents: dict[tuple[Any, ...], Any] = {}
        self._journals: dict[str, Journal] = {}

    async def drive(self, claim: Claim, why_cancelled: Callable[[], str]) -> str:
        """Drives a claimed run. Answers what became of it: its state, or `lost`. `why_cancelled`: why this task is being cancelled
        (cancel, pause, stop, drain, stale). Never raises but for StoreUnavailable: then the lease runs out and the run is taken up again."""
        attempt: Attempt | None = None
        bound = log.bind(run=claim.run, site=claim.site, agent=claim.job["agent"]["id"], fence=claim.fence)
        try:
            view = AgentView.from_job(claim.job)
            journal = Journal(self._store, claim, lease_ms=self._lease_ms, draining=self._draining)
            attempt = Attempt(claim, journal, view)
            self._journals[claim.fence] = journal
            journal.check()
            output = await self._attempt(attempt)
            return await self._end(claim, RunState.COMPLETED, "done", _remark(journal), output)
        except Halt as halt:
            return await self._rest(claim, attempt, halt)
        except asyncio.CancelledError:
            return await self._rest(claim, attempt, (attempt and attempt.journal.halted) or Halt(why_cancelled()))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a run must rest somewhere; the table of `_meaning` says where
            if attempt and attempt.journal.halted:  # pydantic-ai wrapped it
                return await self._rest(claim, attempt, attempt.journal.halted)
            bound.warning("The run stops: %s", error, action="run_stops", error=type(error).__name__)
            return await self._rest(claim, attempt, _meaning(error))
        finally:
            self._journals.pop(claim.fence, None)

    def unsafe(self, claim: Claim) -> bool:
        """Whether a call is under way for this claim that cannot be made again: cut off, it would be in doubt."""
        journal = self._journals.get(claim.fence)
        return journal is not None and journal.unsafe > 0

    # -- running the agent

    async def _attempt(self, attempt: Attempt) -> Any:
        claim, view = attempt.claim, attempt.view
        price = await self._price(attempt)
        client = self._ports.client(claim)
        tools = await self._ports.tools(claim.job, client, attempt.journal.unit)
        model = self._ports.model(attempt.model)
        settings = {"max_tokens": DEFAULT_MAX_TOKENS} | view.model_settings
        estimator = Estimator(price, int(settings["max_tokens"]))
        prompt, by_name = _prompt(claim.job), {tool.spec.name: tool for tool in tools}
        estimator.add(len(view.system_prompt) + len(prompt) + sum(len(json.dumps(t.spec.parameters)) for t in tools))
        run = Driving(
            attempt.journal,
            attempt.model,
            {name: tool.spec for name, tool in by_name.items()},
            estimator,
            lambda error, tries: self._model_failed(attempt, error, tries),
            self._ports.model_timeout,
            lambda unit, record: self._before_unsafe(attempt, client, unit, record),
            lambda context, name, arguments, unit: self._call(attempt, run, by_name[name], arguments, context, unit),
            {"messages": [{"role": "system", "content": view.system_prompt}, {"role": "user", "content": prompt}],
             "tools": list(by_name)},
            self._ports.clock,
        )  # fmt: skip
        agent = self._agent(attempt, [tool.spec for tool in tools], model, settings)
        try:
            with driving(run):
                result = await agent.run(prompt, usage_limits=UsageLimits(request_limit=None))
        except UnexpectedModelBehavior as error:
            if run.output_errors and attempt.journal.halted is None:
                detail = "; ".join(f"{e['pointer'] or '/'}: {e['detail']}" for e in run.output_errors)
                message = f"The answer does not fit the agent's output schema: {detail}. Make the schema or the prompt clearer."
                raise Halt("fail:model:output", message) from error
            raise
        return result.output

    async def _price(self, attempt: Attempt) -> Price:
        """What the model costs. Without a price no limit of money can hold: then a limit of tokens must, or nothing is sent."""
        price = self._ports.price(attempt.model)
        if price is not None:
            return price
        _, most = await self._store.spent(attempt.claim, "tokens")
        if most:
            return lambda given, made: 0
        message = (
            f"{attempt.model} has no price, so no limit of money can hold for it. Set prices.{json.dumps(attempt.model)} in the sidecar's "
            "settings, or give the agent a limit of tokens."
        )
        raise Halt("limit:unpriced_model", message)

    def _agent(self, attempt: Attempt, specs: list[ToolSpec], model: Model, settings: dict[str, Any]) -> Any:
        """The pydantic-ai agent: building one costs milliseconds, so it is kept for the next runs of the same definition and tools."""
        known = json.dumps([(spec.name, spec.description, spec.parameters) for spec in specs], sort_keys=True)
        key = (attempt.view.hash, attempt.model, id(model), known)
        agent = self._agents.pop(key, None) or _build(attempt.view, specs, model, settings)
        self._agents[key] = agent
        if len(self._agents) > KEPT_AGENTS:
            self._agents.pop(next(iter(self._agents)))
        return agent

    async def _call(
        self, attempt: Attempt, run: Driving, tool: Tool, arguments: dict[str, Any], context: RunContext[Any], unit: str
    ) -> Outcome:
        limits = attempt.claim.job["agent"]["binding"].get("limits") or {}
        known = self._context(attempt, run, context, unit)
        outcome = await self._ports.guarded(tool, known, arguments, limits)
        if outcome.reason == "stale_attempt":
            if not await attempt.journal.refresh_attempt():
                raise attempt.journal.halt(Halt("stale"))
            outcome = await self._ports.guarded(tool, known, arguments, limits)
        return outcome

    def _context(self, attempt: Attempt, run: Driving, context: RunContext[Any], unit: str) -> ToolContext:
        journal, claim = attempt.journal, attempt.claim
        return ToolContext(
            run=claim.run,
            generation=claim.generation,
            step=context.run_step,
            call_id=context.tool_call_id or "",
            key=journal.effect_key(unit),
            attempt=lambda: journal.attempt,
            checkpoint=lambda: journal.checkpoint(unit),
            ordinal=run.ordinals.get(unit, 0),
            confirm=journal.confirm,
        )

    async def _before_unsafe(self, attempt: Attempt, client: AgentPort, unit: str, record: dict[str, Any]) -> None:
        """Stores in Drupal that a tool which cannot be repeated is about to start, with all that led to it."""
        journal, claim = attempt.journal, attempt.claim
        body = {
            "tool": "checkpoint",
            "arguments": {},
            "run": claim.run,
            "attempt": journal.attempt,
            "generation": claim.generation,
            "checkpoint": journal.checkpoint(unit, record),
        }
        try:
            answer = await client.post("tools", body)
            if answer.get("status") != "ok":
                detail = (answer.get("error") or {}).get("detail", "no reason given")
                message = f"Drupal did not store the checkpoint that {unit} needs before it may start: {detail}. Update the module."
                raise journal.halt(Halt("fail:drupal:refused", message))
        except DrupalUnavailable as error:
            raise journal.halt(Halt("wait:drupal", str(error), retry_after=error.retry_after)) from error
        except DrupalError as error:
            if error.code == "stale_attempt" and await journal.refresh_attempt():
                return await self._before_unsafe(attempt, client, unit, record)
            raise journal.halt(_refused(error)) from error

    def _model_failed(self, attempt: Attempt, error: Exception, tries: int) -> Halt:
        if isinstance(error, ModelError):
            found = error
        elif isinstance(error, TimeoutError):
            message = f"The model did not answer within {self._ports.model_timeout:g} seconds."
            found = ModelError("model:timeout", message, retryable=True)
        else:
            found = self._ports.classify(error)
        decision = retry.after_model_error(
            retryable=found.retryable, tries=tries, retry_after=found.retry_after, has_fallback=attempt.fallback_left
        )
        data = {"tries": tries, "decision": decision, "model": attempt.model}
        return Halt(found.reason, str(found), data=data)

    # -- where the run rests

    async def _rest(self, claim: Claim, attempt: Attempt | None, halt: Halt) -> str:
        why, now = halt.why, self._ports.clock()
        if why == "stale":
            return "lost"
        if why == "cancel":
            return await self._end(claim, RunState.CANCELLED, "cancelled", "Cancelled by a person.")
        if why in ("drain", "stop"):
            reason = "handed_over" if why == "drain" else "site_stopped"
            data = {"attempt": int(claim.fence.split(".")[0]), "generation": claim.generation, "reason": reason}
            return await self._park(claim, RunState.QUEUED, reason, events=[event("run_queued", now, data)])
        if why == "pause":
            return await self._park(claim, RunState.PAUSED, "paused", events=[event("run_paused", now, {})])
        if why in ("wait:drupal", "wait:retry"):
            return await self._wait(claim, attempt, halt, now)
        if why == "in_doubt" and attempt is not None:
            return await self._ask(claim, attempt, halt, now)
        if attempt is not None and attempt.view.asks_for_more and why.removeprefix("limit:") in topup.LIMITS:
            return await self._at_limit(claim, attempt, halt, now)
        if "decision" in halt.data:
            return await self._after_model(claim, attempt, halt, now)
        reason = why.removeprefix("fail:")
        reason = "journal_mismatch" if why == "journal:mismatch" else reason
        return await self._end(
            claim, RunState.FAILED, reason, halt.message or _sentence(reason, claim), _partial(attempt)
        )

    async def _wait(self, claim: Claim, attempt: Attempt | None, halt: Halt, now: float) -> str:
        what = halt.why.removeprefix("wait:")
        tries = await self._store.count(claim, "waits")
        reason = str(halt.data.get("reason") or "drupal:unavailable")
        if what == "retry" and tries >= retry.TOOL_TRIES:
            message = f"{halt.message.rstrip('.')}. Tried {tries} times in a row."
            return await self._end(claim, RunState.FAILED, reason, message, _partial(attempt))
        wait = retry.backoff if what == "retry" else retry.drupal_delay
        delay = wait(tries, halt.retry_after)
        data = {"for": what, "reason": reason, "message": halt.message, "until": timestamp(now + delay)}
        told = [event("run_waiting", now, data)]
        return await self._park(
            claim, RunState.WAITING, reason, halt.message, waiting_for=what, delay=delay, events=told
        )

    async def _ask(self, claim: Claim, attempt: Attempt, halt: Halt, now: float) -> str:
        unit, tool = halt.data["unit"], halt.data["tool"]
        asked = attempt.journal.doubt(unit)
        question = f"{tool} was started and its answer is not known. Was it done? Look, then decide."
        data = {"id": asked, "question": question, "kind": "in_doubt", "tool": tool, "arguments": halt.data["arguments"],
                "choices": ["done", "again", "give_up"]}  # fmt: skip
        return await self._ask_a_person(claim, "in_doubt", data, now)

    async def _at_limit(self, claim: Claim, attempt: Attempt, halt: Halt, now: float) -> str:
        """Asks for more, unless a person has said no: then the run ends as at any limit."""
        limit, answers = halt.why.removeprefix("limit:"), attempt.journal.answers
        number = topup.granted(claim.job, limit, answers)
        asked = topup.question_id(claim.job, limit, number)
        if asked in answers:
            message = f"{_sentence(halt.why, claim)} A person was asked for more and said no."
            return await self._end(claim, RunState.FAILED, halt.why, message, _partial(attempt))
        used, most = await self._store.spent(claim, limit)
        more = most // (1 + number)
        question = topup.question(limit, used, most, more)
        data = {"id": asked, "question": question, "kind": "top_up", "limit": limit, "used": used, "most": most, "more": more,
                "choices": ["approve", "reject"]}  # fmt: skip
        return await self._ask_a_person(claim, halt.why, data, now)

    async def _ask_a_person(self, claim: Claim, reason: str, data: dict[str, Any], now: float) -> str:
        seconds = self._ports.approval_seconds
        waiting = {"for": "approval", "reason": reason, "message": data["question"]}
        told = [
            event("approval_requested", now, data | {"expires": timestamp(now + seconds)}),
            event("run_waiting", now, waiting),
        ]
        return await self._park(
            claim, RunState.WAITING, reason, data["question"], waiting_for="approval", delay=seconds, events=told,
            fields={"asked": data["id"]},
        )  # fmt: skip

    async def _after_model(self, claim: Claim, attempt: Attempt | None, halt: Halt, now: float) -> str:
        decision: retry.RetryDecision = halt.data["decision"]
        error = {"reason": halt.why, "message": halt.message}
        failed = event("model_responded", now, {"model": halt.data["model"], "error": error})
        if not decision.again:
            return await self._end(claim, RunState.FAILED, halt.why, halt.message, _partial(attempt), [failed])
        told = {
            "reason": halt.why,
            "message": halt.message,
            "try": halt.data["tries"] + 1,
            "delay_seconds": round(decision.delay, 3),
        }
        fields = {"fallback": "1"} if decision.fallback else {}
        return await self._park(
            claim, RunState.WAITING, halt.why, halt.message, waiting_for="retry", delay=max(decision.delay, 0.001),
            events=[failed, event("run_retrying", now, told)], fields=fields,
        )  # fmt: skip

    async def _park(self, claim: Claim, state: RunState, reason: str, message: str = "", **more: Any) -> str:
        answer = await self._store.settle(claim, state, reason, message[:2_000], **more)
        return state.value if answer == "ok" else "lost"

    async def _end(
        self,
        claim: Claim,
        state: RunState,
        reason: str,
        message: str,
        output: Any = None,
        events: list[str] | None = None,
    ) -> str:
        """The end of a run is one script; it adds the usage to the end and to `run_finished`."""
        now = self._ports.clock()
        end: dict[str, Any] = {"state": state.value, "reason": reason, "message": message[:2_000]}
        if output is not None:
            end["output"] = output
        told = [*(events or []), event("run_finished", now, end)]
        end["finished"] = timestamp(now)
        answer = await self._store.settle(claim, state, reason, end["message"], events=told, end=end)
        return state.value if answer == "ok" else "lost"


def _partial(attempt: Attempt | None) -> Any:
    """What a failed run had so far: the last text of the model."""
    for value in reversed(attempt.journal.answers_of_model() if attempt else []):
        parts = value.get("parts", [])
        texts = [part["content"] for part in parts if part.get("part_kind") == "text" and part["content"]]
        if texts:
            return {"partial": "\n".join(texts)[:16_000]}
    return None


def _build(view: AgentView, specs: list[ToolSpec], model: Model, settings: Any) -> Any:
    """A pydantic-ai agent of this definition. It holds nothing of a run."""
    schema = view.output_schema
    output: Any = ToolOutput(StructuredDict(schema), name="finish", description="The final answer.") if schema else str
    tools: list[pydantic_ai.Tool[Any]] = [
        pydantic_ai.Tool.from_schema(
            tool_function(spec.name), spec.name, spec.description, spec.parameters, takes_ctx=True
        )
        for spec in specs
    ]
    agent = Agent(
        model,
        name=AGENT,
        instructions=view.system_prompt or None,
        output_type=output,
        toolsets=[FunctionToolset(tools, id=TOOLSET)],
        capabilities=[RedisDurability()],
        model_settings=settings,
        retries={"tools": OUTPUT_RETRIES, "output": OUTPUT_RETRIES},
    )
    if schema:

        @agent.output_validator
        def valid(_: RunContext[Any], value: Any) -> Any:
            if errors := schemas.errors_of(schema, value):
                if (run := current.get()) is not None:
                    run.output_errors = errors
                raise ModelRetry(f"The answer does not fit its schema: {json.dumps(errors, ensure_ascii=False)}")
            return value

    return agent


def _remark(journal: Journal) -> str:
    """What a person should know of a run that completed: that the site refused all its drafts. The model may not say so."""
    refused = journal.refused_writes()
    if not refused or journal.saved_writes():
        return ""
    return f"No draft was saved. The site refused {len(refused)}, the last one with: {refused[-1]}"


def _prompt(job: dict[str, Any]) -> str:
    """What the agent is asked: why it was started, and its input. A function of the job alone, so that a replay asks the same."""
    trigger = {key: value for key, value in job["trigger"].items() if value}
    parts = [f"You were started by: {json.dumps(trigger, ensure_ascii=False, sort_keys=True)}"]
    if job["input"]:
        parts.append(f"Input:\n{json.dumps(job['input'], ensure_ascii=False, indent=1, sort_keys=True)}")
    return "\n\n".join(parts)


def _refused(error: DrupalError) -> Halt:
    if error.code == "site_stopped":
        return Halt("stop")
    if error.code == "stale_attempt":
        return Halt("stale")
    return Halt(f"fail:{reason_of(error) or REFUSED}", str(error))


def _meaning(error: Exception) -> Halt:
    """What an error outside of units means for the run."""
    if isinstance(error, DrupalUnavailable) and reason_of(error) is None:
        return Halt("wait:drupal", str(error), retry_after=error.retry_after)
    if isinstance(error, DrupalError):
        return _refused(error)
    if isinstance(error, ToolError):
        return Halt(
            "wait:retry" if error.retryable else "fail:tool:unavailable",
            str(error),
            data={"reason": "tool:unavailable"},
        )
    if isinstance(error, ModelError):
        return Halt(f"fail:{error.reason}", str(error))
    if isinstance(error, UnexpectedModelBehavior):
        return Halt(
            "fail:model:nonsense", f"The model did not give a usable answer: {str(error).split(' Consider raising')[0]}"
        )
    if isinstance(error, AgentRunError | SidecarError):
        return Halt("fail:engine:refused", str(error))
    return Halt("fail:engine:defect", f"The sidecar failed: {type(error).__name__}: {error}")


SENTENCES = {
    "limit:steps": "The run needs more steps than its limit allows. Raise the agent's limit of steps, or give it less to do.",
    "limit:tool_calls": "The run needs more tool calls than its limit allows.",
    "limit:tokens": "The next request could exceed the run's token limit; it was not sent.",
    "limit:cost_micros": "The next request could exceed the budget; it was not sent.",
    "limit:wall_seconds": "The run took longer than its limit allows.",
    "limit:budget_site": "The next request could exceed the site's budget of the day (UTC); it was not sent. Raise it, or retry tomorrow.",
    "limit:budget_agent": "The next request could exceed the agent's budget of the day (UTC); it was not sent. Raise it, or retry tomorrow.",
    "limit:writes": "The run would write more drafts than its limit allows; none of that answer's was written.",
}


def _sentence(reason: str, claim: Claim) -> str:
    return SENTENCES.get(reason, f"The run of {claim.job['agent']['label']} ended: {reason}.")
