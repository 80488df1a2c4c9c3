"""What is written of a unit: that it starts, and what came of it. The store writes each in one step with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reserve:
    """What a model request may cost at the most: millionths of the currency, and tokens."""

    cost: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStart:
    """START. `kind`: model, tool or other. `record`, `first` and `again` are JSON: `first` are events of its first start, `again` those of every
    start. `may_begin`: False while the worker drains. With more than `max_unsent_...` Drupal is waited for."""

    unit: str
    record: str
    kind: str
    lease_ms: int
    first: Sequence[str] = ()
    again: Sequence[str] = ()
    reserve: Reserve = Reserve()
    max_unsent_events: int
    max_unsent_bytes: int
    may_begin: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFinish:
    """FINISH. `record` and `events` are JSON. `reserve`: what START reserved; `counters`: what is added to the run's. `saved`: units that Drupal
    has now. `progress`: False when the unit is known not to have been done."""

    unit: str
    record: str
    lease_ms: int
    events: Sequence[str] = ()
    reserve: Reserve = Reserve()
    counters: Mapping[str, int]
    saved: Sequence[str] = ()
    progress: bool = True
