"""Questions of a run that waits for a person, put to the person at the client.

2026-07-28: our answer is the question, and the client calls again with what the person said. 2025-11-25: we ask within the session."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

from sidecar.json_text import JSON, elements, is_object, members
from sidecar.mcp_server.arguments import DECISIONS
from sidecar.mcp_server.calling import Call
from sidecar.mcp_server.plain_text import clean
from sidecar.remote.documents import RunFacts

ASKING_SECONDS = 600.0
"""How long the person at a client of a session may think. The run waits longer; then `answer` is left."""
NOTE = 2_000
MEANINGS = {
    "approve": "allow it",
    "reject": "do not allow it",
    "done": "it was done",
    "again": "it was not done, do it again",
    "give_up": "end the run",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks. `key` names it in the protocol and is different for each question."""

    run: str
    id: str
    text: str
    choices: tuple[str, ...]

    @property
    def key(self) -> str:
        return "q" + hashlib.sha256(f"{self.run}\n{self.id}".encode()).hexdigest()[:24]

    @classmethod
    def of(cls, run: RunFacts) -> Question | None:
        """The question that a run waits for."""
        asked = run.question
        if not asked or not isinstance(asked.get("id"), str):
            return None
        choices = [choice for choice in elements(asked.get("choices")) if choice in DECISIONS]
        text = clean(str(asked.get("question") or ""), 2_000)
        return cls(run.id, asked["id"], text, tuple(choices or ("approve", "reject")))

    @property
    def form(self) -> dict[str, JSON]:
        """What the person fills in."""
        meanings = "; ".join(f"{choice}: {MEANINGS[choice]}" for choice in self.choices)
        why = "Why, for those who read the history."
        return {
            "type": "object",
            "properties": {
                "decision": {
                    "type": "string",
                    "title": "Decision",
                    "description": f"{meanings}.",
                    "enum": list(self.choices),
                },
                "note": {"type": "string", "title": "Note", "description": why, "maxLength": NOTE, "default": ""},
            },
            "required": ["decision"],
        }

    @property
    def request(self) -> ElicitRequest:
        """The question as the protocol has it."""
        return ElicitRequest(params=ElicitRequestFormParams(message=self.text, requested_schema=self.form))


@dataclass(frozen=True, slots=True)
class Answered:
    """What the person decided."""

    decision: str
    note: str | None

    def body(self, question: Question) -> dict[str, JSON]:
        """The command to the run."""
        return {"id": question.id, "decision": self.decision} | ({"note": self.note} if self.note else {})


def can_be_asked(call: Call) -> bool:
    """Whether the client takes questions to a person, and the caller may answer any."""
    capabilities = call.request.session.client_capabilities
    if capabilities is None or capabilities.elicitation is None or call.caller.manage == "none":
        return False
    return call.modern or call.request.session.can_send_request


def required(question: Question, state: str) -> InputRequiredResult:
    """The question as our answer."""
    return InputRequiredResult(input_requests={question.key: question.request}, request_state=state)


async def ask(call: Call, question: Question) -> Answered | None:
    """Ask within the session. None: nobody decided, whatever the reason; the run goes on waiting."""
    try:
        async with asyncio.timeout(ASKING_SECONDS):
            result = await call.request.session.elicit_form(question.text, question.form, call.request.request_id)
    except (MCPError, TimeoutError):
        return None
    return read(question, result)


def read(question: Question, given: Any) -> Answered | None:
    """What a client sends back: None unless the person accepted and chose one of the choices."""
    response: JSON = given if is_object(given) else given.model_dump(by_alias=True, mode="json")
    if response.get("action") != "accept":
        return None
    content = members(response.get("content"))
    decision, note = content.get("decision"), content.get("note")
    if decision not in question.choices:
        return None
    return Answered(decision, note[:NOTE] if isinstance(note, str) and note.strip() else None)
