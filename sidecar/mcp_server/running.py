"""Starts runs for clients and waits for them, with progress and questions on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass

from mcp_types import InputRequiredResult

from sidecar.errors import DrupalError
from sidecar.json_text import JSON
from sidecar.mcp_server import questions
from sidecar.mcp_server.arguments import RunAgent
from sidecar.mcp_server.calling import Call
from sidecar.mcp_server.questions import Answered, Question
from sidecar.mcp_server.sentences import sentence
from sidecar.remote.dispatch import Order
from sidecar.remote.documents import RunFacts
from sidecar.remote.waiting import OnEvent, wait_for


@dataclass(frozen=True, slots=True)
class Round:
    """What we gave the client along with a question: which run asked, and what."""

    run: str
    question: str

    @property
    def text(self) -> str:
        return json.dumps({"run": self.run, "question": self.question})

    @classmethod
    def of(cls, call: Call) -> Round | None:
        """Of the round before; None in the first one. The SDK has checked that it is ours, for this caller and these arguments."""
        return cls(**json.loads(call.state)) if call.state else None


def order_of(agent: str, arguments: RunAgent) -> Order:
    """What is to be started."""
    return Order(agent, arguments.input, key=arguments.key, dry_run=arguments.dry_run or None)


async def start(call: Call, order: Order) -> RunFacts:
    """Start an agent, or get the run that the same order has started whose answer was not heard. Raises as `dispatch_once`."""
    return await call.dispatches.dispatch_once(call.site, order)


async def started(call: Call, agent: str, arguments: RunAgent) -> RunFacts | InputRequiredResult:
    """The run of an order: as it is at once, or after the wait that was asked for, or its question."""
    if (before := Round.of(call)) is not None:
        return await settled(call, before.run, arguments.wait_seconds)
    order = order_of(agent, arguments)
    run = await start(call, order)
    found = run if run.settled or not arguments.wait_seconds else await settled(call, run.id, arguments.wait_seconds)
    await call.dispatches.answered(call.site, order)
    return found


async def settled(call: Call, run: str, seconds: float) -> RunFacts | InputRequiredResult:
    """A run once it has ended, or as it is after so many seconds; or its question, for the client's person.

    Who answers at the client waits as long again. A question that nobody answers there is left to the tool `answer`, and to Drupal."""
    answered = ""
    if (before := Round.of(call)) is not None:
        facts = await call.site.run(before.run)
        question = Question.of(facts)
        if question is not None and question.id == before.question:
            given = call.answers.get(question.key)
            decided = questions.read(question, given) if given is not None else None
            if decided is None:
                return facts
            await give(call, question, decided)
        answered = before.question
    while True:
        facts = await wait_for(call.site, run, seconds, _progress_of(call), answered=answered)
        question = Question.of(facts) if seconds and questions.can_be_asked(call) else None
        if question is None:
            return facts
        if call.modern:
            return questions.required(question, Round(run, question.id).text)
        decided = await questions.ask(call, question)
        if decided is None:
            return facts
        await give(call, question, decided)
        answered = question.id


async def give(call: Call, question: Question, decided: Answered) -> None:
    """Tell the run what was decided. Somebody else may have been faster: then that counts."""
    try:
        await call.site.command(question.run, "answer", decided.body(question))
    except DrupalError as error:
        if error.status != 409:
            raise


def _progress_of(call: Call) -> OnEvent:
    """Tells the client what happens, as sentences; the number is that of the event, so it only grows."""

    async def tell(event: dict[str, JSON]) -> None:
        if text := sentence(event):
            await call.request.session.report_progress(float(event["seq"]), None, text)

    return tell
