"""What the same run costs in bare pydantic-ai on this machine, without journal, Redis and Drupal: the yardstick for the CPU figures.

Machines differ, and the same one differs from hour to hour; the ratio to this does much less.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from pathlib import Path

RUNS = 200


def measure() -> float:
    """CPU of a run with two model requests and one tool call, in ms. In a process of its own, as the worker has one."""
    command = [sys.executable, "-m", "tests.bench.baseline"]
    done = subprocess.run(
        command, cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=True, timeout=120
    )
    return float(done.stdout)


async def _bare() -> float:
    from pydantic_ai import Agent, FunctionToolset
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    def answer(messages: list[object], info: object) -> ModelResponse:
        if any(isinstance(message, ModelResponse) for message in messages):
            return ModelResponse(parts=[TextPart("Done.")])
        return ModelResponse(parts=[ToolCallPart("read", {"x": 1}, tool_call_id="call")])

    async def read(x: int) -> str:
        return "x" * 500

    agent = Agent(FunctionModel(answer), name="agent", toolsets=[FunctionToolset([read], id="tools")])
    for _ in range(20):
        await agent.run("Go.")
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    before = time.process_time()
    for _ in range(RUNS):
        await agent.run("Go.")
    return (time.process_time() - before) / RUNS * 1000


def main() -> None:
    """Prints the figure."""
    try:
        import uvloop
    except ImportError:
        print(asyncio.run(_bare()))
    else:
        print(uvloop.run(_bare()))


if __name__ == "__main__":
    main()
