"""What a journal's records are, and how they travel to Drupal and back (contracts/draft#checkpoint)."""

from __future__ import annotations

from typing import TypedDict

from sidecar.json_text import JSON


class UnitRecord(TypedDict, total=False):
    """The record of a unit. START writes it, FINISH adds what came of it. The names are short since each record is stored and sent."""

    n: int
    """How often the unit was started."""
    d: str
    """Digest of what was asked."""
    j: str
    """Version of the journal's format."""
    v: JSON
    """The value, once the unit is finished."""
    c: dict[str, int] | None
    """What it counts against the limits of the run."""
    f: str
    """The failure that the model was told of."""
    e: list[JSON]
    """The failure of the last tries, and how often it was the same."""
    run: str
    """The run of another agent that the unit has started and waits for."""
    not_done: bool
    """Whether the unit is known not to have been carried out."""


Units = dict[str, UnitRecord]
"""Unit to record."""


class Checkpoint(TypedDict, total=False):
    """Records of one generation. Older releases leave out `journal` and `segment`."""

    version: int
    journal: str
    generation: int
    segment: int
    units: Units
