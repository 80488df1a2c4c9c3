"""What a model is told and what it answers: pydantic-ai's messages, and the JSON of an answer as the journal keeps it.

Only answers are kept. What the model is told follows from them and from the results of tools, so a replay tells it the same.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic_ai.durable_exec import JSON_CODEC
from pydantic_ai.messages import (
    InstructionPart,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    RetryFeedbackPart,
    RetryInfo,
    ToolCallPart,
    ToolRetryCause,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models._continuation import (
    MAX_BACKGROUND_POLLS,
    MAX_GENERATION_CONTINUATIONS,
    cancel_suspended_job,
    merge_mode,
    merge_responses,
)
from pydantic_ai.settings import ModelSettings
from pydantic_core import from_json, to_jsonable_python

from sidecar.errors import ModelError
from sidecar.json_text import JSON, elements, is_object
from sidecar.models.offers import FINISH, definition, finish
from sidecar.models.tidy import refuse_written_call, tidied
from sidecar.redact import Redactor
from sidecar.runs.events import PREVIEW
from sidecar.tools.base import PastCall, ToolSpec
from sidecar.tools.bounds import value_problem

# A final answer that the model put into a code block.
_FENCED = re.compile(r"```(?:\w+)?\r?\n(\{.*?\})\s*(?:\r?\n?```|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool. `arguments`: any JSON value that the model wrote, None when it wrote none that can be read; `problem` says why then.
    `shown`: what people are shown of them."""

    id: str
    tool: str
    arguments: JSON
    problem: str
    shown: dict[str, JSON]

    @classmethod
    def of(cls, part: Mapping[str, JSON]) -> Call:
        """From a part of an answer's JSON."""
        id, tool, given = part["tool_call_id"], part["tool_name"], part.get("args")
        if not isinstance(given, str):
            shown: dict[str, JSON] = given if is_object(given) else {}
            return cls(id, tool, given or {}, "", shown)
        fenced = _FENCED.search(given) if tool == FINISH and not given.startswith("{") else None
        try:
            arguments = from_json((fenced[1] if fenced else given) or "{}")
        except ValueError as error:
            return cls(id, tool, None, f"The arguments of {tool} are no JSON: {error}.", _shown_of(given))
        if not is_object(arguments):
            return cls(id, tool, None, f"The arguments of {tool} are no JSON object.", {})
        return cls(id, tool, arguments, "", arguments if value_problem(arguments) is None else _unreadable(given))


def _shown_of(text: str) -> dict[str, JSON]:
    """What people are shown of arguments that the model's call cannot be made with."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"unreadable": text}
    if value_problem(value) is not None:
        return _unreadable(text)
    return value if is_object(value) else {}


def _unreadable(text: str) -> dict[str, JSON]:
    return {"unreadable": text[:PREVIEW]}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered. `texts`: without its thoughts. `cut_off`: at its longest, in the middle of its last call."""

    texts: tuple[str, ...]
    calls: tuple[Call, ...]
    finish_reason: str | None
    cut_off: bool
    filtered: str
    """What the provider says of its filter."""
    model: str
    usage: Mapping[str, JSON]

    @classmethod
    def of(cls, value: Mapping[str, JSON]) -> Answer:
        """From the JSON of an answer."""
        parts = elements(value.get("parts"))
        calls = tuple(Call.of(part) for part in parts if part.get("part_kind") == "tool-call")
        reason = value.get("finish_reason")
        last = bool(parts) and parts[-1].get("part_kind") == "tool-call" and calls[-1].arguments is None
        return cls(
            texts=texts_of(value),
            calls=calls,
            finish_reason=reason,
            cut_off=reason == "length" and last,
            filtered=_filter_of(value.get("provider_details") or {}),
            model=value.get("model_name") or "",
            usage=value.get("usage") or {},
        )

    @property
    def text(self) -> str:
        """Its text as a final answer."""
        return "".join(self.texts)


def texts_of(value: Mapping[str, JSON]) -> tuple[str, ...]:
    """The texts in the JSON of an answer, without thoughts."""
    return tuple(part["content"] for part in elements(value.get("parts")) if part.get("part_kind") == "text")


def _filter_of(details: Mapping[str, JSON]) -> str:
    reason, refusal = details.get("finish_reason") or details.get("block_reason"), details.get("refusal")
    return " ".join(str(said) for said in (reason, refusal) if said)


class UnreadableAnswer(ValueError):
    """The JSON of an answer in the journal is none that this release can read."""


class UnwritableAnswer(ValueError):
    """An answer that cannot be written as JSON."""


