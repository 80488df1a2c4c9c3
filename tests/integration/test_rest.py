"""The REST door as a caller uses it: a whole sidecar between the test and the stand-in."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.standin import StandIn
from demo.standin.site import SiteOptions
from sidecar import contracts
from sidecar.process import Roles, Running
from tests.support.engine import until
from tests.support.process import TOKEN, sidecar

DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}
EDITOR = ("editor", "editor")
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
API = "/background-agents/v1"
UNKNOWN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A script: one draft, then an answer."""
    turns = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]
    (tmp_path / "test.json").write_text(json.dumps({"steps": turns}))
    return tmp_path


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with one agent."""
    with StandIn() as site:
        site.add_agent("writer")
        yield site


@asynccontextmanager
async def client(running: Running, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """As the editor."""
    base = f"http://127.0.0.1:{running.port}"
    async with httpx.AsyncClient(**{"base_url": base, "auth": EDITOR, "timeout": 60} | options) as web:
        yield web


@pytest.fixture
async def web(redis_url: str, drupal: StandIn) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a sidecar that drives no runs: they stay as they are."""
    async with sidecar(redis_url, drupal, roles=Roles(worker=False)) as running, client(running) as web:
        yield web


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an error."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    contracts.check("problem", answer.json())
    assert answer.json()["code"] == code
    return answer.json()


