"""The format of a script for the scripted model, and what its placeholders refer to: docs/reference/scripted-model.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolCallPart, ToolReturnPart, UserPromptPart

from sidecar.errors import ModelError
from sidecar.findings import sentences
from sidecar.json_text import JSON, is_list, is_object
from sidecar.tools import schemas

DEFAULT_USAGE = {"input_tokens": 100, "output_tokens": 20}
# How engine/agent.py writes the prompt.
PROMPT_MARKS = {"trigger": "You were started by:", "input": "Input:\n", "review": "Review:\n"}
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_STEP = re.compile(r"step([1-9]\d*)$")
_CALL = re.compile(r"call(\d+)$")

_CALL_SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "arguments": {},
        "id": {"type": "string", "minLength": 1},
    },
    "additionalProperties": False,
}
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "integer", "minimum": 0, "maximum": 599},
        "message": {"type": "string"},
        "times": {"type": "integer", "minimum": 1},
        "retry_after": {"type": "number", "minimum": 0},
    },
    "additionalProperties": False,
}
_ANSWER_PROPERTIES: dict[str, JSON] = {
    "comment": {"type": "string"},
    "text": {"type": "string"},
    "tool_calls": {"type": "array", "items": _CALL_SCHEMA},
    "output": {},
    "usage": {
        "type": "object",
        "properties": {name: {"type": "integer", "minimum": 0} for name in DEFAULT_USAGE},
        "additionalProperties": False,
    },
    "finish_reason": {"enum": ["stop", "length", "content_filter", "tool_call", "error"]},
    "delay_ms": {"type": "number", "minimum": 0, "maximum": 600_000},
    "error": _ERROR_SCHEMA,
}
_STEP_SCHEMA = {"type": "object", "properties": _ANSWER_PROPERTIES, "minProperties": 1, "additionalProperties": False}
SCHEMA: dict[str, JSON] = {
    "type": "object",
    "required": ["steps"],
    "properties": {
        "description": {"type": "string"},
        "tries_key": {"type": "string"},
        "tries": {"enum": ["process", "files"]},
        "steps": {
            "type": "array",
            "minItems": 1,
            "items": {
                **_STEP_SCHEMA,
                "properties": {
                    **_ANSWER_PROPERTIES,
                    "variants": {"type": "array", "minItems": 1, "items": _STEP_SCHEMA},
                },
            },
        },
    },
    "additionalProperties": False,
}


class ScriptError(ModelError):
    """The script is wrong, has ended, or a placeholder finds nothing. Never retried."""

    def __init__(self, message: str) -> None:
        super().__init__("model:nonsense", message, retryable=False)


@dataclass(frozen=True, slots=True)
class Script:
    """A valid script. `in_files`: tries are counted over the death of processes."""

    name: str
    steps: list[dict[str, JSON]]
    tries_key: str = "{{ prompt }}"
    in_files: bool = False


def parse(name: str, text: str) -> Script:
    """A script from its JSON text. Raises ScriptError that says where it is wrong."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ScriptError(sentences(f"The script {name} is no JSON: {error}")) from None
    if errors := schemas.errors_of(SCHEMA, document):
        said = "; ".join(f"{error['pointer'] or '/'}: {error['detail']}" for error in errors)
        raise ScriptError(sentences(f"The script {name} is wrong: {said}"))
    key, in_files = document.get("tries_key", "{{ prompt }}"), document.get("tries") == "files"
    return Script(name, document["steps"], key, in_files)


