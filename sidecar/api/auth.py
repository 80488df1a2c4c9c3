"""Who may ask: Drupal by signature, the operator by token (header, or a cookie after the login form)."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from sidecar.api.problems import Problem
from sidecar.context import Context
from sidecar.drupal import signing
from sidecar.errors import SignatureRefused
from sidecar.settings.public import is_loopback

COOKIE = "background_agents_operator"
COOKIE_SECONDS = 12 * 3600


def context_of(request: Request) -> Context:
    """The process's context."""
    return request.app.state.context


async def read_body(request: Request, limit: int) -> bytes:
    """The raw body, at most `limit` bytes; a larger one is refused before it is read whole."""
    too_large = Problem(413, "too_large", f"A request may have {limit} bytes; send fewer jobs at a time.")
    if request.headers.get("content-length", "").isdecimal() and int(request.headers["content-length"]) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
    return bytes(body)


async def verify_signature(request: Request, context: Context, site: Any, body: bytes) -> None:
    """Check that `body` was signed by `site`, once. Raises SignatureRefused."""
    drupal = context.sites.get(site) if isinstance(site, str) else None
    keys = drupal.settings.keys if drupal else ()
    try:
        id = signing.verify(keys, request.headers, body, time.time(), signing.TO_SIDECAR)
    except SignatureRefused as error:
        if error.code == "signature_invalid" and drupal is None:
            known = "Add it to the sidecar's settings, or correct the site id in Drupal."
            raise SignatureRefused(error.code, f"The site {str(site)[:64]!r} is unknown here. {known}") from None
        raise
    assert drupal is not None
    if not await context.store.accepting.remember_id(drupal.id, id, signing.REMEMBER_SECONDS):
        raise SignatureRefused("replayed", "This webhook-id was used before. Sign each request, and each retry, anew.")


def operator(request: Request) -> None:
    """Dependency: only the operator passes. Without a token in the settings, only this machine's own browser and tools do."""
    context = context_of(request)
    same_origin(request)
    token = context.settings.operator_token
    if token is None:
        return loopback_host(request)
    given = request.headers.get("authorization", "")
    scheme, _, credentials = given.partition(" ")
    if scheme.lower() == "bearer" and _equal(credentials.strip(), token.get_secret_value()):
        return None
    if cookie_valid(token.get_secret_value(), request.cookies.get(COOKIE, ""), time.time()):
        return None
    raise Problem(
        401,
        "operator_token",
        "Send the operator token (SIDECAR_OPERATOR_TOKEN) as Authorization: Bearer, or log in at /login.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def token_matches(context: Context, given: str) -> bool:
    """Whether `given` is the operator token."""
    token = context.settings.operator_token
    return token is not None and _equal(given, token.get_secret_value())


def set_cookie(response: Response, context: Context, *, secure: bool) -> None:
    """Remember the operator in this browser; the cookie holds a proof with an end, not the token."""
    token = context.settings.operator_token
    assert token is not None
    value = cookie_value(token.get_secret_value(), int(time.time()) + COOKIE_SECONDS)
    response.set_cookie(
        COOKIE, value, max_age=COOKIE_SECONDS, httponly=True, samesite="strict", secure=secure, path="/"
    )


def cookie_value(token: str, until: int) -> str:
    """`<until>.<mac>`; `until` is Unix seconds."""
    mac = hmac.new(token.encode(), f"operator-session\n{until}".encode(), hashlib.sha256).hexdigest()
    return f"{until}.{mac}"


def cookie_valid(token: str, value: str, now: float) -> bool:
    """Whether the cookie was made with this token and has not ended."""
    until, _, _ = value.partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) <= 12):
        return False
    return _equal(value, cookie_value(token, int(until))) and int(until) > now


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def same_origin(request: Request) -> None:
    """A page of another site must not send commands with the operator's cookie, or to a token-less loopback address."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "other_origin", "Requests from pages of another site are refused.")


FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""What a proxy adds, whoever sent it."""


def loopback_host(request: Request) -> None:
    """Without a token only who is at this machine passes. The name must be a loopback one, else any page could reach us by a name that it
    points here; and a proxy of this machine, which may well call us by a loopback name, lets people of other machines in."""
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if not is_loopback(named) or any(name in request.headers for name in FORWARDED):
        raise Problem(
            403,
            "operator_token",
            "Without an operator token the API answers as localhost or 127.0.0.1 only, and not behind a proxy.",
        )
