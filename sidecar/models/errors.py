"""What went wrong with a model, as one of our reasons: a table of the errors of pydantic-ai, the SDKs and httpx2.

reason                retryable   meaning
model:rate_limited    yes         too many requests; `retry_after` when the provider says
model:unavailable     yes         no answer, overloaded, server error
model:nonsense        yes/no      an answer that is no answer; not retried when the agent already asked for corrections
model:refused         no          key, permission or credit: a person must act
model:unknown_model   no          no such model or endpoint
model:bad_request     no          the request itself is wrong or too long
model:content_filter  no          the provider's filter stopped it
model:truncated       no          the answer reached max_tokens
model:defect          no          an error that the table does not know: a defect of the sidecar
"""

from __future__ import annotations

import json
from typing import Any

import httpx2
from pydantic_ai import exceptions as ai

from sidecar.errors import ModelError
from sidecar.json_text import is_object
from sidecar.redact import Redactor

MAX_WORDS = 500

RATE_LIMITED = ("model:rate_limited", True)
UNAVAILABLE = ("model:unavailable", True)
NONSENSE = ("model:nonsense", True)
NO_CORRECTION = ("model:nonsense", False)
REFUSED = ("model:refused", False)
UNKNOWN = ("model:unknown_model", False)
BAD_REQUEST = ("model:bad_request", False)
FILTERED = ("model:content_filter", False)
TRUNCATED = ("model:truncated", False)
DEFECT = ("model:defect", False)

Verdict = tuple[str, bool]


class NonsenseAnswer(ai.UnexpectedModelBehavior):
    """A server answered 200 with something that is no answer of a model. Asking again may help."""


# The most special class of an error's ancestry decides.
PYDANTIC_AI: dict[type[BaseException], Verdict] = {
    ai.ModelRateLimitError: RATE_LIMITED,
    ai.ModelQuotaExceededError: REFUSED,
    ai.ModelUnavailableError: UNAVAILABLE,
    ai.ModelOverloadedError: UNAVAILABLE,
    ai.ModelServerError: UNAVAILABLE,
    ai.ModelConnectionError: UNAVAILABLE,
    ai.ModelTimeoutError: UNAVAILABLE,
    ai.ModelRequestTimeout: UNAVAILABLE,
    ai.ModelAuthenticationError: REFUSED,
    ai.ModelNotFoundError: UNKNOWN,
    ai.ModelContextWindowExceededError: BAD_REQUEST,
    ai.ModelRequestRejectedError: BAD_REQUEST,
    ai.ModelAPIError: UNAVAILABLE,
    ai.ContentFilterError: FILTERED,
    ai.OutputTokenLimitExceeded: TRUNCATED,
    ai.IncompleteToolCall: TRUNCATED,
    NonsenseAnswer: NONSENSE,
    ai.UnexpectedModelBehavior: NO_CORRECTION,
    ai.SuspendedResponseExpired: UNAVAILABLE,
    ai.ConcurrencyLimitExceeded: RATE_LIMITED,
    ai.UserError: BAD_REQUEST,
}

HTTPX2: dict[type[BaseException], Verdict] = {
    httpx2.TransportError: UNAVAILABLE,
    httpx2.RequestError: UNAVAILABLE,
    httpx2.HTTPError: UNAVAILABLE,
    httpx2.StreamError: UNAVAILABLE,
    httpx2.DecodingError: NONSENSE,
    httpx2.TooManyRedirects: UNKNOWN,
    httpx2.UnsupportedProtocol: UNKNOWN,
    httpx2.InvalidURL: UNKNOWN,
    httpx2.CookieConflict: BAD_REQUEST,
}

# By name: the SDKs are imported only when a model of theirs is used, and both name their errors alike.
SDK: dict[str, Verdict] = {
    "RateLimitError": RATE_LIMITED,
    "APIConnectionError": UNAVAILABLE,
    "APITimeoutError": UNAVAILABLE,
    "RetryableError": UNAVAILABLE,
    "RequestTimeoutError": UNAVAILABLE,
    "ConflictError": UNAVAILABLE,
    "ClientClosedRequestError": UNAVAILABLE,
    "InternalServerError": UNAVAILABLE,
    "HTTPNotImplementedError": BAD_REQUEST,
    "ServiceUnavailableError": UNAVAILABLE,
    "GatewayTimeoutError": UNAVAILABLE,
    "OverloadedError": UNAVAILABLE,
    "WebSocketConnectionClosedError": UNAVAILABLE,
    "WebSocketQueueFullError": UNAVAILABLE,
    "APIResponseValidationError": NONSENSE,
    "APIWebhookValidationError": BAD_REQUEST,
    "InvalidWebhookSignatureError": BAD_REQUEST,
    "AuthenticationError": REFUSED,
    "OAuthError": REFUSED,
    "PermissionDeniedError": REFUSED,
    "PaymentRequiredError": REFUSED,
    "CredentialsError": REFUSED,
    "IdentityTokenFileError": REFUSED,
    "SubjectTokenProviderError": REFUSED,
    "NotFoundError": UNKNOWN,
    "BadRequestError": BAD_REQUEST,
    "UnprocessableEntityError": BAD_REQUEST,
    "PreconditionFailedError": BAD_REQUEST,
    "ContentTooLargeError": BAD_REQUEST,
    "RequestHeaderFieldsTooLargeError": BAD_REQUEST,
    "LengthFinishReasonError": TRUNCATED,
    "ContentFilterFinishReasonError": FILTERED,
    "APIStatusError": UNAVAILABLE,
    "APIError": UNAVAILABLE,
    "OpenAIError": BAD_REQUEST,
    "AnthropicError": BAD_REQUEST,
}
_SDK_MODULES = ("openai", "anthropic")

