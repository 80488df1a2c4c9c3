"""Jobs for tests that care about one thing in them."""

from __future__ import annotations

import uuid
from typing import Any

ACCOUNT = "b2a7c6d5-1e2f-4a3b-9c8d-7e6f5a4b3c2d"


def job(run: str | None = None, *, site: str = "default", attempt: int = 1, **more: Any) -> dict[str, Any]:
    """A valid job (contracts/job) of the agent `writer`. `more` replaces fields."""
    agent = {
        "id": "writer",
        "label": "Writer",
        "definition": {"system_prompt": "Write.", "tools": []},
        "binding": {"model": "scripted:test"},
        "hash": "0" * 64,
    }
    return {
        "run": run or str(uuid.uuid4()),
        "site": site,
        "attempt": attempt,
        "generation": 1,
        "created": "2026-11-20T12:00:00Z",
        "trigger": {"type": "manual"},
        "agent": agent,
        "account": ACCOUNT,
        "input": {},
        "last_seq": 0,
    } | more
