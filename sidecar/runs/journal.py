"""The journal of one run, as one drive of it sees it: what was done, what is under way, what Drupal has.

A unit (a model request, a tool call, a discovery) has two records: START before anything leaves the process, FINISH with the result.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, Unpack

from sidecar.errors import StoreUnavailable
from sidecar.json_text import JSON, is_object
from sidecar.runs import retry_steps
from sidecar.runs.checkpoint import Checkpoint, UnitRecord
from sidecar.runs.counters import ASKED_WRITES
from sidecar.runs.endings import Ending, Fail, Halt, Lost, read_answer
from sidecar.runs.job import Claim
from sidecar.runs.recording import Reserve, UnitFinish, UnitStart
from sidecar.runs.retry_steps import VERSION
from sidecar.runs.siblings import Siblings

MAX_UNSENT_EVENTS = 2_000
MAX_UNSENT_BYTES = 8_000_000
STUBBORN_SECONDS = 75.0
_Written = TypeVar("_Written", UnitStart, UnitFinish)


class UnitStore(Protocol):
    """Where units are recorded (store/holding.py)."""

    async def start(self, claim: Claim, unit: UnitStart) -> str: ...

    async def finish(self, claim: Claim, unit: UnitFinish) -> str: ...

    async def attempt(self, claim: Claim) -> int | None: ...


class Journal:
    """What one drive knows of its run. `lease_ms`: how long the lease is renewed for. `draining`: whether nothing new may be started."""

    def __init__(
        self, store: UnitStore, claim: Claim, *, lease_ms: int, draining: Callable[[], bool] = lambda: False
    ) -> None:
        self._store = store
        self.claim = claim
        self._lease_ms = lease_ms
        self._draining = draining
        self._units = dict(claim.units)
        self._saved = set(claim.saved)
        self._asked: dict[str, str] = {}
        self._carried: dict[str, list[str]] = {}
        self.siblings = Siblings()
        self.answers = claim.answers
        self.attempt = claim.attempt
        self.segment = 0
        self.halted: Ending | None = None

    def check(self) -> None:
        """Raises Halt when another release wrote this journal in another format."""
        if other := next((r.get("j") for r in self._units.values() if r.get("j", VERSION) != VERSION), None):
            message = f"The run was begun by a release with journal {other}; this one writes {VERSION}. Retry it from the beginning."
            raise Halt(Fail("retry:steps" if self._only_kept() else "journal:version", message))

    def check_tools(self, offered: set[str]) -> None:
        """Raises Halt when a retry from a step kept calls of tools that the agent has no longer: they could not be told to the model."""
        gone = sorted(retry_steps.tools_of(self._units) - offered) if self._only_kept() else []
        if gone:
            message = f"The kept steps used {', '.join(gone)}, which the agent may no longer use. Allow it, or retry the run from the beginning."
            raise Halt(Fail("retry:steps", message))

    def check_reached(self, requests: int) -> None:
        """Raises Halt when a retry from a step came to its end without asking the model anew. `requests`: how many answers the run came to."""
        if self._only_kept() and requests < self.claim.from_step:
            message = f"With the agent as it is now, the run is over before step {self.claim.from_step}. Retry it from the beginning."
            raise Halt(Fail("retry:steps", message))

    def _only_kept(self) -> bool:
        """Whether this generation was retried from a step and has done nothing of its own yet."""
        first = self.claim.from_step
        return first > 1 and all((retry_steps.step_of(unit) or 0) < first for unit in self._units)

    def record(self, unit: str) -> UnitRecord | None:
        """The record of a unit: `v` is its value once finished, `n` how often it was started, `d` the digest of what was asked."""
        return self._units.get(unit)

    def effect_key(self, unit: str) -> str:
        """The idempotency key of an effect for the wire: hex SHA-256 of run : generation : unit."""
        return hashlib.sha256(f"{self.claim.run}:{self.claim.generation}:{unit}".encode()).hexdigest()

    def asks(self, unit: str, digest: str) -> None:
        """Notes that the engine came to `unit` with this request. Raises Halt when that cannot be the run in the journal."""
        if unit in self._asked:
            raise self.halt(
                Fail("journal:repeated", f"The model gave the same id to two calls of one answer ({unit}).")
            )
        self._asked[unit] = digest
        entry = self._units.get(unit)
        if entry and entry.get("d", digest) != digest:
            message = (
                f"{unit} is in the journal with another request. The agent or its tools changed while it ran; retry it."
            )
            raise self.halt(Fail("journal_mismatch", message))

    async def start(
        self,
        unit: str,
        kind: str,
        *,
        digest: str = "",
        first: list[str],
        again: list[str],
        reserve: Reserve | None = None,
    ) -> int:
        """START: answers how often the unit was started, this one included. Raises Halt when it may not."""
        entry = self._units.get(unit)
        tries = (entry or {}).get("n", 0) + 1
        record: UnitRecord = {"n": tries, "d": digest, "j": VERSION}
        if entry and "e" in entry:
            record["e"] = entry["e"]
        if entry and "run" in entry:
            record["run"] = entry["run"]
        start = UnitStart(
            unit=unit, record=json.dumps(record), kind=kind, lease_ms=self._lease_ms, first=first, again=again,
            reserve=reserve or Reserve(), max_unsent_events=MAX_UNSENT_EVENTS, max_unsent_bytes=MAX_UNSENT_BYTES,
            may_begin=not self._draining(),
        )  # fmt: skip
        answer = await self._stubborn(self._store.start, start)
        if (ending := read_answer(answer)) is not None:
            raise self.halt(ending)
        self._units[unit] = record
        return tries

    async def finish(
        self,
        unit: str,
        value: Any,
        *,
        events: list[str],
        reserve: Reserve | None = None,
        counters: dict[str, int] | None = None,
        saved: list[str] | None = None,
        **more: Unpack[UnitRecord],
    ) -> None:
        """FINISH: the unit's value, its events, what it really cost, and which units Drupal has now. Raises Halt when the fence is stale."""
        record: UnitRecord = {**self._units[unit], "v": value, **more}
        await self._write(unit, record, events, reserve, counters, saved)

    async def undo(
        self, unit: str, events: list[str], *, saved: list[str] | None = None, **more: Unpack[UnitRecord]
    ) -> None:
        """The unit was started, but is known not to have been carried out. `more` is kept in its record, `e` and `run` also when it is started
        again. `saved`: units that Drupal has now."""
        record: UnitRecord = {**self._units[unit], "not_done": True, **more}
        await self._write(unit, record, events, saved=saved, progress=False)

    def equal_failures(self, failure: str) -> int:
        """How many calls have told the model of this failure (`f` of their records)."""
        return sum("v" in record and record.get("f") == failure for record in self._units.values()) if failure else 0

    async def _write(
        self,
        unit: str,
        record: UnitRecord,
        events: list[str],
        reserve: Reserve | None = None,
        counters: dict[str, int] | None = None,
        saved: list[str] | None = None,
        *,
        progress: bool = True,
    ) -> None:
        finish = UnitFinish(
            unit=unit, record=json.dumps(record, ensure_ascii=False), lease_ms=self._lease_ms, events=events,
            reserve=reserve or Reserve(), counters={k: v for k, v in (counters or {}).items() if v}, saved=saved or [],
            progress=progress,
        )  # fmt: skip
        answer = await self._stubborn(self._store.finish, finish)
        if (ending := read_answer(answer)) is not None:
            raise self.halt(ending)
        self._units[unit] = record
        self._saved.update(saved or ())

    async def _stubborn(self, script: Callable[[Claim, _Written], Awaitable[str]], written: _Written) -> str:
        """Repeats a script while Redis is away: both are idempotent, and a result in hand is worth waiting with."""
        until = time.monotonic() + STUBBORN_SECONDS
        while True:
            try:
                return await script(self.claim, written)
            except StoreUnavailable:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.25)

    async def unit(self, name: str, body: Callable[[], Awaitable[Any]]) -> Any:
        """A unit that is neither a model request nor a tool call, such as the discovery of an MCP server's tools."""
        unit = f"s{self.segment}/{name}"
        self.asks(unit, "")
        entry = self._units.get(unit)
        if entry is not None and "v" in entry:
            return entry["v"]
        await self.start(unit, "other", first=[], again=[])
        value = await body()
        await self.finish(unit, value, events=[])
        return value

    def answers_of_model(self) -> list[JSON]:
        """What the model has answered, oldest first."""
        found = [(unit, record.get("v")) for unit, record in self._units.items() if "/model#" in unit and "v" in record]
        return [value for _, value in sorted(found, key=lambda pair: int(pair[0].rsplit("#", 1)[1]))]

    def counted(self) -> Counter[str]:
        """What the finished units of this generation count against the limits of the run."""
        total = Counter[str]()
        for record in self._units.values():
            total.update(record.get("c") or {} if "v" in record else {})
        return total

    # Output commit: a write carries all finished units that Drupal does not have yet.

    def unsaved(self) -> list[str]:
        """Finished units that Drupal does not have."""
        return [unit for unit, record in self._units.items() if "v" in record and unit not in self._saved]

    def refused_writes(self) -> list[str]:
        """What the model was told about each draft that was refused, in the order of the steps."""
        refused = [
            (_step(unit), r.get("v")) for unit, r in self._units.items() if (r.get("c") or {}).get(ASKED_WRITES, 0) < 0
        ]
        return [_failure_text(value) for _, value in sorted(refused, key=lambda pair: pair[0])]

    def saved_writes(self) -> int:
        """How many drafts were saved."""
        return sum((record.get("c") or {}).get("writes", 0) for record in self._units.values())

    def doubt(self, unit: str) -> str:
        """The id under which a person is asked about a unit in doubt; another one each time it was started."""
        tries = (self._units.get(unit) or {}).get("n", 0)
        return hashlib.sha256(f"{self.effect_key(unit)}#{tries}".encode()).hexdigest()[:32]

    def checkpoint(self, unit: str, start: UnitRecord | None = None) -> Checkpoint | None:
        """The checkpoint that the effect of `unit` carries (contracts/draft#checkpoint), or None when Drupal has everything.
        `start`: the START record of a unit that cannot be repeated; Drupal must know that it may have been done."""
        names = self.unsaved()
        self._carried[unit] = list(names)
        if not names and start is None:
            return None
        return {
            "version": 1,
            "journal": VERSION,
            "generation": self.claim.generation,
            "segment": self.segment,
            "units": {name: self._units[name] for name in names} | ({unit: start} if start else {}),
        }

    def carried(self, unit: str) -> list[str]:
        """The finished units that travelled with the effect of `unit`: Drupal has them once it has stored the effect."""
        return self._carried.get(unit, [])

    async def refresh_attempt(self) -> bool:
        """After Drupal called the attempt stale: True when this worker still owns the run and its attempt was raised meanwhile."""
        held = await self._store.attempt(self.claim)
        if held is None or held <= self.attempt:
            return False
        self.attempt = held
        return True

    async def confirm(self) -> None:
        """Raises Halt when the run was taken away: the last look before an effect that cannot be repeated."""
        if await self._store.attempt(self.claim) is None:
            raise self.halt(Lost())

    def halt(self, ending: Ending) -> Halt:
        """Notes an ending, of which the first counts; the exception to raise."""
        if self.halted is None:
            self.halted = ending
        return Halt(ending)


def _step(unit: str) -> tuple[int, ...]:
    """Segment and step of a tool's unit, `s<segment>/<step>/<tool>@<call>`."""
    segment, step, _ = unit.split("/", 2)
    return int(segment[1:]), int(step)


def _failure_text(value: Any) -> str:
    result = value.get("result", value) if is_object(value) else value
    return str(result.get("error", result) if is_object(result) else result)