class Known:
    """What placeholders of a step can refer to: the input, the prompt, and the results of earlier steps' tool calls."""

    def __init__(self, script: str, number: int, messages: list[ModelMessage]) -> None:
        self._script = script
        self.number = number
        self._prompt = _prompt_of(messages)
        self._results = list(_results_of(messages))

    def fill(self, value: JSON) -> JSON:
        """`value` with its placeholders filled. A string that is one placeholder becomes the value itself, of whatever type."""
        if isinstance(value, str):
            whole = _PLACEHOLDER.fullmatch(value)
            return self._find(whole[1]) if whole else self.fill_text(value)
        if is_object(value):
            return {key: self.fill(item) for key, item in value.items()}
        if is_list(value):
            return [self.fill(item) for item in value]
        return value

    def fill_text(self, text: str) -> str:
        """`text` with its placeholders filled in as text; what is no string, as JSON."""

        def filled(match: re.Match[str]) -> str:
            found = self._find(match[1])
            return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

        return _PLACEHOLDER.sub(filled, text)

    def _find(self, expression: str) -> JSON:
        source, path = _source_and_path(expression)
        if source == "prompt":
            value: JSON = self._prompt
        elif source in PROMPT_MARKS:
            value = _document(self._prompt, source)
        elif step := _STEP.match(source):
            value, path = self._result(int(step[1]), path, expression)
        else:
            raise self._missing(expression, "begin with `input`, `trigger`, `review`, `prompt` or `step<number>`")
        for position, key in enumerate(path):
            value = self._into(value, key, expression, path[: position + 1])
        return value

    def _result(self, step: int, path: list[str], expression: str) -> tuple[JSON, list[str]]:
        call = _CALL.match(path[0]) if path else None
        if not call:
            raise self._missing(expression, "name a call: step1.call0")
        if step > len(self._results):
            raise self._missing(expression, f"only {len(self._results)} steps are over")
        results = self._results[step - 1]
        if int(call[1]) >= len(results):
            raise self._missing(expression, f"step {step} has {len(results)} tool calls with results")
        return results[int(call[1])], path[1:]

    def _into(self, value: JSON, key: str, expression: str, path: list[str]) -> JSON:
        if is_object(value) and key in value:
            return value[key]
        if is_list(value) and key.isascii() and key.isdigit() and int(key) < len(value):
            return value[int(key)]
        have = (
            f"there are {', '.join(sorted(map(str, value))[:12])}"
            if is_object(value)
            else f"there is a {type(value).__name__}"
        )
        raise self._missing(expression, f"nothing at {'.'.join(path)}; {have}")

    def _missing(self, expression: str, why: str) -> ScriptError:
        return ScriptError(
            f"The script {self._script}, step {self.number}: {{{{ {expression} }}}} cannot be filled: {why}."
        )


def _source_and_path(expression: str) -> tuple[str, list[str]]:
    """`step1.call0.items.0.id` or `step1.call0/items/0/id` (a JSON pointer, for keys with dots) as source and path."""
    head, slash, pointer = expression.partition("/")
    source, *path = head.split(".")
    if slash:
        path += [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]
    return source, path


def _prompt_of(messages: list[ModelMessage]) -> str:
    for message in messages:
        for part in message.parts if isinstance(message, ModelRequest) else ():
            if isinstance(part, UserPromptPart):
                return part.content if isinstance(part.content, str) else "\n".join(str(item) for item in part.content)
    return ""


def _document(prompt: str, source: str) -> JSON:
    """The run's trigger, input or review out of the prompt, as engine/agent.py writes it; a prompt of one JSON object is the input. Without
    one: {}."""
    start = prompt.find(PROMPT_MARKS[source])
    if start < 0:
        if source != "input" or any(mark in prompt for mark in PROMPT_MARKS.values()):
            return {}
        start = 0
    brace = prompt.find("{", start)
    try:
        return json.JSONDecoder().raw_decode(prompt, brace)[0] if brace >= 0 else {}
    except ValueError:
        return {}


def _results_of(messages: list[ModelMessage]) -> Iterator[list[JSON]]:
    """For each answer so far, the results of its tool calls in their order. Ids may repeat over steps, so only the parts up to the next
    answer count."""
    for index, message in enumerate(messages):
        if not isinstance(message, ModelResponse):
            continue
        returned: dict[str, JSON] = {}
        for later in messages[index + 1 :]:
            if isinstance(later, ModelResponse):
                break
            returned |= {
                part.tool_call_id: _decoded(part.content) for part in later.parts if isinstance(part, ToolReturnPart)
            }
        calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
        yield [returned[call.tool_call_id] for call in calls if call.tool_call_id in returned]


def _decoded(content: JSON) -> JSON:
    if not isinstance(content, str):
        return content
    try:
        return json.loads(content)
    except ValueError:
        return content
