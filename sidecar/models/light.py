"""A model behind any OpenAI-compatible chat endpoint, straight over httpx2: half the CPU of the SDK for a step.

Text, tools and structured output. No streaming, no images, no audio: a message that needs them is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
from pydantic_ai import exceptions as ai
from pydantic_ai.messages import (
    FinishReason,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from sidecar.json_text import JSON, is_list, is_object, members
from sidecar.models.errors import NonsenseAnswer

FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "function_call": "tool_call",
    "content_filter": "content_filter",
}
PASSED_ON = (
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "parallel_tool_calls",
)
QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "credit_balance_exhausted"})
QUOTED = 300


class LightChatModel(Model):
    """`POST <base_url>/chat/completions`. `http` is shared and not closed here; `key` is sent as a bearer token and shown nowhere."""

    def __init__(
        self,
        name: str,
        http: httpx2.AsyncClient,
        base_url: str,
        key: str = "",
        *,
        settings: ModelSettings | None = None,
    ) -> None:
        super().__init__(settings=settings)
        self._name = name
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    @property
    def model_name(self) -> str:
        """The name that the endpoint knows the model by."""
        return self._name

    @property
    def system(self) -> str:
        """The API spoken, in OpenTelemetry's terms."""
        return "openai"

    @property
    def base_url(self) -> str:
        """Where the endpoint is."""
        return self._base_url

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """One chat completion. Raises pydantic-ai's typed errors, and NonsenseAnswer for a 200 that is none."""
        settings, params = self.prepare_request(model_settings, model_request_parameters)
        body = self._body(messages, settings or ModelSettings(), params)
        response = await self._post(body, settings or ModelSettings())
        return self._read(response)

    def _body(
        self, messages: list[ModelMessage], settings: ModelSettings, params: ModelRequestParameters
    ) -> dict[str, JSON]:
        sent = [entry for message in messages for entry in _chat_messages(message)]
        if instructions := self._get_instruction_parts(messages, params):
            sent.insert(0, {"role": "system", "content": "\n\n".join(part.content for part in instructions)})
        body: dict[str, JSON] = {"model": self._name, "messages": sent}
        given = dict(settings)
        body |= {name: given[name] for name in PASSED_ON if given.get(name) is not None}
        if stop := settings.get("stop_sequences"):
            body["stop"] = stop
        if is_object(extra := settings.get("extra_body")):
            body |= extra
        tools = [*params.function_tools, *params.output_tools]
        if tools:
            body["tools"] = [_tool(tool) for tool in tools]
            if not params.allow_text_output:
                body["tool_choice"] = "required"
        return body

    async def _post(self, body: dict[str, JSON], settings: ModelSettings) -> httpx2.Response:
        headers = {**self._headers, **(settings.get("extra_headers") or {})}
        timeout: Any = settings.get("timeout", httpx2.USE_CLIENT_DEFAULT)
        try:
            return await self._http.post(
                f"{self._base_url}/chat/completions", json=body, headers=headers, timeout=timeout
            )
        except httpx2.TimeoutException as error:
            raise ai.ModelTimeoutError(self._name, f"no answer in time ({type(error).__name__})") from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise ai.ModelConnectionError(self._name, str(error) or type(error).__name__) from error

    def _read(self, response: httpx2.Response) -> ModelResponse:
        try:
            document = response.json()
        except ValueError:
            document = None
        if response.status_code >= 300:
            raise self._refused(response.status_code, response, document)
        if is_object(document) and document.get("error"):
            # Gateways report the failure of what is behind them in a 200.
            code = (document["error"] or {}).get("code") if is_object(document["error"]) else None
            raise self._refused(code if isinstance(code, int) and 400 <= code < 600 else 502, response, document)
        try:
            return self._answer(document)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            quoted = response.text[:QUOTED]
            raise NonsenseAnswer(
                f"{self._base_url} answered something else than a chat completion: {quoted}"
            ) from error

    def _refused(self, status: int, response: httpx2.Response, document: Any) -> ai.ModelHTTPError:
        body = document if document is not None else response.text[:QUOTED]
        return ai.ModelHTTPError.for_category(
            _category(status, document),
            status_code=status,
            model_name=self._name,
            body=body,
            headers=dict(response.headers),
        )

    def _answer(self, document: Any) -> ModelResponse:
        choice = document["choices"][0]
        message, usage = choice["message"], members(document.get("usage"))
        parts = list(_parts(message))
        if not parts and choice.get("finish_reason") not in ("length", "content_filter"):
            raise ValueError("neither text nor a tool call")
        details = members(usage.get("prompt_tokens_details"))
        return ModelResponse(
            parts=parts,
            model_name=document.get("model") or self._name,
            provider_name="openai",
            provider_response_id=document.get("id"),
            finish_reason=FINISH.get(choice.get("finish_reason") or ""),
            usage=RequestUsage(
                input_tokens=usage.get("prompt_tokens") or 0,
                output_tokens=usage.get("completion_tokens") or 0,
                cache_read_tokens=details.get("cached_tokens") or 0,
            ),
        )


