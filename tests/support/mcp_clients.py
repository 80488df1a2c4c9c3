"""MCP clients of people of the stand-in, over HTTP, and what they say to questions."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx2
from mcp import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, ElicitResult, Request, RequestParams, Result
from pydantic import Field

TASKS = "io.modelcontextprotocol/tasks"
DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}
DRAFTING = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]


def script(folder: Path, *steps: dict[str, Any], name: str = "test") -> Path:
    """What the scripted model says, step by step."""
    (folder / f"{name}.json").write_text(json.dumps({"steps": steps or DRAFTING}))
    return folder


def basic(name: str, password: str | None = None) -> str:
    """What somebody shows. A person of the stand-in has their name for a password unless told otherwise."""
    return "Basic " + base64.b64encode(f"{name}:{password or name}".encode()).decode()


@asynccontextmanager
async def client(
    url: str, who: str = "editor", *, era: Literal["auto", "legacy"] = "auto", **more: Any
) -> AsyncIterator[Client]:
    """A client of the SDK, of a person or with a dispatch key; `auto`: 2026-07-28, `legacy`: a session of 2025-11-25."""
    shown = f"Bearer {who}" if who.startswith("bgd_") else basic(who)
    async with (
        httpx2.AsyncClient(headers={"Authorization": shown}, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=era, **more) as made,
    ):
        yield made


def says(decision: str | None, asked: list[str] | None = None) -> Callable[..., Any]:
    """A person at a client who answers each question like that; None: who does not want to decide."""

    async def answer(context: Any, params: Any) -> ElicitResult:
        if asked is not None:
            asked.append(params.message)
        if decision is None:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content={"decision": decision, "note": "by hand"})

    return answer


class TaskMade(Result):
    """The answer that is a task."""

    result_type: Literal["task"] = Field(alias="resultType")
    task_id: str
    status: str
    poll_interval_ms: int | None = None
    ttl_ms: int | None = None


class TaskParams(RequestParams):
    """Which."""

    task_id: str
    input_responses: dict[str, Any] | None = None


class GetTask(Request[TaskParams, Literal["tasks/get"]]):
    """How a task is."""

    method: Literal["tasks/get"] = "tasks/get"
    params: TaskParams
    name_param = "taskId"


class UpdateTask(Request[TaskParams, Literal["tasks/update"]]):
    """What somebody answered."""

    method: Literal["tasks/update"] = "tasks/update"
    params: TaskParams
    name_param = "taskId"


class CancelTask(Request[TaskParams, Literal["tasks/cancel"]]):
    """That it shall end."""

    method: Literal["tasks/cancel"] = "tasks/cancel"
    params: TaskParams
    name_param = "taskId"


class TaskState(Result):
    """How it is."""

    status: str
    result: dict[str, Any] | None = None
    input_requests: dict[str, Any] | None = None
    status_message: str | None = None


class Following(ClientExtension):
    """Declares tasks; `resolve` says how one is followed and is called with its id and the session."""

    identifier = TASKS

    def __init__(self, resolve: Callable[[str, Any], Any]) -> None:
        self._resolve = resolve

    def claims(self) -> list[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=TaskMade, resolve=self._claimed)]

    async def _claimed(self, task: TaskMade, context: ClaimContext) -> CallToolResult:
        return await self._resolve(task.task_id, context.session)


async def get_task(session: Any, task: str) -> TaskState:
    """How a task is."""
    return await session.send_request(GetTask(params=TaskParams(task_id=task)), TaskState)


async def update_task(session: Any, task: str, answers: dict[str, Any]) -> Result:
    """Answer its questions."""
    return await session.send_request(UpdateTask(params=TaskParams(task_id=task, input_responses=answers)), Result)


async def cancel_task(session: Any, task: str) -> Result:
    """End it."""
    return await session.send_request(CancelTask(params=TaskParams(task_id=task)), Result)


async def post(
    url: str,
    method: str,
    params: dict[str, Any],
    *,
    tasks: bool = False,
    who: str = basic("editor"),
    timeout: float = 60,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """One request of 2026-07-28 as a client without the SDK sends it; what is answered. Raises httpx2.TransportError."""
    prefix = "io.modelcontextprotocol"
    meta = {
        f"{prefix}/protocolVersion": "2026-07-28",
        f"{prefix}/clientCapabilities": {"extensions": {TASKS: {}}} if tasks else {},
        f"{prefix}/clientInfo": {"name": "test", "version": "1"},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    sent = {
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": method,
        "Mcp-Name": str(params.get("name") or params.get("taskId")),
        "Accept": "application/json, text/event-stream",
        "Authorization": who,
    }
    async with httpx2.AsyncClient(timeout=timeout) as http:
        answer = await http.post(url, json=body, headers=sent | (headers or {}))
    if not answer.headers["content-type"].startswith("text/event-stream"):
        return answer.json()
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return json.loads(lines[-1].removeprefix("data: "))
