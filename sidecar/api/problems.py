"""Every error of the API as a problem document (RFC 9457), or as a page for a browser that asked for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sidecar import log
from sidecar.drupal.site_identity import WRONG_SITE
from sidecar.errors import (
    CallerRefused,
    ContractError,
    DrupalError,
    DrupalUnavailable,
    SidecarError,
    SignatureRefused,
    StoreUnavailable,
)
from sidecar.json_text import escaped

_log = log.get(__name__)

MEDIA_TYPE = "application/problem+json"

Page = Callable[[Request, int, str], Awaitable[Response] | Response]


class Problem(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}
        self.document = document(status, code, detail, **more)


def document(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """A problem (contracts/problem)."""
    return {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail, **more}


_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}

# Errors of our tree that may reach a request: status, code, and seconds until it is worth trying again.
_TABLE: list[tuple[type[SidecarError], int, str, int | None]] = [
    (SignatureRefused, 401, "", None),
    (CallerRefused, 401, "", None),
    (ContractError, 422, "invalid", None),
    (StoreUnavailable, 503, "store_unavailable", 1),
    (DrupalUnavailable, 503, "drupal_unavailable", 5),
    (DrupalError, 502, "drupal_refuses", None),
    (SidecarError, 500, "internal", None),
]


def install(app: FastAPI, page: Page) -> None:
    """Register the handlers. `page(request, status, detail)` answers browsers."""

    async def respond(request: Request, problem: Problem) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
        if wants_page:
            answer = page(request, problem.status, str(problem))
            response = answer if isinstance(answer, Response) else await answer
            response.headers.update(problem.headers)
            return response
        return JSONResponse(problem.document, problem.status, problem.headers, media_type=MEDIA_TYPE)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return await respond(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = _CODES.get(error.status_code, f"http_{error.status_code}")
        detail = f"{request.method} {request.url.path}: {error.detail}."
        return await respond(request, Problem(error.status_code, code, detail, headers=dict(error.headers or {})))

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [{"detail": str(item["msg"]), "pointer": _pointer(item["loc"])} for item in error.errors()]
        return await respond(request, Problem(422, "invalid", "A parameter is wrong; see errors.", errors=errors))

    async def on_ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, SidecarError)
        return await respond(request, translate(error))

    async def on_bug(request: Request, error: Exception) -> Response:
        _log.error("A request failed with an unexpected error.", action="bug", path=request.url.path, exc_info=error)
        return await respond(request, Problem(500, "internal", "The sidecar has an error; see its log."))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(SidecarError, on_ours)
    app.add_exception_handler(Exception, on_bug)


def _pointer(place: Sequence[Any]) -> str:
    """JSON pointer into the body; of a parameter, its kind and name."""
    return "".join(map(escaped, place[1:] if place[0] == "body" else place))


def translate(error: SidecarError) -> Problem:
    """Our error as a problem."""
    status, code, wait = next(row[1:] for row in _TABLE if isinstance(error, row[0]))
    more: dict[str, Any] = {}
    if isinstance(error, SignatureRefused):
        code = error.code
    if isinstance(error, CallerRefused):
        return Problem(error.status, error.code, str(error), headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, DrupalError) and error.code == WRONG_SITE:
        status, code = error.status, error.code
    if isinstance(error, ContractError) and error.pointer:
        more["errors"] = [{"detail": str(error), "pointer": error.pointer}]
    if wait is not None:
        more["retry_after"] = wait
    headers = {"Retry-After": str(wait)} if wait is not None else {}
    return Problem(status, code, str(error), headers=headers, **more)
