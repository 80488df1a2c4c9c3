"""A worker that kills itself (SIGKILL) while its run starts another agent: `python -m tests.support.doomed_boss <redis url> <folder> <point>`.

Points: in_dispatch (the other run is there, its answer is not), before_note, before_park, none. Files of the folder are the site: what it was
asked, the runs it made by their keys, and `ended` once the other agent is done.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from pydantic_ai.messages import ModelResponse
from pydantic_ai.models.function import FunctionModel
from redis.asyncio import Redis

from sidecar.runs.agent import StartableAgent
from sidecar.runs.run import RunState
from sidecar.store import Store
from sidecar.store.holding import Holding
from sidecar.tools.agents import RunAgent
from tests.support.doomed_worker import die
from tests.support.engine import SITE, calls, ports, run_id, says, until, worker


class Doomed(Holding):
    """Dies around the scripts."""

    point = "none"

    async def finish(self, claim: Any, unit: Any) -> str:
        if self.point == "before_note" and "/run_helper@" in unit.unit:
            die()
        return await super().finish(claim, unit)

    async def settle(self, claim: Any, settlement: Any) -> str:
        if self.point == "before_park" and settlement.state == RunState.WAITING:
            die()
        return await super().settle(claim, settlement)


class FileSite:
    """Drupal, as far as a run that starts another one sees it, in files."""

    def __init__(self, folder: Path, point: str) -> None:
        self._folder, self._point = folder, point

    async def get(self, path: str) -> dict[str, Any]:
        """The run that was started."""
        self.note(f"GET {path}")
        return self._run(int(path.rsplit("-", 1)[1]) - 1000)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A checkpoint, or a run by its key."""
        self.note(f"POST {path}" + (" checkpoint" if path == "tools" else ""))
        if path == "tools":
            return {"status": "ok"}
        keys = self._folder / "keys"
        known = keys.read_text().split() if keys.exists() else []
        if body["key"] not in known:
            known.append(body["key"])
            keys.write_text("\n".join(known))
        if self._point == "in_dispatch":
            die()
        return self._run(known.index(body["key"]))

    def note(self, text: str) -> None:
        """One request."""
        with (self._folder / "requests").open("a") as file:
            file.write(text + "\n")

    def _run(self, index: int) -> dict[str, Any]:
        state = "completed" if (self._folder / "ended").exists() else "running"
        trigger = {"type": "agent", "operation": "wait"}
        return {
            "uuid": run_id(1000 + index),
            "state": state,
            "output": "helped",
            "trigger": trigger,
            "usage": {"steps": 1},
        }


async def main(url: str, folder: Path, point: str) -> None:
    """Works until the run rests, or dies."""

    def answer(messages: list[Any], info: Any) -> ModelResponse:
        given = sum(isinstance(message, ModelResponse) for message in messages)
        with (folder / "asked").open("a") as file:
            file.write(f"{given}\n")
        return says("done") if given else calls("run_helper", x=1)

    site: Any = FileSite(folder, point)
    tool = RunAgent(StartableAgent(id="helper"), site)
    async with Redis.from_url(url) as redis:
        store = Store(redis)
        store.holding = doomed = Doomed(store.connection, store.bells)
        doomed.point = point
        async with worker(store, ports(FunctionModel(answer), tool, drupal=site), slot=f"doomed-{point}"):

            async def rests() -> bool:
                view = await store.reading.run(SITE, run_id())
                return view is not None and view.state not in ("queued", "running")

            await until(rests)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
