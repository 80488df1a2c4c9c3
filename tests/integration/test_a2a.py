"""Other agent systems call: the official SDK's client against a whole sidecar and the stand-in for Drupal."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from a2a.client import ClientConfig, create_client
from a2a.client.client import Client
from a2a.types import a2a_pb2 as wire
from a2a.utils.errors import (
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from demo.standin import StandIn
from tests.support.process import TOKEN, sidecar

DRAFT = {"entity_type": "node", "bundle": "article", "fields": {"title": "Hello"}, "summary": "A first draft."}
STEPS = [{"tool_calls": [{"name": "create_draft", "arguments": DRAFT}]}, {"text": "Done."}]
SCHEMA = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}
RIGHTS = ["run writer background agent", "view own background agent runs", "manage own background agent runs"]


def basic(name: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:secret".encode()).decode()}


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    with StandIn() as drupal:
        drupal.add_agent("writer", input_schema=SCHEMA)
        drupal.site.accounts.add("ann", RIGHTS, password="secret")
        drupal.site.accounts.add("bob", RIGHTS, password="secret")
        yield drupal


@asynccontextmanager
async def serving(redis_url: str, drupal: StandIn, scripts: Path, steps: list[Any] = STEPS) -> AsyncIterator[str]:
    """A sidecar with a scripted model; its address."""
    (scripts / "test.json").write_text(json.dumps({"steps": steps}))
    async with sidecar(redis_url, drupal, scripts_dir=scripts) as running:
        url = f"http://127.0.0.1:{running.port}"
        drupal.push_to(url)
        yield url


@asynccontextmanager
async def client_of(url: str, name: str = "ann", **config: Any) -> AsyncIterator[Client]:
    async with (
        httpx.AsyncClient(headers=basic(name), timeout=60) as http,
        await create_client(url, client_config=ClientConfig(httpx_client=http, **config)) as client,
    ):
        yield client


def message(text: str = "", *, data: Any = None, immediately: bool = False, **members: Any) -> wire.SendMessageRequest:
    part = wire.Part(text=text)
    if data is not None:
        part = wire.Part()
        json_format.ParseDict(data, part.data)
    given = wire.Message(message_id=str(uuid.uuid4()), role=wire.ROLE_USER, parts=[part], **members)
    return wire.SendMessageRequest(
        message=given, configuration=wire.SendMessageConfiguration(return_immediately=immediately)
    )


async def sent(client: Client, request: wire.SendMessageRequest) -> wire.Task:
    """The task that a message came to."""
    async with asyncio.timeout(60):
        async for frame in client.send_message(request):
            return frame.task
    raise AssertionError("no answer")


async def test_a_text_becomes_a_draft(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Discovered by its card, sent, waited for; the task has the output and the draft, and every door's list has it."""
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=False) as client:
        task = await sent(client, message("Bread"))
        assert wire.TaskState.Name(task.status.state) == "TASK_STATE_COMPLETED"
        assert [artifact.name for artifact in task.artifacts] == ["Output", "Drafts"]
        assert task.artifacts[0].parts[0].text == "Done."
        assert json_format.MessageToDict(task.artifacts[1].parts[0].data)["drafts"][0]["summary"] == "A first draft."
        listed = await client.list_tasks(wire.ListTasksRequest(context_id=task.context_id))
        assert [found.id for found in listed.tasks] == [task.id]
        assert (await client.list_tasks(wire.ListTasksRequest(context_id="another"))).tasks == []
        run = drupal.run(task.id)
        assert (run["trigger"]["type"], run["input"], run["requester"]["name"]) == ("a2a", {"topic": "Bread"}, "ann")
        async with httpx.AsyncClient(timeout=60) as http:
            told = await http.get(f"{url}/v1/runs/{task.id}", headers={"Authorization": f"Bearer {TOKEN}"})
            assert told.json()["state"] == "completed"


async def test_a_stream_tells_what_happens_and_ends(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=True) as client:
        async with asyncio.timeout(60):
            frames = [frame async for frame in client.send_message(message(data={"topic": "Bread"}))]
        kinds = [frame.WhichOneof("payload") for frame in frames]
        assert kinds[0] == "task"
        assert kinds[-3:] == ["artifact_update", "artifact_update", "status_update"]
        assert wire.TaskState.Name(frames[-1].status_update.status.state) == "TASK_STATE_COMPLETED"


async def test_the_same_message_is_the_same_run(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """A client that did not hear the answer says it again."""
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=False) as client:
        again = message("Bread", immediately=True)
        first, second = await asyncio.gather(sent(client, again), sent(client, again))
        assert (first.id, first.context_id) == (second.id, second.context_id)
        other = await sent(client, message("Bread", immediately=True, context_id=first.context_id))
        assert other.id != first.id
        assert {
            task.id for task in (await client.list_tasks(wire.ListTasksRequest(context_id=first.context_id))).tasks
        } == {
            first.id,
            other.id,
        }


