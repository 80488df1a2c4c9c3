"""The operator's door: runs, their events (JSON or server-sent), commands."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from sidecar import contracts, json_text
from sidecar.api import metrics
from sidecar.api.auth import context_of, operator
from sidecar.api.problems import Problem
from sidecar.context import Context
from sidecar.errors import ContractError, DrupalError, DrupalUnavailable, StoreUnavailable
from sidecar.runs.run import RunState, RunView

router = APIRouter(prefix="/v1/runs", tags=["runs"], dependencies=[Depends(operator)])

PING_SECONDS = 15
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

COMMANDS = ("cancel", "pause", "resume", "decide", "retry")

RunId = Annotated[str, Path(pattern=UUID)]
Limit = Annotated[int, Query(ge=1, le=500)]


class Command(BaseModel):
    """What a command may carry. `id` and `decision`: for decide. `from_step` and `id` (the same id is the same command): for retry."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(default="", max_length=2000)
    id: str = Field(default="", max_length=200)
    decision: Literal["", "done", "again", "give_up", "approve", "reject"] = ""
    from_step: int = Field(default=1, ge=1, le=100_000)


async def known_members(request: Request, command: str) -> None:
    """A command is closed, as Drupal's is: what is unknown in it may have been meant to change what happens. Raises Problem 422."""
    errors = [
        {
            "pointer": json_text.escaped(name),
            "detail": "A command takes no parameters in the address. Send them in the body.",
        }
        for name in request.query_params
    ]
    try:
        body = json_text.loads(await request.body() or b"{}")
    except (ValueError, ContractError):
        return  # told by who reads it
    if isinstance(body, dict) and command in COMMANDS:
        errors += contracts.problems(f"command#{command}", body)
    if errors:
        raise Problem(422, "invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)


@router.get("")
async def list_runs(
    request: Request,
    state: RunState | None = None,
    agent: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,64}$")] = None,
    site: Annotated[str | None, Query(pattern=r"^[a-z0-9_-]{1,64}$")] = None,
    limit: Limit = 50,
) -> JSONResponse:
    """Runs, newest first."""
    views = await views_of(context_of(request), site, state, agent, limit)
    return JSONResponse({"runs": [to_document(view) for view in views]})


@router.get("/{run}")
async def show_run(request: Request, run: RunId) -> JSONResponse:
    """One run with its counters."""
    return JSONResponse(to_document(await find(context_of(request), run)))


@router.get("/{run}/events", responses={200: {"content": {"text/event-stream": {}, "application/json": {}}}})
async def run_events(
    request: Request,
    run: RunId,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Limit = 200,
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,15}$")] = None,
) -> Response:
    """Events behind `after`; as a stream that goes on, when `Accept` asks for `text/event-stream`."""
    context = context_of(request)
    view = await find(context, run)
    start = int(last_event_id) if last_event_id else after
    if "text/event-stream" in request.headers.get("accept", ""):
        return _stream(context, view, start)
    events = await context.store.reading.events(view.site, run, start, limit)
    return JSONResponse({"run": to_document(view), "events": events, "last_seq": view.last_seq})


@router.post("/{run}/{command}", status_code=202, dependencies=[Depends(known_members)])
async def command_run(
    request: Request,
    run: RunId,
    command: Literal["cancel", "pause", "resume", "decide", "retry"],
    body: Command | None = None,
) -> JSONResponse:
    """Give a command. It is carried out when the run's current unit allows it; the events tell."""
    context = context_of(request)
    data = body or Command()
    if command == "retry":
        return JSONResponse(await retry(context, run, data), 202)
    view = await find(context, run)
    await give(context, view, command, data)
    return JSONResponse(to_document(await find(context, run)), 202)


async def give(context: Context, view: RunView, command: str, data: Command) -> None:
    """Hand a command to the store. Raises Problem when it cannot be obeyed."""
    if command == "decide" and not (data.id and data.decision):
        raise Problem(422, "invalid", "decide needs `id` (of the approval_requested event) and `decision`.")
    sent = data.model_dump(exclude_defaults=True)
    if not await context.store.commands.give(view.site, view.run, command, sent | {"via": "sidecar"}, "operator"):
        raise Problem(409, "run_ended", f"The run is over ({view.state.value}); nothing can be changed any more.")


async def retry(context: Context, run: str, data: Command) -> dict[str, Any]:
    """Has Drupal retry the run; the run as it is there. Raises Problem, as Drupal refused it."""
    sent = data.model_dump(exclude_defaults=True, include={"id", "from_step", "note"})
    try:
        return await context.retry(run, sent)
    except DrupalUnavailable:
        raise
    except DrupalError as error:
        raise Problem(error.status, error.code, str(error)) from error


def _stream(context: Context, view: RunView, after: int) -> Response:
    if view.state.final and after >= view.last_seq:
        return Response(status_code=204)  # tells an EventSource that it need not come back

    async def events() -> AsyncIterator[ServerSentEvent]:
        with metrics.WATCHERS.track_inprogress():
            try:
                async for event in context.watch.follow(view.site, view.run, after):
                    text = json.dumps(event, ensure_ascii=False)
                    yield ServerSentEvent(data=text, id=str(event["seq"]), event="event")
            except StoreUnavailable:
                return  # the watcher comes back with its Last-Event-ID, and is told 503 until Redis answers

    return EventSourceResponse(
        events(), ping=PING_SECONDS, headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    )


async def find(context: Context, run: str) -> RunView:
    """The run, or a 404 problem."""
    site = await context.site_of(run)
    view = await context.store.reading.run(site, run) if site else None
    if view is None:
        raise Problem(404, "not_found", f"There is no run {run} here. Runs that are over are kept in Drupal.")
    return view


async def views_of(
    context: Context, site: str | None, state: RunState | None, agent: str | None, limit: int
) -> list[RunView]:
    """Runs of one or all sites, newest first."""
    if site is not None and site not in context.sites:
        raise Problem(404, "unknown_site", f"The site {site} is not in the settings.")
    found: list[RunView] = []
    for name in [site] if site else context.site_ids:
        found += await context.store.reading.runs(name, state.value if state else None, agent, limit)
    return sorted(found, key=lambda view: view.created, reverse=True)[:limit]


def to_document(view: RunView) -> dict[str, Any]:
    """A run as contracts/run has it, with what only the sidecar knows (`acked`, `owner`)."""
    return {
        "uuid": view.run,
        "site": view.site,
        "agent": view.agent,
        "state": view.state.value,
        "waiting_for": view.waiting_for,
        "reason": view.reason,
        "message": view.message,
        "trigger": {"type": view.trigger or "api"},
        "attempt": view.attempt,
        "generation": view.generation,
        "created": time_text(view.created),
        "started": time_text(view.started),
        "finished": time_text(view.finished),
        "last_seq": view.last_seq,
        "acked": view.acked,
        "owner": view.owner,
        "usage": view.usage,
        "output": view.output,
    }


def time_text(moment: float | None) -> str | None:
    """Unix seconds as RFC 3339."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
