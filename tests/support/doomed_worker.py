"""A worker process that kills itself (SIGKILL) at a chosen point: `python -m tests.support.doomed_worker <redis url> <folder> <point>`.

Points: before_model, in_model, after_model, in_tool, after_tool, before_end, none. Model requests and effects are noted in files of the folder.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic_ai.messages import ModelResponse
from pydantic_ai.models.function import FunctionModel
from redis.asyncio import Redis

from sidecar.store import Store
from sidecar.store.holding import Holding
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import SITE, FunctionTool, calls, ports, run_id, says, worker

SAVED = {"operation": "create", "entity_type": "node", "bundle": "article"}
STEP = 2
"""The step in which it dies."""

DRAFT = {"operation": "create", "entity_type": "node", "bundle": "article"}


def die() -> None:
    """As `kill -9` does it: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed(Holding):
    """Dies around the scripts."""

    point = "none"

    async def start(self, claim: Any, unit: Any) -> str:
        if self.point == "before_model" and unit.unit == f"s0/model#{STEP - 1}":
            die()
        return await super().start(claim, unit)

    async def finish(self, claim: Any, unit: Any) -> str:
        if (self.point == "after_model" and unit.unit == f"s0/model#{STEP - 1}") or (
            self.point == "after_tool" and unit.unit.startswith(f"s0/{STEP}/")
        ):
            die()
        return await super().finish(claim, unit)

    async def settle(self, claim: Any, settlement: Any) -> str:
        if self.point == "before_end":
            die()
        return await super().settle(claim, settlement)


async def main(url: str, folder: Path, point: str) -> None:
    """Works until the run is over, or dies."""

    def note(name: str, text: str) -> None:
        with (folder / name).open("a") as file:
            file.write(text + "\n")

    def answer(messages: list[Any], info: Any) -> ModelResponse:
        given = sum(isinstance(message, ModelResponse) for message in messages)
        note("asked", str(given))
        if point == "in_model" and given == STEP - 1:
            die()
        return calls("read", "write", x=given) if given < 3 else says("done")

    async def act(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        note("effects", f"{context.step} {context.call_id} {context.key}")
        if point == "in_tool" and context.step == STEP and context.call_id == "call_1":
            die()
        # The second call of each answer writes.
        return Outcome("ok", {"done": arguments}, change=DRAFT if context.call_id == "call_1" else None)

    async def save(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        return replace(await act(arguments, context), change=SAVED)

    tools = FunctionTool("read", act, read_only=True), FunctionTool("write", save, drupal_write=True)
    async with Redis.from_url(url) as redis:
        store = Store(redis)
        store.holding = doomed = Doomed(store.connection, store.bells)
        doomed.point = point
        async with worker(store, ports(FunctionModel(answer), *tools), slot=f"doomed-{point}"):
            async with asyncio.timeout(30):
                while True:
                    view = await store.reading.run(SITE, run_id())
                    if view is not None and view.state.final:
                        return
                    await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
