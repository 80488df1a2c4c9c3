"""A dispatch by each door of a real site and sidecar ends in a draft; each door sees those of the others, and refuses whoever may not."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from a2a.types import a2a_pb2 as wire

from sidecar import contracts
from tests.site.doors import EDITOR, SCOPE, Doors, Seen, bearer, order, tool
from tests.site.e2e.system import World, until
from tests.support.mcp_clients import post

NOWHERE = "00000000-0000-4000-8000-000000000000"
KEY = {"means": "key", "key": "Script"}
TOKEN = {"means": "oauth", "client": "Laptop"}

START: dict[str, Callable[[Doors], str]] = {
    "REST with a key": lambda doors: doors.by_rest(doors.key),
    "REST with OAuth": lambda doors: doors.by_rest(token(doors)),
    "MCP with a key": lambda doors: doors.by_mcp(doors.key),
    "MCP with OAuth": lambda doors: doors.by_mcp(token(doors)),
    "MCP task": lambda doors: doors.by_task(doors.key),
    "MCP stdio": lambda doors: doors.by_stdio(doors.key),
    "A2A with a key": lambda doors: doors.by_a2a(doors.key),
    "A2A with OAuth": lambda doors: doors.by_a2a(token(doors)),
    "Tool API": lambda doors: installed(doors, "tool").by_tool_api(),
    "Maestro": lambda doors: installed(doors, "maestro").by_maestro(),
    "another agent": lambda doors: doors.by_agent(doors.key),
}
TRIGGER = {"REST": "api", "MCP": "mcp", "A2A": "a2a", "Tool": "tool", "Maestro": "flow", "another": "agent"}
LOOK: dict[str, Callable[[Doors, str], Seen]] = {
    "REST": Doors.seen_by_rest,
    "MCP": Doors.seen_by_mcp,
    "A2A": Doors.seen_by_a2a,
    "Tool API": lambda doors, run: installed(doors, "tool").seen_by_tool_api(run),
    "Drush": Doors.seen_by_drush,
}


def token(doors: Doors) -> str:
    if doors.token is None:
        pytest.skip("the site has no Simple OAuth: see docs/how-to/sign-in-with-oauth.md")
    return doors.token


def installed(doors: Doors, module: str) -> Doors:
    if module not in doors.within:
        pytest.skip(f"the site has no module {module}")
    return doors


def via_of(door: str) -> dict[str, str] | None:
    """How a run of this door was asked for."""
    kind = door.split()[0]
    if kind not in ("REST", "MCP", "A2A"):
        return None
    return {"door": TRIGGER[kind]} | (TOKEN if door.endswith("OAuth") else KEY)


@pytest.fixture(scope="module")
def doors(world: World) -> Doors:
    world.site.php("\\Drupal::database()->delete('background_agents_key')->execute();")
    return Doors(world)


@pytest.fixture(scope="module")
def runs() -> dict[str, str]:
    """The run of each door, once it was started."""
    return {}


def run_of(door: str, doors: Doors, runs: dict[str, str]) -> str:
    """The run that this door has started."""
    if door not in runs:
        runs[door] = START[door](doors)
    return runs[door]


# -- each door starts, and sees


@pytest.mark.parametrize("door", START)
def test_a_dispatch_ends_in_a_draft(world: World, doors: Doors, runs: dict[str, str], door: str) -> None:
    """Drupal has who asked, and by which door and means; its pages say it."""
    run = run_of(door, doors, runs)
    row = world.completed(run, 60)
    assert row["trigger_type"] == TRIGGER[door.split()[0]]
    assert row["uid"] == world.accounts["editor"]["id"]
    (draft,) = world.drafts(run)
    assert (draft["target_label"], draft["status"]) == (label_of(door), "pending")
    page, via = world.page(run), via_of(door)
    assert EDITOR in page
    if via is not None:
        said = (
            f"the dispatch key &quot;{via['key']}&quot;" if "key" in via else f"the program &quot;{via['client']}&quot;"
        )
        assert said in page
    listed = world.editor.http.get("/admin/reports/background-agents").text
    assert f"/admin/reports/background-agents/{row['id']}" in listed
    world.settled(run)


@pytest.mark.parametrize("look", LOOK)
@pytest.mark.parametrize("door", START)
def test_each_door_sees_the_runs_of_the_others(
    world: World, doors: Doors, runs: dict[str, str], door: str, look: str
) -> None:
    """That it is done, its draft, who asked, by which door and means; and it is in the door's list."""
    run = run_of(door, doors, runs)
    world.completed(run, 60)
    seen = LOOK[look](doors, run)
    assert seen.state == "completed"
    assert seen.drafts in ([label_of(door)], None)
    assert seen.listed is not False
    if look != "Tool API":  # it tells how the run is, and not whose
        assert seen.requester == EDITOR
        if via_of(door) is not None:
            assert seen.via == via_of(door)


