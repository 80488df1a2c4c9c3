"""What tools say of a run and of an agent, to models and to programs."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.mcp_server import agent_tools, results
from sidecar.mcp_server.questions import Question
from sidecar.remote.documents import AgentFacts, RunFacts

QUESTION = {"id": "q", "question": "May it?", "choices": ["approve", "reject"]}


def run(**more: Any) -> RunFacts:
    document = {"uuid": "r", "agent": "writer", "state": "waiting", "waiting_for": "approval", "message": "", **more}
    return RunFacts.of(document | {"waiting": {"data": {"question": QUESTION}}})


def test_a_question_is_told_with_what_to_do() -> None:
    text = results.run_text(run())
    assert "ask the person whom you work for, then use the tool answer" in text
    assert "May it?" in text
    assert results.run_value(run())["question"]["id"] == "q"


@pytest.mark.parametrize(("pending", "said"), [("decide", "answer"), ("cancel", "cancel")])
def test_a_run_that_was_told_something_asks_nothing(pending: str, said: str) -> None:
    """Until it has heard it."""
    told = run(pending_command=pending)
    assert f"It was told: {said}." in results.run_text(told)
    assert "May it?" not in results.run_text(told)
    assert "question" not in results.run_value(told)


def test_what_there_is_not_is_absent() -> None:
    assert "message" not in results.run_value(run())


def test_a_form_has_a_value_for_each_member_that_may_be_left_out() -> None:
    """Clients that make a form of it send that value; without one some send null, which is no text."""
    question = Question.of(run())
    assert question is not None
    form = question.form
    left = set(form["properties"]) - set(form["required"])
    assert {name: form["properties"][name]["default"] for name in left} == {"note": ""}


def test_an_agent_without_a_schema_sends_nobody_to_look_for_one() -> None:
    (tool,) = agent_tools.listed([AgentFacts("writer", "Writer", "", None, None)])
    assert tool.input_schema["properties"]["input"] == {"type": "object", "description": agent_tools.FREE}
