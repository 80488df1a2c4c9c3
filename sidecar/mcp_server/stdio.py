"""`sidecar mcp`: an MCP server on standard input and output, for hosts that only start commands. It passes everything on to a sidecar's door.

One message a line; what is told to people goes to standard error. It knows as much of the protocol as the way over HTTP needs: which headers
a request has (2026-07-28), and which session (2025-11-25). A session that the sidecar has lost, by a restart, is begun anew: hosts do not
know how."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sidecar import log
from sidecar.http import door_client
from sidecar.json_text import JSON, is_object, members

if TYPE_CHECKING:
    import httpx2

_log = log.get(__name__)

VERSION = "io.modelcontextprotocol/protocolVersion"
NAMED_BY = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
"""Methods, and which of their parameters stands in a header too."""
LISTS_CHANGED = ("notifications/tools/list_changed", "notifications/prompts/list_changed")
PARSE_ERROR, INVALID_REQUEST, INTERNAL_ERROR = -32700, -32600, -32603
AGAIN_SECONDS = 5.0
EVENT_LIMIT = 16 * 1024 * 1024
_HEADER_SAFE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")

Message = dict[str, JSON]
Say = Callable[[Message], Awaitable[None]]


class Relay:
    """Passes messages to and fro. `say` gives one to the host."""

    def __init__(self, client: httpx2.AsyncClient, url: str, say: Say) -> None:
        self._client, self._url, self._say = client, url, say
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._first: Message | None = None
        """The host's `initialize`: how a session is begun again."""
        self._session: dict[str, str] = {}
        self._revision = ""
        """What was agreed on when the session began."""
        self._beginning = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None

    async def serve(self, lines: AsyncIterator[bytes]) -> None:
        """Until the host closes its end. What is still open then is ended."""
        async for line in lines:
            if line.strip():
                await self._take(line)
        for task in [*self._tasks.values(), *([self._listening] if self._listening else [])]:
            task.cancel()
        if self._session:
            await self._quietly(self._client.delete(self._url, headers=self._in_session()))

    async def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return await self._fail(None, "This line is no JSON.", PARSE_ERROR)
        if not is_object(message):
            return await self._fail(None, "Send one message a line, as a JSON object.", INVALID_REQUEST)
        if "id" in message and "method" in message:
            key = json.dumps(message["id"])
            self._tasks[key] = task = asyncio.create_task(self._request(message))
            task.add_done_callback(lambda done: self._tasks.pop(key, None) if self._tasks.get(key) is done else None)
            if message["method"] == "initialize":  # what comes behind it needs its session
                await asyncio.wait([task])
            return
        await self._notify(message)

    async def _notify(self, message: Message) -> None:
        """Notifications, and answers to what the sidecar asked."""
        if message.get("method") == "notifications/cancelled" and not self._session:
            if task := self._tasks.get(json.dumps(members(message.get("params")).get("requestId"))):
                task.cancel()  # of 2026-07-28: the call ends with its connection
            return
        await self._quietly(self._client.post(self._url, json=message, headers=self._headers(message)))
        if message.get("method") == "notifications/initialized" and self._session and self._listening is None:
            self._listening = asyncio.create_task(self._listen())

    async def _request(self, message: Message, *, again: bool = False) -> None:
        import httpx2

        id, session = message["id"], self._session
        if message["method"] == "initialize" and not again:
            self._first, self._session = message, {}
        try:
            async with self._client.stream("POST", self._url, json=message, headers=self._headers(message)) as response:
                if response.status_code == 404 and session and message["method"] != "initialize" and not again:
                    await response.aread()
                    if await self._begin_again(session):
                        return await self._request(message, again=True)
                if response.status_code >= 300:
                    return await self._refused(id, response)
                self._learn(message, response)
                if not await self._answer(id, response):
                    await self._fail(id, "The sidecar ended the answer too early. Ask for the run, then call again.")
        except httpx2.TransportError as error:
            await self._fail(id, f"{self._url} does not answer ({type(error).__name__}). Try again.")

    async def _answer(self, id: JSON, response: httpx2.Response) -> bool:
        """Say all that comes; whether the answer itself came."""
        import httpx2

        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            await self._pass(json.loads(await response.aread()))
            return True
        async for event in httpx2.EventSource(response, max_event_size=EVENT_LIMIT):
            if not event.data:
                continue
            message = json.loads(event.data)
            await self._pass(message)
            if "method" not in message and message.get("id") == id:
                return True
        return False

    async def _pass(self, message: Message) -> None:
        if agreed := members(message.get("result")).get("protocolVersion"):
            self._revision = str(agreed)
        await self._say(message)

    async def _refused(self, id: JSON, response: httpx2.Response) -> None:
        """Say the error of the protocol that came, or that something else did."""
        try:
            document = members(json.loads(await response.aread()))
        except ValueError:
            document = {}
        error = members(document.get("error"))
        told = error.get("message") or document.get("detail")
        told = told or f"{self._url} answered {response.status_code}. Is it the address of /mcp?"
        _log.error(str(told), action="mcp_refused", status=response.status_code)
        if error:
            return await self._say({**document, "id": id})
        await self._fail(id, str(told))

    async def _begin_again(self, lost: dict[str, str]) -> bool:
        """A new session in place of the lost one: one for all that miss it. Whether there is one."""
        async with self._beginning:
            if self._session != lost:
                return bool(self._session)
            if self._first is None:
                return False
            response = await self._client.post(self._url, json=self._first, headers=self._headers(self._first))
            self._learn(self._first, response)
            if self._session == lost:  # such as while the site is away: the next request tries it again
                return False
            done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            await self._client.post(self._url, json=done, headers=self._headers(done))
            for changed in LISTS_CHANGED:  # nobody has told the host what changed between the two sessions
                await self._say({"jsonrpc": "2.0", "method": changed})
            return True

    def _learn(self, message: Message, response: httpx2.Response) -> None:
        if message["method"] == "initialize" and (session := response.headers.get("mcp-session-id")):
            self._session = {"Mcp-Session-Id": session}

    async def _listen(self) -> None:
        """What the sidecar says unasked, in a session."""
        import httpx2

        while True:
            session = self._session
            headers = {"Accept": "text/event-stream", **self._in_session()}
            # Whoever waits for an answer is told by the next request that the sidecar is away.
            with suppress(httpx2.TransportError):
                async with self._client.stream("GET", self._url, headers=headers) as response:
                    if response.status_code == 200:
                        async for event in httpx2.EventSource(response, max_event_size=EVENT_LIMIT):
                            if event.data:
                                await self._say(json.loads(event.data))
                if response.status_code == 404:
                    await self._begin_again(session)
            await asyncio.sleep(AGAIN_SECONDS)

    def _headers(self, message: Message) -> dict[str, str]:
        params = members(message.get("params"))
        version = members(params.get("_meta")).get(VERSION)
        if not isinstance(version, str):
            return self._in_session() if message.get("method") != "initialize" else {}
        method = str(message.get("method"))
        headers = {"MCP-Protocol-Version": version, "Mcp-Method": _header(method)}
        name = params.get(NAMED_BY.get(method, ""))
        return headers | ({"Mcp-Name": _header(name)} if isinstance(name, str) else {})

    def _in_session(self) -> dict[str, str]:
        return self._session | ({"MCP-Protocol-Version": self._revision} if self._revision else {})

    async def _quietly(self, sending: Awaitable[httpx2.Response]) -> None:
        """For what nobody waits for an answer to."""
        import httpx2

        try:
            await sending
        except httpx2.TransportError as error:
            _log.warning("The sidecar does not answer.", action="mcp_unreachable", error=type(error).__name__)

    async def _fail(self, id: JSON, said: str, code: int = INTERNAL_ERROR) -> None:
        await self._say({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": said}})


def _header(value: str) -> str:
    """As the protocol writes what a header cannot hold as it is."""
    if _HEADER_SAFE.fullmatch(value) and not value.startswith("=?base64?"):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


async def relay(url: str, key: str, lines: AsyncIterator[bytes], write: Callable[[bytes], None]) -> None:
    """Serve one host until it closes its end."""
    writing = asyncio.Lock()

    async def say(message: Message) -> None:
        async with writing:
            await asyncio.to_thread(write, json.dumps(message).encode() + b"\n")

    async with door_client({"Authorization": f"Bearer {key}"}) as client:
        await Relay(client, url, say).serve(lines)
