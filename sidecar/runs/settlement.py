"""Where a run comes to rest: in its lane, parked, or at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sidecar.json_text import JSON
from sidecar.runs.endings import EXPIRED, cancelled
from sidecar.runs.events import event
from sidecar.runs.run import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """`delay` in seconds, of a run that waits. `events` are told before `run_finished`, which each final state tells by itself. Of a run that is
    over: `end` has what its end says beside state, reason and message; `said` who wanted it, and why. `fields` of the run are set."""

    state: RunState
    reason: str
    message: str = ""
    waiting_for: str = ""
    delay: float = 0
    events: Sequence[str] = ()
    end: Mapping[str, JSON] = field(default_factory=dict[str, JSON])
    said: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


def unanswered() -> Settlement:
    """Of a run whose question nobody answered in time."""
    return Settlement(state=RunState.EXPIRED, reason="expired", message=EXPIRED)


def commanded(command: str, said: Mapping[str, str], now: float) -> Settlement:
    """Of a run that nobody drives when a person says cancel or pause."""
    if command == "cancel":
        return Settlement(state=RunState.CANCELLED, reason="cancelled", message=cancelled(dict(said)), said=said)
    return Settlement(state=RunState.PAUSED, reason="paused", events=[event("run_paused", now, dict(said))])
