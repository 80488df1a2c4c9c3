"""What Drupal's answer to a batch means: verdicts on its runs, commands, the stop switch, what was spent, and who is watched."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from sidecar import log
from sidecar.json_text import JSON, elements
from sidecar.runs.outgoing import Stored
from sidecar.runs.run import Outgoing

_log = log.get(__name__)

SKIP_SECONDS = 60.0
STUB = "event_refused"

ClaimAgain = Callable[[Iterable[str]], Awaitable[set[str]]]
"""Claims runs from Drupal again and accepts them; answers those that Drupal handed out."""


class VerdictStore(Protocol):
    """What of the outgoing runs (store/outgoing.py) an answer changes."""

    async def acknowledge(self, site: str, *stored: Stored) -> None: ...
    async def renumber(self, site: str, run: str, last_seq: int) -> None: ...
    async def rewind(self, site: str, run: str, last_seq: int) -> None: ...
    async def refuse_event(self, site: str, run: str, seq: int, kind: str, detail: str) -> None: ...
    async def drop(self, site: str, run: str) -> None: ...
    async def drop_unless_over(self, site: str, run: str) -> bool: ...


class CommandStore(Protocol):
    """What Drupal's answer is told to (store/commands.py)."""

    async def knows(self, site: str, run: str) -> bool: ...
    async def give(
        self, site: str, run: str, command: str, data: dict[str, JSON] | None = None, by: str = ""
    ) -> bool: ...
    async def told_spent(self, site: str, spent: dict[str, JSON]) -> bool: ...
    async def set_stop(self, site: str, on: bool) -> None: ...
    async def stopped(self, site: str) -> bool: ...


class Verdicts:
    """Applies the answers of one site. `clock`: monotonic seconds."""

    def __init__(
        self, site: str, outgoing: VerdictStore, commands: CommandStore, claim: ClaimAgain, clock: Callable[[], float]
    ) -> None:
        self._site = site
        self._outgoing = outgoing
        self._commands = commands
        self._claim = claim
        self._clock = clock
        self._skipped: dict[str, float] = {}
        self.done: list[int] = []
        """Ids of commands that were carried out, until Drupal knows."""
        self.bare_ends: set[str] = set()
        """Runs whose end goes without what may be wrong with it."""
        self.watched: frozenset[str] = frozenset()
        """Runs that somebody looks at in Drupal."""

    def skipped(self) -> frozenset[str]:
        """Runs of which nothing can be sent now."""
        now = self._clock()
        self._skipped = {run: until for run, until in self._skipped.items() if until > now}
        return frozenset(self._skipped)

    async def apply(self, items: list[Outgoing], answer: dict[str, JSON], done: list[int]) -> None:
        """All that the answer to a batch says. `done`: the commands that the batch named."""
        self.done = [id for id in self.done if id not in done]
        self.watched = frozenset(answer.get("watched") or ())
        stale = await self._judge(items, answer.get("runs") or {})
        if "spent" in answer:
            await self._commands.told_spent(self._site, answer["spent"])
        if isinstance(answer.get("stop"), bool):
            await self._commands.set_stop(self._site, answer["stop"])
        if stale:
            await self._reclaim(stale, "stale_attempt")
        if answer.get("missing"):
            await self._reclaim(answer["missing"], "missing", drop=False)
        for run in elements(answer.get("ended")):
            await self._drop(run)
        for command in elements(answer.get("commands")):
            await self._command(command)

    async def refuse(self, item: Outgoing, seq: int, detail: str) -> None:
        """Drupal refuses an event: a stub takes its place. A run whose stub is refused, too, has to wait."""
        kind = next((json.loads(raw)["type"] for at, raw in item.events if at == seq), "")
        if kind in ("", STUB):
            return self.skip(item.run, detail)
        _log.error(
            f"Drupal refuses an event, a stub takes its place: {detail}",
            action=STUB,
            site=self._site,
            run=item.run,
            seq=seq,
            type=kind,
        )
        await self._outgoing.refuse_event(self._site, item.run, seq, kind, detail)

    def skip(self, run: str, detail: str) -> None:
        """Nothing of this run can be sent now; the others go on."""
        self._skipped[run] = self._clock() + SKIP_SECONDS
        _log.error(f"Drupal takes nothing of this run: {detail}", action="report_stuck", site=self._site, run=run)

    async def _judge(self, items: list[Outgoing], verdicts: dict[str, dict[str, JSON]]) -> list[str]:
        """What was taken is acknowledged together: first, so that a fault in the rest repeats none of it. The runs of an old attempt."""
        told = [(item, verdicts[item.run]) for item in items if item.run in verdicts]
        taken = [(item, verdict) for item, verdict in told if verdict["status"] == "ok"]
        stored = [Stored(item.run, verdict["last_seq"], item.end is not None) for item, verdict in taken]
        await self._outgoing.acknowledge(self._site, *stored)
        for item, verdict in taken:
            if item.end is not None:
                self.bare_ends.discard(item.run)
            elif verdict.get("ended"):
                await self._drop(item.run)
        for item, verdict in told:
            if verdict["status"] not in ("ok", "stale_attempt"):
                await self._correct(item, verdict)
        return [item.run for item, verdict in told if verdict["status"] == "stale_attempt"]

    async def _correct(self, item: Outgoing, verdict: dict[str, JSON]) -> None:
        status, last_seq = verdict["status"], verdict["last_seq"]
        detail = str(verdict.get("detail") or status)
        where = {"action": status, "site": self._site, "run": item.run, "last_seq": last_seq}
        if status == "unknown_run":
            await self._outgoing.drop(self._site, item.run)
            where["action"] = "run_dropped"
            _log.warning("Drupal does not know this run (any more).", **where)
        elif status == "seq_conflict":
            _log.warning(f"Events are numbered anew: {detail}", **where)
            await self._outgoing.renumber(self._site, item.run, last_seq)
        elif status == "seq_gap":
            _log.warning(f"Drupal went back, as with a restored backup; events are sent again: {detail}", **where)
            await self._outgoing.rewind(self._site, item.run, last_seq)
        elif status == "refused":
            await self._outgoing.acknowledge(self._site, Stored(item.run, last_seq, ended=False))
            await self.refuse(item, int(verdict.get("refused_seq") or last_seq + 1), detail)
        else:
            self.skip(item.run, f"the answer has the unknown status {status}")

    async def _drop(self, run: str) -> None:
        """Forget a run that is over in Drupal, unless its own end is still on its way there."""
        if await self._outgoing.drop_unless_over(self._site, run):
            _log.info("The run is dropped: it has ended in Drupal.", action="run_dropped", site=self._site, run=run)

    async def _reclaim(self, runs: list[str], why: str, *, drop: bool = True) -> None:
        found = await self._claim(runs)
        _log.info("Claimed runs again.", action="jobs_recovered", site=self._site, why=why, jobs=len(found))
        for run in runs:
            if drop and run not in found:
                await self._outgoing.drop(self._site, run)

    async def _command(self, command: dict[str, JSON]) -> None:
        """Carry out one command; Drupal repeats it until it is named as done."""
        id, run, name = command["id"], command["run"], command["command"]
        if name == "retry" or not await self._commands.knows(self._site, run):
            # A retry is a new generation of the job; an unknown run may not have been claimed yet.
            await self._claim([run])
        if name != "retry":
            await self._commands.give(self._site, run, name, command.get("data") or {}, command.get("by") or "")
        _log.info(f"Carried out a command: {name}.", action="command", site=self._site, run=run, command=name)
        if id not in self.done:
            self.done.append(id)
