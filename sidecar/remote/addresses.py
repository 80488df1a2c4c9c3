"""Where programs call the doors, as a site tells the people who give programs a key."""

from __future__ import annotations

from sidecar.json_text import JSON
from sidecar.settings import Settings


def of_site(settings: Settings, site: str) -> dict[str, JSON]:
    """`{elsewhere, rest, mcp, a2a}`: the addresses, and whether programs of other machines than the sidecar's own reach them.

    With one site they are the short ones."""
    origin = settings.public_url or f"http://127.0.0.1:{settings.port}"
    base = origin if len(settings.sites) == 1 else f"{origin}/sites/{site}"
    return {
        "elsewhere": settings.public_url is not None,
        "rest": f"{base}/v1",
        "mcp": f"{base}/mcp",
        "a2a": f"{base}/a2a",
    }
