"""Runs as tasks: one table both ways, and what is told."""

from __future__ import annotations

import pytest

from sidecar.a2a.documents import State
from sidecar.a2a.states import TASK_STATES, run_filters, state_of
from sidecar.a2a.tasks import task_of
from sidecar.json_text import JSON
from sidecar.remote.documents import RunFacts
from sidecar.runs.run import RunState


def run(state: str = "running", **members: JSON) -> RunFacts:
    return RunFacts.of({"uuid": "r1", "agent": "writer", "state": state, "created": "2026-01-31T12:00:00Z"} | members)


def test_every_state_of_a_run_is_one_of_a_task() -> None:
    assert set(TASK_STATES) == set(RunState)


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (run("queued"), State.SUBMITTED),
        (run("running"), State.WORKING),
        (run("paused"), State.WORKING),
        (run("waiting", waiting_for="agent"), State.WORKING),
        (run("waiting", waiting_for="retry"), State.WORKING),
        (run("waiting", waiting_for="drupal"), State.WORKING),
        (run("waiting", waiting_for="approval"), State.INPUT_REQUIRED),
        (run("completed"), State.COMPLETED),
        (run("failed", reason="limit:steps"), State.FAILED),
        (run("failed", reason="dispatch:forbidden"), State.REJECTED),
        (run("cancelled"), State.CANCELED),
        (run("expired"), State.FAILED),
    ],
)
def test_the_table_is_read_both_ways(given: RunFacts, state: State) -> None:
    assert state_of(given) is state
    for filters in map(run_filters, State):
        listed = filters is not None and _lists(filters, given)
        assert listed == (filters == run_filters(state))


def test_a_question_that_was_answered_is_work() -> None:
    """Until the run has heard the answer, and says so."""
    assert state_of(run("waiting", waiting_for="approval", pending_command="decide")) is State.WORKING


def test_no_run_is_what_the_protocol_has_and_we_have_not() -> None:
    assert run_filters(State.AUTH_REQUIRED) is None


def _lists(filters: dict[str, str | int], given: RunFacts) -> bool:
    """Whether a site that is asked so lists the run (protocol.md, GET runs)."""
    facts = {"asks": given.asks, "refused": (given.reason or "").startswith("dispatch:")}
    states = str(filters.get("state", given.state.value)).split(",")
    return given.state.value in states and all(filters.get(name, fact) == fact for name, fact in facts.items())


def test_a_task_tells_why_it_ended_and_what_it_left() -> None:
    changes = [{"uuid": "c1", "label": "Bread", "status": "pending", "summary": "A teaser.", "key": "secret"}]
    task = task_of(
        run("failed", reason="limit:steps", message="After 7 steps.", output={"a": 1}, changes=changes)
    ).json_object()
    assert task["status"]["message"]["parts"] == [{"text": "After 7 steps."}]
    output, drafts = task["artifacts"]
    assert output["parts"] == [{"data": {"a": 1}, "mediaType": "application/json"}]
    assert drafts["parts"][0]["data"] == {
        "drafts": [{"uuid": "c1", "label": "Bread", "status": "pending", "summary": "A teaser."}]
    }


def test_a_question_goes_with_its_choices() -> None:
    waiting = {"for": "approval", "data": {"question": {"id": "q", "question": "Done?", "choices": ["done", "again"]}}}
    task = task_of(run("waiting", waiting_for="approval", waiting=waiting)).json_object()
    text, data = task["status"]["message"]["parts"]
    assert text == {"text": "Done?"}
    assert data["data"] == {"id": "q", "choices": ["done", "again"]}


def test_a_run_of_another_door_stands_alone() -> None:
    assert task_of(run(trigger={"type": "manual", "id": "x"})).context_id == "r1"
    assert task_of(run(trigger={"type": "a2a", "id": "x"})).context_id == "x"
