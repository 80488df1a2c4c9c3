"""Factories for tests of the durable path: jobs, tools, a scripted model, a worker. A test states only what matters to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel

from sidecar.engine.drive import Services
from sidecar.engine.engine import Engine
from sidecar.errors import DrupalUnavailable, ModelError
from sidecar.runs.job import Job
from sidecar.runs.run import RunView
from sidecar.store import Store
from sidecar.tools.base import LeftOut, Offered, Outcome, Tool, ToolContext, ToolSpec
from sidecar.tools.guards import GuardLimits
from sidecar.worker.runner import Runner, WorkerLimits

SITE = "default"
ACCOUNT = "00000000-0000-4000-8000-00000000aaaa"


def run_id(number: int = 1) -> str:
    """A run's UUID."""
    return f"00000000-0000-4000-8000-{number:012d}"


def job(
    number: int = 1, *, agent: str = "writer", limits: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A valid job document."""
    binding = {"model": "test:scripted", "limits": dict(limits or {})}
    definition = {"system_prompt": "Do it.", "tools": [], "output_schema": more.pop("output_schema", None)}
    binding |= more.pop("binding", {})
    return {
        "run": run_id(number),
        "site": SITE,
        "attempt": 1,
        "generation": 1,
        "created": "2026-11-20T10:00:00Z",
        "trigger": {"type": "manual"},
        "agent": {"id": agent, "label": "Writer", "hash": "0" * 64, "definition": definition, "binding": binding},
        "account": ACCOUNT,
        "input": {"topic": "tea"},
        "last_seq": 0,
    } | more


class FunctionTool:
    """A tool made of an async function `(arguments, context) -> Outcome`."""

    def __init__(
        self, name: str, function: Callable[[dict[str, Any], ToolContext], Awaitable[Outcome]], **spec: Any
    ) -> None:
        parameters = {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": False}
        self.spec = ToolSpec(name, "A tool.", parameters, **spec)
        self._function = function

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> Outcome:
        """One call."""
        return await self._function(arguments, context)


class Drupal:
    """Notes what the engine posts to Drupal as the agent. `away`: it answers nothing."""

    def __init__(self, *, away: bool = False) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.away = away

    async def get(self, path: str) -> dict[str, Any]:
        """Answers, or does not."""
        if self.away:
            raise DrupalUnavailable({"title": "No answer", "status": 0, "code": "unreachable"})
        return {"account": ACCOUNT}

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Keeps the request."""
        self.posted.append((path, body))
        return {"status": "ok"}


def calls(*names: str, text: str | None = None, **arguments: Any) -> ModelResponse:
    """An answer that asks for tool calls; ids repeat over answers on purpose."""
    parts: list[Any] = [TextPart(text)] if text else []
    parts += [ToolCallPart(name, arguments, tool_call_id=f"call_{index}") for index, name in enumerate(names)]
    return ModelResponse(parts=parts)


def says(text: str) -> ModelResponse:
    """A final answer."""
    return ModelResponse(parts=[TextPart(text)])


def plays(*answers: ModelResponse | Exception, asked: list[int] | None = None) -> FunctionModel:
    """A model that gives the answers in order, by how many it has given already in this run."""

    def answer(messages: list[Any], info: Any) -> ModelResponse:
        given = sum(isinstance(message, ModelResponse) for message in messages)
        if asked is not None:
            asked.append(given)
        chosen = answers[min(given, len(answers) - 1)]
        if isinstance(chosen, Exception):
            raise chosen
        return chosen

    return FunctionModel(answer)


def ports(model: Any, *tools: Tool, drupal: Drupal | None = None, **more: Any) -> Services:
    """What an engine is given; `model` is a model or a dict from name to model."""
    given, site = list(tools), drupal or Drupal()
    more_left_out: list[LeftOut] = more.pop("left_out", [])

    async def build(job: Job, client: Any, journaled: Any) -> Offered[Any]:
        return Offered(list(given), more_left_out)

    def choose(name: str, site: str) -> Any:
        return model[name] if isinstance(model, dict) else model

    def classify(error: BaseException) -> ModelError:
        return error if isinstance(error, ModelError) else ModelError("model:unavailable", str(error), retryable=True)

    return Services(
        lambda claim: site,
        build,
        choose,
        classify,
        lambda limits: GuardLimits(),
        more.pop("price", lambda name: lambda given, made: 0),
        **more,
    )


@asynccontextmanager
async def worker(store: Store, given: Services, *, slot: str = "w", kind: type[Runner] = Runner, **limits: Any):
    """A running worker; drained at the end."""
    chosen = WorkerLimits(**limits)
    lease = int(chosen.lease * 1000)

    async def engine(draining: Callable[[], bool]) -> Engine:
        return Engine(store.holding, given, lease_ms=lease, draining=draining)

    runner = kind(store.holding, store.bells, [(SITE, 1)], chosen, engine, slot=slot)
    await runner.start()
    await runner.load_engine()
    try:
        yield runner
    finally:
        await runner.drain()


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """Waits, bounded, until the condition answers something true; answers that."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.01)
        return found


async def rests(store: Store, number: int = 1, seconds: float = 60) -> RunView:
    """Waits until a run is neither queued nor running."""

    async def look() -> RunView | None:
        view = await store.reading.run(SITE, run_id(number))
        return view if view is not None and view.state not in ("queued", "running") else None

    return await until(look, seconds)


async def kinds(store: Store, number: int = 1) -> list[str]:
    """Types of a run's events; also checks that they are numbered 1..n."""
    events = await store.reading.events(SITE, run_id(number), 0, 5_000)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    return [event["type"] for event in events]


async def over(store: Store, number: int = 1, generation: int = 1) -> Any:
    """The run, once it is over in this generation or a later one; else None."""
    view = await store.reading.run(SITE, run_id(number))
    return view if view is not None and view.state.final and view.generation >= generation else None


def tool(
    name: str = "read", outcome: Outcome | None = None, seen: list[ToolContext] | None = None, **spec: bool
) -> FunctionTool:
    """A tool that is called with anything; `seen` gets what it was called with."""

    async def call(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        if seen is not None:
            seen.append(context)
        return outcome or Outcome("ok", {"found": arguments})

    return FunctionTool(name, call, **(spec or {"read_only": True}))