def label_of(door: str) -> str:
    return "About bread" if door == "another agent" else "Written by an agent"


# -- each door refuses


def rest_calls(run: str) -> list[tuple[str, str, Any]]:
    """Each route of REST for callers."""
    commands = ("cancel", "pause", "resume", "retry", "answer", "send-back")
    return [
        ("GET", "/v1/agents", None),
        ("GET", "/v1/agents/writer", None),
        ("POST", "/v1/runs", {"agent": "writer", "input": order()}),
        ("GET", "/v1/runs", None),
        ("GET", f"/v1/runs/{run}", None),
        ("GET", f"/v1/runs/{run}/events", None),
        ("GET", f"/v1/runs/{run}/drafts", None),
        *[("POST", f"/v1/runs/{run}/{command}", {"note": "x"}) for command in commands],
        ("GET", "/v1/batches", None),
        ("POST", "/v1/batches", {"agent": "writer", "items": []}),
    ]


def rpc_calls(run: str) -> list[tuple[str, str, Any]]:
    """What MCP and A2A are asked for."""
    mcp = [("initialize", {}), ("tools/list", {}), ("tools/call", {"name": "get_run", "arguments": {"run": run}})]
    a2a = [("GetTask", {"id": run}), ("ListTasks", {}), ("CancelTask", {"id": run}), ("GetExtendedAgentCard", {})]
    made = [("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": name, "params": params}) for name, params in mcp]
    made += [("POST", "/a2a", {"jsonrpc": "2.0", "id": 1, "method": name, "params": params}) for name, params in a2a]
    return [
        *made,
        ("GET", "/mcp", None),
        ("DELETE", "/mcp", None),
        ("GET", "/a2a/writer/.well-known/agent-card.json", None),
    ]


def refusals(doors: Doors, headers: dict[str, str], run: str) -> dict[str, int]:
    """What each door answers to these headers. A refusal is a problem document, and tells nothing else."""
    found: dict[str, int] = {}
    accept = {"Accept": "application/json, text/event-stream", "A2A-Version": "1.0"}
    with httpx.Client(base_url=doors.url, headers=accept | headers, timeout=60) as web:
        for method, path, body in rest_calls(run) + rpc_calls(run):
            answer = web.request(method, path, json=body)
            name = f"{method} {path} {(body or {}).get('method', '')}".strip()
            found[name] = answer.status_code
            assert answer.status_code in (401, 403), (name, answer.text)
            problem = answer.json()
            if "jsonrpc" in problem:  # MCP
                assert set(problem) == {"jsonrpc", "id", "error"}, name
                problem = problem["error"]["data"]
            contracts.check("problem", problem)
            assert set(problem) <= {"type", "title", "status", "code", "detail"}, (name, problem)
            for secret in (run, "writer", EDITOR, "Written by"):
                assert secret not in answer.text, name
    return found


@pytest.fixture(scope="module")
def slow(world: World) -> Iterator[str]:
    """A run of the editor that goes on."""
    run = world.run("slow")
    yield run
    world.editor.post(f"runs/{run}/cancel")  # it may have ended


MALFORMED = {
    "an unknown key": "bgd_0000000000_" + "x" * 43,
    "half a key": "bgd_short",
    "no token": "nonsense",
    "a token of parts": "a.b.c",
    "a signature of none": "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "nothing": "",
    "long": "x" * 7_000,
}


@pytest.mark.parametrize("which", MALFORMED)
def test_malformed_tokens(doors: Doors, slow: str, which: str) -> None:
    """401 on each route and call."""
    assert set(refusals(doors, {"Authorization": f"Bearer {MALFORMED[which]}".strip()}, slow).values()) == {401}


@pytest.mark.parametrize("header", ["Basic !", "Basic " + "x" * 40, "Digest x", "bgd_0000000000_" + "x" * 43])
def test_other_schemes(doors: Doors, slow: str, header: str) -> None:
    assert set(refusals(doors, {"Authorization": header}, slow).values()) == {401}