class Conversation:
    """One run's conversation with a model. `prompt`: what it is asked; `specs`: the tools that it may call; `schema`: of its final answer,
    None when that is a text."""

    def __init__(
        self,
        model: Model,
        settings: Mapping[str, JSON],
        system_prompt: str,
        prompt: str,
        specs: Sequence[ToolSpec],
        schema: JSON = None,
    ) -> None:
        self._model = model
        self._settings = ModelSettings(**settings)
        self._instructions = system_prompt or None
        self._offered = [spec.name for spec in specs]
        self._parameters = ModelRequestParameters(
            function_tools=[definition(spec) for spec in specs],
            output_tools=[finish(json.dumps(schema, ensure_ascii=False))] if schema else [],
            output_mode="tool" if schema else "text",
            allow_text_output=not schema,
            instruction_parts=[InstructionPart(content=system_prompt)] if system_prompt else None,
        )
        self._messages: list[ModelMessage] = []
        self._parts: list[ModelRequestPart] = [UserPromptPart(prompt)]
        self._fresh: ModelResponse | None = None

    async def ask(self, redact: Redactor) -> JSON:
        """The model's next answer, as the journal keeps it: without known secrets, thoughts apart from text. Raises ModelError, and what the
        model raises."""
        self._request()
        answer = tidied(await self._whole(), redact)
        refuse_written_call(answer, [*self._offered, FINISH])
        self._fresh = answer
        try:
            return JSON_CODEC.dump(ModelResponse, answer)
        except ValueError as error:
            raise UnwritableAnswer(str(error)) from error

    def hear(self, value: JSON) -> Answer:
        """Takes an answer into the conversation: the one just given, or one of the journal. Raises UnreadableAnswer."""
        self._request()
        try:
            answer = self._fresh or JSON_CODEC.load(ModelResponse, value)
            self._messages.append(answer)
            self._fresh = None
            return Answer.of(value)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise UnreadableAnswer(str(error)) from error

    def tell(self, call: Call, content: JSON) -> None:
        """The result of a call."""
        self._parts.append(ToolReturnPart(call.tool, content, tool_call_id=call.id))

    def tell_wrong(self, call: Call, message: str, cause: ToolRetryCause = "model_retry") -> None:
        """What is wrong with a call that was not made."""
        self._parts.append(
            ToolReturnPart(call.tool, message, tool_call_id=call.id, outcome="retried", retry=RetryInfo(cause=cause))
        )

    def tell_missing(self) -> None:
        """That the answer had nothing in it that leads on, and what would."""
        if self._parameters.output_tools:
            wanted = "include your response in a tool call"
        else:
            wanted = "return text or call a tool" if self._offered else "return text"
        self._parts.append(RetryFeedbackPart(f"Please {wanted}.", retry=RetryInfo(cause="no_output")))

    def past(self) -> list[PastCall]:
        """The calls that were answered before the present ones, in the order of their answers."""
        return past_calls(self._messages)

    def _request(self) -> None:
        """What was told since the last answer becomes the next request."""
        if self._parts:
            self._messages.append(ModelRequest(self._parts, instructions=self._instructions))
            self._parts = []

    async def _whole(self) -> ModelResponse:
        """An answer to its end: one that the provider suspends (a long turn, a job in the background) is asked for until it is whole."""
        sent = self._model.prepare_messages(self._messages, self._parameters)
        answer = await self._model.request(sent, self._settings, self._parameters)
        made = polled = 0
        while answer.state == "suspended":
            if made >= MAX_GENERATION_CONTINUATIONS or polled >= MAX_BACKGROUND_POLLS:
                await cancel_suspended_job(self._model, answer)
                raise ModelError("model:nonsense", "The model's answer never became whole.", retryable=False)
            more = await self._more(sent, answer)
            again = merge_mode(answer, more) == "replace-same-id"
            made, polled = made + (not again), polled + again
            answer = merge_responses(answer, more)
        return answer

    async def _more(self, sent: list[ModelMessage], answer: ModelResponse) -> ModelResponse:
        try:
            if delay := self._model.continuation_delay(answer):
                await asyncio.sleep(delay)
            return await self._model.request([*sent, answer], self._settings, self._parameters)
        except BaseException:
            await cancel_suspended_job(self._model, answer)  # else the provider goes on, and bills it
            raise


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


def result_record(content: JSON) -> JSON:
    """The result of a call as the journal keeps it."""
    return {
        "result": to_jsonable_python(content, inf_nan_mode="null"),
        "kind": "tool_return",
        "content_file_digests": [],
    }


def result_of(record: JSON) -> JSON:
    """The result in a record of the journal."""
    return record.get("result", record) if is_object(record) else record
