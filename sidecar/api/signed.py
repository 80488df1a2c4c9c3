"""Drupal's door: jobs and commands, signed."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from sidecar import contracts, json_text, log
from sidecar.api import metrics
from sidecar.api.auth import context_of, read_body, verify_signature
from sidecar.api.problems import Problem, document
from sidecar.context import Context
from sidecar.drupal import signing
from sidecar.errors import ContractError, SignatureRefused

router = APIRouter(tags=["drupal"])
_log = log.get(__name__)

_SIGNED: dict[str, Any] = {
    "parameters": [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}} for name in signing.HEADERS
    ]
}


@router.post("/v1/jobs", status_code=202, openapi_extra=_SIGNED)
async def take_jobs(request: Request) -> JSONResponse:
    """Store pushed jobs: 202 only when all of them are in Redis, except those that can never run (`refused`)."""
    context = context_of(request)
    message = await _signed(request, context)
    jobs = message.get("jobs")
    if not isinstance(jobs, list):
        raise ContractError("`jobs` is no list of jobs.", "/jobs")
    accepted: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for job in jobs:
        try:
            if isinstance(job, dict) and job.get("site") != message["site"]:
                raise ContractError("The job is for another site than the one that signed it.", "/site")
            stored = await context.hallway.accept(job)
            accepted.append({"run": stored.run, "attempt": stored.attempt})
            metrics.JOBS.labels(message["site"], "accepted").inc()
        except ContractError as error:
            await context.hallway.refuse(message["site"], job, error)
            run = job.get("run") if isinstance(job, dict) else None
            refused.append(
                document(422, "invalid", str(error), run=run, errors=[{"detail": str(error), "pointer": error.pointer}])
            )
            metrics.JOBS.labels(message["site"], "refused").inc()
    return JSONResponse({"accepted": accepted, "refused": refused}, 202)


@router.post("/v1/commands", status_code=202, openapi_extra=_SIGNED)
async def take_commands(request: Request) -> JSONResponse:
    """The stop switch, commands for runs, when to look for jobs, which schedules there are, and whether webhooks wait: at once, not with the
    next batch's answer."""
    context = context_of(request)
    message = await _signed(request, context)
    site, stop, commands = message["site"], message.get("stop"), message.get("commands", [])
    if stop is not None and not isinstance(stop, bool):
        raise ContractError("`stop` is neither true nor false.", "/stop")
    schedules = {"schedules": message["schedules"]} if "schedules" in message else {}
    contracts.check("events#answer", {"runs": {}, "commands": commands, "stop": bool(stop)} | schedules)
    if schedules:
        context.clock_of(site).told(message["schedules"])
    if message.get("webhooks") is True:
        context.webhooks_of(site).due()
    if message.get("look_in") is not None:
        await context.hallway.look_again(site, message["look_in"])
    if stop is not None:
        await context.store.commands.set_stop(site, stop)
    for command in commands:
        if command["command"] != "retry":  # a new generation comes as a job
            await context.store.commands.give(
                site, command["run"], command["command"], command.get("data") or {}, command.get("by") or ""
            )
    _log.info("Took commands from Drupal.", action="commands", site=site, stop=stop, commands=len(commands))
    return JSONResponse({}, 202)


async def _signed(request: Request, context: Context) -> dict[str, Any]:
    """The verified body. Its `site` says whose secret counts."""
    body = await read_body(request, context.settings.body_limit_bytes)
    broken: ContractError | None = None
    try:
        message = json_text.loads(body)
    except ContractError as error:
        message, broken = json.loads(body), error  # who sent it is checked first
    except (ValueError, RecursionError):
        message = None
    try:
        site = message.get("site") if isinstance(message, dict) else None
        await verify_signature(request, context, site, body)
    except SignatureRefused as error:
        metrics.REFUSED.labels(error.code).inc()
        if error.code == "signature_invalid" and not isinstance(message, dict):
            raise Problem(400, "invalid_json", "The body is no JSON object.") from None
        _log.warning(f"Refused a request: {error}", action="signature_refused", code=error.code, path=request.url.path)
        raise
    if broken is not None:
        raise broken
    assert isinstance(message, dict)
    await context.serves(message["site"], message)
    return message
