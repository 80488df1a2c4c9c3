"""The MCP server: agents as tools for clients of either revision of the protocol, 2025-11-25 and 2026-07-28.

`door` is all that a process imports at its start; the rest, and the SDK, come with the first request that gets so far."""
