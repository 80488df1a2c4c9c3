"""Times as the wire has them: RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def wire(seconds: float | None) -> str | None:
    """`2026-11-20T10:09:09.123456Z`; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def jsonapi(seconds: float) -> str:
    """`2026-11-20T10:09:09+00:00`, as JSON:API writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def seconds(wire_time: str) -> float:
    """Unix seconds of a wire time."""
    return datetime.fromisoformat(wire_time.replace("Z", "+00:00")).timestamp()
