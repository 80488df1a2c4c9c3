"""What a caller may start, and batches, over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse

from sidecar.api.asked import AskedNow, closed
from sidecar.api.bodies import MACHINE_NAME, read_contract
from sidecar.api.described import answers, takes

router = APIRouter(dependencies=[Depends(closed)])

BatchId = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[1])]
BATCH_COMMANDS = ("pause", "resume", "cancel", "retry")


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


@router.get("/batches", tags=["batches"], responses=answers("batch.list"))
async def list_batches(
    asked: AskedNow,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=256, description="`next` of the page before.")] = None,
) -> JSONResponse:
    """The batches that the caller may see, newest first."""
    filters: dict[str, str | int] = {"limit": limit, **({"cursor": cursor} if cursor else {})}
    return JSONResponse(await asked.as_caller().batches(filters))


@router.post("/batches", tags=["batches"], status_code=201, responses=answers("batch.batch", 201),
             openapi_extra=takes("batch.request", {"agent": "teaser_writer", "filter": {"bundles": ["article"], "limit": 10}}))  # fmt: skip
async def start_batch(request: Request, asked: AskedNow) -> JSONResponse:
    """Start an agent for many items."""
    site = asked.as_caller()
    return JSONResponse(await site.start_batch(await read_contract(request, "batch#request")), 201)


@router.get("/batches/{batch}", tags=["batches"], responses=answers("batch.batch"))
async def show_batch(asked: AskedNow, batch: BatchId) -> JSONResponse:
    """One batch with its numbers."""
    return JSONResponse(await asked.as_caller().batch(batch))


@router.post("/batches/{batch}/{command}", tags=["batches"], status_code=202, responses=answers("batch.batch", 202),
             openapi_extra=takes("batch.cancel", {}))  # fmt: skip
async def command_batch(
    request: Request, asked: AskedNow, batch: BatchId, command: Literal["pause", "resume", "cancel", "retry"]
) -> JSONResponse:
    """Pause, resume or cancel a batch (`runs`: those that have begun, too), or retry what failed."""
    site = asked.as_caller()
    body = await read_contract(request, f"batch#{command}")
    return JSONResponse(await site.command_batch(batch, command, body), 202)
