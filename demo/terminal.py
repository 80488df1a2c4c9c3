"""The demo's timeline in the terminal: one line per event, as it happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Shown = tuple[str, str, str]
STYLES = ("cyan", "magenta", "yellow")
WIDTH = 15


def describe(event: dict[str, Any]) -> Shown | None:
    """Sign, style and sentence of an event (contracts/event); None for one that a person need not see."""
    shower = SHOWERS.get(event["type"])
    if shower is None:
        return "·", "dim", event["type"].replace("_", " ")
    return shower(event["data"])


def _arguments(data: dict[str, Any]) -> str:
    text = json.dumps(data.get("arguments") or {}, ensure_ascii=False)
    return text if len(text) <= 90 else text[:87] + "..."


def _model_responded(data: dict[str, Any]) -> Shown:
    if error := data.get("error"):
        return "✗", "red", f"model failed: {error.get('message') or error.get('detail') or error}"
    text = " ".join((data.get("text") or "").split())
    calls = [call.get("name") or call.get("tool") or "?" for call in data.get("tool_calls") or []]
    return "◆", "", text or ("wants " + ", ".join(calls) if calls else "answers")


def _tool_finished(data: dict[str, Any]) -> Shown:
    if data["status"] == "ok":
        return "✓", "green", f"{data['tool']} done"
    result = data.get("result")
    reason = result.get("error") if isinstance(result, dict) else result
    return "!", "yellow", f"{data['tool']}: {data['status']}: {reason or ''}".rstrip(": ")


def _finished(data: dict[str, Any]) -> Shown:
    good = data["state"] == "completed"
    reason = "" if good else f" ({data['reason']}) {data.get('message', '')}"
    return "■", "bold green" if good else "bold red", f"{data['state']}{reason}".rstrip()


SHOWERS: dict[str, Callable[[dict[str, Any]], Shown | None]] = {
    "run_queued": lambda data: ("○", "dim", "queued"),
    "run_started": lambda data: ("▶", "bold", "started"),
    "step_started": lambda data: None,
    "step_finished": lambda data: None,
    "model_requested": lambda data: ("◇", "dim", f"asks {data['model']}"),
    "model_responded": _model_responded,
    "tool_started": lambda data: ("→", "", f"{data['tool']} {_arguments(data)}"),
    "tool_finished": _tool_finished,
    "change_saved": lambda data: ("✎", "bold green", f"draft saved: {data.get('label') or data['entity']}"),
    "progress_reported": lambda data: (
        "%",
        "dim",
        f"{data['done']} of {data['total']} {data.get('note', '')}".rstrip(),
    ),
    "run_waiting": lambda data: ("…", "yellow", f"waits for {data['for']}"),
    "run_retrying": lambda data: ("↻", "yellow", f"tries again ({data['reason']})"),
    "run_finished": _finished,
}


class Timeline:
    """Prints events. `labels`: name of the agent by run; each run keeps its colour."""

    def __init__(self, console: Console, labels: dict[str, str]) -> None:
        self._console = console
        self._labels = labels
        self._styles = dict(zip(labels, STYLES * len(labels), strict=False))

    def show(self, run: str, event: dict[str, Any]) -> None:
        """One line for an event. Values are printed as text, never as markup."""
        described = describe(event)
        if described is None:
            return
        sign, style, sentence = described
        line = Text()
        line.append(f"{event['time'][11:19]}  ", "dim")
        line.append(f"{self._labels[run]:<{WIDTH}}", self._styles[run])
        line.append(f"{sign} {' '.join(_printable(sentence).split())}", style)
        if self._console.is_terminal:
            self._console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(line, soft_wrap=True)


def _printable(text: str) -> str:
    """Without control characters, which could move the cursor or change the title of the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def summary(runs: list[dict[str, Any]], drafts: dict[str, list[dict[str, Any]]]) -> Table:
    """The end of the demo as a table. `runs` as contracts/run, `drafts` by run."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("Agent", "State", "Steps", "Tokens", "Draft in Drupal"):
        table.add_column(heading)
    for run in runs:
        usage = run["usage"]
        tokens = usage.get("input_tokens", 0) + usage.get("output_tokens", 0)
        titles = ", ".join(f"{draft['label']} (revision {draft['revision']})" for draft in drafts[run["uuid"]])
        state = Text(run["state"], "green" if run["state"] == "completed" else "red")
        reason = Text(_printable(titles or run["message"] or run["reason"] or "none"))
        table.add_row(Text(run["agent_label"]), state, str(usage.get("steps", 0)), f"{tokens:,}", reason)
    return table
