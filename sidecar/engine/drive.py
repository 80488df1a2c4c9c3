"""Drives one claimed run to its next resting place: an end, a wait, or another worker.

The ladder: `drive` -> `_attempt` (build the agent, run it) -> `Rest.of` (what a Halt or an error means) -> one script that settles it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import structlog
from pydantic_ai import RunContext, UsageLimits
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.models import Model

from sidecar.definition.agent import AgentView
from sidecar.drupal.outcomes import FAILED, outcome_of
from sidecar.engine import failures, retry
from sidecar.engine.build import build, prompt_of
from sidecar.engine.durability import Driving, driving
from sidecar.engine.history import past_calls
from sidecar.engine.limits import DEFAULT_MAX_TOKENS, Estimator, Price
from sidecar.engine.meaning import meaning, refused
from sidecar.engine.ports import AgentPort, Attempt, Ports
from sidecar.engine.rest import Rest
from sidecar.errors import DrupalError, DrupalUnavailable, ModelError, StoreUnavailable
from sidecar.findings import sentences
from sidecar.runs.journal import Halt, Journal
from sidecar.runs.model import Claim
from sidecar.runs.store import Store
from sidecar.tools import schemas
from sidecar.tools.base import Offered, Outcome, Tool, ToolContext, ToolSpec

log = structlog.get_logger(__name__)

KEPT_AGENTS = 64


class Driver:
    """Drives runs for a worker. `lease_ms`: how long a lease is taken for."""

    def __init__(
        self, store: Store, ports: Ports, *, lease_ms: int, draining: Callable[[], bool] = lambda: False
    ) -> None:
        self._store = store
        self._rest = Rest(store, ports)
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
            return await self._rest.answered(claim, journal, output)
        except Halt as halt:
            return await self._rest.of(claim, attempt, halt)
        except asyncio.CancelledError:
            return await self._rest.of(claim, attempt, (attempt and attempt.journal.halted) or Halt(why_cancelled()))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a run must rest somewhere; the table of `_meaning` says where
            if attempt and attempt.journal.halted:  # pydantic-ai wrapped it
                return await self._rest.of(claim, attempt, attempt.journal.halted)
            bound.warning("The run stops: %s", error, action="run_stops", error=type(error).__name__)
            return await self._rest.of(claim, attempt, meaning(error))
        finally:
            self._journals.pop(claim.fence, None)

    def unsafe(self, claim: Claim) -> bool:
        """Whether a call is under way for this claim that cannot be made again: cut off, it would be in doubt."""
        journal = self._journals.get(claim.fence)
        return journal is not None and journal.unsafe > 0

    # -- running the agent

    async def _attempt(self, attempt: Attempt) -> Any:
        claim, view = attempt.claim, attempt.view
        _check_output_schema(view.output_schema)
        price = await self._price(attempt)
        client = self._ports.client(claim)
        offered = await self._ports.tools(claim.job, client, attempt.journal.unit)
        tools = offered.tools
        attempt.journal.check_tools({tool.spec.name for tool in tools})
        model = self._ports.model(attempt.model)
        settings = {"max_tokens": DEFAULT_MAX_TOKENS} | view.model_settings
        estimator = Estimator(price, int(settings["max_tokens"]))
        prompt, by_name = prompt_of(claim.job), {tool.spec.name: tool for tool in tools}
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
            lambda: _answers(client),
            {"messages": [{"role": "system", "content": view.system_prompt}, {"role": "user", "content": prompt}],
             "tools": list(by_name)} | _left_out(offered),
            self._ports.clock,
            self._ports.redact,
        )  # fmt: skip
        agent = self._agent(attempt, [tool.spec for tool in tools], model, settings)
        try:
            with driving(run):
                result = await agent.run(prompt, usage_limits=UsageLimits(request_limit=None))
        except UnexpectedModelBehavior as error:
            if run.output_errors and attempt.journal.halted is None:
                raise _unfit(run) from error
            raise
        attempt.journal.check_reached(run.requests)
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
        agent = self._agents.pop(key, None) or build(attempt.view, specs, model, settings)
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
            past=lambda: past_calls(context.messages),
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
                message = sentences(
                    f"Drupal did not store the checkpoint that {unit} needs before it may start: {detail}",
                    "Update the module",
                )
                raise journal.halt(Halt("fail:drupal:refused", message))
        except DrupalUnavailable as error:
            failed = outcome_of(error)
            answers = failed.reason == FAILED and await _answers(client)
            raise journal.halt(failures.not_done(failed, 1, answers=answers)) from error
        except DrupalError as error:
            if error.code == "stale_attempt" and await journal.refresh_attempt():
                return await self._before_unsafe(attempt, client, unit, record)
            raise journal.halt(refused(error)) from error

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


async def _answers(client: AgentPort) -> bool:
    """Whether the site answers another request than the one that failed. A refusal is an answer."""
    try:
        await client.get("me")
    except DrupalUnavailable:
        return False
    except DrupalError:
        return True
    return True


def _left_out(offered: Offered[Tool]) -> dict[str, Any]:
    return {"left_out": [asdict(one) for one in offered.left_out]} if offered.left_out else {}


def _check_output_schema(schema: dict[str, Any] | None) -> None:
    """Raises Halt for a schema that no answer can be checked by, before the model is asked."""
    if schema and (problem := schemas.arguments_problem(schema)):
        text = sentences(f"The agent's output schema cannot be used: {problem}", "Correct it in the agent")
        raise Halt("fail:output_schema", text)


def _unfit(run: Driving) -> Halt:
    """How a run ends whose answers did not fit the agent's output schema."""
    detail = "; ".join(f"{error['pointer'] or '/'}: {error['detail']}" for error in run.output_errors)
    text = f"The answer does not fit the agent's output schema: {detail}"
    return Halt("fail:model:output", sentences(text, "Make the schema or the prompt clearer"))
