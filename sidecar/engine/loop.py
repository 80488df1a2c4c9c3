"""The loop of an agent: the model is asked, its calls are made and their results told, until it gives its final answer.

| an answer with                     | what follows                                                                  |
|------------------------------------|-------------------------------------------------------------------------------|
| calls                              | they are made side by side, and the model is asked again                      |
| calls around the final answer      | those before it are made first, then those behind it; then the run is over    |
| a text, where no structure is due  | that is the final answer                                                      |
| a call that cannot be read, or of an unknown tool | the model is told and asked again: twice in a row for each tool |
| a final answer that does not fit, or nothing that leads on | the model is told and asked again, twice              |
| nothing, because of a filter or the longest answer | the run fails: asked again, it would be the same              |
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sidecar.engine.units import Units
from sidecar.findings import sentences
from sidecar.json_text import JSON
from sidecar.models.conversation import Answer, Call, Conversation
from sidecar.models.offers import FINISH
from sidecar.runs.endings import Fail, Halt
from sidecar.tools import schemas

T = TypeVar("T")

RETRIES = 2
"""How often a model is told what was wrong before its next wrong answer of that kind ends the run."""

PROCESSED = "Final result processed."
NOT_YET = "Output not used as the final result - addressing tool retries from this round first."
NOT_USED = "Output tool not used - a final result was already processed."


@dataclass(frozen=True, slots=True)
class Final:
    """What the run leaves: a text, or an object that fits the agent's schema."""

    output: JSON


class Loop:
    """One drive of a run. `names`: of the tools; `schema`: of the final answer, None when that is a text."""

    def __init__(self, conversation: Conversation, units: Units, names: Sequence[str], schema: JSON) -> None:
        self._conversation = conversation
        self._units = units
        self._names = names
        self._schema = schema
        self._wrong: dict[str, int] = {}
        """By tool, how many answers in a row called it wrongly."""
        self._missing = 0
        """Final answers that did not fit, and answers that led nowhere."""
        self._unfit: list[dict[str, str]] = []

    async def output(self) -> JSON:
        """The run's output. Raises Halt when the run does not come to one now."""
        while True:
            answer = await self._units.ask()
            final = await self._after_calls(answer) if answer.calls else self._after_text(answer)
            if final is not None:
                return final.output

    def _after_text(self, answer: Answer) -> Final | None:
        if answer.text and not self._schema:
            return Final(answer.text)
        if not answer.text and answer.finish_reason in ("length", "content_filter"):
            raise _nonsense(
                _SILENCED[answer.finish_reason] + (f" It says: {answer.filtered}" if answer.filtered else "")
            )
        self._missing += 1
        if self._missing > RETRIES:
            raise self._no_final_answer(answer)
        self._conversation.tell_missing()
        return None

    async def _after_calls(self, answer: Answer) -> Final | None:
        """Makes the calls in the order of the answer: what stands before a final answer has ended before that is looked at."""
        unread = any(call.tool in self._names and call.arguments is None for call in answer.calls)
        final: Final | None = None
        wrong: set[str] = set()
        right: set[str] = set()
        batch: list[Call] = []
        for call in answer.calls:
            if call.tool != FINISH or not self._schema:
                batch.append(call)
                continue
            await self._make(answer, batch, wrong, right)
            batch = []
            if final is not None:
                self._conversation.tell(call, NOT_USED)
            elif (final := self._final(answer, call)) is None:
                wrong.add(FINISH)
            else:
                self._conversation.tell(call, NOT_YET if unread else PROCESSED)
        await self._make(answer, batch, wrong, right)
        again = {name: self._wrong.get(name, 0) + 1 for name in wrong}
        self._wrong = {name: count for name, count in self._wrong.items() if name not in right} | again
        return None if unread else final

    async def _make(self, answer: Answer, batch: Sequence[Call], wrong: set[str], right: set[str]) -> None:
        """Makes calls side by side, once all of them have been looked at. Notes the names of tools that were called wrongly, and rightly."""
        ids = [call.id for call in batch]
        if len(set(ids)) < len(ids):
            raise _nonsense("It gave the same id to two calls of one answer.")
        problems = [self._problem(answer, call) for call in batch]
        fine = [call for call, problem in zip(batch, problems, strict=True) if not problem]
        results = iter(await side_by_side([self._units.call(call) for call in fine]))
        for call, problem in zip(batch, problems, strict=True):
            if problem:
                cause = "validation_error" if call.tool in self._names else "unknown_tool"
                self._conversation.tell_wrong(call, problem, cause)
            else:
                self._conversation.tell(call, next(results))
            (wrong if problem else right).add(call.tool)

    def _problem(self, answer: Answer, call: Call) -> str:
        """Why a call cannot be made, as the model is told. Raises Halt when it was told often enough."""
        if call.tool not in self._names:
            known = [*self._names, FINISH] if self._schema else self._names
            there = f"Available tools: {', '.join(map(repr, sorted(known)))}" if known else "No tools available."
            problem = f"Unknown tool name: {call.tool!r}. {there}"
        elif call.arguments is None:
            problem = f"{call.problem} Correct them and call it again."
        else:
            return ""
        if self._wrong.get(call.tool, 0) >= RETRIES:
            raise _given_up(
                answer, f"It called {call.tool} wrongly {RETRIES + 1} times in a row. The last time: {problem}"
            )
        return problem

    def _final(self, answer: Answer, call: Call) -> Final | None:
        """The final answer, or None when it does not fit: then the model is told why."""
        errors = [] if call.arguments is None else schemas.errors_of(self._schema, call.arguments)
        if call.arguments is not None and not errors:
            return Final(call.arguments)
        self._missing += 1
        self._unfit = errors or self._unfit
        if self._wrong.get(FINISH, 0) >= RETRIES:
            raise self._no_final_answer(answer)
        unfit = f"The answer does not fit its schema: {json.dumps(errors, ensure_ascii=False)}"
        self._conversation.tell_wrong(call, unfit if errors else f"{call.problem} Correct them and call it again.")
        return None

    def _no_final_answer(self, answer: Answer) -> Halt:
        if not self._unfit:
            return _given_up(answer, f"Even after {RETRIES} retries it gave no final answer that can be read.")
        detail = "; ".join(f"{error['pointer'] or '/'}: {error['detail']}" for error in self._unfit)
        text = f"The answer does not fit the agent's output schema: {detail}"
        return Halt(Fail("model:output", sentences(text, "Make the schema or the prompt clearer")))


_SILENCED = {
    "length": "It reached its longest answer (max_tokens) before it said anything. Raise max_tokens in the agent's model settings.",
    "content_filter": "The provider's content filter stopped it.",
}


def _given_up(answer: Answer, message: str) -> Halt:
    if answer.cut_off:
        message = "It reached its longest answer (max_tokens) in the middle of a call. Raise max_tokens in the agent's model settings."
    return _nonsense(message)


def _nonsense(message: str) -> Halt:
    return Halt(Fail("model:nonsense", f"The model did not give a usable answer: {message}"))


async def side_by_side(bodies: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Runs all of them at once; their results in order. When one raises, or this is cancelled, the others are cancelled, and have ended."""
    if len(bodies) == 1:
        return [await bodies[0]]
    tasks = [asyncio.ensure_future(body) for body in bodies]
    if not tasks:
        return []
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        if left := [task for task in tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left)
    # Each is looked at: one that nobody asks for is logged as a defect.
    failed = [error for task in tasks if not task.cancelled() and (error := task.exception())]
    if failed:
        raise failed[0]
    return [task.result() for task in tasks]
