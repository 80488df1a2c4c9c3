"""A batch of events and ends: how much goes into one, and how it is written.

A batch is as large as the site answers well: it shrinks when an answer takes long, and grows again when it does not, within what the contract
allows. Events are stored as JSON texts and go out as they are, with their number and hash put in front.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sidecar.drupal.client import encode
from sidecar.json_text import JSON
from sidecar.runs.outgoing import Room
from sidecar.runs.run import FINAL, Outgoing, RunState

FULL = Room(runs=200, events=500, bytes=512_000, run_events=200)
"""500 events are the contract's limit; in bytes it is twice this."""

GOOD_SECONDS = 1.0
"""An answer that takes longer keeps ends from Drupal for too long, and a process of the site busy."""

LEAST_RUNS, LEAST_EVENTS = 4, 20
"""A slow site gets no less at a time: each request costs it a start of Drupal. Only a refused batch is halved down to one event."""

FAIR_TURN = 4
"""Each so many batches begin with the oldest, so that ends and watched runs starve nobody."""


class BatchSize:
    """How much the next batch may hold."""

    def __init__(self) -> None:
        self._runs = FULL.runs
        self._events = FULL.events

    @property
    def room(self) -> Room:
        """What the next batch may hold."""
        return Room(self._runs, self._events, FULL.bytes, min(FULL.run_events, self._events))

    def answered(self, seconds: float) -> None:
        """The site took a batch, and needed this long."""
        if seconds > GOOD_SECONDS:
            self._shrink(max(0.5, GOOD_SECONDS / seconds))
        elif seconds <= GOOD_SECONDS / 2:
            self._runs, self._events = min(FULL.runs, self._runs * 2), min(FULL.events, self._events * 2)

    def unanswered(self) -> None:
        """No answer came in time."""
        self._shrink(0.5)

    def halve_runs(self, held: int) -> None:
        """The site refused a batch of so many runs: one of them is to blame."""
        self._runs = max(1, held // 2)

    def halve_events(self, held: int) -> None:
        """The site refused so many events of one run: one of them is to blame."""
        self._events = max(1, held // 2)

    def _shrink(self, share: float) -> None:
        self._runs = min(self._runs, max(LEAST_RUNS, int(self._runs * share)))
        self._events = min(self._events, max(LEAST_EVENTS, int(self._events * share)))


def runs_text(items: list[Outgoing], bare_ends: Collection[str]) -> bytes:
    """The `runs` of a batch as JSON. `bare_ends`: runs whose end goes without what may be wrong with it."""
    return b"[" + b",".join(_run_text(item, item.run in bare_ends) for item in items) + b"]"


def _run_text(item: Outgoing, bare: bool) -> bytes:
    document: dict[str, JSON] = {
        "run": item.run,
        "attempt": item.attempt,
        "generation": item.generation,
        "state": item.state,
        "usage": item.usage,
    }
    if item.end:
        document["end"] = bare_end(item.end) if bare else item.end
    events = b",".join(_event_text(seq, raw) for seq, raw in item.events)
    return encode(document)[:-1] + b',"events":[' + events + b"]}"


def _event_text(seq: int, raw: bytes) -> bytes:
    """An event with its number and the hash that Drupal compares. It is a JSON object that has members (`type`), and neither of these two."""
    return b'{"seq":%d,"hash":"%b",' % (seq, hashlib.sha256(raw).hexdigest()[:32].encode()) + raw[1:]


def bare_end(end: dict[str, JSON]) -> dict[str, JSON]:
    """The end without what may be too large or wrong, but with its state: the run must end in Drupal."""
    message = str(end.get("message") or "")[:500]
    state = end["state"] if end["state"] in FINAL else RunState.FAILED.value
    return {"state": state, "reason": end["reason"], "message": f"{message} (Drupal refused the output.)".strip()}
