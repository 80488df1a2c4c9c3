"""What a run did before the present call, from the messages of its model."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart, ToolReturnPart

from sidecar.tools.base import PastCall


def past_calls(messages: Sequence[ModelMessage]) -> list[PastCall]:
    """The calls that were answered, in the order of their answers. Ids of calls repeat over steps: an answer belongs to the latest one."""
    asked: dict[str, ToolCallPart] = {}
    past: list[PastCall] = []
    for message in messages:
        if isinstance(message, ModelResponse):
            asked |= {part.tool_call_id: part for part in message.parts if isinstance(part, ToolCallPart)}
            continue
        for part in message.parts:
            if not isinstance(part, ToolReturnPart) or part.outcome == "retried":
                continue
            if call := asked.get(part.tool_call_id):
                past.append(PastCall(part.tool_name, call.args_as_dict(), part.content))
    return past
