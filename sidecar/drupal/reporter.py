"""Events, ends and states on their way to Drupal; commands and the stop switch on their way back.

One sender per site (leased in Redis), at most one request a second. Nothing is dropped: what Drupal has not acknowledged is
sent again, in order. See "Events to Drupal" in the design.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from sidecar import contracts, log
from sidecar.drupal.client import DrupalSite
from sidecar.drupal.contact import ContactNote
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.runs.events import numbered
from sidecar.runs.model import FINAL, Outgoing, RunState

_log = log.get(__name__)

LEASE_SECONDS = 5.0  # a second sender does no harm: what arrives twice is skipped by its hash
RECONCILE_SECONDS = 60.0
SKIP_SECONDS = 60.0
MAX_RUNS = 200
MAX_EVENTS = 500  # Drupal's limit for a batch
MAX_BYTES = 512_000
MAX_RUN_EVENTS = 200
STUB = "event_refused"
TOO_MUCH = frozenset({400, 413, 422})


class OutgoingStore(Protocol):
    """What Drupal does not have yet (store/outgoing.py)."""

    async def unsent(
        self, site: str, *, max_runs: int, max_events: int, max_bytes: int, max_run_events: int
    ) -> list[Outgoing]: ...
    async def acknowledge(self, site: str, run: str, last_seq: int, ended: bool) -> None: ...
    async def renumber(self, site: str, run: str, last_seq: int) -> None: ...
    async def rewind(self, site: str, run: str, last_seq: int) -> None: ...
    async def refuse_event(self, site: str, run: str, seq: int, kind: str, detail: str) -> None: ...
    async def live(self, site: str) -> list[tuple[str, int]]: ...
    async def live_count(self, site: str) -> int: ...
    async def drop(self, site: str, run: str) -> None: ...
    async def drop_unless_over(self, site: str, run: str) -> bool: ...
    async def sender_lease(self, site: str, name: str, seconds: float) -> bool: ...


class CommandStore(Protocol):
    """What Drupal's answer is told to (store/commands.py)."""

    async def knows(self, site: str, run: str) -> bool: ...
    async def give(
        self, site: str, run: str, command: str, data: dict[str, Any] | None = None, by: str = ""
    ) -> bool: ...
    async def told_spent(self, site: str, spent: dict[str, Any]) -> bool: ...
    async def set_stop(self, site: str, on: bool) -> None: ...
    async def stopped(self, site: str) -> bool: ...


Claim = Callable[[Iterable[str]], Awaitable[set[str]]]
"""Claims runs from Drupal again and accepts them; answers those that Drupal handed out."""


