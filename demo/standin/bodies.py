"""The documents that requests carry."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from demo.standin.problems import Problem
from sidecar import contracts, json_text
from sidecar.errors import ContractError


def read_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises Problem 400."""
    try:
        document = json_text.loads(body)
    except ContractError as error:
        raise Problem(422, "invalid", str(error), errors=[{"pointer": error.pointer, "detail": str(error)}]) from None
    except (ValueError, RecursionError):
        raise Problem(400, "invalid_json", "The body is no JSON.") from None
    if not isinstance(document, dict):
        raise Problem(400, "invalid_json", "The body is no JSON object.")
    return document


def closed(request: Request, document: dict[str, Any], kind: str) -> dict[str, Any]:
    """A request of a person or a program: what is unknown in it, or in its address, is refused. Raises Problem 422."""
    errors = [
        {
            "pointer": json_text.escaped(name),
            "detail": "This takes no parameters in the address. Send them in the body.",
        }
        for name in request.query_params
        if name != "_format"
    ] + list(contracts.problems(kind, document))
    if errors:
        where = f"{errors[0]['pointer']}: " if errors[0]["pointer"] else ""
        raise Problem(422, "invalid", where + errors[0]["detail"], errors=errors)
    return document
