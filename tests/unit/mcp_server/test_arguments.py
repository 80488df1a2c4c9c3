"""What the tools take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sidecar.mcp_server.arguments import (
    Answer,
    Arguments,
    DispatchAgent,
    ListRuns,
    OneRun,
    RunAgent,
    WaitForRun,
    WrongArguments,
    parse,
)
from sidecar.mcp_server.tools import PLAIN
from tests.unit.mcp_server.test_schemas import problems

RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (RunAgent, {"inputs": {}}, 'There is no "inputs" here. Did you mean "input"?'),
        (RunAgent, {"topic": "tea"}, "What the agent takes belongs into `input`."),
        (RunAgent, {"input": "x"}, "input: This is to be an object."),
        (RunAgent, {"input": "[1]"}, "input: "),
        (
            RunAgent,
            {"wait_seconds": 46},
            "or equal to 45. Seconds to wait for the result, up to 45; then use wait_for_run.",
        ),
        (RunAgent, {"key": ""}, "key: "),
        (DispatchAgent, {}, "agent: It is missing. The agent's id, as list_agents gives it."),
        (DispatchAgent, {"agent": "../x"}, "agent: "),
        (
            OneRun,
            {"run": f"{RUN}/../x"},
            "run: This is none. The run's id, as the tools that start and list runs give it.",
        ),
        (OneRun, {"run": RUN + "\n"}, "run: "),
        (WaitForRun, {"run": RUN, "seconds": -1}, "seconds: "),
        (ListRuns, {"state": "lost"}, "state: "),
        (Answer, {"run": RUN, "decision": "perhaps"}, "decision: "),
    ],
)
def test_what_does_not_fit_is_told(kind: type[Arguments], given: dict[str, Any], said: str) -> None:
    """In a sentence that names the member."""
    with pytest.raises(WrongArguments) as error:
        parse(kind, given)
    assert said in str(error.value)


def test_what_models_write_is_taken() -> None:
    """An object as text, a number as text."""
    asked = parse(RunAgent, {"input": '{"topic": "tea"}', "wait_seconds": "5"})
    assert (asked.input, asked.wait_seconds) == ({"topic": "tea"}, 5)


@pytest.mark.parametrize("name", PLAIN)
def test_our_own_schemas_are_portable(name: str) -> None:
    """No lists of types, nothing bare or empty, no nulls, no references."""
    tool = PLAIN[name].listed
    assert "$" not in json.dumps([tool.input_schema, tool.output_schema]).replace('$"', "")
    assert problems(tool.input_schema) == []
    assert problems(tool.output_schema or {"type": "object"}) == []
    assert tool.input_schema["additionalProperties"] is False
    assert "null" not in str(tool.input_schema)
    assert all("title" not in member for member in tool.input_schema["properties"].values())
