"""What the official conformance suite of MCP is run against."""
