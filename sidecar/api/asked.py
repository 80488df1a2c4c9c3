"""Who asks, on the routes that the operator and callers share: `/v1/...` and `/sites/{id}/v1/...`.

The operator's token, or cookie, sees all runs that the sidecar has, from Redis. Whoever shows another credential is a caller: Drupal says who
that is, and decides about each request. The short paths are a caller's only where they can mean one site.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from sidecar import json_text, unknown
from sidecar.api.auth import (
    COOKIE,
    context_of,
    cookie_valid,
    loopback_host,
    same_origin,
    token_matches,
)
from sidecar.api.problems import Problem
from sidecar.context import Context
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.remote.caller import Caller
from sidecar.remote.credential import Credential
from sidecar.remote.site import SiteAsCaller
from sidecar.remote.streams import guard

NO_PARAMETERS = "There are no parameters in the address here. Send them in the body."
CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of these routes. `caller`: None for the operator. `site`: the one that it is about; None, the operator's alone: all of them."""

    context: Context
    site: str | None
    caller: Caller | None

    @property
    def sites(self) -> list[str]:
        """Those that the request is about."""
        return list(self.context.site_ids) if self.site is None else [self.site]

    def as_caller(self) -> SiteAsCaller:
        """The site, asked as the caller. Raises Problem 403 for the operator, who has no account of the site."""
        if self.caller is None:
            detail = (
                "This needs an account of the site: the operator token has none. Send a dispatch key or an OAuth token."
            )
            raise Problem(403, "account_needed", detail)
        return self.context.remote.of(self.caller)


async def asked(request: Request) -> AsyncGenerator[Asked]:
    """Dependency: lets the operator and callers in, and passes Drupal's refusals on to them.

    A refusal is one of the API's own problems, with Drupal's status, code, detail and errors."""
    found = await _asked(request)
    if found.caller is not None:
        guard(request.scope, found.caller)
    async with drupal_says():
        yield found


AskedNow = Annotated[Asked, Depends(asked)]


@asynccontextmanager
async def drupal_says() -> AsyncGenerator[None]:
    """What Drupal refuses within is a problem of the same status. Raises Problem."""
    try:
        yield
    except DrupalUnavailable as error:
        wait = max(1, round(error.retry_after or 5))
        status, code = (429, error.code) if error.status == 429 else (503, "drupal_unavailable")
        headers = {"Retry-After": str(wait)}
        raise Problem(status, code, str(error), headers=headers, retry_after=wait) from error
    except DrupalError as error:
        if not 400 <= error.status < 500:
            raise
        more = {name: error.problem[name] for name in ("errors", "current_revision") if error.problem.get(name)}
        headers = CHALLENGE if error.status == 401 else {}
        raise Problem(error.status, error.code, str(error), headers=headers, **more) from error


async def _asked(request: Request) -> Asked:
    context = context_of(request)
    same_origin(request)
    site = request.path_params.get("site_id")
    if site is not None and site not in context.sites:
        raise Problem(404, "unknown_site", "There is no such site here.")
    credential = Credential.of(request.headers)
    if _is_operator(request, context, credential):
        return Asked(context, site, None)
    if credential is None:
        detail = "Send a dispatch key or an OAuth token of the site, or the operator token, as Authorization: Bearer."
        raise Problem(401, "authentication_required", detail, headers=CHALLENGE)
    if site is None:
        site = _only_site(request, context)
    async with drupal_says():
        return Asked(context, site, await context.remote.who.ask(site, credential, "api", address_of(request)))


def _only_site(request: Request, context: Context) -> str:
    if len(context.sites) == 1:
        return next(iter(context.sites))
    path = f"/sites/{{id}}{request.url.path}"
    raise Problem(404, "which_site", f"Several sites are served here. Ask at {path}, with the site's id.")


def _is_operator(request: Request, context: Context, credential: Credential | None) -> bool:
    token = context.settings.operator_token
    if credential is not None:
        scheme, _, given = credential.value.partition(" ")
        return credential.header == "Authorization" and scheme.lower() == "bearer" and token_matches(context, given)
    if token is None:
        loopback_host(request)
        return True
    return cookie_valid(token.get_secret_value(), request.cookies.get(COOKIE, ""), time.time())


def address_of(request: Request) -> str:
    """Where the request comes from; nothing for a local socket."""
    return request.client.host if request.client else ""


async def closed(request: Request) -> None:
    """Dependency: an unknown parameter in the address may have been meant to change what happens. Raises Problem 422."""
    route: Any = request.scope["route"]
    known = [parameter.alias for parameter in route.dependant.query_params]
    errors = [
        {"pointer": json_text.escaped(name), "detail": unknown.detail(name, known) if known else NO_PARAMETERS}
        for name in request.query_params
        if name not in known
    ]
    if errors:
        raise Problem(422, "invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)
