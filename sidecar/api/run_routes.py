"""Runs over HTTP: start, list, show, follow, steer. The operator's and the callers' are the same routes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.background import BackgroundTask
from starlette.responses import Response

from sidecar.api import metrics, runs
from sidecar.api.asked import AskedNow, closed
from sidecar.api.bodies import MACHINE_NAME, UUID, AnswerGiven, Body, Command, NewRun, Retry, read, read_contract
from sidecar.api.described import answers, takes
from sidecar.api.problems import Problem
from sidecar.errors import DrupalError, StoreUnavailable
from sidecar.json_text import JSON
from sidecar.remote.dispatch import Order
from sidecar.remote.waiting import LONGEST_SECONDS, wait_for
from sidecar.runs.run import RunState

router = APIRouter(tags=["runs"], dependencies=[Depends(closed)])

PING_SECONDS = 15
COMMANDS: dict[str, type[Body]] = {
    "cancel": Command,
    "pause": Command,
    "resume": Command,
    "answer": AnswerGiven,
    "decide": AnswerGiven,
    "retry": Retry,
}
"""`decide` is an older word for answer, which Drupal knows, too."""

RunId = Annotated[str, Path(pattern=UUID, examples=["3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"])]
Limit = Annotated[int, Query(ge=1, le=500)]
Wait = Annotated[
    float,
    Query(
        ge=0, le=LONGEST_SECONDS, description="Seconds to wait until the run has ended or asks somebody. Callers only."
    ),
]
Time = Annotated[str | None, Query(max_length=40, description="RFC 3339.")]


@router.post("/runs", status_code=201, openapi_extra=takes(NewRun, {"agent": "teaser_writer", "input": {"topic": "Spring"}}),
             responses=answers("run", 201))  # fmt: skip
async def start_run(
    request: Request,
    asked: AskedNow,
    wait: Wait = 0,
    idempotency_key: Annotated[str | None, Header(max_length=257)] = None,
) -> Response:
    """Start an agent. Without a key, the same request that comes again before this one was answered gets the same run."""
    site = asked.as_caller()
    order = _order(await read(request, NewRun), idempotency_key)
    dispatches = asked.context.remote.dispatches
    run = await dispatches.dispatch_once(site, order)
    if wait:
        run = await wait_for(site, run.id, wait)
    gone = await request.is_disconnected()  # then the client comes again, and is to get this run
    done = None if gone else BackgroundTask(dispatches.answered, site, order)
    where = request.url.path.rstrip("/") + f"/{run.id}"
    return JSONResponse(run.document, 201, {"Location": where}, background=done)


@router.get("/runs", responses=answers("runs"))
async def list_runs(
    asked: AskedNow,
    state: Annotated[
        str | None, Query(pattern=r"^[a-z]+(,[a-z]+){0,7}$", description="One or several, by commas.")
    ] = None,
    agent: Annotated[str | None, Query(pattern=MACHINE_NAME)] = None,
    trigger: Annotated[str | None, Query(pattern=r"^[a-z0-9]+(,[a-z0-9]+){0,15}$", description="As state.")] = None,
    batch: Annotated[str | None, Query(max_length=64)] = None,
    parent: Annotated[str | None, Query(pattern=UUID)] = None,
    since: Time = None,
    before: Time = None,
    site: Annotated[str | None, Query(pattern=r"^[a-z0-9_-]{1,64}$", description="For the operator.")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=256, description="`next` of the page before.")] = None,
) -> JSONResponse:
    """Runs, newest first. A caller gets those that it may see, from Drupal; the operator those that the sidecar has."""
    told = {"trigger": trigger, "batch": batch, "parent": parent, "since": since, "before": before, "cursor": cursor}
    if asked.caller is not None:
        _only_for("operators", {"site": site})
        filters = told | {"state": state, "agent": agent, "limit": min(limit, 200)}
        page = await asked.as_caller().runs({name: value for name, value in filters.items() if value is not None})
        return JSONResponse({"runs": [run.document for run in page.runs], "next": page.next})
    _only_for("callers", told)
    views = await runs.views_of(asked.context, asked.site or site, _states(state), agent, limit)
    return JSONResponse({"runs": [runs.to_document(view) for view in views], "next": None})


@router.get("/runs/{run}", responses=answers("run"))
async def show_run(asked: AskedNow, run: RunId, wait: Wait = 0) -> JSONResponse:
    """One run, with its output or its question."""
    if asked.caller is not None:
        return JSONResponse((await wait_for(asked.as_caller(), run, wait)).document)
    view = await runs.find(asked.context, run, asked.sites)
    family = await asked.context.store.reading.family(view.site, run)
    return JSONResponse(runs.to_document(view, family.below))


@router.get("/runs/{run}/events", responses=answers("events", stream=True))
async def run_events(
    request: Request,
    asked: AskedNow,
    run: RunId,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 200,
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,9}$")] = None,
) -> Response:
    """Events behind `after`; as a stream that goes on, when `Accept` asks for `text/event-stream`."""
    start = int(last_event_id) if last_event_id else after
    streams = "text/event-stream" in request.headers.get("accept", "")
    if asked.caller is not None:
        site = asked.as_caller()
        page = await site.events(run, start, limit)
        if not streams:
            return JSONResponse({"run": page.run.document, "events": list(page.events), "last_seq": page.last_seq})
        over = page.run.state.final and start >= page.last_seq
        return _stream(site.follow(run, start), over)
    context, view = asked.context, await runs.find(asked.context, run, asked.sites)
    if streams:
        return _stream(context.watch.follow(view.site, run, start), view.state.final and start >= view.last_seq)
    events = await context.store.reading.events(view.site, run, start, limit)
    return JSONResponse({"run": runs.to_document(view), "events": events, "last_seq": view.last_seq})


@router.get("/runs/{run}/drafts", responses=answers("drafts"))
async def run_drafts(
    asked: AskedNow,
    run: RunId,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=256)] = None,
) -> JSONResponse:
    """What the run has left, as far as the caller may see it: each draft with its fields before and after."""
    return JSONResponse(await asked.as_caller().draft_page(run, limit, cursor))


@router.post("/runs/{run}/send-back", status_code=202, responses=answers("run", 202),
             openapi_extra=takes("send-back", {"note": "Shorter, please."}))  # fmt: skip
async def send_back(request: Request, asked: AskedNow, run: RunId) -> JSONResponse:
    """Send a draft back to its agent, with what is to be changed: the run goes on as its next generation."""
    site = asked.as_caller()
    return JSONResponse((await site.send_back(run, await read_contract(request, "send-back"))).document, 202)


@router.post("/runs/{run}/{command}", status_code=202, responses=answers("run", 202),
             openapi_extra=takes((Command, AnswerGiven, Retry), {"note": "No longer needed."}))  # fmt: skip
async def command_run(
    request: Request,
    asked: AskedNow,
    run: RunId,
    command: Literal["cancel", "pause", "resume", "answer", "decide", "retry"],
) -> JSONResponse:
    """Give a command. It is carried out when the run's current unit allows it; the events tell."""
    said = (await read(request, COMMANDS[command])).said()
    if asked.caller is not None:
        return JSONResponse((await asked.as_caller().command(run, command, said)).document, 202)
    context = asked.context
    if command == "retry":
        return JSONResponse(await runs.retry(context, run, said, asked.sites), 202)
    given = "decide" if command == "answer" else command
    await runs.give(context, await runs.find(context, run, asked.sites), given, said)
    return JSONResponse(runs.to_document(await runs.find(context, run, asked.sites)), 202)


