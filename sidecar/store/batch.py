"""Fills a batch for Drupal from what Redis holds of each run, up to what there is room for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sidecar.json_text import MAX_AMOUNT, MAX_COUNTER
from sidecar.runs import retry_steps
from sidecar.runs.counters import COUNTERS
from sidecar.runs.outgoing import Room, Unsent
from sidecar.runs.run import Outgoing

MAX_CHECKPOINT = 256_000
"""Bytes of journal that go to Drupal with the end of a run. What is over cannot be retried from: steps are left out from the last one on."""


@dataclass(frozen=True, slots=True)
class Page:
    """Unsent events of a run as Redis lists them; `complete`: these are all."""

    entries: list[Any]
    complete: bool


class Batch:
    """What goes out together. `now`: milliseconds of Redis' clock; `more`: not everything can."""

    def __init__(self, room: Room, now: int, *, more: bool) -> None:
        self._room = room
        self._now = now
        self._more = more
        self._items: list[Outgoing] = []
        self._events = self._bytes = 0

    @property
    def full(self) -> bool:
        """Whether nothing fits in any more. What was left out makes it a backlog."""
        full = self._events >= self._room.events or self._bytes >= self._room.bytes
        self._more = self._more or full
        return full

    def add(self, run: str, fields: dict[bytes, bytes], page: Page, units: dict[str, bytes]) -> None:
        """The next run. Its end goes only with or behind all its events, and carries what a retry from a step needs (`units`)."""
        events = self._fitting(page)
        complete = page.complete and len(events) == len(page.entries)
        self._more = self._more or not complete
        end: dict[str, Any] | None = json.loads(fields[b"end"]) if complete and b"end" in fields else None
        if end is not None:
            end = self._with_checkpoint(end, int(fields[b"generation"]), units)
        if events or end:
            self._items.append(_outgoing(run, fields, events, end, self._now))
            self._events += len(events)

    def unsent(self) -> Unsent:
        """What was found."""
        return Unsent(self._items, self._more)

    def _fitting(self, page: Page) -> list[tuple[int, bytes]]:
        events: list[tuple[int, bytes]] = []
        for entry, fields in page.entries[: self._room.events - self._events]:
            if events and self._bytes + len(fields[b"e"]) > self._room.bytes:
                break
            self._bytes += len(fields[b"e"])
            events.append((int(entry.split(b"-")[0]), fields[b"e"]))
        return events

    def _with_checkpoint(self, end: dict[str, Any], generation: int, units: dict[str, bytes]) -> dict[str, Any]:
        kept, size = _finished(units)
        if not kept:
            return end
        self._bytes += size
        journal = next(iter(kept.values())).get("j", retry_steps.VERSION)
        checkpoint = {"version": 1, "journal": journal, "generation": generation, "segment": 0, "units": kept}
        return {**end, "checkpoint": checkpoint}


def _outgoing(
    run: str, fields: dict[bytes, bytes], events: list[tuple[int, bytes]], end: dict[str, Any] | None, now: int
) -> Outgoing:
    usage = {name: min(int(fields.get(name.encode(), 0)), _most(name)) for name in COUNTERS}
    usage |= {"driven_seconds": _driven(fields, now)}
    attempt, generation = int(fields[b"attempt"]), int(fields[b"generation"])
    return Outgoing(run, attempt, generation, fields[b"state"].decode(), usage, events, end)


def _most(counter: str) -> int:
    return MAX_AMOUNT if counter.endswith(("_tokens", "_micros")) else MAX_COUNTER


def _driven(fields: dict[bytes, bytes], now: int) -> int:
    """Seconds that count against the run's limit of time; `now` in milliseconds of Redis' clock."""
    started = int(fields.get(b"started_ms", 0))
    until = int(fields.get(b"idle_ms") or now)
    passed = until - started if started else 0
    return max(0, passed - int(fields.get(b"excluded_ms", 0))) // 1000


def _finished(records: dict[str, bytes]) -> tuple[dict[str, dict[str, Any]], int]:
    """Finished units of steps, in the order of the steps, as many as `MAX_CHECKPOINT` bytes hold; and their size."""
    found = sorted((step, unit) for unit in records if (step := retry_steps.step_of(unit)) is not None)
    units, size = dict[str, dict[str, Any]](), 0
    for _, unit in found:
        record = json.loads(records[unit])
        if "v" not in record:
            continue
        size += len(unit) + len(records[unit])
        if size > MAX_CHECKPOINT:
            return units, MAX_CHECKPOINT
        units[unit] = record
    return units, size
