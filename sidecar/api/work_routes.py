"""What a caller may start, and batches, over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse

from sidecar.api.asked import AskedNow, closed
from sidecar.api.bodies import MACHINE_NAME, Command, NewBatch, read
from sidecar.api.described import answers, takes

router = APIRouter(dependencies=[Depends(closed)])

BatchId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


@router.get("/agents", tags=["agents"], responses=answers("agents.list"))
async def list_agents(asked: AskedNow) -> JSONResponse:
    """The agents that the caller may start, each with the schemas of its input and output."""
    return JSONResponse({"agents": [agent.document for agent in await asked.as_caller().agents()]})


@router.get("/agents/{agent}", tags=["agents"], responses=answers("agents.agent"))
async def show_agent(
    asked: AskedNow, agent: Annotated[str, Path(pattern=MACHINE_NAME, examples=["teaser_writer"])]
) -> JSONResponse:
    """One of them."""
    return JSONResponse((await asked.as_caller().agent(agent)).document)


@router.get("/batches", tags=["batches"], responses=answers("batches"))
async def list_batches(
    asked: AskedNow,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=256, description="`next` of the page before.")] = None,
) -> JSONResponse:
    """The batches that the caller may see, newest first."""
    filters: dict[str, str | int] = {"limit": limit, **({"cursor": cursor} if cursor else {})}
    return JSONResponse(await asked.as_caller().batches(filters))


@router.post("/batches", tags=["batches"], status_code=201, responses=answers("batch", 201),
             openapi_extra=takes(NewBatch, {"agent": "teaser_writer"}))  # fmt: skip
async def start_batch(request: Request, asked: AskedNow) -> JSONResponse:
    """Start an agent for many items."""
    site = asked.as_caller()
    return JSONResponse(await site.start_batch((await read(request, NewBatch)).said()), 201)


@router.get("/batches/{batch}", tags=["batches"], responses=answers("batch"))
async def show_batch(asked: AskedNow, batch: BatchId) -> JSONResponse:
    """One batch with its numbers."""
    return JSONResponse(await asked.as_caller().batch(batch))


@router.post("/batches/{batch}/{command}", tags=["batches"], status_code=202, responses=answers("batch", 202),
             openapi_extra=takes(Command, {}))  # fmt: skip
async def command_batch(
    request: Request, asked: AskedNow, batch: BatchId, command: Literal["pause", "resume", "cancel"]
) -> JSONResponse:
    """Pause, resume or cancel a batch."""
    site = asked.as_caller()
    await read(request, Command)
    return JSONResponse(await site.command_batch(batch, command), 202)
