"""The product's server: what it offers to a caller."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer

from sidecar import __version__
from sidecar.mcp_server.wiring import NAME, Parts


def make_server(parts: Parts) -> MCPServer[Any]:
    """As wiring.MakeServer."""
    return MCPServer(NAME, version=__version__, **parts.options())
