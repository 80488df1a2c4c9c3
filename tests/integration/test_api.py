"""The API against a real Redis: signed doors, the operator's door, pages, errors."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sidecar import contracts, resources
from sidecar.api.app import create_app
from sidecar.api.auth import COOKIE, cookie_valid, cookie_value
from sidecar.api.runs import time_text
from sidecar.context import Context
from sidecar.drupal import signing
from sidecar.runs.contact import Contact
from sidecar.settings import load
from tests.support.api import asking
from tests.support.jobs import job

SECRET = "a-secret-of-more-than-24-bytes"
TOKEN = "operator-operator"
RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def context(redis_url: str) -> AsyncIterator[Context]:
    """The parts of a process, with nothing running."""
    site = {"base_url": "http://127.0.0.1:9", "secrets": [SECRET]}
    settings = load({}, sites={"default": site}, redis_url=redis_url, operator_token=TOKEN, body_limit_bytes=200_000)
    async with resources.open_context(settings) as made:
        await made.store.identities.know_site("default", "")
        yield made


@pytest.fixture
async def web(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application."""
    async with asking(context) as client:
        yield client


def signed(document: Any, secret: str = SECRET, **headers: str) -> dict[str, Any]:
    """Body and headers as Drupal sends them."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {"content": body, "headers": signing.sign(secret, body, int(time.time()), signing.new_id("d2s")) | headers}


def is_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an error."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    contracts.check("problem", response.json())
    assert response.json()["code"] == code
    return response.json()


# -- jobs


async def test_a_job_is_stored_before_it_is_accepted(web: httpx.AsyncClient, context: Context) -> None:
    """202 names run and attempt; sent again it is the same run."""
    for attempt in (1, 2):
        sent = {"site": "default", "jobs": [job(RUN, attempt=attempt)]}
        answer = await web.post("/v1/jobs", **signed(sent))
        assert answer.status_code == 202, answer.text
        assert answer.json() == {"accepted": [{"run": RUN, "attempt": attempt}], "refused": []}
    view = await context.store.reading.run("default", RUN)
    assert view is not None
    assert (view.state, view.attempt) == ("queued", 2)


async def test_a_job_that_breaks_the_contract_is_refused_alone(web: httpx.AsyncClient, context: Context) -> None:
    """The others of the batch are taken; the refusal says where."""
    wrong = job() | {"trigger": {"type": "magic"}}
    answer = await web.post(
        "/v1/jobs", **signed({"site": "default", "jobs": [wrong, job(RUN), "x", job(site="other")]})
    )
    assert [entry["run"] for entry in answer.json()["accepted"]] == [RUN]
    refused = answer.json()["refused"]
    assert [entry["run"] for entry in refused] == [wrong["run"], None, answer.json()["refused"][2]["run"]]
    assert refused[0]["errors"][0]["pointer"] == "/trigger/type"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"headers": {}}, 401, "signature_missing"),
        ({"webhook-id": "x"}, 401, "signature_malformed"),
        ({"webhook-id": "s2d_0123456789abcdef"}, 401, "wrong_direction"),
        ({"webhook-timestamp": "1"}, 401, "timestamp_out_of_range"),
        ({"webhook-signature": "v1," + "A" * 43 + "="}, 401, "signature_invalid"),
    ],
)
async def test_what_is_not_signed_is_refused(
    web: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    """With the protocol's codes."""
    request = signed({"site": "default", "jobs": []})
    request["headers"] = change.get("headers", request["headers"] | change)
    is_problem(await web.post("/v1/jobs", **request), status, code)


async def test_a_request_is_accepted_once(web: httpx.AsyncClient) -> None:
    """The second time it is a replay."""
    request = signed({"site": "default", "jobs": []})
    assert (await web.post("/v1/jobs", **request)).status_code == 202
    is_problem(await web.post("/v1/jobs", **request), 401, "replayed")


async def test_an_unknown_site_is_named(web: httpx.AsyncClient) -> None:
    """The sentence tells what to correct, the code tells nothing to a stranger."""
    problem = is_problem(await web.post("/v1/jobs", **signed({"site": "blog", "jobs": []})), 401, "signature_invalid")
    assert "blog" in problem["detail"]


async def test_bodies_that_are_none(web: httpx.AsyncClient) -> None:
    """No JSON, no object, no list of jobs, too large with and without a length."""
    is_problem(await web.post("/v1/jobs", **signed(b"{")), 400, "invalid_json")
    is_problem(await web.post("/v1/jobs", **signed([])), 400, "invalid_json")
    is_problem(await web.post("/v1/jobs", **signed({"site": "default"})), 422, "invalid")
    is_problem(await web.post("/v1/jobs", content=b"x" * 200_001), 413, "too_large")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 50_000

    is_problem(await web.post("/v1/jobs", content=endless()), 413, "too_large")