async def test_from_the_list_of_agents_to_the_draft(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    async with sidecar(redis_url, drupal, scripts_dir=scripts) as running, client(running) as web:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        agents = (await web.get("/v1/agents")).json()["agents"]
        assert [agent["id"] for agent in agents] == ["writer"]
        assert (await web.get("/v1/agents/writer")).json() == agents[0]
        begun = await web.post("/v1/runs?wait=45", json={"agent": "writer", "input": {"topic": "x"}})
        assert begun.status_code == 201, begun.text
        run = begun.json()
        contracts.check("run", run)
        assert (run["state"], run["trigger"]["type"], begun.headers["location"]) == (
            "completed",
            "api",
            f"/v1/runs/{run['uuid']}",
        )
        shown = (await web.get(begun.headers["location"])).json()
        assert (shown["uuid"], shown["output"]) == (run["uuid"], run["output"])
        page = (await web.get(f"/v1/runs/{run['uuid']}/events")).json()
        seqs = [event["seq"] for event in page["events"]]
        assert seqs == list(range(1, page["last_seq"] + 1))
        stream = {"Accept": "text/event-stream", "Last-Event-ID": str(page["last_seq"] - 1)}
        followed = await web.get(f"/v1/runs/{run['uuid']}/events", headers=stream)
        assert [line for line in followed.text.splitlines() if line.startswith("id:")] == [f"id: {page['last_seq']}"]
        over = await web.get(
            f"/v1/runs/{run['uuid']}/events?after={page['last_seq']}", headers={"Accept": "text/event-stream"}
        )
        assert over.status_code == 204
        (draft,) = (await web.get(f"/v1/runs/{run['uuid']}/drafts")).json()["drafts"]
        assert {field["name"]: field["after"] for field in draft["fields"]}["title"] == "Hello"
        listed = (await web.get("/v1/runs?state=completed,failed&agent=writer&limit=1")).json()
        assert ([found["uuid"] for found in listed["runs"]], listed["next"]) == ([run["uuid"]], None)
        assert (await web.get("/v1/runs?state=failed")).json()["runs"] == []


async def test_a_stream_goes_on_from_drupals_pages_to_redis(redis_url: str, drupal: StandIn, scripts: Path) -> None:
    """It is opened before anybody drives the run, and ends with it."""
    async with sidecar(redis_url, drupal, roles=Roles(worker=False)) as doors, client(doors) as web:
        run = (await web.post("/v1/runs", json={"agent": "writer"})).json()["uuid"]

        async def follow() -> list[dict[str, Any]]:
            async with web.stream("GET", f"/v1/runs/{run}/events", headers={"Accept": "text/event-stream"}) as answer:
                lines = [line async for line in answer.aiter_lines() if line.startswith("data:")]
            return [json.loads(line.removeprefix("data:")) for line in lines]

        following = asyncio.create_task(follow())
        drupal.push_to(f"http://127.0.0.1:{doors.port}")
        async with sidecar(redis_url, drupal, roles=Roles(doors=False), scripts_dir=scripts), asyncio.timeout(60):
            events = await following
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert events[-1]["type"] == "run_finished"


async def test_a_stream_ends_with_a_run_that_the_site_has_ended_itself(
    redis_url: str, drupal: StandIn, tmp_path: Path
) -> None:
    """It is cancelled before the site heard anything of it: the site ends it at once, and the sidecar forgets it without an event."""
    (tmp_path / "test.json").write_text(json.dumps({"steps": [{"text": "Done.", "delay_ms": 600_000}]}))
    drupal.fail(f"{API}/events", status=429, times=10_000, method="POST")
    async with sidecar(redis_url, drupal, scripts_dir=tmp_path) as running, client(running) as web:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = (await web.post("/v1/runs", json={"agent": "writer"})).json()["uuid"]
        stream = {"Accept": "text/event-stream"}
        async with asyncio.timeout(60), web.stream("GET", f"/v1/runs/{run}/events", headers=stream) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:") and json.loads(line.removeprefix("data:"))["type"] == "model_requested":
                    cancelled = await web.post(f"/v1/runs/{run}/cancel", json={"note": "Enough."})
                    assert (cancelled.status_code, drupal.run(run)["state"]) == (202, "cancelled")
                    drupal.faults.clear()
        waited = await web.get(f"/v1/runs/{run}?wait=45")
        assert (waited.json()["state"], waited.json()["message"]) == ("cancelled", "Enough.")


async def test_the_same_key_is_the_same_run(web: httpx.AsyncClient, drupal: StandIn) -> None:
    """In the body or as Idempotency-Key, with or without the quotes of a structured header."""
    body: dict[str, Any] = {"agent": "writer", "input": {"topic": "x"}}
    ids = [(await web.post("/v1/runs", json=body | {"key": "k"})).json()["uuid"]]
    for header in ("k", '"k"'):
        ids.append((await web.post("/v1/runs", json=body, headers={"Idempotency-Key": header})).json()["uuid"])
    assert len(set(ids)) == 1
    other = await web.post("/v1/runs", json=body | {"key": "k", "input": {}})
    problem(other, 422, "key_reused")
    problem(await web.post("/v1/runs", json=body | {"key": "a"}, headers={"Idempotency-Key": "b"}), 422, "invalid")


async def test_a_priority_is_the_runs(web: httpx.AsyncClient, drupal: StandIn) -> None:
    """Its job has it, too."""
    asked = {"agent": "writer", "input": {"topic": "x"}, "priority": -7}
    begun = await web.post("/v1/runs", json=asked)
    assert (begun.status_code, begun.json()["priority"]) == (201, -7)
    row = drupal.site.outbox.get(begun.json()["uuid"])
    assert row is not None
    assert row.job["priority"] == -7


async def test_two_at_once_without_a_key_are_one_run(web: httpx.AsyncClient, drupal: StandIn) -> None:
    """A client that repeats a request without waiting for its answer means the same."""
    body = {"agent": "writer", "input": {"topic": "x"}}
    answers = await asyncio.gather(*(web.post("/v1/runs", json=body) for _ in range(5)))
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    assert len(drupal.runs) == 1


async def test_a_client_that_goes_away_gets_its_run_when_it_comes_again(
    web: httpx.AsyncClient, drupal: StandIn
) -> None:
    """Though the answer was sent: it was sent to nobody."""
    body = {"agent": "writer", "input": {"topic": "x"}}
    drupal.fail("/background-agents/v1/runs", status=None, when="before", delay=0.5)
    asking = asyncio.create_task(web.post("/v1/runs", json=body))
    await until(lambda: _met(drupal))
    asking.cancel()
    await asyncio.wait([asking])
    again = await web.post("/v1/runs", json=body)
    assert again.status_code == 201
    assert [run["uuid"] for run in drupal.runs] == [again.json()["uuid"]]


async def _met(drupal: StandIn) -> bool:
    """Whether a request has come to what goes wrong."""
    return bool(drupal.faults.met)


async def test_runs_are_steered(web: httpx.AsyncClient, drupal: StandIn) -> None:
    run = (await web.post("/v1/runs", json={"agent": "writer"})).json()["uuid"]
    for command in ("pause", "resume", "cancel"):
        answer = await web.post(f"/v1/runs/{run}/{command}", json={"note": "So."})
        assert answer.status_code == 202, answer.text
    await asyncio.to_thread(drupal.wait, run, state="cancelled")
    problem(await web.post(f"/v1/runs/{run}/pause"), 409, "run_ended")
    problem(await web.post(f"/v1/runs/{run}/answer", json={"id": "q", "decision": "approve"}), 409, "run_ended")
    again = await web.post(f"/v1/runs/{run}/retry", json={"id": "r1"})
    assert (again.status_code, again.json()["generation"]) == (202, 2)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("runs", {"agent": "writer", "dryrun": True}, "/dryrun"),
        ("runs", {"agent": "writer", "trigger": {"type": "mcp"}}, "/trigger"),
        ("runs", {"agent": "writer", "input": []}, "/input"),
        ("runs", {"agent": "writer", "dry_run": "yes"}, "/dry_run"),
        ("runs", {"agent": "writer", "priority": 11}, "/priority"),
        ("runs", {"agent": "Writer"}, "/agent"),
        ("runs", {}, "/agent"),
        ("runs?wiat=3", {"agent": "writer"}, "/wiat"),
        ("runs?wait=46", {"agent": "writer"}, "/query/wait"),
        (f"runs/{UNKNOWN}/cancel", {"why": "x"}, "/why"),
        (f"runs/{UNKNOWN}/answer", {"id": "q", "decision": "maybe"}, "/decision"),
        (f"runs/{UNKNOWN}/retry", {"from_step": 0}, "/from_step"),
        (f"runs/{UNKNOWN}/send-back", {"remark": "x"}, "/remark"),
    ],
)
async def test_what_is_unknown_starts_nothing(
    web: httpx.AsyncClient, drupal: StandIn, path: str, body: dict[str, Any], pointer: str
) -> None:
    told = problem(await web.post(f"/v1/{path}", json=body), 422, "invalid")
    assert told["errors"][0]["pointer"] == pointer
    assert drupal.runs == []


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"agent": 1e999}', 400), (b'{"input":' + b"[" * 200 + b"]" * 200 + b"}", 422)],
)
async def test_bodies_that_are_none(web: httpx.AsyncClient, content: bytes, status: int) -> None:
    assert (await web.post("/v1/runs", content=content)).status_code == status
    assert (await web.post("/v1/runs", content=b'{"input":' + b"[" * 200_000)).status_code == 400


