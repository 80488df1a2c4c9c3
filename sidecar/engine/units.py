"""The units of a run: each request to the model and each call of a tool is begun and finished in the journal, and never done twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.drupal.replies import FAILED
from sidecar.engine import doubt, failures, outcomes
from sidecar.engine.drive import Drive
from sidecar.json_text import JSON
from sidecar.models.conversation import (
    Answer,
    Call,
    Conversation,
    UnreadableAnswer,
    UnwritableAnswer,
    result_of,
    result_record,
)
from sidecar.models.estimate import Estimator
from sidecar.runs.checkpoint import UnitRecord
from sidecar.runs.counters import ASKED_WRITES
from sidecar.runs.endings import Ask, Ending, Fail, Lost
from sidecar.runs.events import LARGE, event, shortened
from sidecar.tools.base import Outcome, Tool, ToolContext, ToolSpec
from sidecar.tools.guards import GuardLimits, guarded

NONSENSE = 3
"""Calls in a row whose arguments break their schema, after which the run fails."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What a drive has in hand: the tools by their names, the conversation, what its requests may cost. `begins_with`:
    what its first request tells
    people; `guard`: the limits of a call."""

    tools: Mapping[str, Tool]
    conversation: Conversation
    estimator: Estimator
    guard: GuardLimits
    begins_with: Mapping[str, JSON]


@dataclass(slots=True)
class Making:
    """A call that is being made: `said` is what each of its events says, `began` on the monotonic clock."""

    call: Call
    unit: str
    step: int
    tool: Tool
    digest: str
    tries: int
    began: float = field(default_factory=time.monotonic)

    @property
    def spec(self) -> ToolSpec:
        """What the engine knows of the tool."""
        return self.tool.spec

    @property
    def said(self) -> dict[str, JSON]:
        """What each of its events says."""
        return {"tool": self.call.tool, "call": self.call.id, "unit": self.unit}

    def finished(self, status: str, result: JSON) -> dict[str, JSON]:
        """What its last event says."""
        milliseconds = int((time.monotonic() - self.began) * 1000)
        return self.said | {"milliseconds": milliseconds, "status": status, "result": result}


class Units:
    """The units of one drive. `asked`: how many answers the model has given, those of the journal included."""

    def __init__(self, drive: Drive, kit: Kit) -> None:
        self._drive = drive
        self._journal = drive.journal
        self._kit = kit
        self._clock = drive.services.clock
        self._specs = {name: tool.spec for name, tool in kit.tools.items()}
        self._ordinals: dict[str, int] = {}
        self._creations: Counter[str] = Counter()
        self._nonsense = 0
        self._starts = 0
        self.asked = 0

    # -- a request to the model

    async def ask(self) -> Answer:
        """The model's next answer, of the journal if it is there."""
        journal, estimator = self._journal, self._kit.estimator
        unit, self.asked = f"s{journal.segment}/model#{self.asked}", self.asked + 1
        journal.asks(unit, "")
        entry = journal.record(unit)
        if entry is not None and "v" in entry:
            return self._heard(entry["v"])[0]
        reserve, tries = estimator.reserve(), (entry or {}).get("n", 0) + 1
        async with journal.siblings.running(unit):
            first, again = self._requested(unit, tries)
            await journal.start(unit, "model", first=first, again=again, reserve=reserve)
            began = time.monotonic()
            value = await self._answer(tries)
            answer, counters = self._heard(value)
            responded = self._responded(unit, answer, counters, int((time.monotonic() - began) * 1000))
            await journal.finish(
                unit, value, events=[responded], reserve=reserve, counters=counters, c=counters | {"steps": 1}
            )
        return answer

    async def _answer(self, tries: int) -> JSON:
        try:
            async with asyncio.timeout(self._drive.services.model_timeout):
                value = await self._kit.conversation.ask(self._drive.services.redact)
        except UnwritableAnswer as error:
            ending = Fail("journal:unwritable", f"The journal cannot be written: {error}"[:300])
            raise self._journal.halt(ending) from error
        except Exception as error:  # a model may raise anything; the table of its errors says what it means
            raise self._journal.halt(self._drive.model_failed(error, tries)) from error
        self._drive.services.heard(self._drive.claim.site, self._drive.model, None)
        return value

    def _requested(self, unit: str, tries: int) -> tuple[list[str], list[str]]:
        """The events of a request: those of the first try, and those of each."""
        number, now, begins = self.asked, self._clock(), self.asked == self._drive.claim.from_step
        first = [] if begins else [event("step_finished", now, {"number": number - 1}, number - 1)]
        first.append(event("step_started", now, {"number": number}, number))
        asked = {"model": self._drive.model, "try": tries, "unit": unit} | (
            dict(self._kit.begins_with) if begins else {}
        )
        return first, [event("model_requested", now, asked, number)]

    def _responded(self, unit: str, answer: Answer, counters: Mapping[str, int], milliseconds: int) -> str:
        text = "\n".join(answer.texts)
        data = {
            "model": answer.model or self._drive.model,
            "text": text[:LARGE] if text else None,
            "tool_calls": [
                {"id": call.id, "name": call.tool, "arguments": shortened(call.shown)} for call in answer.calls
            ],
            "usage": {name: counters[name] for name in ("input_tokens", "output_tokens", "cost_micros")},
            "finish_reason": answer.finish_reason,
            "milliseconds": milliseconds,
            "unit": unit,
        }
        return event("model_responded", self._clock(), data, self.asked)

    def _heard(self, value: JSON) -> tuple[Answer, dict[str, int]]:
        """Takes an answer, fresh or replayed, into the conversation, the estimate and the ordinals; with the counters that FINISH adds."""
        if value.get("state") == "suspended":
            message = "The run was begun by a release that kept half answers of the model. Retry it from the beginning."
            raise self._journal.halt(Fail("journal:version", message))
        try:
            answer = self._kit.conversation.hear(value)
        except UnreadableAnswer as error:
            ending = Fail("journal:unreadable", f"The journal cannot be read: {error}"[:300])
            raise self._journal.halt(ending) from error
        return answer, self._kit.estimator.counted(answer.usage) | self._count_calls(answer)

    def _count_calls(self, answer: Answer) -> dict[str, int]:
        """Notes the calls of an answer in their order; counters for the limits: calls, and drafts that they ask for."""
        writes = self._starts = 0
        for call in answer.calls:
            spec = self._specs.get(call.tool)
            target = f"{call.tool}:{call.shown.get('entity_type')}:{call.shown.get('bundle')}"
            self._ordinals[self._unit_of(call)] = self._creations[target]
            self._creations[target] += 1
            writes += bool(spec and spec.drupal_write)
            self._starts += bool(spec and spec.starts_agent)
        return {"tool_calls": sum(call.tool in self._specs for call in answer.calls), ASKED_WRITES: writes}

    # -- a call of a tool

    def _unit_of(self, call: Call) -> str:
        """The unit of a call of the last answer: ids repeat over steps, calls that run side by side finish in any order."""
        return f"s{self._journal.segment}/{self.asked}/{call.tool}@{call.id}"

    async def call(self, call: Call) -> JSON:
        """What a call came to, as the model is told; of the journal if it is there."""
        journal, unit, tool = self._journal, self._unit_of(call), self._kit.tools[call.tool]
        digest = hashlib.sha256(json.dumps(call.arguments, sort_keys=True, default=str).encode()).hexdigest()[:16]
        journal.asks(unit, digest)
        entry = journal.record(unit)
        if entry is not None and "v" in entry:
            self._kit.estimator.add(len(json.dumps(entry["v"])))
            return result_of(entry["v"])
        decided = doubt.decided(journal, unit, call, tool.spec)
        making = Making(call, unit, self.asked, tool, digest, (entry or {}).get("n", 0) + 1)
        async with journal.siblings.running(unit, unsafe=not tool.spec.repeatable):
            await self._begin(making, decided)
            making.began = time.monotonic()
            context = self._context(making)
            outcome = decided or await guarded(tool, context, call.arguments, self._kit.guard)
            if outcome.reason == "stale_attempt":
                if not await journal.refresh_attempt():
                    raise journal.halt(Lost())
                outcome = await guarded(tool, context, call.arguments, self._kit.guard)
            return await self._end(making, outcome)

    async def _begin(self, making: Making, decided: Outcome | None) -> None:
        repeatable = making.spec.repeatable
        if not repeatable and decided is None:
            # Output commit comes first: after a loss of Redis Drupal must know that this may have been done.
            await doubt.store_checkpoint(self._drive, making.unit, {"n": making.tries, "d": making.digest})
        started = making.said | {"arguments": shortened(making.call.arguments), "try": making.tries}
        requested = event(
            "tool_started", self._clock(), started | ({} if repeatable else {"repeatable": False}), making.step
        )
        known = "run" in (self._journal.record(making.unit) or {})  # it began before the run waited for it
        again = [] if known else [requested]
        await self._journal.start(making.unit, "tool", digest=making.digest, first=[], again=again)

    def _context(self, making: Making) -> ToolContext:
        journal, unit = self._journal, making.unit
        return ToolContext(
            run=journal.claim.run,
            generation=journal.claim.generation,
            step=making.step,
            call_id=making.call.id,
            key=journal.effect_key(unit),
            attempt=lambda: journal.attempt,
            checkpoint=lambda: journal.checkpoint(unit),
            ordinal=self._ordinals.get(unit, 0),
            confirm=journal.confirm,
            past=self._kit.conversation.past,
            started=(journal.record(unit) or {}).get("run", ""),
            share=lambda: outcomes.share(journal, self._starts),
        )

    async def _end(self, making: Making, outcome: Outcome) -> JSON:
        """Books what a call came to; answers what the model is told. Raises Halt when the run does not go on now."""
        failure = failures.failure_of(outcome, making.call.tool, making.digest)
        outcome = failures.judged(outcome, self._journal.equal_failures(failure))
        if outcome.status == "retry":
            raise self._journal.halt(await self._not_done(making, outcome, failure))
        if outcome.status == "unknown":
            raise self._journal.halt(self._unknown(making, outcome))
        value = result_record(outcome.content)
        self._kit.estimator.add(len(json.dumps(value)))
        data = making.finished(outcome.status, shortened(value["result"]))
        events, saved = [event("tool_finished", self._clock(), data, making.step)], list[str]()
        if outcome.progress is not None:
            events.append(event("progress_reported", self._clock(), outcome.progress, making.step))
        if outcome.change is not None:
            events.append(event("change_saved", self._clock(), outcomes.change(outcome.change), making.step))
        if outcome.carried or (outcome.change is not None and not outcome.change.get("replayed")):
            saved = self._journal.carried(making.unit)
        counters = outcomes.booked(making.spec, outcome)
        known = UnitRecord(c=counters, f=failure) if failure else UnitRecord(c=counters)
        await self._journal.finish(making.unit, value, events=events, saved=saved, counters=counters, **known)
        self._look_after(outcome)
        return value["result"]

    def _look_after(self, outcome: Outcome) -> None:
        """Raises Halt when the run ends by what a call came to."""
        if outcome.fatal:
            raise self._journal.halt(Fail(outcome.reason, outcome.message))
        self._nonsense = self._nonsense + 1 if outcome.reason == "tool:invalid_arguments" else 0
        if self._nonsense >= NONSENSE:
            message = f"The model called tools with arguments that break their schema {NONSENSE} times in a row. Last: {outcome.message}"
            raise self._journal.halt(Fail("model:nonsense", message))

    async def _not_done(self, making: Making, outcome: Outcome, failure: str) -> Ending:
        """The call is known not to have been carried out: starting it again is no repetition, whatever the tool is."""
        more, ending = UnitRecord(), None
        if outcome.run:  # it is under way as a run of its own: nothing has come of it yet that could be told
            saved = self._journal.carried(making.unit) if outcome.carried else []
            await self._journal.undo(making.unit, [], saved=saved, run=outcome.run)
            return outcomes.waits(outcome)
        if outcome.reason == FAILED:
            answers = await self._drive.site_answers()
            tries = failures.equal_tries(self._journal.record(making.unit), failure) if answers else 0
            more, ending = UnitRecord(e=[failure, tries]), failures.not_done(outcome, tries, answers=answers)
        data = making.finished("retry", {"reason": outcome.reason, "message": outcome.message})
        await self._journal.undo(making.unit, [event("tool_finished", self._clock(), data, making.step)], **more)
        return ending or outcomes.waits(outcome)

    def _unknown(self, making: Making, outcome: Outcome) -> Ending:
        if making.spec.repeatable:
            return outcomes.waits(outcome)
        return Ask(making.unit, making.call.tool, making.call.arguments)
