"""Writes the golden journals of this release: `python -m tests.support.golden_journal <redis url>`, into tests/fixtures/journals/.

Run it once for each release that changes the version of the journal or the minor version of pydantic-ai, and keep the older files:
`test_deploys.py` replays them all.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart
from redis.asyncio import Redis

from sidecar.runs.agent import StartableAgent
from sidecar.runs.job import Job
from sidecar.runs.journal import VERSION
from sidecar.store import Store
from sidecar.store.holding import Holding
from sidecar.tools.agents import RunAgent
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import SITE, FunctionTool, calls, job, plays, ports, rests, run_id, says, until, worker

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "journals"
FIRST, SECOND = calls("read", "write", text="I look first.", x=1), calls("read", x=2)
SCHEMA = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}


def _answer(*parts: Any) -> ModelResponse:
    return ModelResponse(parts=list(parts))


CROOKED = (
    _answer(
        ThinkingPart("Two at once."),
        TextPart("I look."),
        ToolCallPart(
            "read", '{"x": 1, "name": "Größe \\u00b5 \\u2028", "at": 1.50, "big": 123456789012345678901234567890}', "c0"
        ),
        ToolCallPart("write", {"x": 1}, "c1"),
    ),
    _answer(ToolCallPart("nothing", {"x": 1}, "c0"), ToolCallPart("read", '{"x": ', "c1")),
    _answer(ThinkingPart("Hm.")),
    _answer(TextPart("Three words.")),
    _answer(
        ToolCallPart("write", {"x": 2}, "c0"),
        ToolCallPart("finish", {"words": "?"}, "c1"),
        ToolCallPart("read", "", "c2"),
    ),
    _answer(ToolCallPart("read", {"x": -0.0}, "c0"), ToolCallPart("read", {"x": 3}, "c1")),
)
"""Answers of every kind that does not end a run: after each of them the model is asked again. The last one's second call never ends."""


async def record(
    url: str,
    answers: Sequence[ModelResponse],
    hangs: tuple[int, str],
    parameters: dict[str, Any] | None = None,
    **given: Any,
) -> dict[str, Any]:
    """The units of a run with these answers, in the order in which they finished, when only the call `hangs` (step and id) is under way.
    `parameters`: the tools' schema."""
    standing = asyncio.Event()

    async def act(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        if (context.step, context.call_id) == hangs:
            standing.set()
            await asyncio.Event().wait()
        return Outcome("ok", {"seen": arguments, "text": "Größe: 5 µm"})

    async def save(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        return replace(await act(arguments, context), change={"operation": "create", "revision": 1})

    tools = [FunctionTool("read", act, read_only=True), FunctionTool("write", save, drupal_write=True)]
    for tool in tools:
        tool.spec = replace(tool.spec, parameters=parameters or tool.spec.parameters)
    async with Redis.from_url(url) as redis:
        await redis.flushall()
        store = Store(redis)
        store.holding = noting = Noting(store.connection, store.bells)
        async with worker(store, ports(plays(*answers), *tools), drain=0):
            await store.accepting.accept(Job.of(job(**given)))
            async with asyncio.timeout(60):
                await standing.wait()

            async def units() -> dict[str, Any] | None:
                found = await store.connection.client.hgetall(store.connection.keys(SITE).journal(run_id()))  # pyright: ignore[reportGeneralTypeIssues]
                records = {unit.decode(): json.loads(record) for unit, record in found.items()}
                return records if sum("v" not in record for record in records.values()) == 1 else None

            found = await until(units)
    return {unit: found[unit] for unit in [*noting.finished, *(unit for unit in found if unit not in noting.finished)]}


class Noting(Holding):
    """Notes in which order units were finished."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.finished: list[str] = []

    async def finish(self, claim: Any, unit: Any) -> str:
        self.finished.append(unit.unit)
        return await super().finish(claim, unit)


def keep(name: str, units: dict[str, Any]) -> None:
    """Writes one journal into its file."""
    document = {"journal": VERSION, "engine": f"pydantic-ai {version('pydantic-ai-slim')}", "units": units}
    minor = ".".join(version("pydantic-ai-slim").split(".")[:2])
    target = FOLDER / name / f"journal-{VERSION}-engine-{minor}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print(target.relative_to(FOLDER))


class _OneEnds:
    """A site where the first run that is started has ended at once, and the second goes on."""

    async def get(self, path: str) -> dict[str, Any]:
        return self._run(2, "running")

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "tools":
            return {"status": "ok"}
        return self._run(3, "completed") if body["input"] == {"x": 1} else self._run(2, "running")

    @staticmethod
    def _run(number: int, state: str) -> dict[str, Any]:
        usage = {"steps": 3, "input_tokens": 10, "output_tokens": 5, "cost_micros": 7}
        trigger = {"type": "agent", "operation": "wait"}
        return {"uuid": run_id(number), "state": state, "output": "Größe", "trigger": trigger, "usage": usage}


async def record_waiting(url: str) -> dict[str, Any]:
    """The units of a run that has started two others: one has ended, the other one is waited for."""
    site: Any = _OneEnds()
    tool = RunAgent(StartableAgent(id="helper", label="Helper"), site)
    async with Redis.from_url(url) as redis:
        await redis.flushall()
        store = Store(redis)
        model = plays(calls("run_helper", x=1), calls("run_helper", x=2), says("done"))
        async with worker(store, ports(model, tool, drupal=site)):
            await store.accepting.accept(Job.of(job()))
            await rests(store)
        found = await store.connection.client.hgetall(store.connection.keys(SITE).journal(run_id()))  # pyright: ignore[reportGeneralTypeIssues]
    return {unit.decode(): json.loads(record) for unit, record in found.items()}


if __name__ == "__main__":
    keep("", asyncio.run(record(sys.argv[1], (FIRST, SECOND, says("done")), (2, "call_0"))))
    keep("crooked", asyncio.run(record(sys.argv[1], CROOKED, (6, "c1"), {"type": "object"}, output_schema=SCHEMA)))
    keep("agents", asyncio.run(record_waiting(sys.argv[1])))
