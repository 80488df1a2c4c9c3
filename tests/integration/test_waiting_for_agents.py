"""P1 and P2 where one agent starts another: killed between dispatch and wait, told too early or twice, and never told at all."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from sidecar import contracts
from sidecar.errors import DrupalError
from sidecar.runs.agent import StartableAgent
from sidecar.runs.job import Job
from sidecar.runs.journal import VERSION
from sidecar.store import Store
from sidecar.tools.agents import RunAgent
from tests.support.engine import SITE, Drupal, calls, job, kinds, plays, ports, rests, run_id, says, until, worker
from tests.support.golden_journal import FOLDER

CHILD = run_id(2)
GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("agents/*.json"))}


class Site(Drupal):
    """A site with one run of the other agent, in `state`. `refusal`: what it says to a dispatch."""

    def __init__(self, state: str = "running") -> None:
        super().__init__()
        self.state = state
        self.refusal: dict[str, Any] = {}
        self.looked = 0

    async def get(self, path: str) -> dict[str, Any]:
        assert path == f"runs/{CHILD}"
        self.looked += 1
        return self._run()

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await super().post(path, body)
        if path == "runs" and self.refusal:
            raise DrupalError(self.refusal)
        return self._run() if path == "runs" else answer

    def _run(self) -> dict[str, Any]:
        usage = {"steps": 3, "input_tokens": 10, "output_tokens": 5, "cost_micros": 7}
        trigger = {"type": "agent", "operation": "wait"}
        return {
            "uuid": CHILD,
            "state": self.state,
            "output": "helped",
            "reason": "done",
            "trigger": trigger,
            "usage": usage,
        }

    @property
    def dispatches(self) -> list[dict[str, Any]]:
        """What was asked to be started."""
        return [body for path, body in self.posted if path == "runs"]


def boss(site: Site, *more: Any) -> Any:
    """What an engine is given for a run that starts the other agent and ends with its answer."""
    tool: Any = RunAgent(StartableAgent(id="helper", label="Helper"), site)
    return ports(plays(calls("run_helper", x=1), *more, says("done")), tool, drupal=site)


def work(url: str, folder: Path, point: str) -> int:
    command = [sys.executable, "-W", "error", "-m", "tests.support.doomed_boss", url, str(folder), point]
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(command, cwd=root, timeout=180, check=False).returncode


@pytest.mark.parametrize("point", ["in_dispatch", "before_note", "before_park"])
async def test_a_worker_killed_between_dispatch_and_wait_starts_nothing_twice(
    redis_url: str, tmp_path: Path, point: str
) -> None:
    """Another worker comes to the same run by its key, or looks it up where it is known; then it waits, and goes on."""
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis)
        await store.accepting.accept(Job.of(job()))
        assert work(redis_url, tmp_path, point) == -signal.SIGKILL
        await redis.zadd(store.connection.keys(SITE).leases, {run_id(): 0})  # the lease has run out
        assert work(redis_url, tmp_path, "none") == 0
        view = await store.reading.run(SITE, run_id())
        assert view is not None
        assert (view.state, view.waiting_for, view.reason) == ("waiting", "agent", "agent:running")
        (tmp_path / "ended").touch()
        assert await store.commands.give(SITE, run_id(), "wake")
        assert work(redis_url, tmp_path, "none") == 0
        view = await store.reading.run(SITE, run_id())
    assert view is not None
    assert (view.state, view.output) == ("completed", "done")
    assert len((tmp_path / "keys").read_text().split()) == 1
    assert (tmp_path / "asked").read_text().split() == ["0", "1"], "the model is asked nothing twice"
    requests = (tmp_path / "requests").read_text().splitlines()
    assert requests[0] == "POST tools checkpoint", "what led to the other run is in Drupal before it"
    assert requests[-1].startswith("GET runs/"), "once it is known, it is looked at"


async def test_an_end_told_before_the_run_is_parked_is_not_missed(store: Store) -> None:
    """The other run ends, and that is told, while this one is on its way to wait: it goes on at once, long before it would look by itself."""
    site, told = Site(), asyncio.Event()
    given = boss(site)
    settle = store.holding.settle

    async def late(claim: Any, settlement: Any) -> str:
        if not told.is_set():
            told.set()
            site.state = "completed"
            await store.commands.give(SITE, run_id(), "wake")
        return await settle(claim, settlement)

    store.holding.settle = late
    async with worker(store, given):
        await store.accepting.accept(Job.of(job()))

        async def over() -> bool:
            view = await store.reading.run(SITE, run_id())
            return view is not None and view.state.final

        await until(over)
    assert (len(site.dispatches), site.looked) == (1, 1)
    assert (await kinds(store)).count("run_resumed") == 1


async def test_one_that_had_ended_when_it_was_started_is_not_waited_for(store: Store) -> None:
    """The answer to a dispatch made again after a loss: its end was stored meanwhile."""
    site = Site("completed")
    async with worker(store, boss(site)):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
    assert (view.state, (await kinds(store)).count("run_waiting")) == ("completed", 0)


async def test_ends_told_twice_or_of_others_change_nothing(store: Store) -> None:
    """Each time the run looks, finds the other one at work, and waits on; after its end nothing is left to tell."""
    site = Site()
    async with worker(store, boss(site)):
        await store.accepting.accept(Job.of(job()))
        await rests(store)
        await store.commands.give(SITE, run_id(), "wake")

        async def waits_again() -> bool:
            view = await store.reading.run(SITE, run_id())
            return site.looked == 1 and view is not None and view.state == "waiting"

        await until(waits_again)
        site.state = "completed"
        await asyncio.gather(*(store.commands.give(SITE, run_id(), "wake") for _ in range(3)))

        async def over() -> bool:
            view = await store.reading.run(SITE, run_id())
            return view is not None and view.state.final

        await until(over)
        assert not await store.commands.give(SITE, run_id(), "wake")
    told = await kinds(store)
    assert (len(site.dispatches), told.count("tool_started"), told.count("tool_finished")) == (1, 1, 1)
    for event in await store.reading.events(SITE, run_id(), 0, 100):
        contracts.check("event", event)


async def test_a_run_that_is_told_nothing_looks_by_itself(store: Store) -> None:
    """The poll is the net below the bell."""
    site = Site()
    async with worker(store, boss(site)):
        await store.accepting.accept(Job.of(job()))
        await rests(store)
        site.state = "completed"
        await store.connection.client.zadd(store.connection.keys(SITE).parked, {run_id(): 1})  # the time has come

        async def over() -> bool:
            view = await store.reading.run(SITE, run_id())
            return view is not None and view.state.final

        await until(over)
    assert site.looked == 1


async def test_a_paused_run_is_not_woken(store: Store) -> None:
    """It looks when a person lets it go on."""
    site = Site()
    async with worker(store, boss(site)):
        await store.accepting.accept(Job.of(job()))
        await rests(store)
        assert await store.commands.give(SITE, run_id(), "pause")
        site.state = "completed"
        await store.commands.give(SITE, run_id(), "wake")
        view = await store.reading.run(SITE, run_id())
        assert view is not None
        assert view.state == "paused"
        await store.commands.give(SITE, run_id(), "resume")

        async def over() -> bool:
            view = await store.reading.run(SITE, run_id())
            return view is not None and view.state.final

        await until(over)


async def test_a_refused_dispatch_is_told_to_the_model(store: Store) -> None:
    """Too deep, not allowed, nothing left: the run may do without."""
    site = Site()
    site.refusal = {"title": "Too deep", "status": 409, "code": "depth", "detail": "Agents start agents too deeply."}
    async with worker(store, boss(site)):
        await store.accepting.accept(Job.of(job()))
        view = await rests(store)
        events = await store.reading.events(SITE, run_id(), 0, 100)
    assert view.state == "completed"
    (finished,) = [event["data"] for event in events if event["type"] == "tool_finished"]
    assert (finished["status"], finished["result"]["code"]) == ("error", "depth")


async def test_what_the_other_run_used_counts_against_the_limits_but_is_no_usage(store: Store) -> None:
    """Else its money would be booked twice on the day."""
    site = Site("completed")
    limits = {"steps": 4, "tokens": 1_000_000, "cost_micros": 1_000_000}
    async with worker(store, boss(site, calls("run_helper", x=2))):
        await store.accepting.accept(Job.of(job(limits=limits)))
        view = await rests(store)
    assert (view.state, view.reason, view.usage["steps"]) == ("failed", "limit:steps", 1)
    (asked,) = site.dispatches
    assert asked["limits"]["steps"] == 1
    assert view.usage["cost_micros"] == 0


@pytest.mark.parametrize("document", GOLDEN.values(), ids=GOLDEN)
async def test_a_journal_of_a_waiting_run_is_continued(redis_url: str, document: dict[str, Any]) -> None:
    """One call had its answer, one waits: the model is asked neither again, and the other run is looked up."""
    assert document["journal"] == VERSION, "a journal of another version ends with a reason: see test_deploys"
    site, asked = Site("completed"), list[int]()
    tool: Any = RunAgent(StartableAgent(id="helper", label="Helper"), site)
    model = plays(calls("run_helper", x=1), calls("run_helper", x=2), says("done"), asked=asked)
    async with Redis.from_url(redis_url) as redis:
        store = Store(redis)
        async with worker(store, ports(model, tool, drupal=site)):
            checkpoint = {"version": 1, "generation": 1, "units": document["units"]}
            await store.accepting.accept(Job.of(job(attempt=2, last_seq=20, checkpoints=[checkpoint])))
            view = await rests(store)
    assert (view.state, asked, site.dispatches) == ("completed", [2], [])
    assert site.looked == 1
