"""The light chat model: what it sends, how it reads answers, what it makes of errors."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from pydantic_ai import Agent, StructuredDict
from pydantic_ai.exceptions import ModelAPIError, OutputTokenLimitExceeded, UnexpectedModelBehavior, UserError
from pydantic_ai.messages import ImageUrl
from pydantic_ai.settings import ModelSettings

from sidecar.models.light import LightChatModel
from sidecar.models.names import classify
from tests.support.model_server import ModelServer

KEY = "a-key-that-nobody-sees"


def completion(message: dict[str, Any], finish: str = "stop", **more: Any) -> httpx2.Response:
    """A chat completion."""
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 5}}
    choice = {"message": {"role": "assistant", **message}, "finish_reason": finish}
    return httpx2.Response(200, json={"id": "r1", "model": "llama", "choices": [choice], "usage": usage} | more)


def tool_call(name: str, arguments: Any, id: str | None = "c1") -> dict[str, Any]:
    """A message with one tool call."""
    call: dict[str, Any] = {"type": "function", "function": {"name": name, "arguments": arguments}}
    return {"content": None, "tool_calls": [call | ({"id": id} if id else {})]}


def agent(server: ModelServer, output: Any = str) -> Agent[None, Any]:
    """An agent with one tool on the model."""
    model = LightChatModel("llama", server.http, "http://llm.test/v1/", KEY, settings=ModelSettings(max_tokens=99))
    made: Agent[None, Any] = Agent(model, instructions="Be brief.", output_type=output)

    @made.tool_plain
    def double(n: int) -> dict[str, int]:
        """Doubles a number."""
        return {"double": 2 * n}

    return made


async def test_a_run_with_a_tool() -> None:
    """Instructions, tools, max_tokens and the key go out; the result of the tool comes back to the model."""
    server = ModelServer(completion(tool_call("double", '{"n":21}'), "tool_calls"), completion({"content": "42"}))
    result = await agent(server).run("double 21")
    assert result.output == "42"
    assert str(server.requests[0].url) == "http://llm.test/v1/chat/completions"
    first = server.sent(0)
    assert first["max_tokens"] == 99
    assert first["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "double 21"}]
    assert first["tools"][0]["function"]["name"] == "double"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.sent()["messages"][-2:] == [
        {"role": "assistant", **tool_call("double", '{"n":21}')},
        {"role": "tool", "tool_call_id": "c1", "content": '{"double":42}'},
    ]
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.cache_read_tokens) == (22, 14, 10)


async def test_structured_output_is_a_tool_that_must_be_called() -> None:
    """The schema is sent as it is."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    server = ModelServer(completion(tool_call("final_result", '{"n": 1}'), "tool_calls"))
    assert (await agent(server, StructuredDict(schema)).run("x")).output == {"n": 1}
    assert server.sent()["tool_choice"] == "required"
    assert "final_result" in [tool["function"]["name"] for tool in server.sent()["tools"]]


@pytest.mark.parametrize(
    "message",
    [
        {"content": [{"type": "text", "text": "4"}, {"type": "text", "text": "2"}]},
        {"content": "42", "reasoning_content": "well"},
        {"content": "42", "tool_calls": None},
        {"content": "42", "tool_calls": []},
    ],
)
async def test_servers_differ_in_how_they_write_text(message: dict[str, Any]) -> None:
    """All of it is one answer."""
    server = ModelServer(completion(message))
    assert (await agent(server).run("x")).output == "42"


@pytest.mark.parametrize("call", [tool_call("double", {"n": 2}), tool_call("double", '{"n": 2}', None)])
async def test_servers_differ_in_how_they_write_calls(call: dict[str, Any]) -> None:
    """Arguments as an object, or no id."""
    server = ModelServer(completion(call, "tool_calls"), completion({"content": "4"}))
    assert (await agent(server).run("x")).output == "4"


def error(
    status: int, message: str = "their words", headers: dict[str, str] | None = None, **more: Any
) -> httpx2.Response:
    """An error of an OpenAI-compatible server."""
    return httpx2.Response(status, json={"error": {"message": message, **more}}, headers=headers)


@pytest.mark.parametrize(
    ("answer", "reason", "retryable"),
    [
        (error(401), "model:refused", False),
        (error(403), "model:refused", False),
        (error(402), "model:refused", False),
        (error(404), "model:unknown_model", False),
        (error(400), "model:bad_request", False),
        (error(400, code="context_length_exceeded"), "model:bad_request", False),
        (error(422), "model:bad_request", False),
        (error(429, headers={"retry-after": "9"}), "model:rate_limited", True),
        (error(429, code="insufficient_quota"), "model:refused", False),
        (error(500), "model:unavailable", True),
        (error(503), "model:unavailable", True),
        (httpx2.Response(502, text="<html>bad gateway</html>"), "model:unavailable", True),
        (httpx2.Response(200, json={"error": {"message": "their words", "code": 429}}), "model:rate_limited", True),
        (httpx2.Response(200, json={"error": "their words"}), "model:unavailable", True),
        (httpx2.Response(200, text="<html>a login page</html>"), "model:nonsense", True),
        (httpx2.Response(200, json={"choices": []}), "model:nonsense", True),
        (httpx2.Response(200, json=[1]), "model:nonsense", True),
        (completion({"content": ""}), "model:nonsense", True),
        (httpx2.ConnectError("refused"), "model:unavailable", True),
        (httpx2.ReadTimeout("late"), "model:unavailable", True),
        (httpx2.RemoteProtocolError("cut"), "model:unavailable", True),
    ],
)
async def test_errors_are_told_apart(answer: Any, reason: str, retryable: bool) -> None:
    """With the server's words, and never with the key."""
    server = ModelServer(answer)
    with pytest.raises((ModelAPIError, UnexpectedModelBehavior)) as raised:
        await agent(server).run("x")
    found = classify(raised.value)
    assert (found.reason, found.retryable) == (reason, retryable)
    assert KEY not in f"{found} {raised.value!r}"
    if isinstance(answer, httpx2.Response) and "their words" in answer.text:
        assert "their words" in str(found)
    assert found.retry_after == (9.0 if reason == "model:rate_limited" and answer.headers.get("retry-after") else None)


async def test_a_redirect_is_an_error() -> None:
    """The key is for one host."""
    server = ModelServer(httpx2.Response(302, headers={"location": "http://elsewhere.test/"}))
    with pytest.raises(Exception, match="302"):
        await agent(server).run("x")
    assert len(server.requests) == 1


async def test_an_answer_that_was_cut_off_is_no_answer() -> None:
    """A tool call that ends in the middle of its arguments is never made."""
    server = ModelServer(completion(tool_call("double", '{"n": '), "length"))
    with pytest.raises(OutputTokenLimitExceeded) as raised:
        await agent(server).run("x")
    assert classify(raised.value).reason == "model:truncated"


async def test_what_cannot_be_sent_is_refused() -> None:
    """An image is not dropped in silence."""
    server = ModelServer(completion({"content": "a cat"}))
    with pytest.raises(UserError, match="text only"):
        await agent(server).run(["look", ImageUrl("http://x.test/a.png")])
