"""The timeline in the terminal."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from demo.terminal import Timeline, describe
from sidecar import contracts
from tests.contract.cases import CONTRACTS


def valid_events() -> list[Any]:
    found = []
    for path in sorted((CONTRACTS / "examples").rglob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        if path.parent.name == "event" and contracts.validator("event").is_valid(document):
            found.append(pytest.param(document, id=path.stem))
    return found


@pytest.mark.parametrize("event", valid_events())
def test_every_event_can_be_shown(event: dict[str, Any]) -> None:
    """As a sentence, or left out; never an error."""
    described = describe(event)
    assert described is None or described[2]


def test_values_are_text() -> None:
    """Neither rich's markup nor a terminal's control characters get through."""
    written = io.StringIO()
    timeline = Timeline(Console(file=written, force_terminal=False), {"r": "Agent"})
    data = {"model": "[bold red]x[/]\x1b]0;title\x07\x1b[2J"}
    timeline.show("r", {"type": "model_requested", "time": "2026-11-20T10:00:00.000Z", "data": data})
    assert "asks [bold red]x[/]" in written.getvalue()
    assert "\x1b" not in written.getvalue()
