"""The methods of the tasks extension (`io.modelcontextprotocol/tasks`), for clients of 2026-07-28 that declare it.

What a task is, and where it is kept, is the source's business; here is what every source has to obey on the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver.server import require_client_extension
from mcp.shared.exceptions import MCPError
from mcp_types import HEADER_MISMATCH, INVALID_PARAMS, CallToolRequestParams, RequestParams
from pydantic import Field

from sidecar.json_text import JSON

TASKS = "io.modelcontextprotocol/tasks"
MODERN = frozenset({"2026-07-28"})
DONE: dict[str, JSON] = {"resultType": "complete"}

RequestContext = ServerRequestContext[Any, Any]
Params = TypeVar("Params", bound="TaskParams")


class TaskParams(RequestParams):
    """Which task."""

    task_id: str


class UpdateParams(TaskParams):
    """What a person answered, by the keys of the questions."""

    input_responses: dict[str, Any] = Field(default_factory=dict)


class TaskSource(Protocol):
    """Where tasks come from. Another caller's task is as unknown as one that never was: `unknown_task`."""

    def only_as_task(self, name: str) -> bool:
        """Whether this tool can do nothing for clients without tasks."""
        ...

    async def begin(self, ctx: RequestContext, params: CallToolRequestParams) -> HandlerResult | None:
        """Answer a call by a task that is kept already (`created`), or by a question to answer first. None: an ordinary call."""
        ...

    async def get(self, ctx: RequestContext, task: str) -> Mapping[str, JSON]:
        """The task with its result, its error, or its open questions."""
        ...

    async def update(self, ctx: RequestContext, task: str, answers: Mapping[str, Any]) -> None:
        """Take answers to questions that are open; others are passed over."""
        ...

    async def cancel(self, ctx: RequestContext, task: str) -> None:
        """Ask it to end. One that has ended stays as it is."""
        ...


class TaskMethods(Extension):
    """The extension over one source. There is no list of tasks, on purpose."""

    identifier = TASKS

    def __init__(self, source: TaskSource) -> None:
        self._source = source

    def methods(self) -> Sequence[MethodBinding]:
        return [
            MethodBinding("tasks/get", TaskParams, self._checked(self._get), MODERN),
            MethodBinding("tasks/update", UpdateParams, self._checked(self._update), MODERN),
            MethodBinding("tasks/cancel", TaskParams, self._checked(self._cancel), MODERN),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: RequestContext, call_next: CallNext
    ) -> HandlerResult:
        """A task for those who follow tasks; all others, and ordinary calls, go their way."""
        if declares_tasks(ctx):
            begun = await self._source.begin(ctx, params)
            return await call_next(ctx) if begun is None else begun
        if self._source.only_as_task(params.name):
            require_client_extension(ctx, TASKS)
        return await call_next(ctx)

    def _checked(
        self, answer: Callable[[RequestContext, Params], Awaitable[HandlerResult]]
    ) -> Callable[[RequestContext, Params], Awaitable[HandlerResult]]:
        """The SDK compares the routing header for its own methods alone."""

        async def handle(ctx: RequestContext, params: Params) -> HandlerResult:
            require_client_extension(ctx, TASKS)
            headers = getattr(ctx.request, "headers", None)  # there is none by stdio
            if headers is not None and headers.get("mcp-name") != params.task_id:
                raise MCPError(code=HEADER_MISMATCH, message="The header Mcp-Name does not name the task.")
            return await answer(ctx, params)

        return handle

    async def _get(self, ctx: RequestContext, params: TaskParams) -> HandlerResult:
        return {**await self._source.get(ctx, params.task_id), **DONE}

    async def _update(self, ctx: RequestContext, params: UpdateParams) -> HandlerResult:
        await self._source.update(ctx, params.task_id, params.input_responses)
        return DONE

    async def _cancel(self, ctx: RequestContext, params: TaskParams) -> HandlerResult:
        await self._source.cancel(ctx, params.task_id)
        return DONE


def created(task: Mapping[str, JSON]) -> dict[str, JSON]:
    """The answer to a call that began a task."""
    return {**task, "resultType": "task"}


def declares_tasks(ctx: RequestContext) -> bool:
    """Whether this client follows tasks."""
    capabilities = ctx.session.client_capabilities
    extensions = (capabilities.extensions if capabilities else None) or {}
    return TASKS in extensions and ctx.protocol_version in MODERN


def unknown_task() -> MCPError:
    """There is no such task, for this caller."""
    return MCPError(code=INVALID_PARAMS, message="Unknown task")
