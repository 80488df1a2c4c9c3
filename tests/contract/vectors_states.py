"""Vectors of run states: which transitions there are, and how a run's state follows its events."""

from __future__ import annotations

from typing import Any

LIVE = ("queued", "running", "waiting", "paused")
FINAL = ("completed", "failed", "cancelled", "expired")
STATES = LIVE + FINAL


def transitions() -> dict[str, Any]:
    """Every ordered pair of two different states, and whether a run may go from the one to the other."""
    cases = [
        {"id": f"{before}-{after}", "from": before, "to": after, "allowed": before in LIVE}
        for before in STATES
        for after in STATES
        if before != after
    ]
    return {
        "comment": "Within one generation. Staying in a state is no transition. A retry by a person starts a new generation in `queued`.",
        "states": [{"state": state, "final": state in FINAL} for state in STATES],
        "cases": cases,
    }


def state_events() -> dict[str, Any]:
    """Sequences of events, with the state after each."""
    started = {"worker": "host-1"}
    waiting = [
        {
            "id": f"waits-for-{what}",
            "comment": "The event says for what.",
            "events": [_then("run_started", started, "running"), _then("run_waiting", {"for": what}, "waiting", what)],
        }
        for what in ("approval", "agent", "retry", "drupal")
    ]
    return {
        "comment": "Each case starts in `queued`, waiting for nothing. After each event: the run's `state` and `waiting_for`. An end is its own "
        "item of the batch: `run_finished` is shown, it does not end the run.",
        "cases": [
            {
                "id": "plain",
                "comment": "Only events of the run change its state.",
                "events": [
                    _then("run_queued", {"attempt": 1}, "queued"),
                    _then("run_started", started, "running"),
                    _then("step_started", {"number": 1}, "running"),
                    _then("model_requested", {"model": "scripted:a"}, "running"),
                    _then("model_responded", {"model": "scripted:a"}, "running"),
                    _then("tool_started", {"tool": "create_draft", "call": "c1"}, "running"),
                    _then("tool_finished", {"tool": "create_draft", "call": "c1", "status": "ok"}, "running"),
                    _then("step_finished", {"number": 1}, "running"),
                    _then("run_finished", {"state": "completed", "reason": "done"}, "running"),
                ],
            },
            *waiting,
            {
                "id": "approval",
                "comment": "The question comes before the wait, the answer before the resumption.",
                "events": [
                    _then("run_started", started, "running"),
                    _then("approval_requested", {"id": "a1", "question": "Again?"}, "running"),
                    _then("run_waiting", {"for": "approval"}, "waiting", "approval"),
                    _then("approval_given", {"id": "a1", "decision": "again"}, "waiting", "approval"),
                    _then("run_resumed", {}, "running"),
                ],
            },
            {
                "id": "retry",
                "comment": "A run between two tries waits for the retry.",
                "events": [
                    _then("run_started", started, "running"),
                    _then("run_retrying", {"reason": "model:unavailable"}, "waiting", "retry"),
                    _then("run_resumed", {}, "running"),
                ],
            },
            {
                "id": "other-wait",
                "comment": "The last wait counts.",
                "events": [
                    _then("run_started", started, "running"),
                    _then("run_retrying", {"reason": "model:unavailable"}, "waiting", "retry"),
                    _then("run_waiting", {"for": "drupal"}, "waiting", "drupal"),
                ],
            },
            {
                "id": "pause",
                "comment": "A paused run waits for nothing but its resumption.",
                "events": [
                    _then("run_started", started, "running"),
                    _then("run_waiting", {"for": "approval"}, "waiting", "approval"),
                    _then("run_paused", {}, "paused"),
                    _then("run_resumed", {}, "running"),
                ],
            },
            {
                "id": "handed-over",
                "comment": "A worker that drains hands the run back to the queue.",
                "events": [
                    _then("run_started", started, "running"),
                    _then("run_queued", {"attempt": 1}, "queued"),
                    _then("run_started", {"worker": "host-2", "resumed": True}, "running"),
                ],
            },
            {
                "id": "taken-over",
                "comment": "A worker was killed: the next one starts a run that was never said to be queued again.",
                "events": [
                    _then("run_started", started, "running"),
                    _then("run_started", {"worker": "host-2", "resumed": True}, "running"),
                ],
            },
            {
                "id": "unknown-type",
                "comment": "An unknown type is kept and shown, and changes nothing.",
                "events": [
                    _then("run_started", started, "running"),
                    _then("run_teleported", {"to": "elsewhere"}, "running"),
                    _then("run_waiting", {"for": "agent"}, "waiting", "agent"),
                    _then("run_teleported", {"to": "elsewhere"}, "waiting", "agent"),
                ],
            },
        ],
    }


def _then(type: str, data: dict[str, Any], state: str, waiting_for: str | None = None) -> dict[str, Any]:
    return {"type": type, "data": data, "then": {"state": state, "waiting_for": waiting_for}}
