"""The run of `single` in other libraries, where they are installed: none of them is needed, and none is a dependency.

Each is a process of its own: so many graphs at once with one request to the bench's model endpoint, without Drupal, journal and worker.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx2

from tests.bench.answerer import model_name
from tests.bench.servers import ROOT
from tests.bench.system import answering

ROUNDS = 3
PEERS = {"LangGraph in memory": "langgraph"}
"""By what it is called, the module that has to be there."""

Ask = Callable[[str], Awaitable[str]]


def measured(folder: Path, count: int) -> dict[str, float]:
    """CPU of a run and runs per second of each peer, medians. Says which ones are not installed."""
    found: dict[str, float] = {}
    with answering(folder) as (url, _):
        for name, module in PEERS.items():
            if importlib.util.find_spec(module) is None:
                print(f"{name}: not installed, skipped")
                continue
            batches = [_batch(module, url, count) for _ in range(ROUNDS)]
            found[f"peer {name}: CPU of a run (ms)"] = median(cpu for cpu, _ in batches)
            found[f"peer {name}: runs/s"] = median(rate for _, rate in batches)
    return found


def _batch(module: str, url: str, count: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "tests.bench.peers", module, url, str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    cpu, rate = json.loads(done.stdout)
    return cpu, rate


async def _langgraph(ask: Ask) -> Callable[[str], Awaitable[object]]:
    """A graph of one node, with its checkpoints in memory."""
    memory: Any = importlib.import_module("langgraph.checkpoint.memory")
    graph: Any = importlib.import_module("langgraph.graph")

    async def node(state: dict[str, str]) -> dict[str, str]:
        return {"text": await ask(state["text"])}

    made = graph.StateGraph(dict)
    made.add_node("model", node)
    made.add_edge(graph.START, "model")
    made.add_edge("model", graph.END)
    app = made.compile(checkpointer=memory.InMemorySaver())
    return lambda run: app.ainvoke({"text": "Go."}, {"configurable": {"thread_id": run}})


async def _runs(url: str, count: int) -> tuple[float, float]:
    """CPU of a run in ms, and runs per second."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(limits=limits, timeout=60) as http:

        async def ask(text: str) -> str:
            body = {"model": model_name(0, 200), "messages": [{"role": "user", "content": text}]}
            answer = await http.post(f"{url}/chat/completions", json=body)
            return str(answer.json()["choices"][0]["message"]["content"])

        run = await _langgraph(ask)
        await asyncio.gather(*(run(f"warm{number}") for number in range(20)))
        cpu, begun = time.process_time(), time.monotonic()
        await asyncio.gather(*(run(f"run{number}") for number in range(count)))
        return (time.process_time() - cpu) / count * 1000, count / (time.monotonic() - begun)


def main() -> None:
    """Prints the figures of one peer: `module url count`."""
    _, url, count = sys.argv[1:]
    print(json.dumps(asyncio.run(_runs(url, int(count)))))


if __name__ == "__main__":
    main()
