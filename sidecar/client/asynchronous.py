"""The client to be awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from sidecar.client import calls
from sidecar.client.calls import Call
from sidecar.client.errors import NotReachable
from sidecar.client.values import Agent, Batch, Document, Draft, Event, Run, RunPage
from sidecar.http import async_api_client

Answer = TypeVar("Answer")


class AsyncClient:
    """A client of the API of one site. Close it, or use it in `async with`.

    `url`: of the sidecar. `key`: a dispatch key of the site, or an access token. `site`: its id, where the sidecar serves several.
    `http` replaces the connection (tests). All methods raise Refused, NotReachable, ClientError."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        site: str | None = None,
        timeout: float = calls.TIMEOUT,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._base, self._headers = calls.base_of(url, site), calls.headers_of(key)
        self._http = http or async_api_client(timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def agents(self) -> list[Agent]:
        """The agents that may be dispatched."""
        return await self._send(calls.agents())

    async def agent(self, id: str) -> Agent:
        """One of them."""
        return await self._send(calls.agent(id))

    async def dispatch(
        self,
        agent: str,
        input: Document | None = None,
        *,
        key: str | None = None,
        dry_run: bool = False,
        delay: int = 0,
        priority: int = 0,
        wait: float = 0,
    ) -> Run:
        """Start an agent. The same `key` is the same run; without one it gets one, and is started once however often it has to be sent.

        `delay`: seconds before it may begin. `priority`: -10 to 10, higher ones begin before others of the agent.
        `wait`: seconds, at most 45, to wait for its end or its question."""
        options = {"dry_run": dry_run, "delay": delay, "priority": priority, "wait": min(wait, calls.LONGEST_WAIT)}
        return await self._send(calls.dispatch(agent, input, key, options))

    async def run(self, id: str) -> Run:
        """A run as it is."""
        return await self._send(calls.run(id))

    async def wait(self, id: str, timeout: float = 600) -> Run:
        """The run once it has ended or asks a person; as it is after `timeout` seconds."""
        until = time.monotonic() + timeout
        found = await self.run(id)
        while not found.settled and (left := until - time.monotonic()) > 0:
            found = await self._send(calls.run(id, round(min(left, calls.LONGEST_WAIT), 1) or 0.1))
        return found

    async def runs(
        self,
        *,
        state: Sequence[str] | None = None,
        agent: str | None = None,
        trigger: Sequence[str] | None = None,
        batch: str | None = None,
        parent: str | None = None,
        since: str | None = None,
        before: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> RunPage:
        """Runs that may be seen, newest first. Times are RFC 3339; `cursor`: `next` of the page before."""
        filters = {"state": state, "agent": agent, "trigger": trigger, "batch": batch, "parent": parent, "since": since}
        return await self._send(calls.runs(filters | {"before": before, "limit": limit, "cursor": cursor}))

    async def events(self, id: str, after: int = 0, limit: int = 200) -> list[Event]:
        """A run's events behind `after`, as far as there are."""
        return await self._send(calls.events(id, after, limit))

    async def follow(self, id: str, after: int = 0) -> AsyncIterator[Event]:
        """A run's events as they come, until it has ended. A stream that breaks off is taken up again where it was."""
        attempt = 0
        while True:
            try:
                async for event in self._stream(id, after):
                    after, attempt = event.seq, 0
                    yield event
                    if event.type == "run_finished":
                        return
                if (await self.run(id)).ended and not await self.events(id, after, 1):
                    return
            except NotReachable as error:
                if attempt >= calls.TRIES:
                    raise
                await asyncio.sleep(calls.pause_before(attempt, error))
                attempt += 1

    async def drafts(self, id: str) -> list[Draft]:
        """What a run has left, each with its fields before and after."""
        found, cursor = await self._send(calls.drafts(id, None))
        while cursor:
            more, cursor = await self._send(calls.drafts(id, cursor))
            found += more
        return found

    async def cancel(self, id: str, note: str = "") -> Run:
        """End a run. Its drafts stay."""
        return await self._send(calls.command(id, "cancel", {"note": note}))

    async def pause(self, id: str, note: str = "") -> Run:
        """Let a run finish what it is doing, then wait."""
        return await self._send(calls.command(id, "pause", {"note": note}))

    async def resume(self, id: str, note: str = "") -> Run:
        """Let a paused run go on."""
        return await self._send(calls.command(id, "resume", {"note": note}))

    async def retry(self, id: str, *, from_step: int = 1, note: str = "", command_id: str = "") -> Run:
        """Start the next generation of an ended run. The same `command_id` again is the same retry."""
        body = {"note": note, "id": command_id, "from_step": from_step if from_step > 1 else None}
        return await self._send(calls.command(id, "retry", body))

    async def answer(self, id: str, question: str, decision: str, note: str = "") -> Run:
        """Answer what a run asks: `question` is the id, `decision` one of its choices."""
        return await self._send(calls.command(id, "answer", {"id": question, "decision": decision, "note": note}))

    async def send_back(
        self,
        id: str,
        note: str = "",
        *,
        draft: str | None = None,
        remarks: Sequence[Document] = (),
        seen: str | None = None,
    ) -> Run:
        """Send the drafts of a run, or one of them, back with what is to be changed: `note` in the whole, `remarks` (`field`, `text`) in
        single fields. `seen`: as the draft told it; nothing is done when somebody changed the content since."""
        body = {"note": note, "draft": draft, "remarks": list(remarks), "seen": seen}
        return await self._send(calls.command(id, "send-back", body))

    async def batches(self, limit: int = 50, cursor: str | None = None) -> tuple[list[Batch], str | None]:
        """Batches that may be seen, newest first, and the cursor of the next page."""
        return await self._send(calls.batches(limit, cursor))

    async def batch(self, id: str) -> Batch:
        """One of them."""
        return await self._send(calls.batch(id))

    async def start_batch(self, agent: str, *, key: str | None = None, **content: Any) -> Batch:
        """Run an agent over content: `items` or `filter`, as contracts/batch says."""
        return await self._send(calls.start_batch(agent, content, key))

    async def pause_batch(self, id: str) -> Batch:
        """Let in no more of its runs."""
        return await self._send(calls.command_batch(id, "pause"))

    async def resume_batch(self, id: str) -> Batch:
        """Let them in again."""
        return await self._send(calls.command_batch(id, "resume"))

    async def cancel_batch(self, id: str, *, runs: bool = False) -> Batch:
        """Cancel what has not begun; with `runs` also the runs that are at work."""
        return await self._send(calls.command_batch(id, "cancel", {"runs": True} if runs else None))

    async def retry_batch(self, id: str) -> Batch:
        """Begin its failed runs anew, as there is room. Not repeated when the answer is lost: what failed since would begin anew, too."""
        return await self._send(calls.command_batch(id, "retry"))

    async def _send(self, call: Call[Answer]) -> Answer:
        for attempt in range(calls.TRIES):
            try:
                return await self._once(call)
            except NotReachable as error:
                if not call.repeatable or attempt == calls.TRIES - 1:
                    raise
                await asyncio.sleep(calls.pause_before(attempt, error))
        raise AssertionError

    async def _once(self, call: Call[Answer]) -> Answer:
        try:
            answer = await self._http.request(
                call.method,
                self._base + call.path,
                params=dict(call.params),
                json=call.body,
                headers=self._headers | dict(call.headers),
            )
        except httpx.HTTPError as error:
            raise NotReachable(f"{call.method} {call.path}: {error or type(error).__name__}") from error
        return calls.answer_of(call, answer.status_code, answer.content, answer.headers.get("retry-after"))

    async def _stream(self, id: str, after: int) -> AsyncIterator[Event]:
        call = calls.stream(id, after)
        try:
            async with self._http.stream(
                call.method, self._base + call.path, headers=self._headers | dict(call.headers)
            ) as answer:
                if answer.status_code == 204:
                    return
                if answer.status_code != 200:
                    calls.answer_of(call, answer.status_code, await answer.aread(), answer.headers.get("retry-after"))
                reader = calls.SseReader()
                async for line in answer.aiter_lines():
                    if (event := reader.take(line)) is not None:
                        yield event
        except httpx.HTTPError as error:
            raise NotReachable(f"The stream broke off: {error or type(error).__name__}") from error
