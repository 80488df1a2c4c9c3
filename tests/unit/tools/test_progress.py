"""`report_progress`: numbers that people are shown, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.redact import Redactor
from sidecar.tools.base import Outcome, ToolContext
from sidecar.tools.guards import GuardLimits, guarded
from sidecar.tools.progress import ReportProgress

CONTEXT = ToolContext(run="r", generation=1, step=1, call_id="c", key="k", attempt=lambda: 1)


async def told(arguments: dict[str, Any], redact: Redactor | None = None) -> Outcome:
    """What a call comes to, through the guard."""
    return await guarded(ReportProgress(), CONTEXT, arguments, GuardLimits(redact=redact or Redactor()))


async def test_numbers_and_note_are_handed_on() -> None:
    outcome = await told({"done": 3, "total": 12, "note": "Reading March"})
    assert (outcome.status, outcome.progress) == ("ok", {"done": 3, "total": 12, "note": "Reading March"})
    assert (await told({"done": 0, "total": 1})).progress == {"done": 0, "total": 1}


WRONG: list[dict[str, Any]] = [
    {},
    {"done": 1},
    {"done": -1, "total": 2},
    {"done": 1, "total": 0},
    {"done": 1.5, "total": 2},
    {"done": True, "total": 2},
    {"done": 1, "total": 2, "note": ""},
    {"done": 1, "total": 2, "note": "x" * 201},
    {"done": 3, "total": 2},
    {"done": 1, "total": 10**9},
    {"done": 1, "total": 2, "more": 1},
]


@pytest.mark.parametrize("arguments", WRONG)
async def test_wrong_numbers_are_refused(arguments: dict[str, Any]) -> None:
    outcome = await told(arguments)
    assert (outcome.status, outcome.progress) == ("error", None)


async def test_a_secret_in_a_note_is_not_shown() -> None:
    outcome = await told({"done": 1, "total": 2, "note": "key geheim-12345678"}, Redactor(["geheim-12345678"]))
    assert outcome.progress is not None
    assert "geheim" not in str(outcome.progress["note"])