async def test_redis_away_is_a_503(web: httpx.AsyncClient, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drupal keeps the job and sends it again."""
    await context.store.connection.client.aclose()
    context.store.connection.client.connection_pool.reset()
    monkeypatch.setitem(context.store.connection.client.connection_pool.connection_kwargs, "path", "/nowhere.sock")
    answer = await web.post("/v1/jobs", **signed({"site": "default", "jobs": [job(RUN)]}))
    is_problem(answer, 503, "store_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert (await web.get("/ready")).status_code == 503
    assert (await web.get("/health")).status_code == 200
    assert "background_agents_redis_up 0.0" in (await web.get("/metrics")).text


async def test_a_site_that_refuses_the_reports_of_a_running_sidecar_is_seen(
    web: httpx.AsyncClient, context: Context
) -> None:
    """By /ready, which stays ready, and by the metrics; and it is over when the process is gone."""
    now = time.time()
    await context.store.contacts.note("default", Contact("other", now - 20, taken=now - 20))
    assert (await web.get("/ready")).json()["sites"]["default"]["reports"]["refused"] is None
    refused = Contact("me", now, now - 90, now - 60, 403, "forbidden", "Another method.")
    await context.store.contacts.note("default", refused)
    answer = await web.get("/ready")
    assert answer.status_code == 200
    told = answer.json()["sites"]["default"]["reports"]
    assert told["refused"] == {
        "since": time_text(now - 60),
        "process": "me",
        "status": 403,
        "code": "forbidden",
        "detail": "Another method.",
    }
    assert told["taken"] == time_text(now - 20)
    assert _metric(await web.get("/metrics"), "background_agents_reports_refused_seconds") >= 60
    assert abs(_metric(await web.get("/metrics"), "background_agents_reports_taken_timestamp_seconds") - now + 20) < 1
    await context.store.contacts.note("default", Contact("me", now - 600, now - 690, now - 660, 403, "forbidden", ""))
    assert (await web.get("/ready")).json()["sites"]["default"]["reports"]["refused"] is None
    assert _metric(await web.get("/metrics"), "background_agents_reports_refused_seconds") == 0


def _metric(answer: httpx.Response, name: str) -> float:
    """The value of a gauge for the site."""
    line = next(line for line in answer.text.splitlines() if line.startswith(f'{name}{{site="default"}}'))
    return float(line.rpartition(" ")[2])


async def test_the_description_of_the_api_is_for_everybody(web: httpx.AsyncClient) -> None:
    """Who makes a client has no account yet; it says what the documentation says, and nothing of this sidecar."""
    described = await web.get("/openapi.json")
    assert described.json()["info"]["title"] == "Background agents sidecar"
    assert "/v1/runs/{run}" in described.json()["paths"]
    assert "127.0.0.1" not in described.text


# -- commands


async def test_drupal_stops_the_site_and_cancels_a_run(web: httpx.AsyncClient, context: Context) -> None:
    """At once, without waiting for a batch's answer."""
    await context.hallway.accept(job(RUN))
    command = {"id": 1, "run": RUN, "command": "cancel", "by": "admin"}
    answer = await web.post("/v1/commands", **signed({"site": "default", "stop": True, "commands": [command]}))
    assert answer.status_code == 202
    assert await context.store.commands.stopped("default")
    view = await context.store.reading.run("default", RUN)
    assert view is not None
    assert view.state == "cancelled"
    assert not await context.store.accepting.take_look("default")
    assert (await web.post("/v1/commands", **signed({"site": "default", "look_in": 0}))).status_code == 202
    assert await context.store.accepting.take_look("default")
    clock = context.clock_of("default")
    clock.brought({"version": "1" * 16, "now": 1000, "due": []})
    assert not clock.asks_next
    told = {"site": "default", "schedules": "2" * 16}
    assert (await web.post("/v1/commands", **signed(told))).status_code == 202
    assert clock.asks_next
    for wrong in (
        {"stop": 1},
        {"commands": [{"id": 1}]},
        {"commands": "x"},
        {"look_in": -1},
        {"look_in": "1"},
        {"schedules": "x"},
    ):
        is_problem(await web.post("/v1/commands", **signed({"site": "default"} | wrong)), 422, "invalid")


# -- the operator


async def test_without_a_credential_nothing_is_told(web: httpx.AsyncClient) -> None:
    """What is no operator token may be a caller's: then the site is asked, which is away here."""
    refused = await web.get("/v1/runs")
    is_problem(refused, 401, "authentication_required")
    assert refused.headers["www-authenticate"] == "Bearer"
    for headers in ({"Authorization": "Bearer nonsense"}, {"Authorization": f"Basic {TOKEN}"}):
        is_problem(await web.get("/v1/runs", headers=headers), 503, "drupal_unavailable")
    is_problem(await web.get("/runs"), 401, "operator_token")


async def test_runs_are_listed_shown_and_commanded(web: httpx.AsyncClient, context: Context) -> None:
    """By state, agent and site; a run over is a 409."""
    await context.hallway.accept(job(RUN))
    await context.hallway.accept(job())
    assert len((await web.get("/v1/runs", headers=OPERATOR)).json()["runs"]) == 2
    assert (await web.get("/v1/runs?state=failed", headers=OPERATOR)).json() == {"runs": [], "next": None}
    is_problem(await web.get("/v1/runs?state=odd", headers=OPERATOR), 422, "invalid")
    is_problem(await web.get("/v1/runs?site=odd", headers=OPERATOR), 404, "unknown_site")
    shown = (await web.get(f"/v1/runs/{RUN}", headers=OPERATOR)).json()
    contracts.check("run", shown)
    answer = await web.post(f"/v1/runs/{RUN}/cancel", headers=OPERATOR, json={"note": "enough"})
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    is_problem(await web.post(f"/v1/runs/{RUN}/pause", headers=OPERATOR), 409, "run_ended")
    is_problem(await web.post(f"/v1/runs/{RUN}/decide", headers=OPERATOR), 422, "invalid")
    is_problem(await web.post(f"/v1/runs/{RUN}/retry", headers=OPERATOR, json={"from_step": 0}), 422, "invalid")
    # Drupal makes the new generation, and does not answer here.
    is_problem(await web.post(f"/v1/runs/{RUN}/retry", headers=OPERATOR), 503, "drupal_unavailable")
    is_problem(await web.post(f"/v1/runs/{RUN}/explode", headers=OPERATOR), 422, "invalid")
    is_problem(await web.get(f"/v1/runs/{RUN[::-1]}", headers=OPERATOR), 422, "invalid")
    is_problem(await web.get(f"/v1/runs/{'0' * 8}{RUN[8:]}", headers=OPERATOR), 404, "not_found")


async def test_events_as_json_and_as_a_stream(web: httpx.AsyncClient, context: Context) -> None:
    """The stream ends behind run_finished, continues behind Last-Event-ID, and says when there is nothing more."""
    await context.hallway.accept(job(RUN))
    await context.store.commands.give("default", RUN, "cancel")
    page = (await web.get(f"/v1/runs/{RUN}/events", headers=OPERATOR)).json()
    assert [event["seq"] for event in page["events"]] == [1, 2]
    headers = OPERATOR | {"Accept": "text/event-stream"}
    async with asyncio.timeout(60):
        stream = await web.get(f"/v1/runs/{RUN}/events", headers=headers)
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        rest = await web.get(f"/v1/runs/{RUN}/events", headers=headers | {"Last-Event-ID": "1"})
    assert [line for line in stream.text.splitlines() if line.startswith("id:")] == ["id: 1", "id: 2"]
    assert [line for line in rest.text.splitlines() if line.startswith("id:")] == ["id: 2"]
    done = await web.get(f"/v1/runs/{RUN}/events", headers=headers | {"Last-Event-ID": "2"})
    assert done.status_code == 204


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/v1/runs", 405)])
async def test_every_error_is_a_problem(web: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    """Also those of the framework."""
    is_problem(await web.request(method, path), status, {404: "not_found", 405: "method_not_allowed"}[status])


async def test_a_defect_is_a_problem_without_details(
    web: httpx.AsyncClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the log."""

    async def defect(*args: Any) -> None:
        raise KeyError("a secret detail")

    monkeypatch.setattr(type(context.store.reading), "run", defect)
    await context.hallway.accept(job(RUN))
    assert "secret" not in is_problem(await web.get(f"/v1/runs/{RUN}", headers=OPERATOR), 500, "internal")["detail"]


# -- pages


async def test_pages_ask_for_the_token_once(web: httpx.AsyncClient, context: Context) -> None:
    """The cookie holds a proof, not the token; the way back is to the page that was asked for, and to no other site."""
    await context.hallway.accept(job(RUN))
    sent = await web.get(f"/runs/{RUN}", headers={"Accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/login?next=/runs/{RUN}")
    assert "Log in" in (await web.get(sent.headers["location"])).text
    assert (await web.post("/login", data={"token": "nonsense"})).status_code == 401
    logged = await web.post("/login", data={"token": TOKEN, "next": f"/runs/{RUN}"})
    assert (logged.status_code, logged.headers["location"]) == (303, f"/runs/{RUN}")
    cookie = logged.headers["set-cookie"]
    assert TOKEN not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    for path in ("/runs", f"/runs/{RUN}", "/runs?state=queued"):
        assert "writer" in (await web.get(path)).text
    for target in ("//evil.test", "https://evil.test", "/\\evil.test"):
        moved = await web.post("/login", data={"token": TOKEN, "next": target})
        assert moved.headers["location"] == "/runs"
    await web.post("/logout")
    assert (await web.get("/v1/runs")).status_code == 401


def test_a_cookie_ends_and_belongs_to_its_token() -> None:
    """Nobody can make one, or make it last longer."""
    made = cookie_value(TOKEN, 1000)
    assert cookie_valid(TOKEN, made, 999)
    assert not cookie_valid(TOKEN, made, 1001)
    assert not cookie_valid("another operator", made, 999)
    for forged in ("", "1000", "2000." + made.partition(".")[2], "x.y", "١." + made.partition(".")[2]):
        assert not cookie_valid(TOKEN, forged, 999)


async def test_a_page_of_another_site_can_command_nothing(web: httpx.AsyncClient, context: Context) -> None:
    """Whatever cookie the browser would send along."""
    await context.hallway.accept(job(RUN))
    cookies = {COOKIE: cookie_value(TOKEN, int(time.time()) + 60)}
    headers = {"Origin": "https://evil.test", "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    is_problem(await web.post(f"/v1/runs/{RUN}/cancel", headers=headers), 403, "other_origin")
    answer = await web.post(f"/v1/runs/{RUN}/cancel", headers=headers | {"Origin": "http://sidecar.test"})
    assert answer.status_code == 202


async def test_what_comes_from_drupal_is_text(web: httpx.AsyncClient, context: Context) -> None:
    """Nothing in a page is markup but our own; and scripts come from us only."""
    sent = job(RUN)
    sent["trigger"] = {"type": "manual"}
    await context.hallway.accept(sent)
    key = context.store.connection.keys("default").run(RUN)
    await context.store.connection.client.hset(key, "message", "<script>alert(1)</script>")  # pyright: ignore[reportGeneralTypeIssues]
    page = await web.get(f"/runs/{RUN}", headers=OPERATOR)
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


async def test_errors_are_pages_for_browsers(web: httpx.AsyncClient) -> None:
    """With the same sentence."""
    answer = await web.get("/runs/nothing", headers=OPERATOR | {"Accept": "text/html"})
    assert answer.status_code == 404
    assert "no id of a run" in answer.text


async def test_without_a_token_only_this_machine_is_let_in(redis_url: str) -> None:
    """By its loopback names: a name that an attacker points at 127.0.0.1 is refused."""
    site = {"base_url": "http://127.0.0.1:9", "secrets": [SECRET]}
    async with resources.open_context(load({}, sites={"default": site}, redis_url=redis_url)) as context:
        transport = httpx.ASGITransport(create_app(context))
        async with httpx.AsyncClient(transport=transport) as client:
            for good in ("http://127.0.0.1:8085", "http://localhost:1", "http://[::1]:1"):
                assert (await client.get(f"{good}/v1/runs")).status_code == 200
            is_problem(await client.get("http://evil.test/v1/runs"), 403, "operator_token")
            for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "Via"):
                for path in ("/v1/runs", "/sites/default/v1/runs", "/runs"):
                    answer = await client.get(f"http://127.0.0.1:8085{path}", headers={name: "203.0.113.7"})
                    is_problem(answer, 403, "operator_token")


@pytest.mark.parametrize(
    ("path", "body", "pointer", "near"),
    [
        ("cancel", {"notes": "x"}, "/notes", '"note"'),
        ("pause", {"decision": "approve"}, "/decision", "There are: note."),
        ("decide", {"id": "q", "decision": "approve", "dry_run": True}, "/dry_run", "There are: id, decision, note."),
        ("retry", {"step": 2}, "/step", '"from_step"'),
        ("cancel?dry_run=1", {}, "/dry_run", "address"),
    ],
)
async def test_what_is_unknown_commands_nothing(
    web: httpx.AsyncClient, path: str, body: dict[str, Any], pointer: str, near: str
) -> None:
    """The operator's commands are closed as Drupal's are: the pointer names what is unknown, and what is near it."""
    answer = await web.post(f"/v1/runs/3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50/{path}", json=body, headers=OPERATOR)
    is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert near in answer.json()["errors"][0]["detail"]
