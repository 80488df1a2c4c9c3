"""What a key has started, also in batches and by agents: each run says by which means, its webhook is told, and pages show the tree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from sidecar import contracts
from tests.integration.test_agents_start_agents import ASKS, TELLS, agents, of, script
from tests.support.engine import until
from tests.support.process import TOKEN, sidecar
from tests.support.receiver import Receiver

RIGHTS = ["run any background agent", "view own background agent runs", "manage own background agent runs"]
VIA = {"means": "key", "key": "Laptop", "client": None}


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    with StandIn() as drupal:
        yield drupal


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@asynccontextmanager
async def asking(
    redis_url: str, drupal: StandIn, receiver: Receiver, scripts: Path
) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    """The sidecar's address, and a program with a key that has a webhook."""
    key = drupal.site.auth.keys.add(drupal.site.accounts.add("ann", RIGHTS), "Laptop")
    drupal.key_webhook(key, receiver.url)
    own: dict[str, Any] = {"allowed_private_hosts_for_callers": [receiver.host], "scripts_dir": scripts}
    async with sidecar(redis_url, drupal, **own) as running:
        url = f"http://127.0.0.1:{running.port}"
        drupal.push_to(url)
        async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
            yield url, http


def told(receiver: Receiver) -> dict[str, str]:
    """What was told last of each run."""
    data = [json.loads(got.body) for got in receiver.got]
    return {one["data"]["run"]["uuid"]: one["type"] for one in data if one["type"] != "draft.ready"}


async def told_of(receiver: Receiver, *runs: str) -> None:
    async def all_told() -> bool:
        return set(told(receiver)) == set(runs)

    await until(all_told, 30)


@pytest.mark.parametrize("wait", [True, False])
async def test_what_an_agent_starts_is_asked_for_by_the_same_key(
    redis_url: str, drupal: StandIn, receiver: Receiver, tmp_path: Path, wait: bool
) -> None:
    """With the priority of its run, whether that waits for it or hands over."""
    script(tmp_path, "boss", ASKS, TELLS if wait else {"text": "Go on."})
    script(tmp_path, "helper", {"text": "The helper"})
    agents(drupal, wait=wait)
    async with asking(redis_url, drupal, receiver, tmp_path) as (url, http):
        started = (await http.post("/v1/runs", json={"agent": "boss", "priority": 7})).json()
        await asyncio.to_thread(drupal.wait, started["uuid"], 30, "completed")
        (child,) = of(drupal, "helper")
        await asyncio.to_thread(drupal.wait, child["uuid"], 30, "completed")
        await told_of(receiver, started["uuid"], child["uuid"])
        assert (child["priority"], child["via"]) == (7, VIA | {"door": "agent"})
        assert started["via"] == VIA | {"door": "api"}
        async with httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60
        ) as operator:
            shown = (await operator.get(f"/v1/runs/{started['uuid']}")).json()
            below = (await operator.get(f"/v1/runs/{child['uuid']}")).json()
            page = (await operator.get(f"/runs/{started['uuid']}", headers={"Accept": "text/html"})).text
            page_below = (await operator.get(f"/runs/{child['uuid']}", headers={"Accept": "text/html"})).text
    contracts.check("run", shown)
    assert shown["parent"] is None
    assert shown["children"] == [{"uuid": child["uuid"], "agent": "helper", "state": "completed", "waits": wait}]
    assert (below["parent"], "children" in below) == (started["uuid"], False)
    said = "waited for" if wait else "handed over"
    assert f'<a href="/runs/{child["uuid"]}">helper</a>' in page
    assert said in page
    assert f'<a href="/runs/{started["uuid"]}">boss</a>' in page_below


async def test_runs_of_a_batch_are_asked_for_by_its_key(
    redis_url: str, drupal: StandIn, receiver: Receiver, tmp_path: Path
) -> None:
    """By the door by which the batch came, and its webhook is told of each."""
    script(tmp_path, "test", {"text": "Done."})
    drupal.add_agent("writer")
    for title in ("Bread", "Cheese", "Tea"):
        drupal.add_content(title)
    async with asking(redis_url, drupal, receiver, tmp_path) as (_, http):
        batch = (await http.post("/v1/batches", json={"agent": "writer", "filter": {}})).json()
        assert batch["via"] == VIA | {"door": "api"}

        async def all_there() -> bool:
            drupal.site.batches.let_in()
            return len(of(drupal, "writer")) == 3

        await until(all_there, 30)
        runs = of(drupal, "writer")
        await told_of(receiver, *(run["uuid"] for run in runs))
    assert [(run["via"], run["trigger"]["type"], run["batch"]) for run in runs] == [
        (VIA | {"door": "api"}, "api", batch["id"])
    ] * 3
    assert set(told(receiver).values()) == {"run.finished"}
