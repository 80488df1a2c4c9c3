"""A server with everything that the suite asks for, built from the product's wiring."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp_types import Tool

from sidecar.mcp_server.task_methods import TaskMethods
from sidecar.mcp_server.wiring import NAME, Parts
from tests.conformance.contents import add_contents
from tests.conformance.questions import add_questions
from tests.conformance.tasks import FixtureTasks, add_task_tools

NEW_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


class Fixture(MCPServer[Any]):
    """Lists a tool whose schema uses what JSON Schema of 2020-12 has, as the product lists schemas of agents."""

    async def list_tools(self) -> list[Tool]:
        return [
            *await super().list_tools(),
            Tool(name="json_schema_2020_12_tool", description="A new schema.", input_schema=NEW_SCHEMA),
        ]


def make_fixture(parts: Parts) -> MCPServer[Any]:
    """As wiring.MakeServer."""
    server = Fixture(NAME, version="1", extensions=[TaskMethods(FixtureTasks())], **parts.options())
    add_contents(server)
    add_questions(server)
    add_task_tools(server)
    return server