def _order(body: NewRun, header: str | None) -> Order:
    """What is to be started. Raises Problem 422 when the header and the body give two keys."""
    key = header.strip('"') if header else None
    if key is not None and (not 1 <= len(key) <= 255 or body.key not in (None, key)):
        detail = "Idempotency-Key has 1 to 255 characters, and is the same as `key` where both are given."
        raise Problem(422, "invalid", detail, errors=[{"pointer": "/header/idempotency-key", "detail": detail}])
    said = body.said()
    return Order(
        body.agent, dict(body.input), key or body.key, said.get("dry_run"), said.get("delay"), said.get("priority")
    )


def _states(text: str | None) -> list[RunState]:
    """Raises Problem 422 for a state that there is not."""
    names = text.split(",") if text else []
    if wrong := [name for name in names if name not in set(RunState)]:
        detail = f"There is no state {wrong[0]}. There are: {', '.join(RunState)}."
        raise Problem(422, "invalid", detail, errors=[{"pointer": "/query/state", "detail": detail}])
    return [RunState(name) for name in dict.fromkeys(names)]


def _only_for(whom: str, parameters: dict[str, Any]) -> None:
    given = [name for name, value in parameters.items() if value is not None]
    if given:
        errors = [{"pointer": f"/query/{name}", "detail": f"This parameter is for {whom}."} for name in given]
        raise Problem(422, "invalid", f"{given[0]} is for {whom}.", errors=errors)


def _stream(followed: AsyncGenerator[dict[str, JSON]], over: bool) -> Response:
    if over:
        return Response(status_code=204)  # tells an EventSource that it need not come back

    async def events() -> AsyncIterator[ServerSentEvent]:
        with metrics.WATCHERS.track_inprogress():
            try:
                async with aclosing(followed):
                    async for event in followed:
                        text = json.dumps(event, ensure_ascii=False)
                        yield ServerSentEvent(data=text, id=str(event["seq"]), event="event")
            except (StoreUnavailable, DrupalError):
                return  # the watcher comes back with its Last-Event-ID, and is told then what is the matter

    return EventSourceResponse(
        events(), ping=PING_SECONDS, headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    )
