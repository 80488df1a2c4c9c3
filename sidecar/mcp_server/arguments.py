"""What the tools take. Members that they do not have are refused, because they may have been meant to change what happens."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sidecar import json_text, unknown
from sidecar.errors import ContractError
from sidecar.json_text import JSON, elements
from sidecar.mcp_server.plain_text import line
from sidecar.mcp_server.schemas import for_hosts
from sidecar.remote.waiting import LONGEST_SECONDS
from sidecar.runs.run import RunState

UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
MOST_WAIT = int(LONGEST_SECONDS)
PAGE = 50
SAID = {
    "string_pattern_mismatch": "This is none",
    "missing": "It is missing",
    "dict_type": "This is to be an object",
}
"""For a model, instead of what pydantic says."""
DECISIONS = ("approve", "reject", "done", "again", "give_up")


class WrongArguments(Exception):
    """The arguments of a tool do not fit; the text says what to correct."""


def _object(value: Any) -> Any:
    """Some models write an object as JSON in a string."""
    try:
        return json_text.loads(value) if isinstance(value, str) else value
    except (ValueError, ContractError, RecursionError):
        return value


Run = Annotated[str, Field(pattern=UUID, description="The run's id, as the tools that start and list runs give it.")]
Input = Annotated[dict[str, JSON], BeforeValidator(_object)]
Seconds = Annotated[int, Field(ge=0, le=MOST_WAIT)]
Limit = Annotated[int, Field(ge=1, le=PAGE, description="At most so many.")]
Cursor = Annotated[
    str | None, Field(min_length=1, max_length=500, description="The `next` of the page before, for the next page.")
]


class Arguments(BaseModel):
    """Of one tool."""

    model_config = ConfigDict(extra="forbid")


class Dispatch(Arguments):
    """How an agent is started, besides what it is given."""

    wait_seconds: Seconds = Field(
        default=0, description=f"Seconds to wait for the result, up to {MOST_WAIT}; then use wait_for_run."
    )
    dry_run: bool = Field(default=False, description="A test run: its drafts are not saved.")
    key: str | None = Field(
        default=None,
        min_length=1,
        max_length=255,
        description="Only to send one order several times: the same key is the same run.",
    )


class RunAgent(Dispatch):
    """Of the tool of one agent."""

    input: Input = Field(default_factory=dict[str, JSON])


class DispatchAgent(RunAgent):
    """Of the tool for any agent."""

    agent: str = Field(pattern="^[a-z0-9_]{1,64}$", description="The agent's id, as list_agents gives it.")
    input: Input = Field(
        default_factory=dict[str, JSON],
        description="As the agent's input schema says; list_agents shows it with `details`.",
    )


class ListAgents(Arguments):
    """Which agents are listed."""

    search: str = Field(
        default="", max_length=200, description="Only agents that have this text in id, label or description."
    )
    details: bool = Field(default=False, description="With input schema, output schema and examples.")
    limit: Limit = PAGE
    offset: int = Field(default=0, ge=0, le=10_000, description="Skip so many, for the next page.")


class ListRuns(Arguments):
    """Which runs are listed."""

    state: RunState | None = Field(default=None, description="Only runs in this state.")
    agent: str | None = Field(
        default=None, pattern="^[a-z0-9_]{1,64}$", description="Only runs of this agent, by its id."
    )
    limit: Limit = 20
    cursor: Cursor = None


class OneRun(Arguments):
    """Which run."""

    run: Run


class GetDrafts(OneRun):
    """Which of its drafts."""

    limit: Limit = 20
    cursor: Cursor = None


class WaitForRun(OneRun):
    """How long."""

    seconds: Seconds = Field(
        default=30, description=f"How long to wait, up to {MOST_WAIT}. Call it again while the run goes on."
    )


class CancelRun(OneRun):
    """Why."""

    note: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="Why, for those who read the history."
    )


class Answer(OneRun):
    """What somebody decided."""

    decision: Literal["approve", "reject", "done", "again", "give_up"] = Field(
        description="One of the choices of the question, as get_run shows it."
    )
    question: str | None = Field(
        default=None,
        min_length=1,
        max_length=2_000,
        description="The question's id; absent: what the run asks now.",
    )
    note: str | None = Field(
        default=None, min_length=1, max_length=2_000, description="Why, for those who read the history."
    )


Kind = TypeVar("Kind", bound=Arguments)


def parse(kind: type[Kind], arguments: dict[str, JSON]) -> Kind:
    """The arguments of a tool. Raises WrongArguments."""
    try:
        return kind.model_validate(arguments)
    except ValidationError as error:
        raise WrongArguments(" ".join(_sentence(kind, one) for one in error.errors(include_url=False)[:5])) from None


def _sentence(kind: type[Arguments], error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        belongs = " What the agent takes belongs into `input`." if "input" in kind.model_fields else ""
        return unknown.detail(where, list(kind.model_fields)) + belongs
    field = kind.model_fields.get(str(error["loc"][0]))
    about = f" {field.description}" if field and field.description else ""
    said: str = SAID.get(error["type"]) or error["msg"]
    return f"{line(where, 100)}: {line(said)}.{about}"


def schema_of(kind: type[Arguments]) -> dict[str, JSON]:
    """The JSON Schema of a tool's arguments, for hosts. What may be absent is not also null."""
    made: dict[str, JSON] = kind.model_json_schema()
    definitions = made.pop("$defs", {})
    for name, member in made["properties"].items():
        alternatives: list[dict[str, JSON]] = [
            one for one in elements(member.get("anyOf")) if one.get("type") != "null"
        ]
        plain = {key: value for key, value in member.items() if key not in ("anyOf", "title")}
        if plain.get("default", "") is None:
            del plain["default"]
        chosen = alternatives[0] if alternatives else {}
        if reference := chosen.get("$ref"):  # written out: several hosts follow none
            named = definitions[str(reference).rpartition("/")[2]]
            chosen = {key: value for key, value in named.items() if key not in ("title", "description")}
        made["properties"][name] = plain | chosen
    shown = for_hosts({key: value for key, value in made.items() if key not in ("title", "description")}, "")
    assert shown is not None
    return shown
