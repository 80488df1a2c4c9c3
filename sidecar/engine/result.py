"""Where a run rests when nobody drives it: an end, a wait, a question to a person, or its lane. One script settles each."""

from __future__ import annotations

import asyncio
from typing import assert_never

from sidecar.engine import retry
from sidecar.engine.drive import Drive
from sidecar.json_text import JSON
from sidecar.models.conversation import texts_of
from sidecar.runs import grants
from sidecar.runs.endings import (
    Again,
    Ask,
    Cancelled,
    Ending,
    Fail,
    FailedRequest,
    HandOver,
    Limit,
    Lost,
    Paused,
    Wait,
    cancelled,
)
from sidecar.runs.events import event, timestamp
from sidecar.runs.run import RunState
from sidecar.runs.settlement import Settlement
from sidecar.store.holding import Holding

SENTENCES = {
    "steps": "The run needs more steps than its limit allows. Raise the agent's limit of steps, or give it less to do.",
    "tool_calls": "The run needs more tool calls than its limit allows.",
    "tokens": "The next request could exceed the run's token limit; it was not sent.",
    "cost_micros": "The next request could exceed the budget; it was not sent.",
    "wall_seconds": "The run took longer than its limit allows.",
    "budget_site": "The next request could exceed the site's budget of the day (UTC); it was not sent. Raise it, or retry tomorrow.",
    "budget_agent": "The next request could exceed the agent's budget of the day (UTC); it was not sent. Raise it, or retry tomorrow.",
    "writes": "The run would write more drafts than its limit allows; none of that answer's was written.",
}
"""What a person is told of a limit, by its name."""
PARTIAL = 16_000


