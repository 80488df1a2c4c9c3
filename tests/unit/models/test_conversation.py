"""What a run did before, from its messages."""

from __future__ import annotations

from pydantic_ai.messages import (
    ModelRequest,
    ModelResponse,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from sidecar.models.conversation import past_calls
from sidecar.tools.base import PastCall


def test_an_answer_belongs_to_the_latest_call_of_its_id() -> None:
    """Ids repeat over steps, parallel calls end in any order; a call that was refused before it began, or is not answered yet, is none."""
    messages = [
        ModelRequest([UserPromptPart("Go.")]),
        ModelResponse([ToolCallPart("read_item", {"id": "a"}, "c0"), ToolCallPart("read_item", '{"id": "b"}', "c1")]),
        ModelRequest([ToolReturnPart("read_item", {"n": 2}, "c1"), ToolReturnPart("read_item", {"n": 1}, "c0")]),
        ModelResponse([ToolCallPart("read_item", "{broken", "c0"), ToolCallPart("find_items", {}, "c1")]),
        ModelRequest(
            [ToolReturnPart("find_items", "No.", "c1", outcome="retried"), ToolReturnPart("read_item", "x", "c0")]
        ),
        ModelResponse([ToolCallPart("revise_draft", {"id": "a"}, "c0")]),
    ]
    assert past_calls(messages) == [
        PastCall("read_item", {"id": "b"}, {"n": 2}),
        PastCall("read_item", {"id": "a"}, {"n": 1}),
        PastCall("read_item", {"INVALID_JSON": "{broken"}, "x"),
    ]
