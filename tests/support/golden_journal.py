"""Writes a golden journal of this release: `python -m tests.support.golden_journal <redis url>`, into tests/fixtures/journals/.

Run it once for each release that changes the version of the journal or the minor version of the engine, and keep the older files:
`test_deploys.py` replays them all.
"""

from __future__ import annotations

import asyncio
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from sidecar.runs.journal import VERSION
from sidecar.runs.store import Store
from sidecar.tools.base import Outcome, ToolContext
from tests.support.engine import SITE, FunctionTool, calls, job, plays, ports, run_id, says, until, worker

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "journals"
FIRST, SECOND = calls("read", "write", text="I look first.", x=1), calls("read", x=2)


async def record(url: str) -> dict[str, Any]:
    """The units of a run that stands in its second step: an answer with two calls, both finished, and another answer."""
    standing = asyncio.Event()

    async def act(arguments: dict[str, Any], context: ToolContext) -> Outcome:
        if context.step == 2:
            standing.set()
            await asyncio.Event().wait()
        return Outcome("ok", {"seen": arguments, "text": "Größe: 5 µm"})

    tools = FunctionTool("read", act, read_only=True), FunctionTool("write", act, drupal_write=True)
    async with Redis.from_url(url) as redis:
        await redis.flushall()
        store = Store(redis, defaults={"steps": 10})
        async with worker(store, ports(plays(FIRST, SECOND, says("done")), *tools), drain=0):
            await store.accept(job())
            async with asyncio.timeout(20):
                await standing.wait()

            async def units() -> dict[bytes, bytes]:
                return await store.redis.hgetall(store.keys(SITE).journal(run_id()))  # pyright: ignore[reportGeneralTypeIssues]

            found = await until(units)
    return {unit.decode(): json.loads(record) for unit, record in found.items()}


if __name__ == "__main__":
    document = {
        "journal": VERSION,
        "engine": f"pydantic-ai {version('pydantic-ai-slim')}",
        "units": asyncio.run(record(sys.argv[1])),
    }
    minor = ".".join(version("pydantic-ai-slim").split(".")[:2])
    target = FOLDER / f"journal-{VERSION}-engine-{minor}.json"
    target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print(target.name)