async def test_a_client_that_goes_away_finds_its_task(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    async with serving(redis_url, drupal, tmp_path) as url:
        request, gone = message("Bread"), ""
        async with client_of(url, streaming=True) as client:
            async for frame in client.send_message(request):
                gone = frame.task.id
                break
        async with client_of(url, streaming=False) as client:
            task = await sent(client, request)
            assert task.id == gone
            assert wire.TaskState.Name(task.status.state) == "TASK_STATE_COMPLETED"
            with pytest.raises(TaskNotCancelableError):
                await client.cancel_task(wire.CancelTaskRequest(id=gone))
            with pytest.raises(UnsupportedOperationError):
                await sent(client, message("approve", task_id=gone))
        async with client_of(url, streaming=True) as client:
            with pytest.raises(UnsupportedOperationError):
                async for _ in client.subscribe(wire.SubscribeToTaskRequest(id=gone)):
                    pass


async def test_a_task_is_cancelled(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    slow = [{"delay_ms": 60_000, "text": "Too late."}]
    async with serving(redis_url, drupal, tmp_path, slow) as url, client_of(url, streaming=False) as client:
        task = await sent(client, message("Bread", immediately=True))
        await asyncio.to_thread(drupal.wait, task.id, state="running")
        await client.cancel_task(wire.CancelTaskRequest(id=task.id))
        ended = await asyncio.to_thread(drupal.wait, task.id)
        assert ended["state"] == "cancelled"
        told = await client.get_task(wire.GetTaskRequest(id=task.id))
        assert wire.TaskState.Name(told.status.state) == "TASK_STATE_CANCELED"


async def test_a_question_is_answered(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """A task that asks is interrupted: the call ends, and the answer is a message to the task."""
    drupal.add_agent("writer", input_schema=SCHEMA, limits={"steps": 1, "on_limit": "ask"})
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=False) as client:
        task = await sent(client, message("Bread"))
        assert wire.TaskState.Name(task.status.state) == "TASK_STATE_INPUT_REQUIRED"
        assert json_format.MessageToDict(task.status.message.parts[1].data)["choices"] == ["approve", "reject"]
        with pytest.raises(InvalidParamsError, match="approve, reject"):
            await sent(client, message("maybe", task_id=task.id))
        with pytest.raises(InvalidParamsError, match="another context"):
            await sent(client, message("approve", task_id=task.id, context_id="x"))
        for _ in range(5):
            if wire.TaskState.Name(task.status.state) != "TASK_STATE_INPUT_REQUIRED":
                break
            task = await sent(client, message("approve", task_id=task.id))
        assert wire.TaskState.Name(task.status.state) == "TASK_STATE_COMPLETED"


async def test_anothers_task_is_unknown(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=False) as ann:
        task = await sent(ann, message("Bread"))
        async with client_of(url, "bob", streaming=False) as bob:
            said = []
            for id in (task.id, str(uuid.uuid4()), "nonsense", "../" * 40):
                with pytest.raises(TaskNotFoundError) as refused:
                    await bob.get_task(wire.GetTaskRequest(id=id))
                said.append(str(refused.value).replace(id[:64], ""))
                with pytest.raises(TaskNotFoundError):
                    await bob.cancel_task(wire.CancelTaskRequest(id=id))
            assert len(set(said[:2])) == 1
            assert (await bob.list_tasks(wire.ListTasksRequest())).tasks == []


async def test_the_list_counts_all_that_fit(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Not those of the page; and a status, or a time, leaves the same ones in the count and on the pages."""
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=False) as client:
        ended = await sent(client, message("Bread"))
        ann = drupal.site.accounts.by_name("ann")
        waiting = {
            drupal.dispatch("writer", {"topic": f"Later {number}"}, "a2a", requester=ann, delay=900)
            for number in range(4)
        }

        async def pages(**asked: Any) -> tuple[list[str], set[int]]:
            found: list[str] = []
            totals: set[int] = set()
            token = ""
            while True:
                page = await client.list_tasks(wire.ListTasksRequest(page_size=2, page_token=token, **asked))
                assert len(page.tasks) <= 2
                found += [task.id for task in page.tasks]
                totals.add(page.total_size)
                token = page.next_page_token
                if not token:
                    return found, totals

        found, totals = await pages()
        assert (len(found), set(found), totals) == (5, waiting | {ended.id}, {5})
        found, totals = await pages(status=wire.TaskState.TASK_STATE_SUBMITTED)
        assert (set(found), totals) == (waiting, {4})
        assert await pages(status=wire.TaskState.TASK_STATE_WORKING) == ([], {0})
        assert await pages(status=wire.TaskState.TASK_STATE_REJECTED) == ([], {0})
        assert await pages(status=wire.TaskState.TASK_STATE_AUTH_REQUIRED) == ([], {0})
        late = Timestamp()
        late.FromJsonString("2100-01-01T00:00:00Z")
        assert await pages(status_timestamp_after=late) == ([], {0})
        async with client_of(url, "bob", streaming=False) as bob:
            assert (await bob.list_tasks(wire.ListTasksRequest())).total_size == 0


async def test_what_is_wrong_is_said(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    async with serving(redis_url, drupal, tmp_path) as url, client_of(url, streaming=False) as client:
        with pytest.raises(InvalidParamsError, match="topic"):
            await sent(client, message(data={"subject": "Bread"}))
        with pytest.raises(InvalidParamsError, match="page"):
            await client.list_tasks(wire.ListTasksRequest(page_size=1000))
        assert drupal.runs == []


async def test_cards(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Anybody sees what this is; which agents there are is told to those who may dispatch them. An agent has its own address."""
    async with serving(redis_url, drupal, tmp_path) as url:
        async with httpx.AsyncClient(timeout=60) as http:
            public = (await http.get(f"{url}/.well-known/agent-card.json")).json()
            assert "writer" not in json.dumps(public)
            assert (await http.get(f"{url}/a2a/writer/.well-known/agent-card.json")).status_code == 401
            own = await http.get(f"{url}/a2a/writer/.well-known/agent-card.json", headers=basic("ann"))
            assert [skill["id"] for skill in own.json()["skills"]] == ["writer"]
            missing = await http.get(f"{url}/a2a/nobody/.well-known/agent-card.json", headers=basic("ann"))
            assert missing.status_code == 404
        async with client_of(f"{url}/a2a/writer", streaming=False) as client:
            card = await client.get_extended_agent_card(wire.GetExtendedAgentCardRequest())
            assert card.skills[0].id == "writer"
            assert wire.TaskState.Name((await sent(client, message("Bread"))).status.state) == "TASK_STATE_COMPLETED"


async def test_each_example_of_a_card_is_a_message_that_is_understood(
    redis_url: str, drupal: StandIn, tmp_path: Path
) -> None:
    """Sent as a text, word by word, it starts the agent with the input of the example."""
    inputs = [{"topic": "Bread"}, {"topic": '{"a": 1}'}, {"topic": "Tea", "words": 100}, {"topic": "Käse"}]
    schema = SCHEMA | {
        "properties": SCHEMA["properties"] | {"words": {"type": "integer"}},
        "examples": [{"topic": "Old"}],
    }
    own = [{"label": f"Title {number}", "input": input} for number, input in enumerate(inputs)]
    drupal.add_agent("writer", input_schema=schema, examples=own)
    async with serving(redis_url, drupal, tmp_path) as url, client_of(f"{url}/a2a/writer", streaming=False) as client:
        [skill] = (await client.get_extended_agent_card(wire.GetExtendedAgentCardRequest())).skills
        assert skill.examples[0] == "Bread"
        for text in skill.examples:
            await sent(client, message(text, immediately=True))
        assert [run["input"] for run in drupal.runs] == [*inputs, {"topic": "Old"}]


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, {"method": "GetTask"}, 401, None),
        (basic("nobody"), {"method": "GetTask"}, 401, None),
        (basic("ann"), {"method": "message/send"}, 200, -32009),
        (basic("ann") | {"A2A-Version": "0.3"}, {"method": "SendMessage"}, 200, -32009),
        (basic("ann") | {"A2A-Version": "1.0"}, {"method": "Nonsense"}, 200, -32601),
        (basic("ann") | {"A2A-Version": "1.0"}, {"method": "message/send"}, 200, -32009),
        (basic("ann") | {"A2A-Version": "1.0"}, {"method": "CreateTaskPushNotificationConfig"}, 200, -32602),
        (basic("ann") | {"A2A-Version": "1.0"}, {"method": "SendMessage", "params": []}, 200, -32600),
        (basic("ann") | {"A2A-Version": "1.0"}, {"method": "SendMessage", "params": {}}, 200, -32602),
        (basic("ann") | {"A2A-Version": "1.0"}, {"method": "SendMessage", "jsonrpc": "1.0"}, 200, -32600),
    ],
)
async def test_what_is_no_call(
    redis_url: str,
    drupal: StandIn,
    tmp_path: Path,
    headers: dict[str, str],
    body: dict[str, Any],
    status: int,
    code: Any,
) -> None:
    """A client of 0.3 is told so; nothing is started by any of them."""
    async with serving(redis_url, drupal, tmp_path) as url, httpx.AsyncClient(timeout=60) as http:
        answer = await http.post(f"{url}/a2a", headers=headers, json={"jsonrpc": "2.0", "id": 1} | body)
        assert answer.status_code == status
        assert (answer.json().get("error") or {}).get("code") == code
        assert drupal.runs == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"jsonrpc":"2.0","id":1}'])
async def test_garbage(redis_url: str, drupal: StandIn, tmp_path: Path, body: bytes) -> None:
    async with serving(redis_url, drupal, tmp_path) as url, httpx.AsyncClient(timeout=60) as http:
        headers = basic("ann") | {"A2A-Version": "1.0", "Content-Type": "application/json"}
        answer = await http.post(f"{url}/a2a", headers=headers, content=body)
        assert answer.status_code == 200
        assert answer.json()["error"]["code"] in (-32700, -32600)
