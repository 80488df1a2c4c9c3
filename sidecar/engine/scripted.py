"""A model that plays a script, for the demo and for tests. The format: docs/reference/scripted-model.md.

What it answers is a function of the message history alone (how many answers there are already, and what the tools gave), so a replay gets the
same answers. Only `variants` and `error.times` look at something outside: how often the same step was asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic_ai import exceptions as ai
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from sidecar.errors import ModelError
from sidecar.tools import schemas

JSON = Any

DEFAULT_USAGE = {"input_tokens": 100, "output_tokens": 20}
# How engine/drive.py writes the prompt.
PROMPT_MARKS = {"trigger": "You were started by:", "input": "Input:\n"}
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
_ANSWER_PROPERTIES: dict[str, Any] = {
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
SCHEMA: dict[str, Any] = {
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


class Tries(Protocol):
    """Counts how often something was asked for."""

    def count(self, key: str) -> int:
        """1 for the first time, 2 for the second, ..."""
        ...


class MemoryTries:
    """Counts in this process."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, key: str) -> int:
        """1 for the first time, 2 for the second, ..."""
        self._counts[key] += 1
        return self._counts[key]


class FileTries:
    """Counts in files of a directory, over processes and their deaths. For tests that kill workers."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def count(self, key: str) -> int:
        """1 for the first time, 2 for the second, ... One byte is appended for each time."""
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / hashlib.sha256(key.encode()).hexdigest()[:32]
        with path.open("ab") as file:
            file.write(b".")
            file.flush()
            return file.tell()


@dataclass(frozen=True, slots=True)
class Script:
    """A valid script. `in_files`: tries are counted over the death of processes."""

    name: str
    steps: list[dict[str, Any]]
    tries_key: str = "{{ prompt }}"
    in_files: bool = False


def parse(name: str, text: str) -> Script:
    """A script from its JSON text. Raises ScriptError that says where it is wrong."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ScriptError(f"The script {name} is no JSON: {error}.") from None
    if errors := schemas.errors_of(SCHEMA, document):
        said = "; ".join(f"{error['pointer'] or '/'}: {error['detail']}" for error in errors)
        raise ScriptError(f"The script {name} is wrong: {said}.")
    key, in_files = document.get("tries_key", "{{ prompt }}"), document.get("tries") == "files"
    return Script(name, document["steps"], key, in_files)


def scripted_model(script: Script, tries: Tries, *, settings: ModelSettings | None = None) -> FunctionModel:
    """The model that plays `script`."""

    async def play(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return await _play(script, tries, messages, info)

    return FunctionModel(play, model_name=f"scripted:{script.name}", settings=settings)


async def _play(script: Script, tries: Tries, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    number = sum(isinstance(message, ModelResponse) for message in messages) + 1
    if number > len(script.steps):
        raise ScriptError(f"The script {script.name} has {len(script.steps)} steps, and step {number} was asked for.")
    known = Known(script.name, number, messages)
    step = script.steps[number - 1]
    tried = 1
    if "variants" in step or "error" in step:
        tried = tries.count(f"{script.name}/{number}/{known.fill(script.tries_key)}")
    if variants := step.get("variants"):
        step = {**step, **variants[min(tried, len(variants)) - 1]}
    if delay := step.get("delay_ms"):
        await asyncio.sleep(delay / 1000)
    if (error := step.get("error")) and tried <= error.get("times", tried):
        raise _error(script, error)
    return _answer(step, known, info)


def _error(script: Script, error: dict[str, Any]) -> Exception:
    """A provider's error as an SDK model would raise it. Status 0: no connection."""
    name, status = f"scripted:{script.name}", error["status"]
    message = error.get("message", "an error of the script")
    if status == 0:
        return ai.ModelConnectionError(name, message)
    categories = {401: ai.ModelAuthenticationError, 403: ai.ModelAuthenticationError, 404: ai.ModelNotFoundError}
    categories |= {400: ai.ModelRequestRejectedError, 402: ai.ModelQuotaExceededError, 429: ai.ModelRateLimitError}
    category = categories.get(status) or (ai.ModelServerError if status >= 500 else ai.ModelRequestRejectedError)
    headers = {"retry-after": str(int(error["retry_after"]))} if "retry_after" in error else None
    return ai.ModelHTTPError.for_category(
        category, status_code=status, model_name=name, body={"error": {"message": message}}, headers=headers
    )


def _answer(step: dict[str, Any], known: Known, info: AgentInfo) -> ModelResponse:
    parts: list[ModelResponsePart] = []
    if "text" in step:
        parts.append(TextPart(str(known.fill_text(step["text"]))))
    for index, call in enumerate(step.get("tool_calls", ())):
        arguments = known.fill(call.get("arguments", {}))
        parts.append(ToolCallPart(call["name"], arguments, tool_call_id=call.get("id") or f"s{known.number}c{index}"))
    if "output" in step:
        parts.append(_output(known.fill(step["output"]), known, info))
    return ModelResponse(
        parts=parts,
        finish_reason=step.get("finish_reason"),
        usage=RequestUsage(**{**DEFAULT_USAGE, **step.get("usage", {})}),
    )


def _output(output: JSON, known: Known, info: AgentInfo) -> ModelResponsePart:
    """The final answer: a call of the output tool when the agent has one, else text."""
    if info.output_tools:
        return ToolCallPart(info.output_tools[0].name, output, tool_call_id=f"s{known.number}out")
    return TextPart(output if isinstance(output, str) else json.dumps(output, ensure_ascii=False))


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
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
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
        elif source in ("input", "trigger"):
            value = _document(self._prompt, source)
        elif step := _STEP.match(source):
            value, path = self._result(int(step[1]), path, expression)
        else:
            raise self._missing(expression, "begin with `input`, `trigger`, `prompt` or `step<number>`")
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
        if isinstance(value, dict) and key in value:
            return value[key]
        if isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            return value[int(key)]
        have = (
            f"there are {', '.join(sorted(map(str, value))[:12])}"
            if isinstance(value, dict)
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
    """The run's trigger or input out of the prompt, as engine/drive.py writes it; a prompt of one JSON object is the input. Without one: {}."""
    start = prompt.find(PROMPT_MARKS[source])
    if start < 0:
        if source == "trigger" or any(mark in prompt for mark in PROMPT_MARKS.values()):
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
