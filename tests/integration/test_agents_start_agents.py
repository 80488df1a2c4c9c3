"""An agent starts another one: the run waits for it without a worker, or goes on, and never starts it twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from demo.standin import StandIn
from demo.standin.site import PASSWORD
from tests.support.engine import until
from tests.support.process import sidecar

ARTICLE = {"entity_type": "node", "bundle": "article"}
WRITES = {"node": {"article": ["create"]}}
CHILD_SCHEMA = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}
ASKS = {"tool_calls": [{"name": "run_helper", "arguments": {"topic": "tea"}}]}
TELLS = {"text": "{{ step1.call0.output }} and I."}
SLOW = {"text": "The helper", "delay_ms": 700}


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site without agents."""
    with StandIn() as site:
        yield site


def script(directory: Path, name: str, *steps: dict[str, Any]) -> None:
    (directory / f"{name}.json").write_text(json.dumps({"steps": steps}))


@asynccontextmanager
async def at_work(redis_url: str, drupal: StandIn, scripts: Path, **more: Any) -> AsyncIterator[Any]:
    """A sidecar that serves the site."""
    async with sidecar(redis_url, drupal, scripts_dir=scripts, **more) as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        yield running


def agents(drupal: StandIn, *, wait: bool = True, limits: dict[str, Any] | None = None, **helper: Any) -> None:
    """`boss`, which may start `helper`."""
    named = [{"id": "helper", "wait": wait}]
    drupal.add_agent("boss", model="scripted:boss", tools=[], agents=named, content=WRITES, limits=limits or {})
    own = {"limits": helper.pop("helper_limits", {})}
    helper = {"tools": ["create_draft"], "content": WRITES, "input_schema": CHILD_SCHEMA} | own | helper
    drupal.add_agent("helper", model="scripted:helper", description="Helps with a topic.", **helper)


async def ended(drupal: StandIn, run: str, state: str | None = None) -> dict[str, Any]:
    return await asyncio.to_thread(drupal.wait, run, state=state)


async def found(look: Callable[[], Any]) -> Any:
    async def looked() -> Any:
        return look()

    return await until(looked)


def of(drupal: StandIn, agent: str) -> list[dict[str, Any]]:
    """The runs of an agent."""
    return [run for run in drupal.runs if run["agent"] == agent]


def told(drupal: StandIn, run: str, kind: str) -> list[dict[str, Any]]:
    return [event["data"] for event in drupal.events(run) if event["type"] == kind]


async def cancel(drupal: StandIn, run: str) -> None:
    async with httpx.AsyncClient(base_url=drupal.url, auth=("editor", PASSWORD), trust_env=False, timeout=60) as person:
        answer = await person.post(f"/background-agents/v1/runs/{run}/cancel", json={"note": "Enough."})
    assert answer.status_code == 202, answer.text


