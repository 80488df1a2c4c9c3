"""A model that plays a script, for the demo and for tests. The format: docs/reference/scripted-model.md.

What it answers is a function of the message history alone (how many answers there are already, and what the tools gave), so a replay gets the
same answers. Only `variants` and `error.times` look at something outside: how often the same step was asked for.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Protocol

from pydantic_ai import exceptions as ai
from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponsePart, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from sidecar.json_text import JSON
from sidecar.models.scripted.script import DEFAULT_USAGE, Known, Script, ScriptError


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


def _error(script: Script, error: dict[str, JSON]) -> Exception:
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


def _answer(step: dict[str, JSON], known: Known, info: AgentInfo) -> ModelResponse:
    parts: list[ModelResponsePart] = []
    if "text" in step:
        parts.append(TextPart(str(known.fill_text(step["text"]))))
    for index, call in enumerate(step.get("tool_calls", ())):
        arguments = known.fill(call.get("arguments", {}))
        parts.append(ToolCallPart(call["name"], arguments, tool_call_id=call.get("id") or f"s{known.number}c{index}"))
    if "output" in step:
        parts.append(_output(known.fill(step["output"]), known, info))
    usage: JSON = DEFAULT_USAGE | step.get("usage", {})
    return ModelResponse(
        parts=parts,
        finish_reason=step.get("finish_reason"),
        usage=RequestUsage(**usage),
    )


def _output(output: JSON, known: Known, info: AgentInfo) -> ModelResponsePart:
    """The final answer: a call of the output tool when the agent has one, else text."""
    if info.output_tools:
        return ToolCallPart(info.output_tools[0].name, output, tool_call_id=f"s{known.number}out")
    return TextPart(output if isinstance(output, str) else json.dumps(output, ensure_ascii=False))
