"""What a message means: which agent, what input; or, of a task that asks, the answer."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass

from sidecar import json_text
from sidecar.a2a.documents import Message, Part
from sidecar.a2a.errors import A2AError, Fault
from sidecar.errors import ContractError
from sidecar.json_text import JSON, elements, is_object, members
from sidecar.remote.caller import Caller
from sidecar.remote.dispatch import Order
from sidecar.remote.documents import AgentFacts, RunFacts

AGENT = "agent"
DRY_RUN = "dryRun"
"""Members of a message's metadata that mean something here."""
TEXT = "message"
"""What a text becomes for an agent that declares no input."""
NOTE = 2_000
DECISIONS = ("approve", "reject", "done", "again", "give_up")
_CONTEXTS = uuid.UUID("6f0b5d5c-3d1c-5a44-9d7b-5d3a1c8f2e60")


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says to a question."""

    decision: str
    note: str

    def body(self, question: str) -> dict[str, JSON]:
        """The command (contracts/command#answer)."""
        return {"id": question, "decision": self.decision} | ({"note": self.note} if self.note else {})


def agent_of(message: Message, named: str | None, caller: Caller) -> str:
    """The agent that a message is for: of the address, else the one that the message names, else the only one there is."""
    said = members(message.metadata).get(AGENT)
    if said is not None and not isinstance(said, str):
        raise A2AError(Fault.PARAMS, f"message.metadata.{AGENT} is the id of an agent.")
    if named and said and said != named:
        raise A2AError(Fault.PARAMS, f"This address is of the agent {named}; the message names {said[:64]}.")
    agent = named or said
    if agent is None and len(caller.agents) == 1:
        (agent,) = caller.agents
    if agent is None:
        skills = ", ".join(sorted(caller.agents)[:20]) or "none"
        raise A2AError(
            Fault.PARAMS, f"Say which agent: message.metadata.{AGENT}, or its own address. You may dispatch {skills}."
        )
    if not caller.may_dispatch(agent):
        raise A2AError(Fault.FORBIDDEN, f"There is no agent {agent[:64]}, or none that you may dispatch.")
    return agent


def order_of(message: Message, agent: AgentFacts, caller: Caller) -> Order:
    """What is to be started. The same message again is the same order: its id is the key."""
    dry_run = members(message.metadata).get(DRY_RUN)
    if dry_run is not None and not isinstance(dry_run, bool):
        raise A2AError(Fault.PARAMS, f"message.metadata.{DRY_RUN} is true or false.")
    digest = hashlib.sha256(message.message_id.encode()).hexdigest()
    context = message.context_id or str(uuid.uuid5(_CONTEXTS, f"{caller.account}\n{message.message_id}"))
    return Order(
        agent=agent.id, input=_input(message.parts, agent), key=f"a2a-{digest}", dry_run=dry_run, origin_id=context
    )


def text_of(input: dict[str, JSON], agent: AgentFacts) -> str:
    """An input as the text of a message that means it: the one text that the agent takes, else a JSON object."""
    name = _field_for_text(agent)
    text = input.get(name) if name is not None and set(input) == {name} else None
    # What begins as an object would be read as one.
    plain = isinstance(text, str) and text.strip() and not text.strip().startswith("{")
    return text if isinstance(text, str) and plain else json.dumps(input, ensure_ascii=False)


def answer_of(message: Message, run: RunFacts) -> Answer:
    """The answer to the question of a run: data with `decision` and `note`, or a text that is one of the choices."""
    choices = [choice for choice in elements((run.question or {}).get("choices")) if choice in DECISIONS]
    choices = choices or ["approve", "reject"]
    data = _data(message.parts)
    text = _text(message.parts)
    decision = data.get("decision") if data is not None else text.lower()
    if decision not in choices:
        raise A2AError(
            Fault.PARAMS, f'The task asks a question. Send data {{"decision": ...}}, one of: {", ".join(choices)}.'
        )
    note = data.get("note", "") if data is not None else ""
    if not isinstance(note, str) or len(note) > NOTE:
        raise A2AError(Fault.PARAMS, f"The note of an answer is a text of at most {NOTE} characters.")
    return Answer(decision, note)


def _input(parts: list[Part], agent: AgentFacts) -> dict[str, JSON]:
    data = _data(parts)
    if data is not None:
        return data
    text = _text(parts)
    name = _field_for_text(agent)
    if name is None:
        raise A2AError(
            Fault.PARAMS, f"The agent {agent.id} takes more than one text: send a data part, as its input schema says."
        )
    return {name: text}


def _data(parts: list[Part]) -> dict[str, JSON] | None:
    """The object of the data part, or of a text that is one; None: there is none."""
    found = [part.data for part in parts if part.data is not None]
    if any(part.raw is not None or part.url is not None for part in parts):
        raise A2AError(Fault.MEDIA, "Files are not taken. Send text, or data as the agent's input schema says.")
    if not found and (text := _text(parts)).startswith("{"):
        try:
            found = [json_text.loads(text)]
        except (ValueError, ContractError, RecursionError):
            return None
    if not found:
        return None
    if len(found) > 1 or not is_object(found[0]):
        raise A2AError(Fault.PARAMS, "Send one data part, which is an object.")
    return found[0]


def _text(parts: list[Part]) -> str:
    return "\n\n".join(part.text for part in parts if part.text is not None).strip()


def _field_for_text(agent: AgentFacts) -> str | None:
    """The member of an agent's input that a text can only mean."""
    if agent.input_schema is None:
        return TEXT
    fields = members(agent.input_schema.get("properties"))
    texts = [name for name, schema in fields.items() if is_object(schema) and schema.get("type") == "string"]
    required = elements(agent.input_schema.get("required"))
    if not fields:
        return TEXT if agent.input_schema.get("additionalProperties", True) is not False else None
    if len(texts) == 1 and set(required) <= set(texts):
        return texts[0]
    needed = [name for name in texts if name in required]
    return needed[0] if len(needed) == 1 and set(required) == set(needed) else None
