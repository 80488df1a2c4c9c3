"""Tools of the suite that ask back: within the call (2025-11-25), and by an answer that asks (2026-07-28)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    EmptyResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    SetLevelRequestParams,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)
from pydantic import BaseModel, Field

from tests.conformance.contents import text

Answer = str | InputRequiredResult


def form(message: str, name: str, kind: str = "string") -> ElicitRequest:
    """A question with one field."""
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(words: str) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=text(words))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=100))


def ask(requests: Mapping[str, InputRequest], state: str | None = None) -> InputRequiredResult:
    return InputRequiredResult(input_requests=dict(requests), request_state=state)


def answered(ctx: Context[Any, Any], name: str) -> Any:
    """What the client answered to a question, None when it did not."""
    found = (ctx.input_responses or {}).get(name)
    return found.content if isinstance(found, ElicitResult) else found


NAME = form("What is your name?", "name")


async def elicitation(ctx: Context[Any, Any]) -> Answer:
    """Asks for a name."""
    found = answered(ctx, "user_name")
    return f"Hello, {found.get('name')}!" if found else ask({"user_name": NAME})


async def sampling(ctx: Context[Any, Any]) -> Answer:
    """Asks the client's model."""
    found = answered(ctx, "capital_question")
    return f"Model said: {found.content.text}" if found else ask({"capital_question": sample("What is the capital?")})


async def list_roots(ctx: Context[Any, Any]) -> Answer:
    """Asks for the client's roots."""
    found = answered(ctx, "client_roots")
    return f"{len(found.roots)} roots" if found else ask({"client_roots": ListRootsRequest()})


async def request_state(ctx: Context[Any, Any]) -> Answer:
    """Asks, and wants its state back."""
    if answered(ctx, "confirm") and ctx.request_state == "a state":
        return "state-ok: confirmation received"
    return ask({"confirm": form("Please confirm", "ok", "boolean")}, "a state")


async def multiple_inputs(ctx: Context[Any, Any]) -> Answer:
    """Asks three things at once."""
    if {"user_name", "greeting", "client_roots"} <= (ctx.input_responses or {}).keys():
        return "All inputs received."
    return ask({"user_name": NAME, "greeting": sample("Greet."), "client_roots": ListRootsRequest()}, "three")


async def multi_round(ctx: Context[Any, Any]) -> Answer:
    """Asks twice, one after the other."""
    if ctx.request_state == "1" and (name := answered(ctx, "step1")):
        return ask({"step2": form(f"Step 2, {name.get('name')}: What is your favorite color?", "color")}, "2")
    if ctx.request_state == "2" and (color := answered(ctx, "step2")):
        return f"You like {color.get('color')}."
    return ask({"step1": form("Step 1: What is your name?", "name")}, "1")


async def tampered_state(ctx: Context[Any, Any]) -> Answer:
    """Whoever changes its state is refused before it is asked."""
    if ctx.request_state is None:
        return ask({"confirm": form("Please confirm", "ok", "boolean")}, "round-1")
    return f"state-ok: {ctx.request_state}"


async def capabilities(ctx: Context[Any, Any]) -> Answer:
    """Asks only what the client can answer."""
    can = ctx.client_capabilities
    requests: dict[str, InputRequest] = {}
    if can is None or can.sampling is not None:
        requests["sample"] = sample("Say hello")
    if can is None or can.elicitation is not None:
        requests["ask"] = NAME
    return ask(requests, "as the client can")


async def prompt(ctx: Context[Any, Any]) -> list[UserMessage] | InputRequiredResult:
    """A prompt that asks."""
    found = answered(ctx, "user_context")
    if found is None:
        return ask({"user_context": form("What context should the prompt use?", "context")})
    return [UserMessage(text(f"Use the following context: {found.get('context')}"))]


