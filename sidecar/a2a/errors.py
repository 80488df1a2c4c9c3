"""Why a call is not carried out, as the protocol names it (A2A 1.0, section 5.4 and 9.5)."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sidecar.errors import DrupalError, DrupalUnavailable, StoreUnavailable
from sidecar.json_text import JSON

DOMAIN = "a2a-protocol.org"


class Fault(Enum):
    """A kind of error: its JSON-RPC code, its name in the details, and the status of the HTTP answer."""

    PARSE = (-32700, "PARSE_ERROR", 200)
    REQUEST = (-32600, "INVALID_REQUEST", 200)
    METHOD = (-32601, "METHOD_NOT_FOUND", 200)
    PARAMS = (-32602, "INVALID_PARAMS", 200)
    INTERNAL = (-32603, "INTERNAL_ERROR", 200)
    UNAVAILABLE = (-32603, "UNAVAILABLE", 503)
    UNAUTHENTICATED = (-32600, "UNAUTHENTICATED", 401)
    FORBIDDEN = (-32600, "PERMISSION_DENIED", 403)
    NO_TASK = (-32001, "TASK_NOT_FOUND", 200)
    NOT_CANCELABLE = (-32002, "TASK_NOT_CANCELABLE", 200)
    UNSUPPORTED = (-32004, "UNSUPPORTED_OPERATION", 200)
    MEDIA = (-32005, "CONTENT_TYPE_NOT_SUPPORTED", 200)
    VERSION = (-32009, "VERSION_NOT_SUPPORTED", 200)

    @property
    def code(self) -> int:
        return self.value[0]

    @property
    def reason(self) -> str:
        return self.value[1]

    @property
    def status(self) -> int:
        return self.value[2]


class A2AError(Exception):
    """Ends a call. `metadata`: texts for programs, such as the code of Drupal's refusal."""

    def __init__(self, fault: Fault, message: str, metadata: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.metadata = metadata or {}

    def document(self) -> dict[str, JSON]:
        """The member `error` of a JSON-RPC answer."""
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": self.fault.reason,
            "domain": DOMAIN,
            "metadata": self.metadata,
        }
        return {"code": self.fault.code, "message": str(self), "data": [info]}


def translated(error: Exception) -> A2AError:
    """Drupal's refusal, or what kept it from answering. Of another's run it says what it says of none."""
    if isinstance(error, DrupalUnavailable | StoreUnavailable):
        return A2AError(Fault.UNAVAILABLE, str(error), _metadata(error))
    assert isinstance(error, DrupalError)
    fault = {401: Fault.UNAUTHENTICATED, 403: Fault.FORBIDDEN}.get(error.status, Fault.PARAMS)
    return A2AError(fault, str(error), _metadata(error))


def of_task(error: DrupalError, id: str) -> A2AError:
    """What is wrong with a task that a call names."""
    if error.status in (403, 404) and not isinstance(error, DrupalUnavailable):
        return A2AError(Fault.NO_TASK, f"There is no task {id[:64]}, or none that you may see.")
    return translated(error)


def _metadata(error: Any) -> dict[str, str]:
    code = getattr(error, "code", "")
    return {"code": str(code)} if code else {}