async def test_batches_are_started_steered_and_retried(web: httpx.AsyncClient, drupal: StandIn) -> None:
    """As the contracts have them; what they do not have is refused before the site is asked."""
    drupal.add_content("One")
    drupal.add_content("Two")
    started = await web.post("/v1/batches", json={"agent": "writer", "filter": {"limit": 2}, "key": "k"})
    assert started.status_code == 201, started.text
    contracts.check("batch#batch", started.json())
    batch = f"/v1/batches/{started.json()['id']}"
    contracts.check("batch#list", (await web.get("/v1/batches")).json())
    states: list[str] = []
    for command, body in (("pause", {}), ("resume", {}), ("retry", {}), ("cancel", {}), ("cancel", {"runs": True})):
        answer = await web.post(f"{batch}/{command}", json=body)
        assert answer.status_code == 202, answer.text
        states.append(answer.json()["state"])
    assert states[:4] == ["paused", "running", "running", "running"]
    asked = len(drupal.requests)
    for command, body in (("retry", {"runs": True}), ("cancel", {"runs": "all"}), ("pause", {"note": "x"})):
        problem(await web.post(f"{batch}/{command}", json=body), 422, "invalid")
    problem(await web.post("/v1/batches", json={"agent": "writer"}), 422, "invalid")
    problem(await web.post(f"/v1/runs/{UNKNOWN}/send-back", json={"note": "x", "remark": []}), 422, "invalid")
    assert [seen.path for seen in drupal.requests[asked:] if re.search("/(batches|runs)", seen.path)] == []
    problem(await web.get("/v1/batches/0"), 422, "invalid")
    problem(await web.get("/v1/batches/999"), 404, "not_found")


