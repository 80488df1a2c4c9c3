"""What a call can end with.

ClientError
├── Refused          the API answered with a problem document: `status`, `code`, `errors`
└── NotReachable     no answer, or 502 to 504, also after the tries that a repeatable call has; `retry_after` in seconds, if it was said
"""

from __future__ import annotations

from sidecar.json_text import JSON, elements


class ClientError(Exception):
    """Base class; `str(error)` is a sentence for a person."""


class Refused(ClientError):
    """The API refuses: a program decides by `code`, a person reads the sentence. `problem` is the whole document."""

    def __init__(self, problem: dict[str, JSON]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or "The API refused the request."))
        self.problem = problem

    @property
    def status(self) -> int:
        """HTTP status."""
        return int(self.problem.get("status", 0))

    @property
    def code(self) -> str:
        """Machine-readable: docs/reference/endpoints.md lists them."""
        return str(self.problem.get("code", ""))

    @property
    def errors(self) -> list[dict[str, str]]:
        """Each with `pointer` and `detail`: what is wrong where."""
        return elements(self.problem.get("errors"))


class NotReachable(ClientError):
    """No answer came. What has a key may be sent again: it is carried out once."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
