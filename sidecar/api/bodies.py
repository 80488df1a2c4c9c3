"""The documents that callers send, each closed: a member that is not known is refused, for it may have been meant to change what happens."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from sidecar import contracts, json_text, unknown
from sidecar.api.auth import context_of, read_body
from sidecar.api.problems import Problem
from sidecar.errors import ContractError
from sidecar.json_text import JSON

MAX_DEPTH = 100
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
MACHINE_NAME = r"^[a-z0-9_]{1,64}$"

Note = Annotated[str, Field(max_length=2000, description="Why, for those who read the history.")]


class Body(BaseModel):
    """A closed document."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def said(self) -> dict[str, Any]:
        """What was sent."""
        return self.model_dump(exclude_unset=True)


class NewRun(Body):
    """Starts an agent. The same `key`, or `Idempotency-Key`, of the same account and agent is the same run."""

    agent: str = Field(pattern=MACHINE_NAME, examples=["teaser_writer"])
    input: dict[str, JsonValue] = Field(default_factory=dict, description="As the agent's input schema says.")
    key: str | None = Field(default=None, min_length=1, max_length=255)
    dry_run: bool = Field(default=False, description="A test run: what the agent drafts is shown, and not saved.")
    delay: int = Field(default=0, ge=0, le=2_592_000, description="Seconds before it may begin.")
    priority: int = Field(
        default=0,
        ge=-10,
        le=10,
        description="Higher ones begin before others of their agent; a point is as good as a minute.",
    )


class Command(Body):
    """What every command may carry."""

    note: Note = ""


class Retry(Body):
    """Starts the next generation of an ended run."""

    from_step: int = Field(default=1, ge=1, le=100_000, description="The first step that is done anew.")
    id: str = Field(default="", min_length=1, max_length=200, description="The same id again is the same command.")
    note: Note = ""


class AnswerGiven(Body):
    """Answers the question that a run waits for."""

    id: str = Field(
        min_length=1, max_length=200, description="Of the question, as in `waiting` and `approval_requested`."
    )
    decision: Literal["done", "again", "give_up", "approve", "reject"]
    note: Note = ""


Sent = TypeVar("Sent", bound=Body)


async def read(request: Request, kind: type[Sent]) -> Sent:
    """The request's document. Raises Problem: 400 no JSON object, 413 too large, 422 not as it has to be."""
    try:
        return kind.model_validate(await document(request))
    except ValidationError as error:
        errors = [_told(item, kind) for item in error.errors(include_url=False, include_context=False)]
        raise Problem(422, "invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors) from None


async def read_contract(request: Request, kind: str) -> dict[str, JSON]:
    """The same for a document that a contract describes, such as `batch#request`."""
    found = await document(request)
    if errors := list(contracts.problems(kind, found)):
        raise Problem(422, "invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)
    return found


async def document(request: Request) -> dict[str, JSON]:
    """The object that was sent; an empty body is an empty one. Raises Problem."""
    raw = await read_body(request, context_of(request).settings.body_limit_bytes)
    try:
        found = json_text.loads(raw or b"{}")
    except (ValueError, RecursionError, ContractError):
        raise Problem(400, "invalid_json", "The body is no JSON object whose numbers can be stored.") from None
    if not json_text.is_object(found):
        raise Problem(400, "invalid_json", "The body is no JSON object.")
    if _too_deep(found):
        raise Problem(422, "invalid", f"The document is nested more than {MAX_DEPTH} deep.")
    return found


def _told(item: Any, kind: type[Body]) -> dict[str, str]:
    pointer = "".join(map(json_text.escaped, item["loc"]))
    if item["type"] == "extra_forbidden":
        known = list(kind.model_fields) if len(item["loc"]) == 1 else []
        return {"pointer": pointer, "detail": unknown.detail(str(item["loc"][-1]), known)}
    return {"pointer": pointer, "detail": f"{item['msg']}."}


def _too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not level:
            return False
    return True
