"""What messages of other agent systems mean."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.a2a.documents import Message
from sidecar.a2a.errors import A2AError, Fault
from sidecar.a2a.inputs import agent_of, answer_of, order_of
from sidecar.json_text import JSON
from sidecar.remote.caller import Caller, Origin
from sidecar.remote.credential import Credential
from sidecar.remote.documents import AgentFacts, RunFacts

TOPIC = {
    "type": "object",
    "properties": {"topic": {"type": "string"}, "words": {"type": "integer"}},
    "required": ["topic"],
}


def caller(*agents: str) -> Caller:
    me = {"account": "u1", "name": "Ann", "means": "key", "agents": list(agents), "runs": "own", "manage": "own"}
    return Caller.of("default", me, Credential("Authorization", "Bearer bgd_x"), Origin("a2a", "192.0.2.7"))


def agent(schema: dict[str, JSON] | None = None) -> AgentFacts:
    return AgentFacts("writer", "Writer", "Writes.", schema, None)


def message(*parts: dict[str, JSON], **members: Any) -> Message:
    return Message.model_validate({"messageId": "m1", "parts": list(parts), **members})


def test_an_agent_is_named_by_its_address_or_by_the_message() -> None:
    both = caller("alpha", "beta")
    assert agent_of(message({"text": "x"}), "alpha", both) == "alpha"
    assert agent_of(message({"text": "x"}, metadata={"agent": "beta"}), None, both) == "beta"
    assert agent_of(message({"text": "x"}), None, caller("alpha")) == "alpha"


@pytest.mark.parametrize(
    ("named", "metadata", "fault", "says"),
    [
        (None, {}, Fault.PARAMS, "alpha, beta"),
        (None, {"agent": 7}, Fault.PARAMS, "id of an agent"),
        ("alpha", {"agent": "beta"}, Fault.PARAMS, "of the agent alpha"),
        ("gamma", {}, Fault.FORBIDDEN, "none that you may dispatch"),
        (None, {"agent": "gamma"}, Fault.FORBIDDEN, "none that you may dispatch"),
    ],
)
def test_no_agent_is_guessed(named: str | None, metadata: dict[str, JSON], fault: Fault, says: str) -> None:
    with pytest.raises(A2AError, match=says) as refused:
        agent_of(message({"text": "x"}, metadata=metadata), named, caller("alpha", "beta"))
    assert refused.value.fault is fault


@pytest.mark.parametrize(
    ("parts", "schema", "input"),
    [
        ([{"data": {"topic": "Bread", "words": 3}}], TOPIC, {"topic": "Bread", "words": 3}),
        ([{"text": '{"topic": "Bread"}'}], TOPIC, {"topic": "Bread"}),
        ([{"text": "Bread"}], TOPIC, {"topic": "Bread"}),
        ([{"text": "Bread"}, {"text": "Butter"}], TOPIC, {"topic": "Bread\n\nButter"}),
        ([{"text": "{oops"}], TOPIC, {"topic": "{oops"}),
        ([{"text": "Hello"}], None, {"message": "Hello"}),
        ([{"text": "Hello"}], {"type": "object"}, {"message": "Hello"}),
        ([{"text": "see data"}, {"data": {"topic": "Bread"}}], TOPIC, {"topic": "Bread"}),
    ],
)
def test_an_input_is_data_or_the_one_text(parts: list[dict[str, JSON]], schema: Any, input: dict[str, JSON]) -> None:
    assert order_of(message(*parts), agent(schema), caller("writer")).input == input


@pytest.mark.parametrize(
    ("parts", "schema", "fault"),
    [
        (
            [{"text": "x"}],
            {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
            Fault.PARAMS,
        ),
        ([{"text": "x"}], {"type": "object", "properties": {}, "additionalProperties": False}, Fault.PARAMS),
        ([{"data": [1]}], TOPIC, Fault.PARAMS),
        ([{"data": {}}, {"data": {}}], TOPIC, Fault.PARAMS),
        ([{"url": "https://example.org/a.pdf"}], TOPIC, Fault.MEDIA),
        ([{"raw": "AAAA", "mediaType": "image/png"}], TOPIC, Fault.MEDIA),
    ],
)
def test_what_cannot_be_an_input_is_said(parts: list[dict[str, JSON]], schema: Any, fault: Fault) -> None:
    with pytest.raises(A2AError) as refused:
        order_of(message(*parts), agent(schema), caller("writer"))
    assert refused.value.fault is fault


def test_the_same_message_is_the_same_order() -> None:
    first = order_of(message({"text": "x"}), agent(), caller("writer"))
    again = order_of(message({"text": "x"}), agent(), caller("writer"))
    other = order_of(message({"text": "x"}, messageId="m2"), agent(), caller("writer"))
    assert first == again
    assert first.key != other.key
    assert first.origin_id != other.origin_id
    assert order_of(message({"text": "x"}, contextId="c1"), agent(), caller("writer")).origin_id == "c1"


def asking(**question: JSON) -> RunFacts:
    waiting = {"for": "approval", "data": {"question": {"id": "q1", "question": "Really?"} | question}}
    document = {"uuid": "r", "agent": "a", "state": "waiting", "waiting_for": "approval", "waiting": waiting}
    return RunFacts.of(document)


def test_a_question_is_answered_by_data_or_by_a_word() -> None:
    assert answer_of(message({"text": " Approve "}), asking()).body("q1") == {"id": "q1", "decision": "approve"}
    data = {"decision": "again", "note": "It was lost."}
    given = answer_of(message({"data": data}), asking(choices=["done", "again", "give_up"]))
    assert given.body("q1") == {"id": "q1"} | data


@pytest.mark.parametrize(
    "part",
    [{"text": "yes please"}, {"text": "done"}, {"data": {"note": "x"}}, {"data": {"decision": "approve", "note": 7}}],
)
def test_what_is_no_answer_is_refused(part: dict[str, JSON]) -> None:
    with pytest.raises(A2AError) as refused:
        answer_of(message(part), asking())
    assert refused.value.fault is Fault.PARAMS
