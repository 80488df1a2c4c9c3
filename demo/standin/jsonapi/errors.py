"""JSON:API error documents."""

from __future__ import annotations

from typing import Any

from demo.standin.fields import Violation

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    503: "Service Unavailable",
}
SECTIONS = {400: "4.1", 401: "4.2", 403: "4.4", 404: "4.5", 405: "4.6", 409: "4.10", 415: "4.16", 503: "5.4"}
VERSION = {"version": "1.1", "meta": {"links": {"self": {"href": "http://jsonapi.org/format/1.1/"}}}}


class JsonApiError(Exception):
    """An error answer. `violations` gives one error each, with a pointer; without, there is one error of `detail`."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        pointer: str | None = None,
        violations: list[Violation] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.pointer = pointer
        self.violations = violations or []
        self.headers = headers or {}

    def document(self, via: str) -> dict[str, Any]:
        """The error document; `via` is the address of the request."""
        base = {"title": TITLES[self.status], "status": str(self.status)}
        if self.violations:
            errors: list[dict[str, Any]] = [
                base | {"detail": f"{v.path}: {v.message}", "source": {"pointer": f"/data/attributes/{v.pointer}"}}
                for v in self.violations
            ]
        else:
            links = {"via": {"href": via}}
            if self.status in SECTIONS:
                section = f"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.{SECTIONS[self.status]}"
                links["info"] = {"href": section}
            errors = [base | {"detail": str(self), "links": links}]
            if self.pointer:
                errors[0]["source"] = {"pointer": self.pointer}
        return {"jsonapi": VERSION, "errors": errors}
