"""The states of a run and those of a task: one table, read both ways."""

from __future__ import annotations

from sidecar.a2a.documents import State
from sidecar.remote.documents import RunFacts
from sidecar.runs.run import RunState

# What a run is for other systems. `waiting` is two things: what waits for a person asks, what waits for anything else works.
TASK_STATES: dict[RunState, State] = {
    RunState.QUEUED: State.SUBMITTED,
    RunState.RUNNING: State.WORKING,
    RunState.WAITING: State.WORKING,
    RunState.PAUSED: State.WORKING,
    RunState.COMPLETED: State.COMPLETED,
    RunState.FAILED: State.FAILED,
    RunState.CANCELLED: State.CANCELED,
    RunState.EXPIRED: State.FAILED,
}
REFUSED = "dispatch:"
"""Begins the reason of a run that was never started."""

FINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELED, State.REJECTED})
INTERRUPTED = frozenset({State.INPUT_REQUIRED})


def state_of(run: RunFacts) -> State:
    """What a run is as a task."""
    if run.asks:
        return State.INPUT_REQUIRED
    if run.state is RunState.FAILED and (run.reason or "").startswith(REFUSED):
        return State.REJECTED
    return TASK_STATES[run.state]


def run_states(state: State) -> list[RunState]:
    """The states of runs among which the tasks of one state are; `state_of` decides about each."""
    if state is State.INPUT_REQUIRED:
        return [RunState.WAITING]
    if state is State.REJECTED:
        return [RunState.FAILED]
    return [ours for ours, theirs in TASK_STATES.items() if theirs is state]