async def missing_capability(ctx: Context[Any, Any]) -> str:
    """Needs a client with a model."""
    can = ctx.session.client_capabilities
    if can is None or can.sampling is None:
        raise MCPError(
            code=MISSING_REQUIRED_CLIENT_CAPABILITY,
            message="This tool requires the client's sampling.",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return "The client has sampling."


class UserResponse(BaseModel):
    response: str = Field(description="User's response")


class Defaults(BaseModel):
    name: str = Field(default="John Doe")
    age: int = Field(default=30)
    score: float = Field(default=95.5)
    status: str = Field(default="active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = Field(default=True)


def _titled(**titles: str) -> Any:
    return [{"const": const, "title": title} for const, title in titles.items()]


class Enums(BaseModel):
    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})
    titledSingle: str = Field(json_schema_extra={"oneOf": _titled(value1="First", value2="Second", value3="Third")})
    untitledMulti: list[str] = Field(
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2", "option3"]}}
    )
    titledMulti: list[str] = Field(json_schema_extra={"items": {"anyOf": _titled(value1="First", value2="Second")}})
    legacyEnum: str = Field(json_schema_extra={"enum": ["opt1", "opt2"], "enumNames": ["One", "Two"]})


def _eliciting(schema: type[BaseModel]) -> Any:
    async def tool(ctx: Context[Any, Any], message: str = "Please answer") -> str:
        result = await ctx.elicit(message=message, schema=schema)
        content = result.data.model_dump_json() if result.action == "accept" else "{}"
        return f"User response: action={result.action}, content={content}"

    return tool


async def old_sampling(prompt: str, ctx: Context[Any, Any]) -> str:
    """Asks the client's model within the call."""
    message = SamplingMessage(role="user", content=text(prompt))
    result = await ctx.session.create_message(messages=[message], max_tokens=100, related_request_id=ctx.request_id)  # pyright: ignore[reportDeprecated]
    return f"LLM response: {getattr(result.content, 'text', '')}"


async def old_logging(ctx: Context[Any, Any]) -> str:
    """Logs three lines."""
    for line in ("started", "processing data", "completed"):
        await ctx.info(f"Tool execution {line}")  # pyright: ignore[reportDeprecated]
    return "Tool with logging executed successfully"


async def progress(ctx: Context[Any, Any]) -> str:
    """Reports three times."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100, f"Completed step {done} of 100")
    return "Done."


async def tools_changed(ctx: Context[Any, Any]) -> str:
    """Tells all who listen."""
    await ctx.notify_tools_changed()
    return "tool list changed"


async def prompts_changed(ctx: Context[Any, Any]) -> str:
    """Tells all who listen."""
    await ctx.notify_prompts_changed()
    return "prompt list changed"


async def reconnection(ctx: Context[Any, Any]) -> str:
    """Lets the client come back for the answer."""
    await ctx.close_sse_stream()
    return "Reconnection test completed"


async def streaming_elicitation(ctx: Context[Any, Any]) -> Answer:
    """Streams before it asks."""
    await ctx.report_progress(50, 100, "Half of it")
    return ask({"user_name": NAME})


ASKING = {
    "test_input_required_result_elicitation": elicitation,
    "test_input_required_result_sampling": sampling,
    "test_input_required_result_list_roots": list_roots,
    "test_input_required_result_request_state": request_state,
    "test_input_required_result_multiple_inputs": multiple_inputs,
    "test_input_required_result_multi_round": multi_round,
    "test_input_required_result_tampered_state": tampered_state,
    "test_input_required_result_capabilities": capabilities,
    "test_missing_capability": missing_capability,
    "test_streaming_elicitation": streaming_elicitation,
    "test_logging_tool": old_logging,
    "test_tool_with_logging": old_logging,
    "test_tool_with_progress": progress,
    "test_sampling": old_sampling,
    "test_elicitation": _eliciting(UserResponse),
    "test_elicitation_sep1034_defaults": _eliciting(Defaults),
    "test_elicitation_sep1330_enums": _eliciting(Enums),
    "test_trigger_tool_change": tools_changed,
    "test_trigger_prompt_change": prompts_changed,
    "test_reconnection": reconnection,
}


def add_questions(server: MCPServer[Any]) -> None:
    """The tools, and what the protocol of 2025-11-25 has besides: log levels and subscriptions to a resource."""
    for name, tool in ASKING.items():
        server.add_tool(tool, name=name, description=tool.__doc__ or "Asks within the call.")
    server.prompt(name="test_input_required_result_prompt")(prompt)

    async def done(ctx: Any, params: Any) -> EmptyResult:
        return EmptyResult()

    low = server._lowlevel_server  # the SDK has no other way to add them
    low.add_request_handler("logging/setLevel", SetLevelRequestParams, done)
    low.add_request_handler("resources/subscribe", SubscribeRequestParams, done)
    low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, done)
