"""Tasks of the suite, over the product's methods: some take time, some fail, some ask."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import HandlerResult
from mcp_types import CallToolRequestParams, ElicitResult

from sidecar.mcp_server.task_methods import RequestContext, created, unknown_task
from sidecar.mcp_server.wiring import current_caller
from tests.conformance.questions import form

ENDED = ("completed", "failed", "cancelled")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def said(words: str, *, failed: bool = False) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}], "isError": failed, "resultType": "complete"}


@dataclass
class Task:
    owner: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "working"
    begun: str = field(default_factory=now)
    changed: str = field(default_factory=now)
    more: dict[str, Any] = field(default_factory=dict)
    questions: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    job: asyncio.Task[None] | None = None

    @property
    def document(self) -> dict[str, Any]:
        times = {"createdAt": self.begun, "lastUpdatedAt": self.changed, "ttlMs": 86_400_000, "pollIntervalMs": 100}
        return {"taskId": self.id, "status": self.status, **times}

    def become(self, status: str, **more: Any) -> None:
        if self.status not in ENDED:
            self.status, self.changed, self.more = status, now(), more


async def slow_compute(task: Task, arguments: dict[str, Any]) -> None:
    await asyncio.sleep(float(arguments.get("seconds", 1)))
    task.become("completed", result=said("done") | {"structuredContent": {"result": "done"}})


async def failing_job(task: Task, arguments: dict[str, Any]) -> None:
    await asyncio.sleep(0.2)
    task.become("completed", result=said("it failed", failed=True))


async def protocol_error_job(task: Task, arguments: dict[str, Any]) -> None:
    task.become("failed", error={"code": -32603, "message": "internal error"})


async def asking(task: Task, arguments: dict[str, Any], count: int) -> None:
    task.questions = {f"{task.id}-{n}": form("Sure?", "confirm", "boolean") for n in range(count)}
    task.become("input_required")
    while task.questions:
        await task.answered.wait()
        task.answered.clear()
    task.become("working")
    await asyncio.sleep(0.05)
    task.become("completed", result=said(f"{len(task.answers)} answers"))


async def confirm_delete(task: Task, arguments: dict[str, Any]) -> None:
    await asking(task, arguments, 1)


async def multi_input(task: Task, arguments: dict[str, Any]) -> None:
    await asking(task, arguments, 2)


async def named(task: Task, arguments: dict[str, Any]) -> None:
    task.become("completed", result=said(f"Hello {arguments['name']}"))


WORK: dict[str, Callable[[Task, dict[str, Any]], Awaitable[None]]] = {
    "slow_compute": slow_compute,
    "failing_job": failing_job,
    "protocol_error_job": protocol_error_job,
    "confirm_delete": confirm_delete,
    "multi_input": multi_input,
    "test_tool_with_task": named,
}


class FixtureTasks:
    """In memory (task_methods.TaskSource)."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def only_as_task(self, name: str) -> bool:
        return name == "failing_job"

    async def begin(self, ctx: RequestContext, params: CallToolRequestParams) -> HandlerResult | None:
        work, arguments = WORK.get(params.name), dict(params.arguments or {})
        if work is None:
            return None
        if work is named:
            found = (params.input_responses or {}).get("user_name")
            if not isinstance(found, ElicitResult):
                question = form("Your name?", "name").model_dump(by_alias=True, mode="json", exclude_none=True)
                return {"resultType": "input_required", "inputRequests": {"user_name": question}}
            arguments["name"] = (found.content or {}).get("name")
        task = Task(current_caller().account)
        self._tasks[task.id] = task
        task.job = asyncio.create_task(self._do(work, task, arguments))
        return created(task.document)

    @staticmethod
    async def _do(
        work: Callable[[Task, dict[str, Any]], Awaitable[None]], task: Task, arguments: dict[str, Any]
    ) -> None:
        try:
            await work(task, arguments)
        except asyncio.CancelledError:
            task.become("cancelled")

    async def get(self, ctx: RequestContext, task: str) -> Mapping[str, Any]:
        found = self._find(task)
        asked = {
            key: question.model_dump(by_alias=True, mode="json", exclude_none=True)
            for key, question in found.questions.items()
        }
        more = {"inputRequests": asked} if found.status == "input_required" else found.more
        return found.document | more

    async def update(self, ctx: RequestContext, task: str, answers: Mapping[str, Any]) -> None:
        found = self._find(task)
        for key in found.questions.keys() & answers.keys():
            found.answers[key] = answers[key]
            del found.questions[key]
        found.answered.set()

    async def cancel(self, ctx: RequestContext, task: str) -> None:
        found = self._find(task)
        if found.job:
            found.job.cancel()

    def _find(self, task: str) -> Task:
        found = self._tasks.get(task)
        if found is None or found.owner != current_caller().account:
            raise unknown_task()
        return found


def add_task_tools(server: MCPServer[Any]) -> None:
    """As they are listed, and for those who know no tasks."""

    async def taking(seconds: float = 1, label: str = "", filename: str = "") -> str:
        return "done"

    for name in WORK:
        server.add_tool(taking, name=name, description="Takes its time.")
