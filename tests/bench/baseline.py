"""What the same run costs in bare pydantic-ai on this machine, without journal, Redis and Drupal: the yardstick for the CPU figures.

Machines differ, and the same one differs from hour to hour; the ratio to this does much less.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

RUNS = 200
FAR = 10


class Bare(NamedTuple):
    """CPU in ms: of a run with two model requests and one tool call, and of each further step of a longer one."""

    run: float
    step: float


def measure() -> Bare:
    """In a process of its own, as the worker has one."""
    command = [sys.executable, "-m", "tests.bench.baseline"]
    done = subprocess.run(
        command, cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=True, timeout=300
    )
    return Bare(*json.loads(done.stdout))


async def _bare() -> Bare:
    from pydantic_ai import Agent, FunctionToolset
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    tools = 1

    def answer(messages: list[Any], info: object) -> ModelResponse:
        given = sum(isinstance(message, ModelResponse) for message in messages)
        if given == tools:
            return ModelResponse(parts=[TextPart("Done.")])
        return ModelResponse(parts=[ToolCallPart("read", {"x": 1}, tool_call_id=f"call{given}")])

    async def read(x: int) -> str:
        return "x" * 500

    agent = Agent(FunctionModel(answer), name="agent", toolsets=[FunctionToolset([read], id="tools")])

    async def cost(runs: int) -> float:
        before = time.process_time()
        for _ in range(runs):
            await agent.run("Go.")
        return (time.process_time() - before) / runs * 1000

    await cost(20)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    short = await cost(RUNS)
    tools = FAR
    long = await cost(RUNS // 4)
    return Bare(short, (long - short) / (FAR - 1))


def main() -> None:
    """Prints the figures."""
    try:
        import uvloop
    except ImportError:
        print(json.dumps(asyncio.run(_bare())))
    else:
        print(json.dumps(uvloop.run(_bare())))


if __name__ == "__main__":
    main()
