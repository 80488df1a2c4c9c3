"""The table of model errors is complete, and each provider's words come through without its key."""

from __future__ import annotations

import inspect
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from pydantic_ai import exceptions as ai

from sidecar.errors import ModelError
from sidecar.models import errors as model_errors
from sidecar.models.errors import DEFECT, HTTPX2, PYDANTIC_AI, SDK, classify, verdict
from sidecar.redact import Redactor

# Errors that are no failure of a model request: control flow of pydantic-ai, and what its other parts raise.
NOT_ABOUT_MODELS = {
    "ModelRetry", "ToolFailed", "CallDeferred", "ApprovalRequired", "SkipModelRequest", "RetryModelRequest", "SkipToolValidation",
    "SkipToolExecution", "ToolRetryError", "ToolFailedError", "FallbackExceptionGroup", "AgentRunError", "RunCancelled", "RunTimedOut",
    "UsageLimitExceeded",
}  # fmt: skip


def exceptions_of(module: Any) -> list[type[BaseException]]:
    """The exception classes of a module, warnings left out."""
    found = [value for _, value in inspect.getmembers(module, inspect.isclass) if issubclass(value, BaseException)]
    return [
        cls
        for cls in found
        if not issubclass(cls, Warning) and cls.__module__.startswith(module.__name__.partition(".")[0])
    ]


def bare(cls: type[BaseException]) -> BaseException:
    """An instance without running its constructor."""
    error = cls.__new__(cls)
    error.args = ("said",)
    return error


@pytest.mark.parametrize("cls", exceptions_of(ai), ids=lambda cls: cls.__name__)
def test_every_error_of_pydantic_ai_is_in_the_table(cls: type[BaseException]) -> None:
    """A new one in the next release fails here, not in a run."""
    if cls.__name__ in NOT_ABOUT_MODELS or issubclass(cls, ai.ModelHTTPError):
        return
    assert verdict(bare(cls)) != DEFECT
    assert cls in PYDANTIC_AI or issubclass(cls, ai.UserError)


@pytest.mark.parametrize("sdk", [openai, anthropic], ids=lambda sdk: sdk.__name__)
def test_every_error_of_the_sdks_is_in_the_table(sdk: Any) -> None:
    """By its own name, not only by its ancestor's."""
    module = sdk._exceptions
    missing = [cls.__name__ for cls in exceptions_of(module) if cls.__name__ not in SDK]
    assert missing == []
    assert all(verdict(bare(cls)) == SDK[cls.__name__] for cls in exceptions_of(module))


def test_no_name_in_the_table_is_invented() -> None:
    """Each is an error of one of the SDKs."""
    known = {cls.__name__ for sdk in (openai, anthropic) for cls in exceptions_of(sdk._exceptions)}
    assert set(SDK) <= known


@pytest.mark.parametrize("cls", exceptions_of(httpx2._exceptions), ids=lambda cls: cls.__name__)
def test_every_error_of_httpx2_has_a_verdict(cls: type[BaseException]) -> None:
    """None is a defect."""
    assert verdict(bare(cls)) != DEFECT
    assert any(base in HTTPX2 for base in cls.__mro__)


@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        (400, "model:bad_request", False),
        (408, "model:unavailable", True),
        (409, "model:unavailable", True),
        (418, "model:bad_request", False),
        (425, "model:unavailable", True),
        (429, "model:rate_limited", True),
        (500, "model:unavailable", True),
        (599, "model:unavailable", True),
    ],
)
def test_a_status_without_category_is_judged_by_its_number(status: int, reason: str, retryable: bool) -> None:
    """As HTTP means it."""
    found = classify(ai.ModelHTTPError(status, "m", {"error": {"message": "said"}}))
    assert (found.reason, found.retryable) == (reason, retryable)


@pytest.mark.parametrize(
    ("category", "status", "reason", "retryable"),
    [
        (ai.ModelRateLimitError, 429, "model:rate_limited", True),
        (ai.ModelQuotaExceededError, 429, "model:refused", False),
        (ai.ModelAuthenticationError, 401, "model:refused", False),
        (ai.ModelNotFoundError, 404, "model:unknown_model", False),
        (ai.ModelOverloadedError, 529, "model:unavailable", True),
        (ai.ModelContextWindowExceededError, 400, "model:bad_request", False),
    ],
)
def test_the_most_special_category_decides(category: Any, status: int, reason: str, retryable: bool) -> None:
    """A 429 for want of credit is not waited for."""
    error = ai.ModelHTTPError.for_category(
        category,
        status_code=status,
        model_name="m",
        body={"error": {"message": "their words"}},
        headers={"Retry-After": "12"},
    )
    found = classify(error)
    assert (found.reason, found.retryable, found.retry_after) == (reason, retryable, 12.0)
    assert str(found).endswith("their words")


def test_a_key_in_the_provider_s_words_is_taken_out() -> None:
    """Providers quote the key that they refuse."""
    body = {"error": {"message": "Incorrect API key provided: my-own-key-123 or sk-proj-abcdefghijklmnopqrstuv"}}
    error = ai.ModelHTTPError.for_category(ai.ModelAuthenticationError, status_code=401, model_name="m", body=body)
    said = str(classify(error, Redactor(["my-own-key-123"])))
    assert "my-own-key" not in said
    assert "sk-proj" not in said
    assert "Incorrect API key provided" in said


def test_an_unknown_error_is_a_defect_and_a_known_one_stays() -> None:
    """Nothing is guessed."""
    assert classify(ValueError("x")).reason == "model:defect"
    error = ModelError("model:refused", "x", retryable=False)
    assert classify(error) is error
    assert classify(TimeoutError()).retryable


def test_of_several_models_that_failed_the_one_that_may_pass_counts() -> None:
    """A group is retried when one of its errors may be."""
    refused = ai.ModelHTTPError.for_category(ai.ModelAuthenticationError, status_code=401, model_name="a")
    busy = ai.ModelHTTPError.for_category(ai.ModelRateLimitError, status_code=429, model_name="b")
    assert classify(ai.FallbackExceptionGroup("all", [refused, busy])).reason == "model:rate_limited"
    assert classify(ai.FallbackExceptionGroup("all", [busy, refused])).reason == "model:rate_limited"
    assert classify(ai.FallbackExceptionGroup("all", [refused])).reason == "model:refused"


def test_every_reason_has_its_sentence() -> None:
    """No reason without words for a person."""
    reasons = {reason for table in (PYDANTIC_AI, HTTPX2, SDK) for reason, _ in table.values()} | {DEFECT[0]}
    assert reasons == set(model_errors._SENTENCES)
    assert all(reason in (model_errors.__doc__ or "") for reason in reasons)
