"""Questions of runs, put to the person at an MCP client, and tasks: by SDK clients against the API, a worker and a stand-in for Drupal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from demo.standin import StandIn
from tests.support.mcp_clients import Following, cancel_task, client, get_task, post, says, script, update_task
from tests.support.process import sidecar

Era = Literal["auto", "legacy"]
LOOKS: dict[str, Any] = {
    "tool_calls": [{"name": "find_items", "arguments": {"entity_type": "node", "bundle": "article"}}]
}
ASKING: dict[str, Any] = {"limits": {"steps": 1, "on_limit": "ask"}}
QUESTIONS = [f"The run has used {used} of {used} model requests. May it have 1 more?" for used in (1, 2)]


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> Era:
    """2026-07-28, and sessions of 2025-11-25."""
    return request.param


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site with an agent that asks for more after its first step, and one that does not end by itself."""
    with StandIn() as site:
        site.add_agent("asker", model="scripted:asker", **ASKING)
        site.add_agent("once", model="scripted:once", **ASKING)
        site.add_agent("writer", model="scripted:writer")
        site.add_agent("slow", model="scripted:slow")
        site.site.accounts.add("ann", ["run any background agent", "view any background agent run"], password="ann")
        yield site


@pytest.fixture
async def url(redis_url: str, drupal: StandIn, tmp_path: Path) -> AsyncIterator[str]:
    """Where the MCP server is."""
    script(tmp_path, LOOKS, LOOKS, {"text": "Done."}, name="asker")
    script(tmp_path, LOOKS, {"text": "Done."}, name="once")
    script(tmp_path, name="writer")
    script(tmp_path, {"text": "Never.", "delay_ms": 60_000}, name="slow")
    async with sidecar(redis_url, drupal, scripts_dir=tmp_path, data_dir=tmp_path / "data") as running:
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        yield f"http://127.0.0.1:{running.port}/mcp"


async def test_the_person_at_the_client_answers(url: str, era: Era, drupal: StandIn) -> None:
    """Within the call that waits: the run goes on, and ends as the answer of the same call. One run was started."""
    asked: list[str] = []
    async with client(url, era=era, elicitation_callback=says("approve", asked)) as mcp:
        ended = await mcp.call_tool("run_asker", {"wait_seconds": 45})
    assert ended.structured_content is not None
    assert (ended.structured_content["state"], ended.structured_content["output"]) == ("completed", "Done.")
    assert asked == QUESTIONS
    [run] = drupal.runs
    given = [event["data"] for event in drupal.events(run["uuid"]) if event["type"] == "approval_given"]
    assert [(data["decision"], data["by"], data["note"]) for data in given] == [("approve", "editor", "by hand")] * 2


async def test_a_no_is_an_answer(url: str, era: Era) -> None:
    """The run ends as it would without anybody."""
    async with client(url, era=era, elicitation_callback=says("reject")) as mcp:
        ended = await mcp.call_tool("run_asker", {"wait_seconds": 45})
    assert ended.structured_content is not None
    assert ended.structured_content["state"] == "failed"


@pytest.mark.parametrize("way", ["declines", "cannot be asked", "does not wait"])
async def test_a_question_that_nobody_answers_there(url: str, era: Era, way: str, drupal: StandIn) -> None:
    """The call tells the question, and the tool `answer` answers it: then the run ends."""
    more: dict[str, Any] = {} if way == "cannot be asked" else {"elicitation_callback": says(None)}
    async with client(url, era=era, **more) as mcp:
        seen = await mcp.call_tool("run_once", {"wait_seconds": 0 if way == "does not wait" else 45})
        assert seen.structured_content is not None
        run = seen.structured_content["run"]
        await asyncio.to_thread(drupal.wait, run, state="waiting")
        seen = await mcp.call_tool("get_run", {"run": run})
        assert seen.structured_content is not None
        question = seen.structured_content["question"]
        assert (question["question"], question["choices"]) == (QUESTIONS[0], ["approve", "reject"])
        wrong = await mcp.call_tool("answer", {"run": run, "decision": "done"})
        assert wrong.is_error
        other = await mcp.call_tool("answer", {"run": run, "decision": "approve", "question": "of before"})
        assert other.is_error
        assert f"asks another question now, {question['id']}" in other.content[0].text  # pyright: ignore[reportAttributeAccessIssue]
        assert not (await mcp.call_tool("answer", {"run": run, "decision": "approve"})).is_error
        await asyncio.to_thread(drupal.wait, run)
        ended = await mcp.call_tool("wait_for_run", {"run": run})
        assert ended.structured_content is not None
        assert ended.structured_content["state"] == "completed"
        late = await mcp.call_tool("answer", {"run": run, "decision": "approve"})
        assert late.is_error
        assert "asks nothing" in late.content[0].text  # pyright: ignore[reportAttributeAccessIssue]


# -- tasks


