"""What the suite's scenarios expect a server to hold: texts, pictures, sounds, prompts and resources of these very names."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import (
    AudioContent,
    CallToolResult,
    Completion,
    CompletionArgument,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="  # one pixel
)
SOUND = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="


def text(words: str) -> TextContent:
    return TextContent(type="text", text=words)


def picture() -> ImageContent:
    return ImageContent(type="image", data=PICTURE, mime_type="image/png")


def embedded(uri: str, words: str, mime_type: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=words))


ANSWERS: dict[str, list[ContentBlock]] = {
    "test_simple_text": [text("This is a simple text response for testing.")],
    "test_image_content": [picture()],
    "test_audio_content": [AudioContent(type="audio", data=SOUND, mime_type="audio/wav")],
    "test_embedded_resource": [embedded("test://embedded-resource", "This is an embedded resource content.")],
    "test_multiple_content_types": [
        text("Multiple content types test:"),
        picture(),
        embedded("test://mixed-content-resource", '{"test": "data", "value": 123}', "application/json"),
    ],
}
"""Tools that always answer the same."""


def add_contents(server: MCPServer[Any]) -> None:
    """Everything that needs no client at the other end."""
    for name, blocks in ANSWERS.items():
        server.add_tool(_constant(blocks), name=name, description="Answers the same each time.")
    server.add_tool(greet)
    server.add_tool(failing, name="test_error_handling")
    server.add_tool(mirrored, name="test_x_mcp_header")
    _add_resources(server)
    _add_prompts(server)

    @server.completion()
    async def complete(ref: Any, argument: CompletionArgument, context: Any) -> Completion:
        return Completion(values=[argument.value + "paris"], total=1, has_more=False)


def _constant(blocks: list[ContentBlock]) -> Any:
    def answer() -> list[ContentBlock]:
        return blocks

    return answer


def greet(name: str) -> CallToolResult:
    """Says hello."""
    return CallToolResult(content=[text(f"Hello, {name}!")])


def failing() -> str:
    """Fails."""
    raise RuntimeError("This tool intentionally returns an error for testing")


def mirrored(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "<none>",
) -> str:
    """An argument that stands in a header too."""
    return f"region={region}"


def _add_resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text")
    def static_text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary")
    def static_binary() -> bytes:
        return base64.b64decode(PICTURE)

    @server.resource("test://watched-resource")
    def watched() -> str:
        return "Watched resource content"

    @server.resource("test://template/{id}/data")
    def template(id: str) -> str:
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt()
    def test_simple_prompt() -> list[UserMessage]:
        """Says one thing."""
        return [UserMessage(text("This is a simple prompt for testing."))]

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
        """Says what it is given."""
        return [UserMessage(text(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"))]

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
        """Holds a resource."""
        uri = resourceUri
        return [
            UserMessage(embedded(uri, "Embedded resource content for testing.")),
            UserMessage(text("Please process the embedded resource above.")),
        ]

    @server.prompt()
    def test_prompt_with_image() -> list[UserMessage]:
        """Holds a picture."""
        return [UserMessage(picture()), UserMessage(text("Please analyze the image above."))]