@pytest.mark.parametrize("how", ["revoked", "expired", "blocked", "no keys"])
def test_what_ends_a_key(world: World, doors: Doors, slow: str, how: str) -> None:
    """One answer for all of them, at every door; a host of `sidecar mcp` hears it in words."""
    user = f"doors_{how.replace(' ', '_')}"
    key = doors.new_key(user, "Ends", **({"seconds": -5} if how == "expired" else {}))
    if how != "expired":
        doors.php("end", user=user, how=how)
    before = world.site.sql("SELECT COUNT(*) AS n FROM background_agents_run")[0]["n"]
    assert set(refusals(doors, bearer(key), slow).values()) == {401}
    assert set(refusals(doors, {"X-Background-Agents-Key": key}, slow).values()) == {401}
    with pytest.raises(Exception) as refused:  # noqa: PT011 - of a group that the SDK makes
        doors.by_stdio(key)
    assert key not in str(refused.value)
    assert world.site.sql("SELECT COUNT(*) AS n FROM background_agents_run")[0]["n"] == before


def test_tokens_that_are_not_for_this(doors: Doors, slow: str) -> None:
    """Expired, changed, and one without our scope, which is a 403."""
    good = token(doors)
    for wrong in (doors.new_token(EDITOR, SCOPE, seconds=-10), f"{good}x", good[:-20]):
        assert set(refusals(doors, bearer(wrong), slow).values()) == {401}
    assert set(refusals(doors, bearer(doors.new_token(EDITOR, "test:create")), slow).values()) == {403}


def test_who_may_run_nothing(world: World, doors: Doors) -> None:
    """A good key, and no permission: no door starts anything, and none lists an agent."""
    key = doors.new_key("doors_nothing", "Nothing", permissions=["access content"])
    before = world.site.sql("SELECT COUNT(*) AS n FROM background_agents_run")[0]["n"]
    with doors.rest(key) as web:
        assert web.get("/agents").json()["agents"] == []
        answer = web.post("/runs", json={"agent": "writer", "input": order()})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text

    async def others() -> None:
        async with doors.mcp(key) as client:
            assert (await tool(client, "list_agents"))["agents"] == []
        called = {"name": "dispatch_agent", "arguments": {"agent": "writer", "input": order()}}
        for tasks in (False, True):
            answer = await post(f"{doors.url}/mcp", "tools/call", called, tasks=tasks, who=bearer(key)["Authorization"])
            assert answer["error"]["code"] == -32602, answer

    asyncio.run(others())
    headers = bearer(key) | {"A2A-Version": "1.0"}
    parts = [{"data": order()}]
    said = {"messageId": uuid.uuid4().hex, "role": "ROLE_USER", "parts": parts, "metadata": {"agent": "writer"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": said}}
    answer = httpx.post(f"{doors.url}/a2a", json=call, headers=headers, timeout=60)
    assert answer.status_code == 403, answer.text
    if "tool" in doors.within:
        values = {"agent": "writer", "input": json.dumps(order())}
        told = doors.php("tool", user="doors_nothing", tool="background_agents_dispatch", values=values)
        assert not told["done"]
    if "maestro" in doors.within:
        process = doors.php("flow", user="doors_nothing", agent="writer")
        assert until(lambda: doors.php("engine", process=process), 30, "the engine came")["run"] == ""
    assert world.site.sql("SELECT COUNT(*) AS n FROM background_agents_run")[0]["n"] == before


def test_another_persons_run(world: World, doors: Doors, slow: str) -> None:
    """403 or 404 by REST; by MCP and A2A as one that is not there. Lists leave it out, and it goes on."""
    key = doors.new_key("doors_stranger", "Stranger")
    with doors.rest(key) as web:
        for method, path, body in rest_calls(slow):
            if slow in path:
                body = {"id": "q", "decision": "approve"} if path.endswith("answer") else body
                path = path.removeprefix("/v1")
                answer = web.request(method, path, json=body)
                assert answer.status_code in (403, 404), (path, answer.text)
                assert set(answer.json()) <= {"type", "title", "status", "code", "detail"}, answer.text
                assert EDITOR not in answer.text, path
        assert web.get("/runs").json()["runs"] == []

    async def others() -> None:
        who, url = bearer(key)["Authorization"], f"{doors.url}/mcp"
        for name, more in (
            ("get_run", {}),
            ("wait_for_run", {}),
            ("get_drafts", {}),
            ("cancel_run", {}),
            ("answer", {"decision": "approve"}),
        ):
            said: list[str] = []
            for run in (slow, NOWHERE):
                answer = await post(url, "tools/call", {"name": name, "arguments": {"run": run, **more}}, who=who)
                said.append(json.dumps(answer).replace(run, ""))
            assert said[0] == said[1], name
            assert "error" in answer or answer["result"]["isError"], answer
        async with doors.mcp(key) as client:
            assert (await tool(client, "list_runs"))["runs"] == []
        async with doors.a2a(key) as client:
            assert list((await client.list_tasks(wire.ListTasksRequest())).tasks) == []

    asyncio.run(others())
    for method in ("GetTask", "CancelTask", "SubscribeToTask"):
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"id": slow}}
        headers = bearer(key) | {"A2A-Version": "1.0"}
        assert httpx.post(f"{doors.url}/a2a", json=call, headers=headers).json()["error"]["code"] == -32001
    if "tool" in doors.within:
        told = doors.php("tool", user="doors_stranger", tool="background_agents_get_run", values={"run": slow})
        assert not told["done"]
    assert world.row(slow)["state"] not in ("cancelled", "failed")