async def test_what_drupal_refuses_is_told_as_it_said_it(web: httpx.AsyncClient, drupal: StandIn) -> None:
    problem(await web.post("/v1/runs", json={"agent": "nobody"}), 404, "agent_unknown")
    problem(await web.get("/v1/agents/nobody"), 404, "agent_unknown")
    problem(await web.get(f"/v1/runs/{UNKNOWN}?wait=5"), 404, "not_found")
    problem(await web.get("/v1/runs?cursor=nonsense"), 422, "invalid")
    drupal.fail("/background-agents/v1/runs", status=429)
    refused = await web.get("/v1/runs")
    assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
    drupal.fail("/background-agents/v1/agents", status=503)
    assert problem(await web.get("/v1/agents"), 503, "drupal_unavailable")["retry_after"] > 0


async def test_the_operator_sees_all_runs_and_has_no_account(web: httpx.AsyncClient) -> None:
    """So it starts none. Both ask at the same paths, at the short ones and the long ones."""
    operator = {"auth": None, "headers": OPERATOR}
    for path in ("agents", "agents/writer", f"runs/{UNKNOWN}/drafts", "batches", "batches/1"):
        problem(await web.get(f"/v1/{path}", **operator), 403, "account_needed")
    problem(await web.post("/v1/runs", json={"agent": "writer"}, **operator), 403, "account_needed")
    for path in ("/v1/runs", "/sites/default/v1/runs"):
        assert (await web.get(path, **operator)).json() == {"runs": [], "next": None}
        assert (await web.get(path)).json() == {"runs": [], "next": None}
    problem(await web.get("/v1/runs?cursor=x", **operator), 422, "invalid")
    problem(await web.get("/v1/runs?site=default"), 422, "invalid")
    problem(await web.get("/sites/other/v1/runs"), 404, "unknown_site")


async def test_several_sites_have_long_paths(redis_url: str, drupal: StandIn) -> None:
    """The short ones would mean any of them; an account is known at its own site alone."""
    with StandIn(options=SiteOptions(id="second")) as second:
        second.add_agent("painter")
        second.site.accounts.block("editor")
        second.site.accounts.add("ann", ["*"], password="ann")
        sites = {site.site.options.id: {"base_url": site.url, "secrets": [site.secret]} for site in (drupal, second)}
        async with (
            sidecar(redis_url, drupal, roles=Roles(worker=False), sites=sites) as running,
            client(running) as web,
        ):
            told = problem(await web.get("/v1/agents"), 404, "which_site")
            assert "/sites/{id}/v1/agents" in told["detail"]
            own = (await web.get("/sites/default/v1/agents")).json()["agents"]
            assert [agent["id"] for agent in own] == ["writer"]
            problem(await web.get("/sites/second/v1/agents"), 401, "credential_invalid")
            found = (await web.get("/sites/second/v1/agents", auth=("ann", "ann"))).json()["agents"]
            assert [agent["id"] for agent in found] == ["painter"]
            begun = await web.post("/sites/default/v1/runs", json={"agent": "writer"})
            assert begun.headers["location"] == f"/sites/default/v1/runs/{begun.json()['uuid']}"
            operator = {"auth": None, "headers": OPERATOR}
            assert (await web.get("/v1/runs", **operator)).status_code == 200
            problem(await web.get(f"/sites/second/v1/runs/{begun.json()['uuid']}", **operator), 404, "not_found")


async def test_pages_of_other_sites_get_nothing(web: httpx.AsyncClient) -> None:
    """No CORS: a browser neither asks before nor shows the answer."""
    problem(await web.get("/v1/agents", headers={"Origin": "https://evil.test"}), 403, "other_origin")
    asked = await web.options(
        "/v1/agents", headers={"Origin": "https://evil.test", "Access-Control-Request-Method": "GET"}
    )
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control")]
