"""The run: its states, and the frozen picture of it that everything else reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sidecar.json_text import JSON


class RunState(StrEnum):
    """The states of a run. The last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether a run in this state is over."""
        return self in FINAL


FINAL = frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED, RunState.EXPIRED})
LIVE = frozenset(RunState) - FINAL

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.WAITING, RunState.PAUSED}) | FINAL,
    RunState.RUNNING: frozenset({RunState.QUEUED, RunState.WAITING, RunState.PAUSED}) | FINAL,
    RunState.WAITING: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.PAUSED}) | FINAL,
    RunState.PAUSED: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.WAITING}) | FINAL,
    **{state: frozenset() for state in FINAL},
}


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as Redis has it now, for people and programs that watch. Times are Unix seconds."""

    run: str
    site: str
    agent: str
    state: RunState
    attempt: int
    generation: int
    last_seq: int
    acked: int
    trigger: str = ""
    waiting_for: str | None = None
    reason: str | None = None
    message: str | None = None
    owner: str | None = None
    created: float = 0.0
    started: float | None = None
    finished: float | None = None
    usage: dict[str, int] = field(default_factory=dict[str, int])
    output: Any = None
    parent: str | None = None
    is_awaited: bool = False
    """Whether `parent`, the run that has started it, waits for its end."""


@dataclass(frozen=True, slots=True)
class Started:
    """A run that another one has started, and what it has started itself, oldest first."""

    view: RunView
    below: tuple[Started, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """The runs that one has started, and those above it, the topmost first."""

    above: tuple[RunView, ...] = ()
    below: tuple[Started, ...] = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What Drupal does not have yet of one run: `events` are raw JSON documents, contiguous from `acked + 1`; `end` once it is over and all
    its events are in this or an earlier batch."""

    run: str
    attempt: int
    generation: int
    state: str
    usage: dict[str, int]
    events: list[tuple[int, bytes]]
    end: dict[str, JSON] | None
