"""Intake of events under any order of batches: whatever is sent, what is stored stays contiguous, and the first end wins."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from demo.standin import Site
from tests.standin.make import RUN, add_agent, add_run

TYPES = {
    "step_started": ({"number": 1}, None),
    "run_started": ({"worker": "w"}, "running"),
    "run_waiting": ({"for": "drupal"}, "waiting"),
    "run_paused": ({}, "paused"),
    "run_resumed": ({}, "running"),
    "run_retrying": ({"reason": "model:unavailable"}, "waiting"),
    "run_teleported": ({"unknown": True}, None),
}
FINAL = ("completed", "failed", "cancelled", "expired")


class Intake(RuleBasedStateMachine):
    """A model of one run as Drupal should have it, beside the stand-in."""

    def __init__(self) -> None:
        super().__init__()
        self.site = Site()
        add_agent(self.site)
        add_run(self.site)
        self.hashes: list[str] = []
        self.state = "queued"
        self.attempt = self.site.outbox.claim(RUN, "test", 0)
        self.ended: str | None = None
        self.made = 0

    def teardown(self) -> None:
        self.site.close()

    def event(self, seq: int, type: str, hash: str | None = None) -> dict[str, Any]:
        self.made += 1
        document = {"seq": seq, "type": type, "time": "2026-11-20T10:00:00.000000Z", "data": TYPES[type][0]}
        return document | {"hash": hash or f"{self.made:032x}"}

    def send(
        self, events: list[dict[str, Any]], *, attempt: int | None = None, generation: int = 1, end: str | None = None
    ) -> dict[str, Any]:
        item: dict[str, Any] = {
            "run": RUN,
            "attempt": attempt or self.attempt,
            "generation": generation,
            "events": events,
        }
        if end:
            item["end"] = {"state": end, "reason": "done"}
        return self.site.events.take({"site": "default", "sender": "test", "runs": [item]})["runs"][RUN]

    def taken(self, events: list[dict[str, Any]]) -> None:
        """The model takes events that should have been stored."""
        for event in events:
            self.hashes.append(event["hash"])
            if self.ended is None:
                self.state = TYPES[event["type"]][1] or self.state

    @rule(types=st.lists(st.sampled_from(sorted(TYPES)), max_size=4), known=st.integers(0, 3))
    def new_events(self, types: list[str], known: int) -> None:
        """New events, with some that were sent before in front."""
        first = max(0, len(self.hashes) - known)
        old = [self.event(seq + 1, "step_started", self.hashes[seq]) for seq in range(first, len(self.hashes))]
        new = [self.event(len(self.hashes) + index, type) for index, type in enumerate(types, 1)]
        assert self.send(old + new)["status"] == "ok"
        self.taken(new)

    @rule(type=st.sampled_from(sorted(TYPES)), by=st.integers(2, 5), end=st.sampled_from([None, "failed"]))
    def gap(self, type: str, by: int, end: str | None) -> None:
        """A number is missing: nothing behind it counts, not even the end."""
        assert self.send([self.event(len(self.hashes) + by, type)], end=end)["status"] == "seq_gap"

    @precondition(lambda self: self.hashes)
    @rule(data=st.data(), end=st.sampled_from([None, "completed"]))
    def conflict(self, data: st.DataObject, end: str | None) -> None:
        """A stored number with another hash."""
        seq = data.draw(st.integers(1, len(self.hashes)))
        assert self.send([self.event(seq, "step_started")], end=end)["status"] == "seq_conflict"

    @rule(good=st.integers(0, 2))
    def refused(self, good: int) -> None:
        """Those before the bad one are stored."""
        new = [self.event(len(self.hashes) + index, "step_started") for index in range(1, good + 1)]
        bad = self.event(len(self.hashes) + good + 1, "run_waiting") | {"data": {}}
        answer = self.send([*new, bad])
        assert (answer["status"], answer["refused_seq"]) == ("refused", bad["seq"])
        self.taken(new)

    @precondition(lambda self: self.attempt > 1)
    @rule(end=st.sampled_from([None, *FINAL]))
    def stale(self, end: str | None) -> None:
        """An older attempt changes nothing."""
        answer = self.send([self.event(len(self.hashes) + 1, "run_started")], attempt=self.attempt - 1, end=end)
        assert answer["status"] == "stale_attempt"

    @rule(generation=st.sampled_from([2, 3]))
    def other_generation(self, generation: int) -> None:
        """Nor does another generation."""
        assert self.send([], generation=generation, end="completed")["status"] == "stale_attempt"

    @precondition(lambda self: self.ended is None)
    @rule()
    def handed_out_anew(self) -> None:
        """The attempt of the claim is the current one from then on."""
        self.attempt = self.site.outbox.claim(RUN, "test", 0)

    @rule(by=st.integers(1, 3), end=st.sampled_from([None, *FINAL]))
    def not_handed_out(self, by: int, end: str | None) -> None:
        """An attempt above it changes nothing."""
        answer = self.send([self.event(len(self.hashes) + 1, "run_started")], attempt=self.attempt + by, end=end)
        assert answer["status"] == "stale_attempt"

    @rule(state=st.sampled_from(FINAL))
    def end(self, state: str) -> None:
        """The first one wins."""
        answer = self.send([], end=state)
        self.ended = self.ended or state
        self.state = self.ended
        assert (answer["status"], answer["ended"]) == ("ok", self.ended)

    @invariant()
    def stored_as_modelled(self) -> None:
        run = self.site.runs.get(RUN)
        rows = self.site.store.all("SELECT seq, hash FROM event ORDER BY seq")
        assert [row["seq"] for row in rows] == list(range(1, len(self.hashes) + 1))
        assert [row["hash"] for row in rows] == self.hashes
        assert (run["last_seq"], run["state"]) == (len(self.hashes), self.state)
        assert (self.site.outbox.get(RUN) is None) == (self.ended is not None)


TestIntake = Intake.TestCase
TestIntake.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
