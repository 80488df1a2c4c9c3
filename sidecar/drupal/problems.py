"""What Drupal's answers mean: one place that turns statuses, JSON:API errors and httpx's exceptions into our errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import Any

import httpx

from sidecar import json_text
from sidecar.errors import ContractError, DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.json_text import JSON, is_list, is_object

LONGEST_RETRY_AFTER = 3600.0
UNAVAILABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
SITE_ERROR = "site_error"
"""The code of the site itself threw: an answer, which the next try would get again."""
# Server errors by which a site says that it is there: they are about one request.
ANSWERS = frozenset({SITE_ERROR, "busy", "internal"})
# A gateway that gave up, or PHP that died: the request may have been carried out.
IN_DOUBT = frozenset({408, 500, 502, 504})


class Trouble(Enum):
    """What an exception of httpx says about the request."""

    NOT_SENT = "it did not reach Drupal"
    LOST = "it was sent, the answer did not come"
    CROWDED = "no connection was free"
    WRONG = "it could not be made"


# Every exception of httpx; a test compares with the library.
TRANSPORT: dict[type[Exception], Trouble] = {
    httpx.ConnectError: Trouble.NOT_SENT,
    httpx.ConnectTimeout: Trouble.NOT_SENT,
    httpx.ProxyError: Trouble.NOT_SENT,
    httpx.PoolTimeout: Trouble.CROWDED,
    httpx.ReadError: Trouble.LOST,
    httpx.ReadTimeout: Trouble.LOST,
    httpx.WriteError: Trouble.LOST,
    httpx.WriteTimeout: Trouble.LOST,
    httpx.CloseError: Trouble.LOST,
    httpx.RemoteProtocolError: Trouble.LOST,
    httpx.DecodingError: Trouble.LOST,
    httpx.LocalProtocolError: Trouble.WRONG,
    httpx.UnsupportedProtocol: Trouble.WRONG,
    httpx.InvalidURL: Trouble.WRONG,
    httpx.TooManyRedirects: Trouble.WRONG,
    httpx.CookieConflict: Trouble.WRONG,
    httpx.StreamConsumed: Trouble.WRONG,
    httpx.StreamClosed: Trouble.WRONG,
    httpx.ResponseNotRead: Trouble.WRONG,
    httpx.RequestNotRead: Trouble.WRONG,
    httpx.HTTPStatusError: Trouble.WRONG,
}
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    503: "unavailable",
}
_SILENT = {
    401: "Drupal does not know who is asking (401). Check the agent's account and the site's secret.",
    403: "Drupal refuses this (403) without saying why. The agent's account probably lacks a permission.",
    404: "Drupal has nothing at this address (404).",
}


def is_route_missing(error: DrupalError) -> bool:
    """Whether Drupal has nothing at the address at all, which says nothing about an item: JSON:API answers for its own routes in JSON."""
    return error.status == 404 and (error.code == "not_json" or "No route found" in str(error))


def from_transport(error: Exception, where: str, *, repeatable: bool) -> DrupalError:
    """The error for a request without an answer. `where`: method and path. `repeatable`: it changes nothing (GET)."""
    kind = next((TRANSPORT[cls] for cls in type(error).__mro__ if cls in TRANSPORT), Trouble.LOST)
    said = str(error) or type(error).__name__
    if kind is Trouble.WRONG:
        return DrupalError(problem(0, "not_sendable", f"{where} could not be sent: {said}"))
    if kind is Trouble.LOST and not repeatable:
        return DrupalAnswerLost(problem(0, "answer_lost", f"{where} was sent and Drupal's answer did not come: {said}"))
    if kind is Trouble.CROWDED:
        return DrupalUnavailable(
            problem(0, "crowded", f"{where} waited too long for a free connection to the site."), 1.0
        )
    return DrupalUnavailable(problem(0, "unreachable", f"{where}: Drupal cannot be reached: {said}"))


def read_answer(
    status: int, headers: Mapping[str, str], body: bytes, where: str, *, repeatable: bool
) -> dict[str, JSON]:
    """The JSON object of a 2xx answer. Raises the DrupalError that anything else stands for."""
    document = _json_object(headers, body)
    if 200 <= status < 300:
        if document is not None:
            return document
        return _unreadable(status, headers, where, repeatable=repeatable)
    if 300 <= status < 400:
        target = headers.get("location", "elsewhere")
        raise DrupalError(
            problem(
                status, "redirected", f"{where} is redirected to {target}. Set base_url to the site's final address."
            )
        )
    told = _problem(status, headers, document, where)
    if (status in UNAVAILABLE or status >= 520) and told["code"] != SITE_ERROR:
        in_doubt = status in IN_DOUBT and document is None and not repeatable
        kind = DrupalAnswerLost if in_doubt else DrupalUnavailable
        raise kind(told, retry_after(headers, told))
    raise DrupalError(told)


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, JSON]:
    """A problem document. `status` 0: there was no answer."""
    return {"title": _title(status), "status": status, "code": code, "detail": detail, **more}


def retry_after(headers: Mapping[str, str], told: Mapping[str, JSON]) -> float | None:
    """Seconds to wait, from the problem or the Retry-After header (seconds or a date); at most an hour."""
    value = told.get("retry_after")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return min(float(value), LONGEST_RETRY_AFTER)
    header = headers.get("retry-after", "").strip()
    if header.isdecimal():
        return min(float(header[:9]), LONGEST_RETRY_AFTER)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return min(max(0.0, (when - datetime.now(UTC)).total_seconds()), LONGEST_RETRY_AFTER)


def _json_object(headers: Mapping[str, str], body: bytes) -> dict[str, JSON] | None:
    if "json" not in headers.get("content-type", "").lower():
        return None
    try:
        document = json_text.loads(body)
    except (ValueError, RecursionError, ContractError):
        return None
    return document if is_object(document) else None


def _unreadable(status: int, headers: Mapping[str, str], where: str, *, repeatable: bool) -> Any:
    """A 2xx answer that is no JSON object: half of one, or a page from something else than our endpoint."""
    if "json" in headers.get("content-type", "").lower():
        told = problem(status, "half_answer", f"{where}: Drupal's answer is cut off or no JSON object.")
        raise (DrupalUnavailable if repeatable else DrupalAnswerLost)(told)
    told = problem(status, "not_json", _not_json(status, headers, where))
    raise (DrupalError if repeatable else DrupalAnswerLost)(told)


def _problem(status: int, headers: Mapping[str, str], document: dict[str, JSON] | None, where: str) -> dict[str, JSON]:
    if document is None:
        return problem(status, "not_json", _not_json(status, headers, where))
    if is_list(document.get("errors")) and "code" not in document:
        return _from_jsonapi(status, document["errors"])
    code = document.get("code")
    detail = document.get("detail") or document.get("message")  # core's own JSON errors say `message`
    return {
        **document,
        "title": str(document.get("title") or _title(status)),
        "status": status,
        "code": code if isinstance(code, str) and code else _code(status),
        "detail": detail if isinstance(detail, str) and detail else _silent(status),
    }


def _from_jsonapi(status: int, errors: list[Any]) -> dict[str, JSON]:
    """JSON:API's `errors[]` as a problem whose `errors` keep detail and pointer, for a model to mend its call by."""
    found: list[dict[str, str]] = []
    for error in errors:
        if not is_object(error):
            continue
        entry = {"detail": str(error.get("detail") or "") or _silent(status)}
        source = error.get("source")
        if is_object(source):
            if source.get("pointer"):
                entry["pointer"] = str(source["pointer"])
            elif source.get("parameter"):
                entry["detail"] += f" (parameter {source['parameter']})"
        found.append(entry)
    detail = " ".join(entry["detail"] for entry in found) or _silent(status)
    code = "jsonapi_read_only" if status == 405 and "only read operations" in detail else _code(status)
    return problem(status, code, detail, errors=found)


def _not_json(status: int, headers: Mapping[str, str], where: str) -> str:
    kind = headers.get("content-type", "").split(";")[0].strip() or "no content type"
    text = f"{where} was answered with {status} and {kind} instead of JSON. "
    if status == 401:
        return text + "If the site is behind HTTP authentication, set the site's basic_auth."
    if status == 404:
        return text + "Is base_url the address of the site, and is the module background_agents installed?"
    if status in UNAVAILABLE or status >= 520:
        return text + "Look into the site's log."
    return (
        text + "Something else than the module answered: check base_url, proxies and login walls in front of the site."
    )


def _code(status: int) -> str:
    return _CODES.get(status, f"http_{status}")


def _silent(status: int) -> str:
    return _SILENT.get(status, f"Drupal answered {status} without saying why. Look into the site's log.")


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "No answer" if not status else f"Status {status}"