# -- what is open ends

ENDINGS = ("revoked", "blocked", "no keys", "no agents", "expired")
MOST_SECONDS = 60.0


async def test_what_is_open_ends_within_a_minute(doors: Doors) -> None:
    """Streams of REST, MCP and A2A, for each way by which a right ends; and then the door is shut."""
    people = {how: f"doors_open_{how.replace(' ', '_')}" for how in ENDINGS}
    keys: dict[str, str] = {}
    for how, user in people.items():
        keys[how] = doors.new_key(user, "Open", **({"seconds": 40} if how == "expired" else {}))
    watching: dict[str, asyncio.Task[float]] = {}
    opened = asyncio.Semaphore(0)
    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=50)) as web:
        for how, key in keys.items():
            for name, stream in streams(doors, web, key, await slow_run(doors, web, key)).items():
                watching[f"{name}, {how}"] = asyncio.create_task(ended_after(stream, opened))
        async with asyncio.timeout(60):
            for _ in watching:
                await opened.acquire()
        assert not [name for name, task in watching.items() if task.done()]
        began = time.monotonic()
        for how, user in people.items():
            if how != "expired":
                await asyncio.to_thread(doors.php, "end", user=user, how=how)
        until_all = began + MOST_SECONDS + 20  # the key that expires has its time
        done, left = await asyncio.wait(watching.values(), timeout=until_all - time.monotonic())
        took = {name: round(task.result() - began, 1) for name, task in watching.items() if task in done}
        print(json.dumps(took, indent=1))
        for task in left:
            task.cancel()
        assert len(took) == len(watching), sorted(set(watching) - set(took))
        assert max(took.values()) < MOST_SECONDS, took
        for how, key in keys.items():
            answer = await web.get(f"{doors.url}/v1/runs", headers=bearer(key))
            assert answer.status_code == (200 if how == "no agents" else 401), (how, answer.text)


async def slow_run(doors: Doors, web: httpx.AsyncClient, key: str) -> str:
    """A run of this key that takes half a minute, and is paused meanwhile: it says nothing."""
    made = await web.post(f"{doors.url}/v1/runs", json={"agent": "slow", "input": order()}, headers=bearer(key))
    assert made.status_code == 201, made.text
    run = made.json()["uuid"]
    await web.post(f"{doors.url}/v1/runs/{run}/pause", json={}, headers=bearer(key))
    return run


def streams(doors: Doors, web: httpx.AsyncClient, key: str, run: str) -> dict[str, Callable[[], Any]]:
    """What stays open, as requests."""
    events = {"Accept": "text/event-stream"} | bearer(key)
    a2a = {"jsonrpc": "2.0", "id": 1, "method": "SubscribeToTask", "params": {"id": run}}
    prefix = "io.modelcontextprotocol"
    meta = {f"{prefix}/protocolVersion": "2026-07-28", f"{prefix}/clientCapabilities": {}}
    meta |= {f"{prefix}/clientInfo": {"name": "test", "version": "1"}}
    listen = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen"}
    listen |= {"params": {"notifications": {"toolsListChanged": True}, "_meta": meta}}
    modern = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"}
    both = {"Accept": "application/json, text/event-stream"} | bearer(key)
    return {
        "REST": lambda: web.stream("GET", f"{doors.url}/v1/runs/{run}/events", headers=events),
        "A2A": lambda: web.stream("POST", f"{doors.url}/a2a", json=a2a, headers=both | {"A2A-Version": "1.0"}),
        "MCP": lambda: web.stream("POST", f"{doors.url}/mcp", json=listen, headers=both | modern),
    }


async def ended_after(stream: Callable[[], Any], opened: asyncio.Semaphore) -> float:
    """Reads until the end; when that was."""
    async with stream() as answer:
        assert answer.status_code == 200, await answer.aread()
        opened.release()
        async for _ in answer.aiter_bytes():
            pass
    return time.monotonic()