class Reporter:
    """The sender of one site in this process. Call `tick` once a second; `clock` is monotonic seconds."""

    def __init__(
        self,
        site: DrupalSite,
        outgoing: OutgoingStore,
        commands: CommandStore,
        contact: ContactNote,
        claim: Claim,
        name: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._drupal = site
        self._site = site.id
        self._outgoing = outgoing
        self._commands = commands
        self._contact = contact
        self._claim = claim
        self._name = name
        self._clock = clock
        self._max_runs = MAX_RUNS
        self._max_events = MAX_EVENTS
        self._done: list[int] = []
        self._reconcile_at = clock()
        self._skipped: dict[str, float] = {}
        self._bare_ends: set[str] = set()

    async def tick(self) -> int:
        """One round: send what there is and apply the answer. Returns how many events and ends were sent.

        Raises DrupalUnavailable and StoreUnavailable (all is kept, try later) and DrupalError when Drupal refuses the sidecar."""
        if not await self._outgoing.sender_lease(self._site, self._name, LEASE_SECONDS):
            return 0
        items = await self._unsent()
        reconcile = self._clock() >= self._reconcile_at
        if not (items or reconcile or self._done or await self._listens()):
            return 0
        done = list(self._done)
        live = await self._outgoing.live(self._site) if reconcile else None  # reads every run: seldom
        try:
            answer = await self._drupal.signed("events", self._batch(items, live, done))
        except DrupalError as error:
            if isinstance(error, DrupalUnavailable) or error.status not in TOO_MUCH or not items:
                await self._contact.refused(error)
                raise
            await self._narrow(items, error)
            return 0
        await self._contact.taken()
        contracts.check("events#answer", answer)
        self._widen()
        self._done = [id for id in self._done if id not in done]
        if reconcile:
            self._reconcile_at = self._clock() + RECONCILE_SECONDS
        await self._apply(items, answer)
        return sum(len(item.events) + bool(item.end) for item in items)

    async def release(self) -> None:
        """Let another process send at once, instead of when the lease ends."""
        await self._outgoing.sender_lease(self._site, self._name, 0.001)

    async def _listens(self) -> bool:
        """Whether Drupal may have something to say: commands for a live run, or that the site is no longer stopped."""
        return bool(await self._outgoing.live_count(self._site)) or await self._commands.stopped(self._site)

    async def _unsent(self) -> list[Outgoing]:
        now = self._clock()
        self._skipped = {run: until for run, until in self._skipped.items() if until > now}
        items = await self._outgoing.unsent(
            self._site,
            max_runs=self._max_runs + len(self._skipped),
            max_events=self._max_events,
            max_bytes=MAX_BYTES,
            max_run_events=min(MAX_RUN_EVENTS, self._max_events),
        )
        return [item for item in items if item.run not in self._skipped][: self._max_runs]

    def _batch(self, items: list[Outgoing], live: list[tuple[str, int]] | None, done: list[int]) -> dict[str, Any]:
        batch: dict[str, Any] = {
            "site": self._site,
            "sender": self._name,
            "runs": [self._item(item) for item in items],
            "done_commands": done,
        }
        if live is not None:
            batch |= {"reconcile": True, "live": [{"run": run, "attempt": attempt} for run, attempt in live]}
        return batch

    def _item(self, item: Outgoing) -> dict[str, Any]:
        document: dict[str, Any] = {
            "run": item.run,
            "attempt": item.attempt,
            "generation": item.generation,
            "state": item.state,
            "usage": item.usage,
            "events": [numbered(seq, raw, transport=True) for seq, raw in item.events],
        }
        if item.end:
            document["end"] = _bare(item.end) if item.run in self._bare_ends else item.end
        return document

    # -- a batch that Drupal refuses as a whole

    async def _narrow(self, items: list[Outgoing], error: DrupalError) -> None:
        """Halve the batch until the guilty event is alone, then put a stub in its place."""
        first = items[0]
        if len(items) > 1:
            self._max_runs = max(1, len(items) // 2)
        elif len(first.events) > 1:
            self._max_events = max(1, len(first.events) // 2)
        elif first.events:
            await self._refuse(first, first.events[0][0], str(error))
        elif first.end and first.run not in self._bare_ends:
            self._bare_ends.add(first.run)
        else:
            self._skip(first.run, str(error))

    def _widen(self) -> None:
        self._max_runs = min(MAX_RUNS, self._max_runs * 2)
        self._max_events = min(MAX_EVENTS, self._max_events * 2)

    async def _refuse(self, item: Outgoing, seq: int, detail: str) -> None:
        kind = next((numbered(at, raw)["type"] for at, raw in item.events if at == seq), "")
        if kind in ("", STUB):
            return self._skip(item.run, detail)
        _log.error(
            f"Drupal refuses an event, a stub takes its place: {detail}",
            action=STUB,
            site=self._site,
            run=item.run,
            seq=seq,
            type=kind,
        )
        await self._outgoing.refuse_event(self._site, item.run, seq, kind, detail)

    def _skip(self, run: str, detail: str) -> None:
        """Nothing of this run can be sent now; the others go on."""
        self._skipped[run] = self._clock() + SKIP_SECONDS
        _log.error(f"Drupal takes nothing of this run: {detail}", action="report_stuck", site=self._site, run=run)

    # -- the answer

    async def _apply(self, items: list[Outgoing], answer: dict[str, Any]) -> None:
        verdicts = answer.get("runs") or {}
        stale: list[Outgoing] = []
        for item in items:
            verdict = verdicts.get(item.run)
            if verdict is None:
                continue
            if verdict["status"] == "stale_attempt":
                stale.append(item)
            else:
                await self._verdict(item, verdict)
        if "spent" in answer:
            await self._commands.told_spent(self._site, answer["spent"])
        if isinstance(answer.get("stop"), bool):
            await self._commands.set_stop(self._site, answer["stop"])
        if stale:
            await self._reclaim([item.run for item in stale], "stale_attempt")
        if answer.get("missing"):
            await self._reclaim(answer["missing"], "missing", drop=False)
        for run in answer.get("ended") or []:
            await self._drop(run, "it has ended in Drupal")
        for command in answer.get("commands") or []:
            await self._command(command)

    async def _verdict(self, item: Outgoing, verdict: dict[str, Any]) -> None:
        status, last_seq = verdict["status"], verdict["last_seq"]
        detail = str(verdict.get("detail") or status)
        if status == "unknown_run":
            await self._outgoing.drop(self._site, item.run)
            _log.warning(
                "Drupal does not know this run (any more).", action="run_dropped", site=self._site, run=item.run
            )
        elif status == "seq_conflict":
            _log.warning(
                f"Events are numbered anew: {detail}", action=status, site=self._site, run=item.run, last_seq=last_seq
            )
            await self._outgoing.renumber(self._site, item.run, last_seq)
        elif status == "seq_gap":
            _log.warning(
                f"Drupal went back, as with a restored backup; events are sent again: {detail}",
                action=status, site=self._site, run=item.run, last_seq=last_seq,
            )  # fmt: skip
            await self._outgoing.rewind(self._site, item.run, last_seq)
        elif status == "refused":
            await self._outgoing.acknowledge(self._site, item.run, last_seq, False)
            await self._refuse(item, int(verdict.get("refused_seq") or last_seq + 1), detail)
        elif status == "ok":
            await self._outgoing.acknowledge(self._site, item.run, last_seq, item.end is not None)
            if item.end is not None:
                self._bare_ends.discard(item.run)
            elif verdict.get("ended"):
                await self._drop(item.run, "it has ended in Drupal")
        else:
            self._skip(item.run, f"the answer has the unknown status {status}")

    async def _drop(self, run: str, why: str) -> None:
        """Forget a run that is over in Drupal, unless its own end is still on its way there."""
        if await self._outgoing.drop_unless_over(self._site, run):
            _log.info(f"The run is dropped: {why}.", action="run_dropped", site=self._site, run=run)

    async def _reclaim(self, runs: list[str], why: str, *, drop: bool = True) -> None:
        found = await self._claim(runs)
        _log.info("Claimed runs again.", action="jobs_recovered", site=self._site, why=why, jobs=len(found))
        for run in runs:
            if drop and run not in found:
                await self._outgoing.drop(self._site, run)

    async def _command(self, command: dict[str, Any]) -> None:
        """Carry out one command; Drupal repeats it until it is named as done."""
        id, run, name = command["id"], command["run"], command["command"]
        if name == "retry" or not await self._commands.knows(self._site, run):
            await self._claim(
                [run]
            )  # a retry is a new generation of the job; an unknown run may not have been claimed yet
        if name != "retry":
            await self._commands.give(self._site, run, name, command.get("data") or {}, command.get("by") or "")
        _log.info(f"Carried out a command: {name}.", action="command", site=self._site, run=run, command=name)
        if id not in self._done:
            self._done.append(id)


def _bare(end: dict[str, Any]) -> dict[str, Any]:
    """The end without what may be too large or wrong, but with its state: the run must end in Drupal."""
    message = str(end.get("message") or "")[:500]
    state = end["state"] if end["state"] in FINAL else RunState.FAILED.value
    return {"state": state, "reason": end["reason"], "message": f"{message} (Drupal refused the output.)".strip()}
