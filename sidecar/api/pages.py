"""The pages: a login form, the list of runs, one run with its live timeline. Everything dynamic is text, never markup."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from sidecar.api import runs
from sidecar.api.auth import COOKIE, context_of, operator, read_body, set_cookie, token_matches
from sidecar.api.problems import Problem
from sidecar.runs.run import LIVE, RunState, RunView

router = APIRouter(include_in_schema=False)

FORM_BYTES = 10_000
LISTED = 100


class Pages:
    """Renders templates. `directories`: the first one that has a template wins."""

    def __init__(
        self, directories: Sequence[FilePath], run_values: Callable[[RunView], Awaitable[dict[str, Any]]]
    ) -> None:
        self.run_values = run_values
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(directory) for directory in directories]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["moment"] = runs.time_text

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """An HTML answer."""
        protected = context_of(request).settings.operator_token is not None
        text = self._environment.get_template(template).render(protected=protected, path=request.url.path, **values)
        return HTMLResponse(text, status)

    def error(self, request: Request, status: int, detail: str) -> Response:
        """The page for an error; the login form when that is what helps."""
        if status == 401:
            return RedirectResponse(f"/login?next={request.url.path}", 303)
        return self.render(request, "error.html", status, code=status, detail=detail)


def _pages(request: Request) -> Pages:
    return request.app.state.pages


@router.get("/")
async def home() -> Response:
    """The list of runs is the first page."""
    return RedirectResponse("/runs", 303)


@router.get("/login")
async def login_form(request: Request, next: str = "/runs") -> Response:
    """The form that takes the operator token."""
    return _pages(request).render(request, "login.html", next=_local(next), failed=False)


@router.post("/login")
async def login(request: Request) -> Response:
    """Check the token and set the cookie."""
    context = context_of(request)
    form = parse_qs((await read_body(request, FORM_BYTES)).decode(errors="replace"))
    target = _local(form.get("next", [""])[0])
    if not token_matches(context, form.get("token", [""])[0].strip()):
        return _pages(request).render(request, "login.html", 401, next=target, failed=True)
    response = RedirectResponse(target, 303)
    set_cookie(response, context, secure=request.url.scheme == "https")
    return response


@router.post("/logout")
async def logout() -> Response:
    """Forget the cookie."""
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/runs")
async def runs_page(
    request: Request,
    state: Annotated[str, Query(max_length=20)] = "",
    agent: Annotated[str, Query(max_length=64)] = "",
    site: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The list, with filters; it refreshes itself while it is open."""
    operator(request)
    context = context_of(request)
    wanted = [RunState(state)] if state in set(RunState) else []
    views = await runs.views_of(context, site if site in context.sites else None, wanted, agent or None, LISTED)
    return _pages(request).render(
        request,
        "runs.html",
        runs=views,
        states=[item.value for item in RunState],
        sites=list(context.sites),
        chosen={"state": state, "agent": agent, "site": site},
        live=sum(view.state in LIVE for view in views),
    )


@router.get("/runs/{run}")
async def run_page(request: Request, run: str) -> Response:
    """One run: facts, commands, and the timeline that goes on by itself."""
    operator(request)
    if not _is_uuid(run):
        raise Problem(404, "not_found", "That is no id of a run.")
    view = await runs.find(context_of(request), run)
    family = await context_of(request).store.reading.family(view.site, run)
    values = await _pages(request).run_values(view)
    return _pages(request).render(request, "run.html", run=view, family=family, live=view.state in LIVE, **values)


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and all(character in "0123456789abcdef-" for character in text)


def _local(target: str) -> str:
    """A path of ours, whatever was asked for: no redirects to other sites."""
    if target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable():
        return target
    return "/runs"
