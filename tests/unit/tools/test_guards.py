"""The guard: nothing raises past it, nothing wrong gets in, nothing secret or too large gets out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import ToolError
from sidecar.redact import MARK, Redactor
from sidecar.tools import guards
from sidecar.tools.base import Outcome, ToolContext, ToolSpec
from sidecar.tools.guards import GuardLimits, bounded, guarded
from tests.support.agents import context

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
READ_ONLY = {"read_only": True}
DRUPAL_WRITE = {"drupal_write": True}


class Scripted:
    """A tool that does what it is told. `calls` counts."""

    def __init__(self, does: Any, **hints: bool) -> None:
        self.spec = ToolSpec("probe", "A probe.", SCHEMA, ask_less="Ask for n = 1.", **hints)  # type: ignore[arg-type]
        self.does = does
        self.calls = 0

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> Outcome:
        self.calls += 1
        if isinstance(self.does, BaseException):
            raise self.does
        return self.does if isinstance(self.does, Outcome) else await self.does()


@pytest.mark.parametrize(
    ("arguments", "pointer"),
    [({"n": "one"}, "/n"), ({}, ""), ({"n": 1, "m": 2}, ""), (["n"], ""), ("n", ""), (None, "")],
)
async def test_wrong_arguments_never_reach_the_tool(arguments: Any, pointer: str) -> None:
    """The model is told where it is wrong; the tool is not called."""
    tool = Scripted(Outcome("ok"))
    outcome = await guarded(tool, context(), arguments, GuardLimits())
    assert (outcome.status, outcome.reason) == ("error", guards.INVALID_ARGUMENTS)
    assert outcome.content["errors"][0]["pointer"] == pointer
    assert tool.calls == 0


@pytest.mark.parametrize(
    ("hints", "status"),
    [(READ_ONLY, "retry"), (DRUPAL_WRITE, "retry"), ({"idempotent": True}, "retry"), ({}, "unknown")],
)
async def test_a_tool_that_does_not_answer(hints: dict[str, bool], status: str) -> None:
    """After the time limit only what may be repeated is retried."""
    outcome = await guarded(Scripted(asyncio.Event().wait, **hints), context(), {"n": 1}, GuardLimits(seconds=0.01))
    assert (outcome.status, outcome.reason) == (status, guards.TIMEOUT)


@pytest.mark.parametrize(
    ("hints", "status"),
    [(READ_ONLY, "error"), (DRUPAL_WRITE, "retry"), ({"idempotent": True}, "retry"), ({}, "unknown")],
)
@pytest.mark.parametrize("error", [KeyError("x"), ToolError("gone"), TimeoutError(), RecursionError()])
async def test_a_defect_of_a_tool_is_a_value(hints: dict[str, bool], status: str, error: Exception) -> None:
    """Whatever a tool raises, the engine gets an outcome."""
    outcome = await guarded(Scripted(error, **hints), context(), {"n": 1}, GuardLimits())
    assert (outcome.status, outcome.reason) == (status, guards.DEFECT)
    assert outcome.message.startswith("probe failed")


async def test_a_result_that_is_no_json_is_a_defect() -> None:
    """Nothing raises past the guard: neither depth (the call is over, its result cannot be shown), nor strange values, nor text that UTF-8
    cannot hold."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    outcome = await guarded(Scripted(Outcome("ok", deep), **READ_ONLY), context(), {"n": 1}, GuardLimits())
    assert (outcome.status, "cannot be shown" in outcome.content["note"]) == ("ok", True)
    for content in (object(), {"a": {1, 2}}):
        outcome = await guarded(Scripted(Outcome("ok", content), **READ_ONLY), context(), {"n": 1}, GuardLimits())
        assert outcome.reason == guards.DEFECT
    assert (await guarded(Scripted(Outcome("ok")), context(), deep, GuardLimits())).status in ("error", "unknown")
    outcome = await guarded(
        Scripted(Outcome("ok", {"a": "\ud83d!"}, message="\udc00")), context(), {"n": 1}, GuardLimits()
    )
    assert (outcome.content, outcome.message) == ({"a": "?!"}, "?")
    while deep:
        deep = deep.pop()  # else the interpreter's own recursion frees it


async def test_cancelling_passes_through() -> None:
    """A worker that drains must be able to stop a call."""
    task = asyncio.create_task(guarded(Scripted(asyncio.Event().wait), context(), {"n": 1}, GuardLimits()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_unknown_of_a_repeatable_tool_is_a_retry() -> None:
    """In doubt is only what cannot be repeated."""
    assert (
        await guarded(Scripted(Outcome("unknown"), **READ_ONLY), context(), {"n": 1}, GuardLimits())
    ).status == "retry"
    assert (await guarded(Scripted(Outcome("unknown")), context(), {"n": 1}, GuardLimits())).status == "unknown"


async def test_secrets_are_out_before_anyone_sees_the_result() -> None:
    """Content, message and change are redacted."""
    secret = "bga_11111111-1111-4111-8111-111111111111.1.0a1b2c3d.AbCdEf"
    tool = Scripted(Outcome("ok", {"a": [secret, "hunter2!"]}, message=secret, change={"label": secret}))
    outcome = await guarded(tool, context(), {"n": 1}, GuardLimits(redact=Redactor(["hunter2!"])))
    assert outcome.content == {"a": [MARK, MARK]}
    assert outcome.message == MARK
    assert outcome.change == {"label": MARK}


async def test_a_result_too_large_says_how_to_ask_for_less() -> None:
    """What was cut is said, with the tool's own advice."""
    outcome = await guarded(Scripted(Outcome("ok", "x" * 5_000)), context(), {"n": 1}, GuardLimits(result_bytes=1_000))
    assert "Ask for n = 1." in outcome.content["cut"]
    assert outcome.content["beginning"].startswith("xxx")


def test_of_a_list_whole_items_are_kept() -> None:
    """A list is cut between items, and says how many there were."""
    content = {"items": [{"n": n, "text": "é" * 50} for n in range(50)], "more": False}
    cut = bounded(content, 2_000, "Ask for fewer.")
    assert 0 < len(cut["items"]) < 50
    assert cut["items"] == content["items"][: len(cut["items"])]
    assert f"{len(cut['items'])} of 50" in cut["cut"]


@given(
    st.recursive(
        st.text(max_size=200) | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=8) | st.fixed_dictionaries({"items": st.lists(inner, max_size=8)}),
        max_leaves=40,
    ),
    st.integers(min_value=600, max_value=3_000),
)
def test_a_bounded_result_fits(content: Any, limit: int) -> None:
    """However odd the content: at most `limit` bytes of JSON, and untouched when it fits."""
    size = len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    cut = bounded(content, limit, "Ask for less.")
    assert len(json.dumps(cut, ensure_ascii=False).encode("utf-8", "replace")) <= limit
    if size <= limit:
        assert cut == content