# Statuses of an HTTP error that pydantic-ai puts into no category.
_RETRYABLE_STATUSES = frozenset({408, 409, 425})


def classify(exc: BaseException, redact: Redactor | None = None) -> ModelError:
    """The error of a model request as a ModelError, with the provider's own words. `redact` knows the configured secrets.

    A ModelError is returned as it is. What is unknown becomes `model:defect`.
    """
    if isinstance(exc, ModelError):
        return exc
    if isinstance(exc, ai.FallbackExceptionGroup):
        return _best(exc, redact)
    reason, retryable = verdict(exc)
    words = (redact or Redactor()).text(_words(exc))
    return ModelError(
        reason, f"{_SENTENCES[reason]} {words}".strip(), retryable=retryable, retry_after=_retry_after(exc)
    )


def verdict(exc: BaseException) -> Verdict:
    """Reason and retryability by the tables."""
    # pydantic-ai categorises by status where it can; a plain HTTP error is one that it could not.
    if isinstance(exc, ai.ModelHTTPError) and not any(
        cls in PYDANTIC_AI for cls in type(exc).__mro__ if cls is not ai.ModelAPIError
    ):
        if exc.status_code == 429:
            return RATE_LIMITED
        return UNAVAILABLE if exc.status_code >= 500 or exc.status_code in _RETRYABLE_STATUSES else BAD_REQUEST
    for cls in type(exc).__mro__:
        if cls in PYDANTIC_AI:
            return PYDANTIC_AI[cls]
        if cls in HTTPX2:
            return HTTPX2[cls]
        if cls.__module__.split(".")[0] in _SDK_MODULES and cls.__name__ in SDK:
            return SDK[cls.__name__]
    return UNAVAILABLE if isinstance(exc, TimeoutError | ConnectionError) else DEFECT


_SENTENCES = {
    "model:rate_limited": "The model's provider takes no more requests now.",
    "model:unavailable": "The model's provider does not answer.",
    "model:nonsense": "The model gave no usable answer.",
    "model:refused": "The model's provider refuses the key or has no credit for it: check the key in the sidecar's settings.",
    "model:unknown_model": "There is no such model: check the agent's model and the endpoint.",
    "model:bad_request": "The model's provider does not take the request.",
    "model:content_filter": "The provider's content filter stopped the answer.",
    "model:truncated": "The answer was cut off: raise max_tokens in the agent's model settings.",
    "model:defect": "The model request failed by a defect of the sidecar.",
}


def _best(group: ai.FallbackExceptionGroup, redact: Redactor | None) -> ModelError:
    """Of several models that failed, the error that may pass by itself; else the last one."""
    found = [classify(exc, redact) for exc in group.exceptions]
    return next((error for error in found if error.retryable), found[-1])


def _words(exc: BaseException) -> str:
    """What the provider said; the class's name only when nothing was said."""
    body: Any = getattr(exc, "body", None)
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return body.strip()[:MAX_WORDS] or type(exc).__name__
    if is_object(body):
        inner = body.get("error")
        source = inner if is_object(inner) else body
        said = source.get("message") or source.get("detail") or (inner if isinstance(inner, str) else None)
        if isinstance(said, str) and said:
            return said[:MAX_WORDS]
    return (str(exc) or type(exc).__name__)[:MAX_WORDS]


def _retry_after(exc: BaseException) -> float | None:
    value = getattr(exc, "retry_after", None)
    if value is None and (response := getattr(exc, "response", None)) is not None:
        header = response.headers.get("retry-after", "")
        value = float(header) if header.isascii() and header.isdigit() else None
    return float(value) if isinstance(value, int | float) and value >= 0 else None
