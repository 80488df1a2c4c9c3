"""The client that waits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from sidecar.client import calls
from sidecar.client.calls import Call
from sidecar.client.errors import NotReachable
from sidecar.client.values import Agent, Batch, Document, Draft, Event, Run, RunPage
from sidecar.http import api_client

Answer = TypeVar("Answer")


class Client:
    """A client of the API of one site. Close it, or use it in `with`.

    `url`: of the sidecar. `key`: a dispatch key of the site, or an access token. `site`: its id, where the sidecar serves several.
    `http` replaces the connection (tests). All methods raise Refused, NotReachable, ClientError."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        site: str | None = None,
        timeout: float = calls.TIMEOUT,
        http: httpx.Client | None = None,
    ) -> None:
        self._base, self._headers = calls.base_of(url, site), calls.headers_of(key)
        self._http = http or api_client(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def agents(self) -> list[Agent]:
        """The agents that may be dispatched."""
        return self._send(calls.agents())

    def agent(self, id: str) -> Agent:
        """One of them."""
        return self._send(calls.agent(id))

    def dispatch(
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
        return self._send(calls.dispatch(agent, input, key, options))

    def run(self, id: str) -> Run:
        """A run as it is."""
        return self._send(calls.run(id))

    def wait(self, id: str, timeout: float = 600) -> Run:
        """The run once it has ended or asks a person; as it is after `timeout` seconds."""
        until = time.monotonic() + timeout
        found = self.run(id)
        while not found.settled and (left := until - time.monotonic()) > 0:
            found = self._send(calls.run(id, round(min(left, calls.LONGEST_WAIT), 1) or 0.1))
        return found

    def runs(
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
        return self._send(calls.runs(filters | {"before": before, "limit": limit, "cursor": cursor}))

    def events(self, id: str, after: int = 0, limit: int = 200) -> list[Event]:
        """A run's events behind `after`, as far as there are."""
        return self._send(calls.events(id, after, limit))

    def follow(self, id: str, after: int = 0) -> Iterator[Event]:
        """A run's events as they come, until it has ended. A stream that breaks off is taken up again where it was."""
        attempt = 0
        while True:
            try:
                for event in self._stream(id, after):
                    after, attempt = event.seq, 0
                    yield event
                    if event.type == "run_finished":
                        return
                if self.run(id).ended and not self.events(id, after, 1):
                    return
            except NotReachable as error:
                if attempt >= calls.TRIES:
                    raise
                time.sleep(calls.pause_before(attempt, error))
                attempt += 1

    def drafts(self, id: str) -> list[Draft]:
        """What a run has left, each with its fields before and after."""
        found, cursor = self._send(calls.drafts(id, None))
        while cursor:
            more, cursor = self._send(calls.drafts(id, cursor))
            found += more
        return found

    def cancel(self, id: str, note: str = "") -> Run:
        """End a run. Its drafts stay."""
        return self._send(calls.command(id, "cancel", {"note": note}))

    def pause(self, id: str, note: str = "") -> Run:
        """Let a run finish what it is doing, then wait."""
        return self._send(calls.command(id, "pause", {"note": note}))

    def resume(self, id: str, note: str = "") -> Run:
        """Let a paused run go on."""
        return self._send(calls.command(id, "resume", {"note": note}))

    def retry(self, id: str, *, from_step: int = 1, note: str = "", command_id: str = "") -> Run:
        """Start the next generation of an ended run. The same `command_id` again is the same retry."""
        body = {"note": note, "id": command_id, "from_step": from_step if from_step > 1 else None}
        return self._send(calls.command(id, "retry", body))

    def answer(self, id: str, question: str, decision: str, note: str = "") -> Run:
        """Answer what a run asks: `question` is the id, `decision` one of its choices."""
        return self._send(calls.command(id, "answer", {"id": question, "decision": decision, "note": note}))

    def send_back(
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
        return self._send(calls.command(id, "send-back", body))

    def batches(self, limit: int = 50, cursor: str | None = None) -> tuple[list[Batch], str | None]:
        """Batches that may be seen, newest first, and the cursor of the next page."""
        return self._send(calls.batches(limit, cursor))

    def batch(self, id: str) -> Batch:
        """One of them."""
        return self._send(calls.batch(id))

    def start_batch(self, agent: str, *, key: str | None = None, **content: Any) -> Batch:
        """Run an agent over content: `items` or `filter`, as contracts/batch says."""
        return self._send(calls.start_batch(agent, content, key))

    def pause_batch(self, id: str) -> Batch:
        """Let in no more of its runs."""
        return self._send(calls.command_batch(id, "pause"))

    def resume_batch(self, id: str) -> Batch:
        """Let them in again."""
        return self._send(calls.command_batch(id, "resume"))

    def cancel_batch(self, id: str, *, runs: bool = False) -> Batch:
        """Cancel what has not begun; with `runs` also the runs that are at work."""
        return self._send(calls.command_batch(id, "cancel", {"runs": True} if runs else None))

    def retry_batch(self, id: str) -> Batch:
        """Begin its failed runs anew, as there is room. Not repeated when the answer is lost: what failed since would begin anew, too."""
        return self._send(calls.command_batch(id, "retry"))

    def _send(self, call: Call[Answer]) -> Answer:
        for attempt in range(calls.TRIES):
            try:
                return self._once(call)
            except NotReachable as error:
                if not call.repeatable or attempt == calls.TRIES - 1:
                    raise
                time.sleep(calls.pause_before(attempt, error))
        raise AssertionError

    def _once(self, call: Call[Answer]) -> Answer:
        try:
            answer = self._http.request(
                call.method,
                self._base + call.path,
                params=dict(call.params),
                json=call.body,
                headers=self._headers | dict(call.headers),
            )
        except httpx.HTTPError as error:
            raise NotReachable(f"{call.method} {call.path}: {error or type(error).__name__}") from error
        return calls.answer_of(call, answer.status_code, answer.content, answer.headers.get("retry-after"))

    def _stream(self, id: str, after: int) -> Iterator[Event]:
        call = calls.stream(id, after)
        try:
            with self._http.stream(
                call.method, self._base + call.path, headers=self._headers | dict(call.headers)
            ) as answer:
                if answer.status_code == 204:
                    return
                if answer.status_code != 200:
                    calls.answer_of(call, answer.status_code, answer.read(), answer.headers.get("retry-after"))
                yield from calls.sse(answer.iter_lines())
        except httpx.HTTPError as error:
            raise NotReachable(f"The stream broke off: {error or type(error).__name__}") from error
