"""What a tool is: a specification, and a call whose outcome is always a value.

Tools never raise past their guard (`guards.py`). Only `retry` and `unknown` outcomes, and a tool that was started and never
finished, leave the run in question; what is done about them is decided by the engine, not here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from sidecar.json_text import JSON
from sidecar.runs.checkpoint import Checkpoint

Status = Literal["ok", "error", "retry", "unknown"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What the model is told about a tool, and what the engine must know of it.

    `parameters` is a JSON Schema (2020-12) of type object. `read_only`: it changes nothing. `idempotent`: calling it again with the
    same arguments (or, for `drupal_write`, the same key) does nothing twice. `drupal_write`: it carries the run's checkpoint.
    `starts_agent`: it starts a run of another agent, whose budget is a share of this run's.
    A tool that is neither read-only nor idempotent is never repeated when in doubt. `ask_less` is the sentence that a result too large ends
    with: how to ask for less.
    """

    name: str
    description: str
    parameters: dict[str, JSON]
    read_only: bool = False
    idempotent: bool = False
    drupal_write: bool = False
    starts_agent: bool = False
    ask_less: str = "Ask for less."

    @property
    def repeatable(self) -> bool:
        """True when a call that may have been carried out can safely be made again."""
        return self.read_only or self.idempotent or self.drupal_write


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to.

    `ok`: done, `content` is for the model. `error`: refused or wrong, `content` tells the model what to mend. `retry`: not done, may be
    done later (`reason`, `retry_after` in seconds). `unknown`: sent, no answer. `content` is any JSON value. `change` is the draft answer
    (contracts/draft) when an entity was saved. `reason` is machine-readable (`drupal:unavailable`, `mcp:unavailable`, `token:refused`).
    `progress` is what people are told of how far the agent is (contracts/event, `progress_reported`).
    `fatal` ends the run as failed with `reason` and `message`. `about`: what a failed call was about, where its arguments alone do not say it;
    equal failures of the same call are counted by it. `run`, of `retry`: the run of another agent that the call waits for. `carried`: Drupal has
    stored the checkpoint of the call. `spent`: what a run that it started takes from the limits of this one (steps, tokens, cost_micros).
    """

    status: Status
    content: JSON = None
    reason: str = ""
    message: str = ""
    retry_after: float | None = None
    change: dict[str, JSON] | None = None
    progress: dict[str, JSON] | None = None
    fatal: bool = False
    about: str = ""
    run: str = ""
    carried: bool = False
    spent: Mapping[str, int] = field(default_factory=dict[str, int])


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call of this run that was answered: the model knows its result, which is an error as often as not."""

    tool: str
    arguments: Mapping[str, JSON]
    result: JSON


def _nothing_yet() -> Sequence[PastCall]:
    return ()


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a call knows of its run. `key`: hex SHA-256 idempotency key of this effect. `attempt()`: the attempt Drupal will accept, read
    when the request is made. `checkpoint()`: what a Drupal write carries (contracts/draft#checkpoint), or None when Drupal has everything.
    `ordinal`: how many earlier calls of this tool in this run, over all steps and segments, named the same entity type and bundle; calls of one
    answer count in the order of the answer. It must come out the same in a replay: the UUID of a new entity is derived from it.
    `past()`: the calls before this one, the same in a replay. `room`: bytes of JSON that the result may have, 0 for no limit; the guard sets it.
    `started`: the run that an earlier try of this call has started. `share()`: what a run that it starts may spend (steps, tokens, cost_micros;
    absent: no limit).
    """

    run: str
    generation: int
    step: int
    call_id: str
    key: str
    attempt: Callable[[], int]
    checkpoint: Callable[[], Checkpoint | None] = field(default=lambda: None)
    ordinal: int = 0
    confirm: Callable[[], Awaitable[None]] = field(default=_nothing)
    past: Callable[[], Sequence[PastCall]] = field(default=_nothing_yet)
    room: int = 0
    started: str = ""
    share: Callable[[], Mapping[str, int]] = field(default=dict[str, int])


class Tool(Protocol):
    """One ability. `call` never raises SidecarError: it returns an Outcome. asyncio.CancelledError passes through."""

    @property
    def spec(self) -> ToolSpec: ...

    async def call(self, arguments: dict[str, JSON], context: ToolContext) -> Outcome: ...


Kind = TypeVar("Kind", bound=Tool)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A tool that the agent names and does not get: which, and why as a sentence."""

    tool: str
    reason: str


@dataclass(frozen=True)
class Offered(Generic[Kind]):
    """The tools of an agent, and those that had to be left out."""

    tools: list[Kind]
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])


class Journaled(Protocol):
    """Runs `body` as a unit of the run's journal: at most once per run, its JSON result replayed later. For discovery."""

    def __call__(self, name: str, body: Callable[[], Awaitable[JSON]], /) -> Awaitable[JSON]: ...