async def ended(session: Any, task: str) -> Any:
    """The task once it does not work any more."""
    async with asyncio.timeout(30):
        while (state := await get_task(session, task)).status == "working":
            await asyncio.sleep(0.05)
        return state


async def test_a_task_is_followed_to_its_result(url: str, drupal: StandIn) -> None:
    """The run is in Drupal before the task is answered; the result fits the tool's schema."""
    tasks: list[str] = []

    async def resolve(task: str, session: Any) -> CallToolResult:
        tasks.append(task)
        assert len(drupal.runs) == 1
        state = await ended(session, task)
        assert state.status == "completed"
        assert state.result is not None
        assert state.result["resultType"] == "complete"
        return CallToolResult.model_validate(state.result)

    async with client(url, extensions=[Following(resolve)]) as mcp:
        await mcp.list_tools()
        result = await mcp.call_tool("run_writer", {"input": {"topic": "tea"}})
    assert result.structured_content is not None
    assert (result.structured_content["state"], result.structured_content["output"]) == ("completed", "Done.")
    assert tasks[0].startswith(result.structured_content["run"])


async def test_a_task_asks_and_is_answered_once(url: str, drupal: StandIn) -> None:
    """The key of a question is its own, an answered one does not come again, an unknown one changes nothing."""
    keys: list[str] = []

    async def resolve(task: str, session: Any) -> CallToolResult:
        while (state := await ended(session, task)).status == "input_required":
            assert state.input_requests is not None
            [(key, request)] = state.input_requests.items()
            assert request["method"] == "elicitation/create"
            assert request["params"]["message"].startswith("The run has used")
            keys.append(key)
            await update_task(session, task, {"other": {"action": "accept", "content": {"decision": "approve"}}})
            await update_task(session, task, {key: {"action": "decline"}})
            assert (await get_task(session, task)).status == "input_required"
            await update_task(session, task, {key: {"action": "accept", "content": {"decision": "approve"}}})
        return CallToolResult.model_validate(state.result)

    async with client(url, extensions=[Following(resolve)]) as mcp:
        result = await mcp.call_tool("dispatch_agent", {"agent": "asker"})
    assert result.structured_content is not None
    assert result.structured_content["state"] == "completed"
    assert len(keys) == len(set(keys)) == 2
    assert len(drupal.runs) == 1


async def test_a_task_is_cancelled(url: str, drupal: StandIn) -> None:
    """And cancelling it again, or what has ended, is answered the same."""

    async def resolve(task: str, session: Any) -> CallToolResult:
        await asyncio.to_thread(drupal.wait, task.partition(".")[0], state="running")
        await cancel_task(session, task)
        state = await ended(session, task)
        assert (state.status, state.result) == ("cancelled", None)
        await cancel_task(session, task)
        return CallToolResult(content=[], structured_content={"run": task, "agent": "slow", "state": "cancelled"})

    async with client(url, extensions=[Following(resolve)]) as mcp:
        await mcp.call_tool("run_slow", {})


async def test_another_persons_task_is_unknown(url: str) -> None:
    """Also to somebody who may see all runs, and whatever is asked of it; as an unknown one."""
    tasks: list[str] = []

    async def resolve(task: str, session: Any) -> CallToolResult:
        tasks.append(task)
        return CallToolResult(content=[], structured_content={"run": task, "agent": "slow", "state": "queued"})

    async with client(url, extensions=[Following(resolve)]) as mcp:
        await mcp.call_tool("run_slow", {})
    run = tasks[0].partition(".")[0]
    async with client(url, "ann", extensions=[Following(resolve)]) as mcp:
        said: set[str] = set()
        for task in (tasks[0], run, f"{run}.{'0' * 32}", "x", f"00000000-0000-4000-8000-000000000000.{'0' * 32}"):
            for ask in (get_task, cancel_task):
                with pytest.raises(MCPError) as error:
                    await ask(mcp.session, task)
                assert error.value.code == -32602
                said.add(str(error.value))
        assert said == {"Unknown task"}
        assert not (await mcp.call_tool("get_run", {"run": run})).is_error


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_tasks_are_for_those_who_declare_them(url: str, method: str) -> None:
    """Without the capability -32021; a header that names another task -32020; no list at all."""

    async def code(method: str, *, declared: bool = True, headers: dict[str, str] | None = None) -> int:
        return (await post(url, method, {"taskId": "x.y"}, tasks=declared, headers=headers))["error"]["code"]

    assert await code(method, declared=False) == -32021
    assert await code(method, headers={"Mcp-Name": "z"}) == -32020
    assert await code(method) == -32602
    assert await code("tasks/list") == -32601


async def test_a_session_never_sees_tasks(url: str) -> None:
    """2025-11-25 has no place to declare them: the plain answer comes."""
    async with client(url, era="legacy") as mcp:
        started = await mcp.call_tool("run_slow", {})
        assert started.structured_content is not None
        assert started.structured_content["agent"] == "slow"
