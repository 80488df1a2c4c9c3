"""Errors of the sidecar, one tree.

    SidecarError                      something a person can act on; str() is a sentence that says what to do
    ├── SettingsError                 a setting is missing or wrong; the start stops here
    ├── ContractError                 a document breaks its JSON Schema (`pointer` says where)
    ├── SignatureRefused              a signed request is not accepted (`code` as in docs/reference/protocol.md)
    ├── CallerRefused                 who asks is nobody for the site, or may not ask (`status` 401 or 403, `code`)
    ├── StoreUnavailable              Redis does not answer
    ├── DrupalError                   Drupal answered with a problem document or an error status (`problem`)
    │   └── DrupalUnavailable         5xx, maintenance, time-out, connection refused, breaker open: try later (`retry_after`)
    │       └── DrupalAnswerLost      the request was sent and no answer came: it may have been carried out
    ├── ModelError                    the model's provider refused or failed (`reason`, `retryable`, `retry_after`)
    └── ToolError                     a tool could not be built (unknown name, MCP server does not answer)

`Halt` is not among them: it is a BaseException that ends a drive of a run (see `runs/endings.py`).
"""

from __future__ import annotations

from typing import Any


class SidecarError(Exception):
    """Base class; `str(error)` is a sentence for a person."""


class SettingsError(SidecarError):
    """A setting is missing or wrong."""


class ContractError(SidecarError):
    """A document does not fit its contract. `pointer` is a JSON pointer into it."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class SignatureRefused(SidecarError):
    """A signed request is refused. `code`: signature_missing, signature_malformed, wrong_direction, timestamp_out_of_range,
    signature_invalid, replayed, caller_invalid."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class CallerRefused(SidecarError):
    """Who asks is nobody for the site (401), or may not ask here (403). `code` and the sentence are Drupal's where it gave them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class StoreUnavailable(SidecarError):
    """Redis does not answer, or does not allow what is needed."""


class DrupalError(SidecarError):
    """Drupal answered with an error. `problem` is the problem document (made from JSON:API errors where needed)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or "Drupal answered with an error.")
        self.problem = problem

    @property
    def status(self) -> int:
        """HTTP status; 0 when there was no answer."""
        return int(self.problem.get("status", 0))

    @property
    def code(self) -> str:
        """Machine-readable code of the problem."""
        return str(self.problem.get("code", ""))


class DrupalUnavailable(DrupalError):
    """Drupal cannot answer now. `retry_after` is in seconds, None when Drupal did not say."""

    def __init__(self, problem: dict[str, Any], retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class DrupalAnswerLost(DrupalUnavailable):
    """The request went out and no answer came back: it may have been carried out. Repeat it with the same key."""


class ModelError(SidecarError):
    """The model's provider refused or failed.

    `reason` is the run's reason when it ends by this: model:rate_limited, model:unavailable, model:refused (key, permission),
    model:bad_request, model:nonsense, model:unknown_model, model:content_filter, model:truncated, model:defect. `retry_after` is in seconds.
    """

    def __init__(self, reason: str, message: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after


class ToolError(SidecarError):
    """A tool that the agent names cannot be offered. `retryable` when its server may answer later."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable
