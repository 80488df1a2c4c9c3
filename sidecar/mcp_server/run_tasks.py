"""Runs as tasks (task_methods): starting an agent gives one.

A task is a run, seen by the account that started it. Nothing is kept here: any process answers for any task."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from mcp.server.context import HandlerResult
from mcp_types import CallToolRequestParams, CallToolResult

from sidecar.errors import DrupalError, SidecarError
from sidecar.json_text import JSON
from sidecar.mcp_server import agent_tools, questions, running, troubles
from sidecar.mcp_server.arguments import WrongArguments
from sidecar.mcp_server.calling import Call, Calls
from sidecar.mcp_server.plain_text import line
from sidecar.mcp_server.questions import Question
from sidecar.mcp_server.task_methods import DONE, RequestContext, created, unknown_task
from sidecar.remote.caller import Caller
from sidecar.remote.documents import RunFacts
from sidecar.runs.run import RunState

KEPT_MILLISECONDS = 86_400_000
"""A run can be asked for at least so long; Drupal's settings say when it is removed."""
POLL_MILLISECONDS = 2_000
FAILED = frozenset({RunState.FAILED, RunState.EXPIRED})


class RunTasks:
    """As task_methods.TaskSource."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def only_as_task(self, name: str) -> bool:
        """Every tool works for every client."""
        return False

    async def begin(self, ctx: RequestContext, params: CallToolRequestParams) -> HandlerResult | None:
        """Start the agent, then answer with the task. Other tools, and arguments that do not fit, go the ordinary way."""
        call = self._calls.of(ctx, params)
        try:
            found = agent_tools.order(call, params.name, params.arguments or {})
        except WrongArguments:
            return None
        if found is None:
            return None
        order = running.order_of(*found)
        try:
            run = await running.start(call, order)
            await call.dispatches.answered(call.site, order)
        except SidecarError as error:
            if troubles.is_unknown(error):
                raise troubles.unknown() from error
            return troubles.result_of(error)
        return created(task_of(call, run))

    async def get(self, ctx: RequestContext, task: str) -> Mapping[str, JSON]:
        """How it is; with the answer of its tool once it is over, or with what it asks."""
        call, run = await self._find(ctx, task)
        told = task_of(call, run)
        if told["status"] == "completed":
            result = await agent_tools.result(call, run)
            assert isinstance(result, CallToolResult)
            result.is_error = run.state in FAILED
            return told | {"result": result.model_dump(by_alias=True, mode="json", exclude_none=True) | DONE}
        if question := _question(call, run):
            asked = question.request.model_dump(by_alias=True, mode="json", exclude_none=True)
            return told | {"inputRequests": {question.key: asked}}
        return told

    async def update(self, ctx: RequestContext, task: str, answers: Mapping[str, Any]) -> None:
        """Tell the run what the person decided. Who declines decides nothing: it waits on."""
        call, run = await self._find(ctx, task)
        question = Question.of(run)
        given = answers.get(question.key) if question else None
        if question is None or given is None:
            return
        if decided := questions.read(question, given):
            try:
                await running.give(call, question, decided)
            except SidecarError as error:
                raise troubles.protocol_error(error) from error

    async def cancel(self, ctx: RequestContext, task: str) -> None:
        """The run ends after what it is doing now."""
        call, run = await self._find(ctx, task)
        if run.state.final:
            return
        try:
            await call.site.command(run.id, "cancel")
        except SidecarError as error:
            if isinstance(error, DrupalError) and error.status == 409:  # it has ended meanwhile
                return
            raise troubles.protocol_error(error) from error

    async def _find(self, ctx: RequestContext, task: str) -> tuple[Call, RunFacts]:
        call = self._calls.of(ctx)
        run = run_of(call, task)
        try:
            return call, await call.site.run(run)
        except SidecarError as error:
            raise unknown_task() if troubles.is_unknown(error) else troubles.protocol_error(error) from error


def task_id(call: Call, run: str) -> str:
    """The id of a run as a task of the caller's account."""
    return f"{run}.{_mac(call.site.site.settings.keys[0], call.caller, run)}"


def run_of(call: Call, task: str) -> str:
    """The run of a task. Raises MCPError for one that another account started, and for what is no task."""
    run, _, mac = task.partition(".")
    known = [_mac(key, call.caller, run) for key in call.site.site.settings.keys]
    if not any(hmac.compare_digest(mac.encode(), one.encode()) for one in known):
        raise unknown_task()
    return run


def _mac(key: bytes, caller: Caller, run: str) -> str:
    return hmac.digest(key, f"mcp-task\n{caller.site}\n{caller.account}\n{run}".encode(), hashlib.sha256).hex()[:32]


def task_of(call: Call, run: RunFacts) -> dict[str, JSON]:
    """The task as it is, without result and questions."""
    times = [run.document.get(name) for name in ("finished", "started", "created")]
    known = [time for time in times if time]
    task = {
        "taskId": task_id(call, run.id),
        "status": _status(call, run),
        "createdAt": known[-1],
        "lastUpdatedAt": known[0],
        "ttlMs": KEPT_MILLISECONDS,
        "pollIntervalMs": POLL_MILLISECONDS,
    }
    said = run.message or (f"The run waits for: {run.waiting_for}." if run.waiting_for else "")
    return task | ({"statusMessage": line(said)} if said else {})


def _status(call: Call, run: RunFacts) -> str:
    if run.state is RunState.CANCELLED:
        return "cancelled"
    if run.state.final:
        return "completed"
    return "input_required" if _question(call, run) else "working"


def _question(call: Call, run: RunFacts) -> Question | None:
    """What the caller is to answer."""
    return None if call.caller.manage == "none" else Question.of(run)
