"""How far somebody was told how a task stands: states and their times, and no word of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from sidecar.a2a.documents import State
from sidecar.a2a.states import FINAL, state_of
from sidecar.json_text import JSON
from sidecar.remote.documents import RunFacts
from sidecar.runs.run import RunState

AFTER: dict[str, State] = {
    "run_started": State.WORKING,
    "run_paused": State.WORKING,
    "run_resumed": State.WORKING,
    "run_retrying": State.WORKING,
    "approval_requested": State.INPUT_REQUIRED,
    "approval_given": State.WORKING,
}
"""How a task stands after an event. Of `run_waiting` and `run_finished` their data says it; the others change nothing."""
MOST_WAITING = 100
"""Changes that wait for a receiver. While there are so many, no more events are looked at: they are kept, too."""


@dataclass(frozen=True, slots=True)
class Change:
    """A task stands otherwise. `seq`: of the event that says so."""

    seq: int
    state: State
    time: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was looked at (events up to `seq`, after which the task was in `state`), and what waits to be sent, in order.

    `tries` in vain since `failing` (Unix seconds), of the first that waits. `began`: when this was set up."""

    seq: int
    state: State
    waiting: tuple[Change, ...] = ()
    tries: int = 0
    failing: float | None = None
    began: float = 0.0

    @classmethod
    def of(cls, document: Mapping[str, JSON]) -> Self:
        """From `document`."""
        waiting = tuple(Change(seq, State(state), moment) for seq, state, moment in document["waiting"])
        facts = {name: document[name] for name in ("seq", "tries", "failing", "began")}
        return cls(state=State(document["state"]), waiting=waiting, **facts)

    def document(self) -> dict[str, JSON]:
        """As it is kept."""
        waiting = [[change.seq, change.state.value, change.time] for change in self.waiting]
        facts = {"seq": self.seq, "tries": self.tries, "failing": self.failing, "began": self.began}
        return {"state": self.state.value, "waiting": waiting, **facts}

    def since(self, now: float) -> Self:
        """Set up now."""
        return replace(self, began=now)

    @property
    def over(self) -> bool:
        """Whether the task has ended, and its end was told."""
        return self.state in FINAL and not self.waiting

    @property
    def full(self) -> bool:
        """Whether the receiver has to take something first."""
        return len(self.waiting) >= MOST_WAITING or self.state in FINAL

    def after(self, events: Iterable[Mapping[str, JSON]]) -> Self:
        """With what these events change. What comes behind an end is of another try."""
        seq, state, waiting = self.seq, self.state, list(self.waiting)
        for event in events:
            if state in FINAL:
                break
            seq, now = event["seq"], _after(event, state)
            if now is not state:
                state = now
                waiting.append(Change(seq, state, event["time"]))
        return replace(self, seq=seq, state=state, waiting=tuple(waiting))

    def ended(self, run: RunFacts) -> Self:
        """With the end of a run that the sidecar has not, or has no more. Not for one that goes on."""
        end = Change(run.last_seq, state_of(run), run.document.get("finished") or run.document["created"])
        return replace(self, seq=run.last_seq, state=end.state, waiting=(*self.waiting, end))

    def taken(self) -> Self:
        """The receiver has the first one that waits."""
        return replace(self, waiting=self.waiting[1:], tries=0, failing=None)

    def missed(self, now: float) -> Self:
        """It has not."""
        return replace(self, tries=self.tries + 1, failing=self.failing or now)


def _after(event: Mapping[str, JSON], state: State) -> State:
    data = event["data"]
    if event["type"] == "run_waiting":
        return State.INPUT_REQUIRED if data["for"] == "approval" else State.WORKING
    if event["type"] == "run_finished":
        return state_of(RunFacts("", "", RunState(data["state"]), {"reason": data.get("reason")}))
    return AFTER.get(event["type"], state)
