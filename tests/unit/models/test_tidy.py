"""What a model answered is tidied before it is stored."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic_ai.messages import ModelResponse, TextPart, ThinkingPart, ToolCallPart

from sidecar.errors import ModelError
from sidecar.models.tidy import refuse_written_call, tidied
from sidecar.redact import Redactor

TOOLS = ["read_item", "finish"]


def parts(*given: Any, secrets: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """The parts of a tidied answer: their kind and content."""
    answer = tidied(ModelResponse(parts=list(given)), Redactor(secrets))
    return [(part.part_kind, getattr(part, "content", None) or getattr(part, "args", None)) for part in answer.parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>Hm.</think>\n\nTea.", [("thinking", "Hm."), ("text", "Tea.")]),
        ("Well. <think>Hm.</think> Tea.", [("text", "Well."), ("thinking", "Hm."), ("text", "Tea.")]),
        ("Hm, tea?\n</think>\n\nTea.", [("thinking", "Hm, tea?"), ("text", "Tea.")]),
        ("<thinking>a</thinking><think>b</think>c", [("thinking", "a"), ("thinking", "b"), ("text", "c")]),
        ("<think>Cut off in the mid", [("thinking", "Cut off in the mid")]),
        ("  Tea, a < b.\n", [("text", "  Tea, a < b.\n")]),
        ("I think <b>so</b>.", [("text", "I think <b>so</b>.")]),
    ],
)
def test_thoughts_do_not_stay_in_the_text(text: str, expected: list[tuple[str, str]]) -> None:
    """Between tags, with the opening tag kept by the server's template, or cut off."""
    assert parts(TextPart(text)) == expected


def test_known_secrets_are_taken_out_of_all_parts() -> None:
    """Of texts, thoughts and arguments; what only looks like a secret stays, for a draft may be about it."""
    secrets = ("hush-hush",)
    assert parts(TextPart("It is hush-hush, sk-abcdefghijklmnopqrstuvwx"), secrets=secrets) == [
        ("text", "It is [redacted], sk-abcdefghijklmnopqrstuvwx")
    ]
    assert parts(ThinkingPart("hush-hush"), secrets=secrets) == [("thinking", "[redacted]")]
    assert parts(ToolCallPart("a", {"b": ["hush-hush"]}), secrets=secrets) == [("tool-call", {"b": ["[redacted]"]})]
    assert parts(ToolCallPart("a", '{"b": "hush-hush"}'), secrets=secrets) == [("tool-call", '{"b": "[redacted]"}')]


def test_arguments_nested_too_deeply_become_text() -> None:
    """No journal could hold them."""
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    [(_, arguments)] = parts(ToolCallPart("a", {"b": deep}))
    assert isinstance(arguments, str)
    for _ in range(200_000):  # from Python 3.12 on, JSON is written some thousand levels deep
        deep = [deep]
    assert parts(ToolCallPart("a", {"b": deep})) == [("tool-call", "[nested too deeply]")]


WRITTEN = [
    '<tool_call>\n{"name": "read_item", "arguments": {"id": 1}}\n</tool_call>',
    '[TOOL_CALLS][{"name": "read_item", "arguments": {}}]',
    '<|python_tag|>{"name": "read_item", "parameters": {}}',
    '<function=read_item>{"id": 1}</function>',
    '{"name": "read_item", "parameters": {"id": 1}}',
    '```json\n[{"name": "read_item", "arguments": {}}]\n```',
    '{"type": "function", "function": {"name": "finish", "arguments": "{}"}}',
    "<|channel|>commentary to=functions.read_item<|message|>{}",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_item",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_call_written_as_text_is_no_answer(text: str) -> None:
    """In any of the ways in which models write them; the message says what the server lacks."""
    with pytest.raises(ModelError, match="tool parser") as refused:
        refuse_written_call(ModelResponse(parts=[TextPart(text)]), TOOLS)
    assert (refused.value.reason, refused.value.retryable) == ("model:tool_parser", False)


@pytest.mark.parametrize(
    "text",
    [
        "I used read_item and found tea.",
        '{"name": "Tea", "arguments": {}}',
        "Write <tool_call> around it.",
        '{"name": "read_item"}',
        "[1, 2]",
        "",
    ],
)
def test_what_only_speaks_of_calls_is_an_answer(text: str) -> None:
    """A name alone, or a mark alone, says nothing; nor does a text beside a real call."""
    refuse_written_call(ModelResponse(parts=[TextPart(text)]), TOOLS)
    refuse_written_call(ModelResponse(parts=[TextPart(WRITTEN[0]), ToolCallPart("read_item", {})]), TOOLS)
    refuse_written_call(ModelResponse(parts=[TextPart(WRITTEN[0])]), [])
