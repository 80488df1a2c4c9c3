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


def run_filters(state: State) -> dict[str, str | int] | None:
    """What has the site list the runs that are tasks of one state, as `state_of` says; None: no run is."""
    if state is State.INPUT_REQUIRED:
        return {"asks": 1}
    if state is State.REJECTED:
        return {"refused": 1}
    states = ",".join(ours.value for ours, theirs in TASK_STATES.items() if theirs is state)
    return {"state": states, "asks": 0, "refused": 0} if states else None
