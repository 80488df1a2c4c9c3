"""Ends open answers when the right of who reads them has ended.

A stream asks who somebody is when it begins, and may be open for hours. This ASGI layer around all doors asks again while an answer is open:
`Who` keeps good answers for half a minute, so a key that is revoked ends its streams within less than one.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sidecar import log
from sidecar.errors import CallerRefused, DrupalError, StoreUnavailable
from sidecar.remote.caller import Caller
from sidecar.remote.who import Who

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVERY_SECONDS = 5.0
UNCONFIRMED_SECONDS = 45.0
"""For so long an answer stays open while nobody can say whether it still may."""
_READERS = "background_agents.readers"
_log = log.get(__name__)


def guard(scope: Scope, caller: Caller) -> None:
    """The answer to this request is for `caller`: it ends when the caller's right does. Each door says so once it knows who asks."""
    readers: list[Caller] | None = scope.get(_READERS)
    if readers is not None:
        readers.append(caller)


class EndStreams:
    """The layer. An answer that is nobody's (the operator's, a health check) stays open. `every`: seconds between two questions."""

    def __init__(
        self,
        app: ASGIApp,
        who: Who,
        *,
        every: float = EVERY_SECONDS,
        unconfirmed_seconds: float = UNCONFIRMED_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._who = who
        self._every = every
        self._unconfirmed_seconds = unconfirmed_seconds
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        readers: list[Caller] = []
        scope[_READERS] = readers
        answer = _Answer(send)
        try:
            async with asyncio.timeout(None) as limit:
                watching = asyncio.create_task(self._watch(readers, answer, limit))
                try:
                    await self._app(scope, receive, answer.send)
                finally:
                    watching.cancel()
        except TimeoutError:
            if answer.ended_by is None:  # somebody else's
                raise
        await answer.finish()

    async def _watch(self, readers: list[Caller], answer: _Answer, limit: asyncio.Timeout) -> None:
        confirmed = self._clock()
        while True:
            await asyncio.sleep(self._every)
            if answer.bounded:
                return
            try:
                for caller in readers:
                    await self._confirm(caller)
                confirmed = self._clock()
            except CallerRefused as error:
                return self._end(answer, limit, error)
            except (DrupalError, StoreUnavailable) as error:
                if self._clock() - confirmed >= self._unconfirmed_seconds:
                    return self._end(answer, limit, CallerRefused(401, "unconfirmed", f"Come again: {error}"))

    async def _confirm(self, caller: Caller) -> None:
        """Raises CallerRefused when the caller may not read on, DrupalError and StoreUnavailable when nobody can say."""
        now = await self._who.ask(caller.site, caller.credential, caller.origin.door, caller.origin.address)
        if caller.has_lost(now):
            raise CallerRefused(401, "rights_changed", "Your rights have changed. Come again with the same credential.")

    @staticmethod
    def _end(answer: _Answer, limit: asyncio.Timeout, why: CallerRefused) -> None:
        _log.info(f"An open answer ends: {why}", action="stream_ended", code=why.code)
        answer.ended_by = why
        limit.reschedule(asyncio.get_running_loop().time())


class _Answer:
    """What was sent of an answer, and how it ends."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = self._complete = False
        self.bounded = False
        """It has a known length, or is complete: it ends by itself."""
        self.ended_by: CallerRefused | None = None

    async def send(self, message: Message) -> None:
        if self.ended_by is not None:
            return
        if message["type"] == "http.response.start":
            self._started = True
            self.bounded = any(name.lower() == b"content-length" for name, _ in message.get("headers", ()))
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self._complete = self.bounded = True
        await self._send(message)

    async def finish(self) -> None:
        """End what was cut off: the stream, or with the refusal when nothing was sent yet."""
        why = self.ended_by
        if why is None or self._complete:
            return
        body = b""
        if not self._started:
            problem = {"title": "Unauthorized", "status": why.status, "code": why.code, "detail": str(why)}
            body = json.dumps(problem).encode()
            headers = [(b"content-type", b"application/problem+json"), (b"www-authenticate", b"Bearer")]
            await self._send({"type": "http.response.start", "status": why.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
