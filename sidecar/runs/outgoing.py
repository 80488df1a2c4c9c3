"""What goes to Drupal in one batch: how much of it there is room for, and what was found."""

from __future__ import annotations

from dataclasses import dataclass

from sidecar.runs.run import Outgoing


@dataclass(frozen=True, slots=True)
class Room:
    """What a batch may hold. `run_events`: events of one run."""

    runs: int = 200
    events: int = 500
    bytes: int = 512_000
    run_events: int = 200


@dataclass(frozen=True, slots=True)
class Unsent:
    """What Drupal does not have yet, as much as there was room for; `more`: there is a backlog."""

    items: list[Outgoing]
    more: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """What Drupal has of a run: its events up to `last_seq`, and with `ended` its end."""

    run: str
    last_seq: int
    ended: bool