class Result:
    """What a drive came to: settled in the store, and told in events. Each method answers the run's state, or `lost`."""

    def __init__(self, holding: Holding, drive: Drive) -> None:
        self._holding = holding
        self._drive = drive
        self._claim = drive.claim
        self._now = drive.services.clock

    async def of_output(self, output: JSON) -> str:
        """The model gave its answer. It is no success when it asked for drafts and the site refused them all: the model may not say so."""
        journal = self._drive.journal
        refused = journal.refused_writes()
        if not refused or journal.saved_writes():
            return await self._end(RunState.COMPLETED, "done", "", output)
        message = f"No draft was saved. The site refused {len(refused)}, the last one with: {refused[-1]}"
        return await self._end(RunState.FAILED, "drafts_refused", message, output)

    async def of(self, ending: Ending) -> str:
        """The drive ended before the agent was done."""
        _obeyed()
        match ending:
            case Lost():
                return "lost"
            case Cancelled():
                said = await self._holding.said(self._claim.site, self._claim.run)
                return await self._end(RunState.CANCELLED, "cancelled", cancelled(said), said=said)
            case Paused():
                said = await self._holding.said(self._claim.site, self._claim.run)
                return await self._park(RunState.PAUSED, "paused", events=[event("run_paused", self._now(), said)])
            case HandOver():
                return await self._hand_over(ending)
            case Wait():
                return await self._wait(ending)
            case Ask():
                return await self._ask(ending)
            case Again():
                return await self._again(ending)
            case Limit():
                return await self._at_limit(ending)
            case Fail():
                failed = [self._failed(ending.error)] if ending.error else []
                message = ending.message or f"The run of {self._drive.agent.label} ended: {ending.reason}."
                return await self._fail(ending.reason, message, failed)
            case _:
                assert_never(ending)

    async def _hand_over(self, ending: HandOver) -> str:
        if ending.reason == "site_stopped":
            # Drupal's refusal may be ahead of its message: without this the run would be taken and refused again and again.
            await self._holding.note_stop(self._claim.site)
        data = {"attempt": self._claim.attempt, "generation": self._claim.generation, "reason": ending.reason}
        return await self._park(RunState.QUEUED, ending.reason, events=[event("run_queued", self._now(), data)])

    async def _wait(self, ending: Wait) -> str:
        tries = await self._holding.count(self._claim, "waits")
        delay = retry.wait(ending.what, ending.reason, tries, ending.retry_after)
        if delay is None:
            return await self._fail(ending.reason, f"{ending.message.rstrip('.')}. Tried {tries} times in a row.")
        now = self._now()
        data = {
            "for": ending.what,
            "reason": ending.reason,
            "message": ending.message,
            "until": timestamp(now + delay),
        } | ({"run": ending.run} if ending.run else {})
        return await self._park(
            RunState.WAITING, ending.reason, ending.message, waiting_for=ending.what, delay=delay,
            events=[event("run_waiting", now, data)],
        )  # fmt: skip

    async def _again(self, ending: Again) -> str:
        error, now = ending.error, self._now()
        data = {
            "reason": error.reason,
            "message": error.message,
            "try": error.tries + 1,
            "delay_seconds": round(ending.delay, 3),
        }
        return await self._park(
            RunState.WAITING, error.reason, error.message, waiting_for="retry", delay=max(ending.delay, 0.001),
            events=[self._failed(error), event("run_retrying", now, data)],
            fields={"fallback": "1"} if ending.fallback else {},
        )  # fmt: skip

    def _failed(self, error: FailedRequest) -> str:
        said = {"reason": error.reason, "message": error.message}
        return event("model_responded", self._now(), {"model": error.model, "error": said})

    # -- questions to people

    async def _ask(self, ending: Ask) -> str:
        asked = self._drive.journal.doubt(ending.unit)
        question = f"{ending.tool} was started and its answer is not known. Was it done? Look, then decide."
        data = {"id": asked, "question": question, "kind": "in_doubt", "tool": ending.tool, "arguments": ending.arguments,
                "choices": ["done", "again", "give_up"]}  # fmt: skip
        return await self._ask_a_person("in_doubt", data)

    async def _at_limit(self, ending: Limit) -> str:
        """Asks for more where the agent says so, unless a person has said no: then the run ends as at any limit."""
        job, answers, limit = self._claim.job, self._drive.journal.answers, ending.name
        message = ending.message or SENTENCES.get(
            limit, f"The run of {self._drive.agent.label} ended: {ending.reason}."
        )
        if not self._drive.agent.limits.asks or limit not in grants.LIMITS:
            return await self._fail(ending.reason, message)
        number = grants.granted(job, limit, answers)
        asked = grants.question_id(job, limit, number)
        if asked in answers:
            return await self._fail(ending.reason, f"{message} A person was asked for more and said no.")
        used, most = await self._holding.spent(self._claim, limit)
        more = most // (1 + number)
        question = grants.question(limit, used, most, more)
        data = {"id": asked, "question": question, "kind": "top_up", "limit": limit, "used": used, "most": most, "more": more,
                "choices": ["approve", "reject"]}  # fmt: skip
        return await self._ask_a_person(ending.reason, data)

    async def _ask_a_person(self, reason: str, data: dict[str, JSON]) -> str:
        seconds, now = self._drive.services.approval_seconds, self._now()
        waiting = {"for": "approval", "reason": reason, "message": data["question"]}
        asked = [
            event("approval_requested", now, data | {"expires": timestamp(now + seconds)}),
            event("run_waiting", now, waiting),
        ]
        return await self._park(
            RunState.WAITING, reason, data["question"], waiting_for="approval", delay=seconds, events=asked,
            fields={"asked": data["id"]},
        )  # fmt: skip

    # -- in the store

    async def _park(
        self,
        state: RunState,
        reason: str,
        message: str = "",
        *,
        waiting_for: str = "",
        delay: float = 0,
        events: list[str],
        fields: dict[str, str] | None = None,
    ) -> str:
        return await self._settle(
            Settlement(
                state=state, reason=reason, message=message[:2_000],
                waiting_for=waiting_for, delay=delay, events=events, fields=fields or {},
            )
        )  # fmt: skip

    async def _fail(self, reason: str, message: str, events: list[str] | None = None) -> str:
        """With the last text of the model: what the run had so far."""
        texts = next(
            (found for found in map(texts_of, reversed(self._drive.journal.answers_of_model())) if any(found)), ()
        )
        partial = {"partial": "\n".join(filter(None, texts))[:PARTIAL]} if texts else None
        return await self._end(RunState.FAILED, reason, message, partial, events)

    async def _end(
        self,
        state: RunState,
        reason: str,
        message: str,
        output: JSON = None,
        events: list[str] | None = None,
        said: dict[str, str] | None = None,
    ) -> str:
        """The end of a run is one script; it adds the usage to the end and to `run_finished`. `said`: who wanted it, and why."""
        end: dict[str, JSON] = {"finished": timestamp(self._now())}
        if output is not None:
            end["output"] = output
        return await self._settle(
            Settlement(
                state=state, reason=reason, message=message[:2_000], events=events or (), end=end, said=said or {}
            )
        )  # fmt: skip

    async def _settle(self, settlement: Settlement) -> str:
        answer = await self._holding.settle(self._claim, settlement)
        return settlement.state.value if answer == "ok" else "lost"


def _obeyed() -> None:
    """A cancellation of this task has been obeyed. Else a time-out in what follows would take it for one that is still to be (early Python
    3.11), and the run would be left instead of put to rest."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()
