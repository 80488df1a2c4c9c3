"""A server with everything that the suite asks for, built from the product's wiring."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer

from sidecar.mcp_server.wiring import Parts
from tests.conformance.contents import add_contents
from tests.conformance.questions import add_questions


def make_fixture(parts: Parts) -> MCPServer[Any]:
    """As wiring.MakeServer."""
    server: MCPServer[Any] = MCPServer(**parts.options())
    add_contents(server)
    add_questions(server)
    return server
