"""Events of a run as sentences, for the progress that a client shows."""

from __future__ import annotations

from collections.abc import Callable

from sidecar.json_text import JSON, members
from sidecar.mcp_server.plain_text import line

NOTE = 200

Data = dict[str, JSON]


def sentence(event: dict[str, JSON]) -> str | None:
    """What an event tells somebody who waits; None: nothing."""
    told = _TOLD.get(event["type"])
    return told(members(event.get("data"))) if told else None


def _progress(data: Data) -> str:
    note = line(str(data.get("note") or ""), NOTE)
    said = f"{data.get('done')} of {data.get('total')} done"
    return f'{said}. The agent says: "{note}"' if note else f"{said}."


def _draft(data: Data) -> str:
    label = line(str(data.get("label") or "without a title"), NOTE)
    return f'A draft was left: "{label}" ({"new" if data.get("operation") == "create" else "a revision"}).'


def _tool(data: Data) -> str:
    return f"The agent uses the tool {line(str(data.get('tool')), 100)}."


def _waiting(data: Data) -> str:
    waits = {
        "approval": "The run waits for the answer of a person.",
        "agent": "The run waits for another agent.",
        "drupal": "The run waits until the site answers again.",
    }
    return waits.get(str(data.get("for")), "The run waits for its next try.")


def _finished(data: Data) -> str:
    return f"The run has ended: {line(str(data.get('state')), 20)}."


_TOLD: dict[str, Callable[[Data], str]] = {
    "run_queued": lambda data: "The run is queued.",
    "run_started": lambda data: "The run has started." if not data.get("resumed") else "The run goes on.",
    "model_requested": lambda data: "The model is asked.",
    "tool_started": _tool,
    "change_saved": _draft,
    "progress_reported": _progress,
    "approval_requested": lambda data: "The run asks a question.",
    "approval_given": lambda data: "The question was answered.",
    "run_waiting": _waiting,
    "run_retrying": _waiting,
    "run_paused": lambda data: "The run is paused.",
    "run_resumed": lambda data: "The run was resumed.",
    "run_finished": _finished,
}
