"""The scripted model: what it plays, what it knows, and how it says that a script is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai import Agent, StructuredDict
from pydantic_ai.exceptions import ModelConnectionError, ModelHTTPError, ModelRateLimitError, ModelServerError
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, ToolCallPart, ToolReturnPart, UserPromptPart

from sidecar.errors import ModelError
from sidecar.models.names import classify
from sidecar.models.scripted.model import FileTries, MemoryTries, scripted_model
from sidecar.models.scripted.script import Known, ScriptError, parse

PROMPT = 'You were started by: {"type": "cron"}\n\nInput:\n{"title": "Tea", "n": 3, "a.b": {"c/d": 1}}'


def model(*steps: dict[str, Any], tries: Any = None, **script: Any) -> Any:
    """A scripted model that plays these steps."""
    return scripted_model(parse("test", json.dumps({"steps": steps, **script})), tries or MemoryTries())


async def played(*steps: dict[str, Any], output: Any = str, tries: Any = None, **script: Any) -> Any:
    """The output of a run with one tool, `look`, which answers `{"id": 7, "items": ["x", "y"]}`."""
    agent = Agent(model(*steps, tries=tries, **script), output_type=output)

    @agent.tool_plain
    def look(what: str) -> dict[str, Any]:
        return {"id": 7, "items": ["x", what]}

    return await agent.run(PROMPT)


async def test_a_script_uses_input_and_earlier_results() -> None:
    """As values of their own type, and inside of text."""
    result = await played(
        {"tool_calls": [{"name": "look", "arguments": {"what": "{{ input.title }}"}}]},
        {"text": "{{trigger.type}}: {{ step1.call0.id }} and {{step1.call0.items.1}}, {{ step1.call0.items }}"},
    )
    assert result.output == 'cron: 7 and Tea, ["x", "Tea"]'
    assert (result.usage.input_tokens, result.usage.output_tokens, result.usage.requests) == (200, 40, 2)


async def test_an_output_fits_the_agent_s_output_tool() -> None:
    """With a schema the answer is a call of it; placeholders keep their type."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    result = await played({"output": {"n": "{{ input.n }}"}}, output=StructuredDict(schema, name="finish"))
    assert result.output == {"n": 3}
    assert (await played({"output": {"n": "{{ input.n }}"}})).output == '{"n": 3}'


def test_keys_with_dots_are_reached_by_a_pointer() -> None:
    """`/` begins a JSON pointer."""
    known = Known("test", 1, [ModelRequest([UserPromptPart(PROMPT)])])
    assert known.fill("{{ input/a.b/c~1d }}") == 1


def test_ids_that_repeat_over_steps_do_not_mix_results() -> None:
    """Providers repeat ids; only the parts up to the next answer belong to a call."""
    history: list[ModelMessage] = [ModelRequest([UserPromptPart("{}")])]
    for value in ("first", "second"):
        history.append(ModelResponse([ToolCallPart("look", {}, tool_call_id="same")]))
        history.append(ModelRequest([ToolReturnPart("look", {"v": value}, tool_call_id="same")]))
    known = Known("test", 3, history)
    assert (known.fill("{{step1.call0.v}}"), known.fill("{{step2.call0.v}}")) == ("first", "second")


@pytest.mark.parametrize(
    ("placeholder", "said"),
    [
        ("{{ input.none }}", "nothing at none; there are a.b, n, title"),
        ("{{ input.title.x }}", "there is a str"),
        ("{{ step1.call0.id }}", "only 0 steps are over"),
        ("{{ step1 }}", "name a call"),
        ("{{ env.HOME }}", "begin with `input`"),
        ("{{ }}", "begin with `input`"),
    ],
)
async def test_a_placeholder_that_finds_nothing_says_what_there_is(placeholder: str, said: str) -> None:
    """Never an empty value."""
    with pytest.raises(ScriptError, match=said):
        await played({"text": placeholder})


async def test_a_script_that_has_ended_says_so() -> None:
    """It is not begun anew."""
    with pytest.raises(ScriptError, match="has 1 steps, and step 2"):
        await played({"tool_calls": [{"name": "look", "arguments": {"what": "x"}}]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("{}", '"steps" is a required property'),
        ('{"steps": []}', "/steps"),
        ('{"steps": [{"txt": "x"}]}', "/steps/0"),
        ('{"steps": [{"tool_calls": [{"arguments": {}}]}]}', "/steps/0/tool_calls/0"),
        ('{"steps": [{"error": {"status": "429"}}]}', "/steps/0/error/status"),
    ],
)
def test_a_wrong_script_says_where(text: str, said: str) -> None:
    """A misspelt key is not passed over."""
    with pytest.raises(ScriptError, match=said):
        parse("test", text)


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (429, ModelRateLimitError, "model:rate_limited"),
        (503, ModelServerError, "model:unavailable"),
        (0, ModelConnectionError, "model:unavailable"),
        (401, ModelHTTPError, "model:refused"),
        (404, ModelHTTPError, "model:unknown_model"),
        (400, ModelHTTPError, "model:bad_request"),
    ],
)
async def test_an_error_is_what_a_provider_would_raise(status: int, kind: type[Exception], reason: str) -> None:
    """With the script's own words."""
    with pytest.raises(kind) as raised:
        await played({"error": {"status": status, "message": "slow down", "retry_after": 3}})
    found = classify(raised.value)
    assert found.reason == reason
    assert "slow down" in str(found)
    assert found.retry_after == (3 if status else None)


async def test_an_error_can_pass_after_some_times() -> None:
    """And the step then goes on as written."""
    steps = {"error": {"status": 503, "times": 2}, "text": "at last"}
    tries = MemoryTries()
    for _ in range(2):
        with pytest.raises(ModelServerError):
            await played(steps, tries=tries)
    assert (await played(steps, tries=tries)).output == "at last"


async def test_variants_differ_when_asked_again_and_survive_a_process(tmp_path: Path) -> None:
    """The n-th try plays the n-th variant, the last one for all that follow; each key has its own count."""
    step = {"variants": [{"text": "one"}, {"text": "two"}]}
    said = [(await played(step, tries=FileTries(tmp_path))).output for _ in range(3)]
    assert said == ["one", "two", "two"]
    other = await played(step, tries=FileTries(tmp_path), tries_key="{{ input.title }}")
    assert other.output == "one"


async def test_the_same_history_gives_the_same_answer() -> None:
    """Which is what a replay relies on."""
    agent = Agent(model({"text": "a"}, {"text": "b {{ prompt }}"}))
    first = await agent.run("hello")
    again = [await agent.run("go on", message_history=first.all_messages()) for _ in range(2)]
    assert [result.output for result in again] == ["b hello", "b hello"]


JSON_WITHOUT_BRACES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_characters="{}", codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_WITHOUT_BRACES)
def test_what_has_no_placeholder_stays(value: Any) -> None:
    """Of any type, at any depth."""
    assert Known("test", 1, []).fill(value) == value


@given(JSON_WITHOUT_BRACES)
def test_a_placeholder_gives_the_value_back_whole(value: Any) -> None:
    """What a run gets as input is what the script passes on."""
    known = Known("test", 1, [ModelRequest([UserPromptPart("Input:\n" + json.dumps({"v": value}, indent=1))])])
    assert known.fill("{{ input.v }}") == value
    assert known.fill(["{{input.v}}"]) == [value]


def test_a_script_error_ends_the_run() -> None:
    """It is a ModelError that is not retried."""
    error = classify(ScriptError("x"))
    assert isinstance(error, ModelError)
    assert not error.retryable