def _category(status: int, document: Any) -> Any:
    """The category of pydantic-ai that an error status belongs to, or None."""
    error = document.get("error") if is_object(document) else None
    code = error.get("code") or error.get("type") if is_object(error) else None
    if code in QUOTA_CODES or status == 402:
        return ai.ModelQuotaExceededError
    if code == "context_length_exceeded":
        return ai.ModelContextWindowExceededError
    table = {401: ai.ModelAuthenticationError, 403: ai.ModelAuthenticationError, 404: ai.ModelNotFoundError}
    table |= {400: ai.ModelRequestRejectedError, 422: ai.ModelRequestRejectedError, 429: ai.ModelRateLimitError}
    table |= {503: ai.ModelUnavailableError, 529: ai.ModelOverloadedError}
    return table.get(status) or (ai.ModelServerError if status >= 500 else None)


def _tool(tool: Any) -> dict[str, JSON]:
    function = {"name": tool.name, "description": tool.description or "", "parameters": tool.parameters_json_schema}
    return {"type": "function", "function": function}


def _chat_messages(message: ModelMessage) -> Iterator[dict[str, JSON]]:
    """A message of the history as chat messages. Raises UserError for what this model cannot send."""
    if isinstance(message, ModelResponse):
        if entry := _assistant(message):
            yield entry
        return
    assert isinstance(message, ModelRequest)
    for part in message.parts:
        match part:
            case SystemPromptPart():
                yield {"role": "system", "content": part.content}
            case UserPromptPart():
                yield {"role": "user", "content": _prompt(part)}
            case ToolReturnPart():
                yield {"role": "tool", "tool_call_id": part.tool_call_id, "content": part.model_response_str()}
            case _:
                raise ai.UserError(
                    f"The light chat model cannot send a {type(part).__name__}; use an openai-chat model."
                )


def _assistant(message: ModelResponse) -> dict[str, JSON] | None:
    text = "\n\n".join(part.content for part in message.parts if isinstance(part, TextPart))
    calls = [
        {
            "id": part.tool_call_id,
            "type": "function",
            "function": {"name": part.tool_name, "arguments": part.args_as_json_str()},
        }
        for part in message.parts
        if isinstance(part, ToolCallPart)
    ]
    if not text and not calls:
        return None
    return {"role": "assistant", "content": text or None} | ({"tool_calls": calls} if calls else {})


def _prompt(part: UserPromptPart) -> str:
    if isinstance(part.content, str):
        return part.content
    texts = [item if isinstance(item, str) else getattr(item, "content", None) for item in part.content]
    if not all(isinstance(text, str) for text in texts):
        raise ai.UserError("The light chat model sends text only; use an openai-chat model for files.")
    return "\n".join(text for text in texts if isinstance(text, str))


def _parts(message: dict[str, JSON]) -> Iterator[ModelResponsePart]:
    if thinking := message.get("reasoning_content"):
        yield ThinkingPart(thinking)
    content = message.get("content")
    if is_list(content):
        content = "".join(item.get("text") or "" for item in content if is_object(item))
    if content:
        yield TextPart(content)
    for call in message.get("tool_calls") or ():
        function = call["function"]
        arguments: str | dict[str, JSON] = function.get("arguments") or {}
        if call.get("id"):
            yield ToolCallPart(function["name"], arguments, tool_call_id=call["id"])
        else:
            yield ToolCallPart(function["name"], arguments)
