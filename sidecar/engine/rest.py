"""Where a run rests when nobody drives it: an end, a wait, a question to a person, or its lane. One script settles each."""

from __future__ import annotations

import asyncio
from typing import Any

from sidecar.engine import retry
from sidecar.engine.drive import Drive, Services
from sidecar.engine.meaning import sentence
from sidecar.runs import topup
from sidecar.runs.events import event, timestamp
from sidecar.runs.job import Claim
from sidecar.runs.journal import Halt, Journal
from sidecar.runs.model import RunState
from sidecar.runs.store import Store
from sidecar.runs.store.commanding import cancelled


class Rest:
    """Decides by the reason of a Halt, and acts on it."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def of(self, claim: Claim, drive: Drive | None, halt: Halt) -> str:
        """Where a Halt leaves the run: its state, or `lost`."""
        _obeyed()
        why, now = halt.why, self._services.clock()
        if why == "stale":
            return "lost"
        if why == "cancel":
            said = await self._store.said(claim.site, claim.run)
            return await self.end(claim, RunState.CANCELLED, "cancelled", cancelled(said), said=said)
        if why in ("drain", "stop"):
            reason = "handed_over" if why == "drain" else "site_stopped"
            if why == "stop":
                # Drupal's refusal may be ahead of its message: without this the run would be taken and refused again and again.
                await self._store.note_stop(claim.site)
            data = {"attempt": int(claim.fence.split(".")[0]), "generation": claim.generation, "reason": reason}
            return await self._park(claim, RunState.QUEUED, reason, events=[event("run_queued", now, data)])
        if why == "pause":
            said = await self._store.said(claim.site, claim.run)
            return await self._park(claim, RunState.PAUSED, "paused", events=[event("run_paused", now, said)])
        if why in ("wait:drupal", "wait:retry"):
            return await self._wait(claim, drive, halt, now)
        if why == "in_doubt" and drive is not None:
            return await self._ask(claim, drive, halt, now)
        if drive is not None and drive.agent.limits.asks and why.removeprefix("limit:") in topup.LIMITS:
            return await self._at_limit(claim, drive, halt, now)
        if "decision" in halt.data:
            return await self._after_model(claim, drive, halt, now)
        reason = why.removeprefix("fail:")
        reason = "journal_mismatch" if why == "journal:mismatch" else reason
        return await self.end(claim, RunState.FAILED, reason, halt.message or sentence(reason, claim), partial(drive))

    async def answered(self, claim: Claim, journal: Journal, output: Any) -> str:
        """The model gave its answer. It is no success when it asked for drafts and the site refused them all: the model may not say so."""
        refused = journal.refused_writes()
        if not refused or journal.saved_writes():
            return await self.end(claim, RunState.COMPLETED, "done", "", output)
        message = f"No draft was saved. The site refused {len(refused)}, the last one with: {refused[-1]}"
        return await self.end(claim, RunState.FAILED, "drafts_refused", message, output)

    async def _wait(self, claim: Claim, drive: Drive | None, halt: Halt, now: float) -> str:
        what = halt.why.removeprefix("wait:")
        tries = await self._store.count(claim, "waits")
        reason = str(halt.data.get("reason") or "drupal:unavailable")
        delay = retry.wait(what, reason, tries, halt.retry_after)
        if delay is None:
            message = f"{halt.message.rstrip('.')}. Tried {tries} times in a row."
            return await self.end(claim, RunState.FAILED, reason, message, partial(drive))
        data = {"for": what, "reason": reason, "message": halt.message, "until": timestamp(now + delay)}
        told = [event("run_waiting", now, data)]
        return await self._park(
            claim, RunState.WAITING, reason, halt.message, waiting_for=what, delay=delay, events=told
        )

    async def _ask(self, claim: Claim, drive: Drive, halt: Halt, now: float) -> str:
        unit, tool = halt.data["unit"], halt.data["tool"]
        asked = drive.journal.doubt(unit)
        question = f"{tool} was started and its answer is not known. Was it done? Look, then decide."
        data = {"id": asked, "question": question, "kind": "in_doubt", "tool": tool, "arguments": halt.data["arguments"],
                "choices": ["done", "again", "give_up"]}  # fmt: skip
        return await self._ask_a_person(claim, "in_doubt", data, now)

    async def _at_limit(self, claim: Claim, drive: Drive, halt: Halt, now: float) -> str:
        """Asks for more, unless a person has said no: then the run ends as at any limit."""
        limit, answers = halt.why.removeprefix("limit:"), drive.journal.answers
        number = topup.granted(claim.job, limit, answers)
        asked = topup.question_id(claim.job, limit, number)
        if asked in answers:
            message = f"{sentence(halt.why, claim)} A person was asked for more and said no."
            return await self.end(claim, RunState.FAILED, halt.why, message, partial(drive))
        used, most = await self._store.spent(claim, limit)
        more = most // (1 + number)
        question = topup.question(limit, used, most, more)
        data = {"id": asked, "question": question, "kind": "top_up", "limit": limit, "used": used, "most": most, "more": more,
                "choices": ["approve", "reject"]}  # fmt: skip
        return await self._ask_a_person(claim, halt.why, data, now)

    async def _ask_a_person(self, claim: Claim, reason: str, data: dict[str, Any], now: float) -> str:
        seconds = self._services.approval_seconds
        waiting = {"for": "approval", "reason": reason, "message": data["question"]}
        told = [
            event("approval_requested", now, data | {"expires": timestamp(now + seconds)}),
            event("run_waiting", now, waiting),
        ]
        return await self._park(
            claim, RunState.WAITING, reason, data["question"], waiting_for="approval", delay=seconds, events=told,
            fields={"asked": data["id"]},
        )  # fmt: skip

    async def _after_model(self, claim: Claim, drive: Drive | None, halt: Halt, now: float) -> str:
        decision: retry.RetryDecision = halt.data["decision"]
        error = {"reason": halt.why, "message": halt.message}
        failed = event("model_responded", now, {"model": halt.data["model"], "error": error})
        if not decision.again:
            return await self.end(claim, RunState.FAILED, halt.why, halt.message, partial(drive), [failed])
        told = {
            "reason": halt.why,
            "message": halt.message,
            "try": halt.data["tries"] + 1,
            "delay_seconds": round(decision.delay, 3),
        }
        fields = {"fallback": "1"} if decision.fallback else {}
        return await self._park(
            claim, RunState.WAITING, halt.why, halt.message, waiting_for="retry", delay=max(decision.delay, 0.001),
            events=[failed, event("run_retrying", now, told)], fields=fields,
        )  # fmt: skip

    async def _park(self, claim: Claim, state: RunState, reason: str, message: str = "", **more: Any) -> str:
        answer = await self._store.settle(claim, state, reason, message[:2_000], **more)
        return state.value if answer == "ok" else "lost"

    async def end(
        self,
        claim: Claim,
        state: RunState,
        reason: str,
        message: str,
        output: Any = None,
        events: list[str] | None = None,
        said: dict[str, str] | None = None,
    ) -> str:
        """The end of a run is one script; it adds the usage to the end and to `run_finished`. `said`: who wanted it, and why."""
        now = self._services.clock()
        end: dict[str, Any] = {"state": state.value, "reason": reason, "message": message[:2_000]}
        if output is not None:
            end["output"] = output
        told = [*(events or []), event("run_finished", now, end | (said or {}))]
        end["finished"] = timestamp(now)
        answer = await self._store.settle(claim, state, reason, end["message"], events=told, end=end)
        return state.value if answer == "ok" else "lost"


def partial(drive: Drive | None) -> Any:
    """What a failed run had so far: the last text of the model."""
    for value in reversed(drive.journal.answers_of_model() if drive else []):
        parts = value.get("parts", [])
        texts = [part["content"] for part in parts if part.get("part_kind") == "text" and part["content"]]
        if texts:
            return {"partial": "\n".join(texts)[:16_000]}
    return None


def _obeyed() -> None:
    """A cancellation of this task has been obeyed. Else a time-out in what follows would take it for one that is still to be (early Python
    3.11), and the run would be left instead of put to rest."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()
