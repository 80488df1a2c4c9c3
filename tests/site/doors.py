"""All doors of a real site and its sidecar, as their clients use them: each starts a run, and each tells what it sees of one."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
from a2a.client import ClientConfig, create_client
from a2a.client.client import Client as A2AClient
from a2a.types import a2a_pb2 as wire
from google.protobuf import json_format
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.site.e2e.system import World, until
from tests.support.mcp_clients import post

SCOPE = "background_agents:dispatch"
EDITOR = "e2e_editor"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a door tells of a run. None: the door does not tell that. `drafts`: their labels."""

    state: str
    drafts: list[str] | None
    requester: str | None = None
    via: dict[str, Any] | None = None
    listed: bool | None = None


class Doors:
    """The doors of a world. `key` is a dispatch key of the editor; `token` one of Simple OAuth, where that is there."""

    def __init__(self, world: World) -> None:
        self.world, self.url = world, world.up.url
        self.within: list[str] = self.php("prepare")
        self.key = self.new_key(EDITOR, "Script")
        self.token: str | None = None
        if not world.site.script("oauth.php", "prepare")["missing"]:
            self.token = self.new_token(EDITOR, SCOPE)

    def php(self, action: str, **given: Any) -> Any:
        """What php/doors.php does."""
        return self.world.site.script("doors.php", action, json.dumps(given or {"": ""}))

    def new_key(self, user: str, name: str, **more: Any) -> str:
        """A dispatch key of somebody; who is not there yet is made, and may run all agents."""
        return self.php("key", user=user, name=name, **more)

    def new_token(self, user: str, *scopes: str, **more: Any) -> str:
        """An access token of somebody for the client Laptop."""
        given = [{"user": user, "client": "laptop", "scopes": scopes, **more}]
        return self.world.site.script("oauth.php", "tokens", json.dumps(given))[0]

    # -- clients

    def rest(self, credential: str) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/v1", headers=bearer(credential), timeout=90)

    @asynccontextmanager
    async def mcp(self, credential: str, era: str = "auto") -> AsyncIterator[Client]:
        async with (
            httpx2.AsyncClient(headers=bearer(credential), timeout=90) as http,
            Client(streamable_http_client(f"{self.url}/mcp", http_client=http), mode=era) as client,
        ):
            yield client

    @asynccontextmanager
    async def stdio(self, credential: str) -> AsyncIterator[Client]:
        command = ["-m", "sidecar", "mcp", "--url", f"{self.url}/mcp"]
        environment = {"BACKGROUND_AGENTS_KEY": credential}
        parameters = StdioServerParameters(command=sys.executable, args=command, env=environment)
        async with asyncio.timeout(90), Client(stdio_client(parameters)) as client:
            yield client

    @asynccontextmanager
    async def a2a(self, credential: str, *, streaming: bool = False) -> AsyncIterator[A2AClient]:
        async with (
            httpx.AsyncClient(headers=bearer(credential), timeout=90) as http,
            await create_client(self.url, client_config=ClientConfig(httpx_client=http, streaming=streaming)) as client,
        ):
            yield client

    # -- each starts the agent `writer`, or one that starts another; the run's UUID

    def by_rest(self, credential: str) -> str:
        with self.rest(credential) as web:
            answer = web.post("/runs", json={"agent": "writer", "input": order()})
        assert answer.status_code == 201, answer.text
        return answer.json()["uuid"]

    def by_mcp(self, credential: str) -> str:
        return asyncio.run(self._by_mcp(self.mcp(credential)))

    def by_stdio(self, credential: str) -> str:
        return asyncio.run(self._by_mcp(self.stdio(credential)))

    async def _by_mcp(self, opened: Any) -> str:
        async with opened as client:
            return (await tool(client, "dispatch_agent", agent="writer", input=order()))["run"]

    def by_task(self, credential: str) -> str:
        called = {"name": "dispatch_agent", "arguments": {"agent": "writer", "input": order()}}
        who = bearer(credential)["Authorization"]
        task = asyncio.run(post(f"{self.url}/mcp", "tools/call", called, tasks=True, who=who))["result"]
        assert task["resultType"] == "task", task
        return task["taskId"].partition(".")[0]

    def by_a2a(self, credential: str) -> str:
        async def start() -> str:
            async with self.a2a(credential) as client:
                async for frame in client.send_message(message("writer")):
                    return frame.task.id
            raise AssertionError("no answer")

        return asyncio.run(start())

    def by_tool_api(self) -> str:
        values = {"agent": "writer", "input": json.dumps(order())}
        told = self.php("tool", user=EDITOR, tool="background_agents_dispatch", values=values)
        assert told["done"], told
        return told["values"]["run"]

    def by_maestro(self) -> str:
        """The process goes on once the run has ended, and has its id."""
        process = self.php("flow", user=EDITOR, agent="writer")
        told = until(lambda: self._engine(process), 90, "the process ends")
        return told["run"]

    def _engine(self, process: int) -> dict[str, Any] | None:
        told = self.php("engine", process=process)
        return told if told["ended"] and told["run"] else None

    def by_agent(self, credential: str) -> str:
        """The run that another run has started."""
        with self.rest(credential) as web:
            boss = web.post("/runs?wait=45", json={"agent": "boss", "input": order()}).json()
        until(lambda: self.world.row(boss["uuid"])["state"] == "completed", 60, "the boss ends")
        with self.rest(credential) as web:
            (child,) = web.get(f"/runs?parent={boss['uuid']}").json()["runs"]
        return child["uuid"]

    # -- what each tells of a run

    def seen_by_rest(self, run: str) -> Seen:
        with self.rest(self.key) as web:
            told = web.get(f"/runs/{run}").json()
            drafts = web.get(f"/runs/{run}/drafts").json()["drafts"]
            listed = run in {one["uuid"] for one in web.get("/runs?limit=100").json()["runs"]}
        return Seen(told["state"], labels(drafts), told["requester"]["name"], there(told["via"]), listed)

    def seen_by_mcp(self, run: str) -> Seen:
        async def look() -> Seen:
            async with self.mcp(self.key) as client:
                told = await tool(client, "get_run", run=run)
                drafts = (await tool(client, "get_drafts", run=run))["drafts"]
                runs = (await tool(client, "list_runs", limit=50))["runs"]
            via = told.get("via")
            return Seen(told["state"], labels(drafts), told["requester"], via, run in {one["run"] for one in runs})

        return asyncio.run(look())

    def seen_by_a2a(self, run: str) -> Seen:
        async def look() -> Seen:
            async with self.a2a(self.key) as client:
                task = json_format.MessageToDict(await client.get_task(wire.GetTaskRequest(id=run)))
                listed = await client.list_tasks(wire.ListTasksRequest(page_size=100))
            told = task["metadata"]
            drafts = next(one for one in task["artifacts"] if one["artifactId"] == "drafts")["parts"][0]["data"][
                "drafts"
            ]
            state = task["status"]["state"].removeprefix("TASK_STATE_").lower()
            via = told.get("via")
            return Seen(state, labels(drafts), told["requester"], via, run in {one.id for one in listed.tasks})

        return asyncio.run(look())

    def seen_by_tool_api(self, run: str) -> Seen:
        told = self.php("tool", user=EDITOR, tool="background_agents_get_run", values={"run": run})
        assert told["done"], told
        return Seen(told["values"]["state"], labels(json.loads(told["values"]["drafts"])))

    def seen_by_drush(self, run: str) -> Seen:
        """By the id of its means, and the name of the key or client."""
        told = json.loads(self.world.site.drush("background-agents:show", run, "--format=json"))
        means, _, name = (told["via"] or "").partition(": ")
        named = {{"key": "key", "oauth": "client"}.get(means, ""): name} if name else {}
        via = {"door": told["trigger"], "means": means, **named} if means else None
        return Seen(told["state"], None, told["requester"], via)


def labels(drafts: list[dict[str, Any]]) -> list[str]:
    return [draft["label"] for draft in drafts]


def there(via: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without what there is not."""
    return {name: value for name, value in via.items() if value is not None} if via else None


def order() -> dict[str, str]:
    """An input that no other run has."""
    return {"nonce": uuid.uuid4().hex, "topic": "doors"}


def message(agent: str) -> wire.SendMessageRequest:
    part = wire.Part()
    json_format.ParseDict(order(), part.data)
    given = wire.Message(message_id=uuid.uuid4().hex, role=wire.ROLE_USER, parts=[part])
    given.metadata.update({"agent": agent})
    return wire.SendMessageRequest(message=given, configuration=wire.SendMessageConfiguration(return_immediately=True))


def bearer(credential: str) -> dict[str, str]:
    """`name:password` is sent as such; all else as a token."""
    if ":" in credential:
        return {"Authorization": "Basic " + base64.b64encode(credential.encode()).decode()}
    return {"Authorization": f"Bearer {credential}"}


async def tool(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    """What a tool answers."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result
    assert result.structured_content is not None
    return result.structured_content
