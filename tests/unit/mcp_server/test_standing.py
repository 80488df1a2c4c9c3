"""What is sent on the stream that a client of a session keeps open, without a server behind it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from mcp.server.subscriptions import InMemorySubscriptionBus, PromptsListChanged, ResourcesListChanged, ToolsListChanged
from starlette.types import Message

from sidecar.errors import CallerRefused, StoreUnavailable
from sidecar.mcp_server.sessions import lists_of
from sidecar.mcp_server.standing import StandingStreams
from sidecar.remote.caller import Caller, Origin
from sidecar.remote.credential import Credential
from sidecar.remote.gate import CALLER

TOOLS, PROMPTS = "notifications/tools/list_changed", "notifications/prompts/list_changed"
ORIGIN = Origin("mcp", "127.0.0.1")


def caller(*agents: str) -> Caller:
    shown = Credential("Authorization", "Bearer ann")
    return Caller("default", "ann", "Ann", "key", frozenset(agents), "own", "own", ORIGIN, shown)


class Site:
    """Who the caller is, what the session knows, and the changes of the site. `trouble`: what comes of the next questions."""

    def __init__(self, now: Caller, told: str | None) -> None:
        self.now, self.kept = now, told
        self.trouble: list[Exception] = []
        self.asked = asyncio.Event()
        self.bus = InMemorySubscriptionBus()
        self.open = 0

    async def ask(self, *_: Any) -> Caller:
        self.asked.set()
        if self.trouble:
            raise self.trouble.pop()
        return self.now

    async def told(self, *_: Any) -> str | None:
        return self.kept

    async def note_told(self, site: str, session: str, lists: str) -> None:
        self.kept = lists

    def subscribe(self, listener: Any) -> Any:
        end = self.bus.subscribe(listener)
        self.open += 1

        def unsubscribe() -> None:
            self.open -= 1
            end()

        return unsubscribe


class Stream:
    """A GET, answered with `status`, until `close`."""

    def __init__(self, site: Site, status: int = 200, **scope: Any) -> None:
        self.site, self.status = site, status
        self.sent: asyncio.Queue[str] = asyncio.Queue()
        self._close = asyncio.Event()
        app: Any = StandingStreams(self._app, "default", site, site, site, every=0.01)  # type: ignore[arg-type]
        headers = [(b"mcp-session-id", b"one")]
        asked = {"type": "http", "method": "GET", "headers": headers, CALLER: caller("writer")} | scope
        self.task = asyncio.create_task(app(asked, None, self._send))

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await self._close.wait()
        await send({"type": "http.response.body", "body": b""})

    async def _send(self, message: Message) -> None:
        if body := message.get("body"):
            event, data = body.decode().removesuffix("\r\n\r\n").split("\r\n")
            assert event == "event: message"
            self.sent.put_nowait(json.loads(data.removeprefix("data: "))["method"])

    async def close(self) -> list[str]:
        """What was sent and not yet taken."""
        self._close.set()
        await self.task
        assert self.site.open == 0
        return [self.sent.get_nowait() for _ in range(self.sent.qsize())]

    async def next(self) -> str:
        return await asyncio.wait_for(self.sent.get(), 5)


async def test_a_new_session_is_told_nothing() -> None:
    site = Site(caller("writer"), lists_of(caller("writer")))
    stream = Stream(site)
    for _ in range(3):
        site.asked.clear()
        await asyncio.wait_for(site.asked.wait(), 5)
    assert await stream.close() == []


async def test_what_was_missed_is_told_when_the_stream_opens() -> None:
    """Also when nobody knows what the client was told."""
    for told in (lists_of(caller("writer", "gardener")), None):
        site = Site(caller("writer"), told)
        stream = Stream(site)
        assert [await stream.next(), await stream.next()] == [TOOLS, PROMPTS]
        assert await stream.close() == []
        assert site.kept == lists_of(caller("writer"))


async def test_a_change_of_the_site_is_told_as_it_is() -> None:
    """Of tools and prompts; resources are not told."""
    site = Site(caller("writer"), lists_of(caller("writer")))
    stream = Stream(site)
    await asyncio.wait_for(site.asked.wait(), 5)
    for event in (ResourcesListChanged(), PromptsListChanged()):
        await site.bus.publish(event)
    assert await stream.next() == PROMPTS
    await site.bus.publish(ToolsListChanged())
    assert await stream.next() == TOOLS
    assert await stream.close() == []


async def test_trouble_on_the_way_is_asked_past() -> None:
    site = Site(caller("writer", "gardener"), lists_of(caller("writer")))
    site.trouble = [StoreUnavailable("away"), StoreUnavailable("away")]
    stream = Stream(site)
    assert [await stream.next(), await stream.next()] == [TOOLS, PROMPTS]
    assert await stream.close() == []


async def test_nobody_watches_for_who_may_not_come_in_any_more() -> None:
    site = Site(caller(), None)
    site.trouble = [CallerRefused(401, "credential_invalid", "It is revoked.")]
    stream = Stream(site)
    async with asyncio.timeout(60):
        await site.asked.wait()
        while site.open:
            await asyncio.sleep(0)
    assert await stream.close() == []


async def test_only_an_open_stream_of_a_session_is_watched() -> None:
    """A second one is refused; a POST, and a GET without a session, are no streams."""
    site = Site(caller(), None)
    for stream in (Stream(site, 409), Stream(site, method="POST"), Stream(site, headers=[])):
        for _ in range(10):  # turns of the loop, in which an open stream asks
            await asyncio.sleep(0)
        assert await stream.close() == []
    assert not site.asked.is_set()