async def test_a_run_waits_for_the_other_and_uses_its_answer(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The worker has room for one run: it is free while the first one waits."""
    draft = {"name": "create_draft", "arguments": {**ARTICLE, "fields": {"title": "{{ input.topic }}"}, "summary": "x"}}
    script(tmp_path, "boss", ASKS, TELLS)
    script(tmp_path, "helper", {"tool_calls": [draft]}, {"text": "The helper"})
    agents(drupal)
    async with at_work(redis_url, drupal, tmp_path, worker={"capacity": 1}):
        run = drupal.dispatch("boss", {}, requester=drupal.site.accounts.by_name("editor"))
        over = await ended(drupal, run)
    assert (over["state"], over["output"]) == ("completed", "The helper and I.")
    (child,) = of(drupal, "helper")
    assert (child["parent"], child["depth"], child["requester"]["name"]) == (run, 1, "editor")
    assert child["trigger"] == {"type": "agent", "id": "boss", "operation": "wait"}
    assert [one["uuid"] for one in over["children"]] == [child["uuid"]]
    assert over["usage_with_started"]["steps"] == 4
    (waiting,) = told(drupal, run, "run_waiting")
    assert (waiting["for"], waiting["reason"], waiting["run"]) == ("agent", "agent:running", child["uuid"])
    assert len(told(drupal, run, "tool_started")) == 1
    (finished,) = told(drupal, run, "tool_finished")
    assert finished["result"]["drafts"][0]["label"] == "tea"
    assert [change["label"] for change in drupal.drafts(child["uuid"])] == ["tea"]


async def test_a_run_that_does_not_wait_goes_on(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """It ends before the one that it started, and its end leaves that alone."""
    script(tmp_path, "boss", ASKS, {"text": "{{ step1.call0.note }}"})
    script(tmp_path, "helper", SLOW)
    agents(drupal, wait=False)
    async with at_work(redis_url, drupal, tmp_path):
        over = await ended(drupal, drupal.dispatch("boss", {}))
        (child,) = of(drupal, "helper")
        assert (over["state"], told(drupal, over["uuid"], "run_waiting")) == ("completed", [])
        assert (await ended(drupal, child["uuid"]))["state"] == "completed"
    assert "works on its own" in over["output"]


@pytest.mark.parametrize(
    ("steps", "state", "said"),
    [
        ([{"error": {"status": 401, "message": "no key"}}], "failed", "model:refused"),
        ([SLOW | {"delay_ms": 60_000}], "cancelled", "cancelled"),
    ],
)
async def test_what_ended_otherwise_is_told_to_the_model(
    redis_url: str, drupal: StandIn, tmp_path: Path, steps: list[Any], state: str, said: str
) -> None:
    """The failure is the result of the call, and the run goes on with it."""
    script(tmp_path, "boss", ASKS, {"text": "{{ step1.call0.state }}: {{ step1.call0.reason }}"})
    script(tmp_path, "helper", *steps)
    agents(drupal)
    async with at_work(redis_url, drupal, tmp_path):
        run = drupal.dispatch("boss", {})
        if state == "cancelled":
            await ended(drupal, run, "waiting")
            (child,) = of(drupal, "helper")
            await cancel(drupal, child["uuid"])
        over = await ended(drupal, run)
    assert (over["state"], over["output"]) == ("completed", f"{state}: {said}")
    assert [event["status"] for event in told(drupal, run, "tool_finished")] == ["error"]


async def test_cancelling_the_run_cancels_what_it_waits_for(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Down to the runs below: nobody would use their answers."""
    script(tmp_path, "boss", ASKS, TELLS)
    script(tmp_path, "helper", {"tool_calls": [{"name": "run_last", "arguments": {}}]}, {"text": "x"})
    script(tmp_path, "last", {"text": "x", "delay_ms": 60_000})
    named = [{"id": "last", "wait": True}]
    agents(drupal, limits={"depth": 2}, agents=named, helper_limits={"depth": 2})
    drupal.add_agent("last", model="scripted:last", tools=[], limits={"depth": 2})
    async with at_work(redis_url, drupal, tmp_path):
        run = drupal.dispatch("boss", {})
        await found(lambda: of(drupal, "last"))
        await found(lambda: all(one["state"] == "waiting" for one in [*of(drupal, "boss"), *of(drupal, "helper")]))
        await cancel(drupal, run)
        (last,) = of(drupal, "last")
        await ended(drupal, last["uuid"])
    states = {one["agent"]: (one["state"], one["message"]) for one in drupal.runs}
    assert {state for state, _ in states.values()} == {"cancelled"}
    assert "The run that waited for it has ended." in {
        data.get("note") for data in told(drupal, last["uuid"], "run_finished")
    }


async def test_a_loss_of_redis_starts_nothing_twice(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The waiting run comes back from Drupal, asks the model nothing again, and finds the run that it started."""
    script(tmp_path, "boss", ASKS, TELLS)
    script(tmp_path, "helper", {"variants": [{"text": "Never.", "delay_ms": 60_000}, {"text": "The helper"}]})
    agents(drupal)
    async with at_work(redis_url, drupal, tmp_path):
        run = drupal.dispatch("boss", {})
        await ended(drupal, run, "waiting")
        async with Redis.from_url(redis_url) as redis:
            await redis.flushall()
        over = await ended(drupal, run)
    assert (over["state"], over["output"], len(of(drupal, "helper"))) == ("completed", "The helper and I.", 1)
    assert len(told(drupal, run, "model_responded")) == 2


async def test_the_site_may_be_away_before_and_after(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Neither a dispatch whose answer is lost nor an end that cannot be told starts another run."""
    script(tmp_path, "boss", ASKS, TELLS)
    script(tmp_path, "helper", {"text": "The helper"})
    agents(drupal)
    drupal.fail("/background-agents/v1/runs", status=502, when="after", method="POST")
    async with at_work(redis_url, drupal, tmp_path):
        run = drupal.dispatch("boss", {})
        over = await ended(drupal, run)
    assert (over["state"], over["output"], len(of(drupal, "helper"))) == ("completed", "The helper and I.", 1)


async def test_several_at_once_share_what_is_left(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Two of one answer: each gets a third, the run keeps a third; what they used counts against the run's own limit."""
    two = {"tool_calls": [{"name": "run_helper", "arguments": {"topic": topic}} for topic in ("tea", "rum")]}
    script(tmp_path, "boss", two, {"text": "{{ step1.call0.output }}, {{ step1.call1.output }}"})
    script(tmp_path, "helper", {"text": "{{ input.topic }}"})
    agents(drupal, limits={"steps": 10, "tokens": 90_000})
    async with at_work(redis_url, drupal, tmp_path) as running:
        run = drupal.dispatch("boss", {})
        over = await ended(drupal, run)
        stored = await running.context.store.connection.client.hgetall(
            running.context.store.connection.keys("default").run(run)
        )
    assert (over["state"], over["output"]) == ("completed", "tea, rum")
    queued = [told(drupal, child["uuid"], "run_queued")[0]["limits"] for child in of(drupal, "helper")]
    assert [(limits["steps"], limits["tokens"]) for limits in queued] == [(3, (90_000 - 120) // 3)] * 2
    assert (stored[b"started_steps"], stored[b"started_tokens"]) == (b"2", b"240")
    assert over["usage"]["steps"] == 2


async def test_with_nothing_left_nothing_is_started(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The refusal is told to the model; its run may still end."""
    script(tmp_path, "boss", ASKS, {"text": "{{ step1.call0.code }}"})
    script(tmp_path, "helper", SLOW)
    agents(drupal, limits={"steps": 2})
    async with at_work(redis_url, drupal, tmp_path):
        over = await ended(drupal, drupal.dispatch("boss", {}))
    assert (over["state"], over["output"], of(drupal, "helper")) == ("completed", "budget_spent", [])


async def test_what_those_below_used_ends_the_run_at_its_own_limit(
    redis_url: str, drupal: StandIn, tmp_path: Path
) -> None:
    """Ten steps each time it is started: the third time, too little is left."""
    script(tmp_path, "boss", *[ASKS] * 6, {"text": "x"})
    script(tmp_path, "helper", {"text": "x"})
    agents(drupal, limits={"steps": 6})
    async with at_work(redis_url, drupal, tmp_path):
        over = await ended(drupal, drupal.dispatch("boss", {}))
    assert (over["state"], over["reason"]) == ("failed", "limit:steps")
    assert over["usage_with_started"]["steps"] <= 6


async def test_a_test_run_starts_test_runs(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Nothing comes of either."""
    draft = {"name": "create_draft", "arguments": {**ARTICLE, "fields": {"title": "A"}, "summary": "x"}}
    script(tmp_path, "boss", ASKS, TELLS)
    script(tmp_path, "helper", {"tool_calls": [draft]}, {"text": "The helper"})
    agents(drupal)
    async with at_work(redis_url, drupal, tmp_path):
        over = await ended(drupal, drupal.dispatch("boss", {}, dry_run=True))
    (child,) = of(drupal, "helper")
    assert (over["state"], over["dry_run"], child["dry_run"]) == ("completed", True, True)
    assert ["revision" in change for change in child["changes"]] == [False]
