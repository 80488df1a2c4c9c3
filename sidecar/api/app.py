"""The API process: FastAPI with all its doors, its error documents, its headers."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sidecar import __version__
from sidecar.api import described, metrics, pages, problems, run_routes, runs, signed, work_routes
from sidecar.api.auth import context_of, operator
from sidecar.context import Context
from sidecar.errors import StoreUnavailable
from sidecar.remote.streams import EndStreams
from sidecar.runs.contact import Contact, last_taken, trouble
from sidecar.runs.run import RunView

HERE = Path(__file__).parent

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


async def _nothing(view: RunView) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Extension:
    """What another part adds to the pages: templates that are found before ours, a static directory at `/static/extra`,
    routers (for the operator only), and values for the page of a run (`run_extra.html` is included below the timeline and gets them)."""

    templates: Sequence[Path] = ()
    static: Path | None = None
    routers: Sequence[APIRouter] = ()
    run_values: Callable[[RunView], Awaitable[dict[str, Any]]] = field(default=_nothing)


def create_app(
    context: Context, extension: Extension | None = None, doors: Mapping[str, ASGIApp] | None = None
) -> FastAPI:
    """The application of one process. `context` stays open as long as the application runs; closing it is the caller's.

    `doors`: what answers at the paths of other doors, which look themselves who comes."""
    extension = extension or Extension()
    app = FastAPI(
        title="Background agents sidecar",
        version=__version__,
        description="Start agents of a Drupal site, follow them, answer and steer them. See docs/reference/rest-api.md.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = context
    app.state.pages = pages.Pages([*extension.templates, HERE / "templates"], extension.run_values)
    problems.install(app, app.state.pages.error)
    app.include_router(signed.router)
    for prefix, told in (("/v1", True), ("/sites/{site_id}/v1", False)):  # in the document these are other servers
        for router in (run_routes.router, work_routes.router):
            app.include_router(router, prefix=prefix, include_in_schema=told)
    app.include_router(_health)
    app.include_router(_schema)
    app.include_router(pages.router)
    for router in extension.routers:
        app.include_router(router, dependencies=[Depends(operator)])
    if extension.static:
        app.mount("/static/extra", StaticFiles(directory=extension.static), name="extra")
    for path, door in (doors or {}).items():
        app.add_route(path, cast(Any, door), include_in_schema=False)  # what is no function is served as it is
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_middleware(EndStreams, who=context.remote.who, every=context.remote.confirm_seconds)
    app.add_middleware(SecurityHeaders)
    return app


class SecurityHeaders:
    """Adds `HEADERS` to every answer. Plain ASGI: streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


_schema = APIRouter()


@_schema.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    """The description of this API, for everybody: who makes a client has no account yet, and it says nothing of this sidecar."""
    return JSONResponse(described.document(request.app))


_health = APIRouter(tags=["health"])


@_health.get("/health")
async def health() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok", "version": __version__}


@_health.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """Jobs can be taken: Redis answers. Sites that do not answer, or refuse the reports of a running sidecar, are named, and do not make it
    unready."""
    context = context_of(request)
    sites: dict[str, dict[str, Any]] = {
        site: {"paused": drupal.breaker.why or None, "recovering": site in context.recovering}
        for site, drupal in context.sites.items()
    }
    try:
        await context.store.health.check()
        for site, told in sites.items():
            told["reports"] = _reports(await context.store.contacts.all(site))
    except StoreUnavailable as error:
        return JSONResponse({"status": "unready", "redis": str(error), "sites": sites}, 503)
    return JSONResponse({"status": "ready", "redis": "ok", "sites": sites})


def _reports(contacts: list[Contact]) -> dict[str, Any]:
    """When the site last took a report of a running sidecar, and how it refuses them now."""
    refused, taken = trouble(contacts, time.time()), last_taken(contacts)
    return {
        "taken": runs.time_text(taken or None),
        "refused": {
            "since": runs.time_text(refused.refused_since),
            "process": refused.process,
            "status": refused.status,
            "code": refused.code,
            "detail": refused.detail,
        }
        if refused
        else None,
    }


@_health.get("/metrics")
async def prometheus(request: Request) -> Response:
    """Prometheus' text format."""
    return await metrics.answer(context_of(request))
