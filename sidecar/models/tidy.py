"""What a model answered, before it is stored: without known secrets, without thoughts in its text, nested no deeper than a journal can hold.

All of it is a function of the answer alone, and is done once: a replay reads what was stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from pydantic_ai.messages import ModelResponse, ModelResponsePart, TextPart, ThinkingPart, ToolCallPart

from sidecar.errors import ModelError
from sidecar.json_text import JSON, is_list, is_object
from sidecar.redact import Redactor
from sidecar.tools.bounds import value_problem

# A thought between tags; one whose opening tag the server's template kept to itself; one that was cut off.
_THOUGHT = re.compile(
    r"<(think|thinking)>(.*?)</\1>|\A((?:(?!<think(?:ing)?>).)*?)</think(?:ing)?>|\A\s*<think(?:ing)?>(.*)\Z",
    re.DOTALL | re.IGNORECASE,
)
# How models write a call when nothing reads it back: Hermes and Qwen, Mistral, Llama, Kimi and DeepSeek, harmony, XML.
_MARKS = re.compile(
    r"<\|?tool_calls?(?:_begin|_section_begin)?\|?>|\[TOOL_CALLS\]|<\|python_tag\|>|<function=|<｜tool▁call|to=functions\.|<invoke name=",
    re.IGNORECASE,
)
QUOTED = 200


def tidied(answer: ModelResponse, redact: Redactor) -> ModelResponse:
    """The answer as it is stored and told."""
    return replace(answer, parts=[part for given in answer.parts for part in _parts(given, redact)])


def _parts(part: ModelResponsePart, redact: Redactor) -> Iterator[ModelResponsePart]:
    match part:
        case TextPart():
            for piece in _split(part):
                yield replace(piece, content=redact.known(piece.content))
        case ThinkingPart(signature=None):
            yield replace(part, content=redact.known(part.content))
        case ToolCallPart():
            yield replace(part, args=_arguments(part.args, redact))
        case _:
            yield part  # a signed thought is the provider's own, and must go back to it as it came


def _split(part: TextPart) -> Iterator[TextPart | ThinkingPart]:
    text, at = part.content, 0
    for found in _THOUGHT.finditer(text):
        if before := text[at : found.start()].strip():
            yield replace(part, content=before)
        yield ThinkingPart(next(thought for thought in found.groups()[1:] if thought is not None).strip())
        at = found.end()
    rest = text[at:]
    if at == 0 or rest.strip():
        yield replace(part, content=rest.strip() if at else rest)


def _arguments(arguments: Any, redact: Redactor) -> Any:
    """Arguments nested too deeply go as text: they cannot be read, and the model is told so."""
    if isinstance(arguments, str) or arguments is None:
        return redact.known(arguments) if arguments else arguments
    if value_problem(arguments) is None:
        return redact.known_value(arguments)
    try:
        return redact.known(json.dumps(arguments, ensure_ascii=False))
    except (RecursionError, ValueError):
        return "[nested too deeply]"


def refuse_written_call(answer: ModelResponse, tools: Collection[str]) -> None:
    """Raises ModelError when the final text is a call of one of these tools that the model's server did not read."""
    if not tools or any(isinstance(part, ToolCallPart) for part in answer.parts):
        return
    text = "\n".join(part.content for part in answer.parts if isinstance(part, TextPart))
    named = next((name for name in tools if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)), None)
    if named is None or not (_MARKS.search(text) or _is_call(text, tools)):
        return
    raise ModelError(
        "model:tool_parser",
        f"The model wrote a call of {named} as text: its server does not read its calls. Start the server with a tool parser for this model "
        "(vLLM: --enable-auto-tool-choice --tool-call-parser <name>; llama.cpp: --jinja), or take another model. It wrote: "
        f"{text.strip()[:QUOTED]}",
        retryable=False,
    )


def _is_call(text: str, tools: Collection[str]) -> bool:
    """Whether a text is nothing but the JSON of a call, also in a code block."""
    block = re.fullmatch(r"\s*(?:```[a-z_]*\s*)?(.*?)(?:```)?\s*", text, re.DOTALL)
    try:
        value = json.loads(block[1]) if block else None
    except (ValueError, RecursionError):
        return False
    calls = value if is_list(value) else [value]
    return any(is_object(call) and _named(call) in tools and _ARGUMENTS & call.keys() for call in calls)


_ARGUMENTS = {"arguments", "parameters", "args", "input", "function"}


def _named(call: dict[str, JSON]) -> Any:
    function = call.get("function")
    name = function.get("name") if is_object(function) else call.get("name", function)
    return name if isinstance(name, str) else None
