"""Problem documents (RFC 9457) of the stand-in's own endpoints."""

from __future__ import annotations

import http
from typing import Any


class Problem(Exception):
    """An error answer. `code` is what programs decide by, `detail` says what to do; more members by keyword."""

    def __init__(self, status: int, code: str, detail: str, *, retry_after: int | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.members = members

    def document(self) -> dict[str, Any]:
        """The problem document, by contracts/problem."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": http.HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": str(self),
        }
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return body | self.members

    def headers(self) -> dict[str, str]:
        """Headers that go with it."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
