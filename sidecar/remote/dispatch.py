"""Starts an agent once, whatever becomes of the client, of the connection, or of this process.

The request to Drupal is made in a task of the process, so a client that vanishes does not end it. Its key is in Redis before it is sent: the
same order that comes again (the client did not hear the answer) is sent under the same key, and Drupal answers with the same run. Once the
answer was sent, the order is forgotten within seconds: then the same order is another run.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sidecar import log
from sidecar.drupal import problems
from sidecar.errors import DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.remote.caller import Caller
from sidecar.remote.documents import RunFacts
from sidecar.remote.site import SiteAsCaller

KEPT_SECONDS = 600.0
ANSWERED_SECONDS = 5.0
AGAIN_SECONDS = 20.0
"""For so long a request that got no answer is sent again."""
TRY_SECONDS = 10.0
"""How long one try may take: then it is sent again under its key."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
CLOSING_SECONDS = 5.0
RETRY_AFTER = 5.0

_log = log.get(__name__)


class KeptKeys(Protocol):
    """Where the keys of orders are kept (store/dispatch_keys.py)."""

    async def key_of(self, site: str, digest: str, new: str, milliseconds: int) -> str: ...

    async def forget(self, site: str, digest: str, milliseconds: int = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be started. `key`: the caller's own idempotency key; `origin_id`: what the run belongs to for the caller (the id of its
    trigger); the others as in contracts/dispatch, None: not said."""

    agent: str
    input: dict[str, JSON] = field(default_factory=dict[str, JSON])
    key: str | None = None
    dry_run: bool | None = None
    delay: int | None = None
    priority: int | None = None
    origin_id: str | None = None

    def body(self, key: str) -> dict[str, JSON]:
        """The request to Drupal, under this key."""
        trigger = {"id": self.origin_id} if self.origin_id else None
        said = {"dry_run": self.dry_run, "delay": self.delay, "priority": self.priority, "trigger": trigger}
        given = {name: value for name, value in said.items() if value is not None}
        return {"agent": self.agent, "input": self.input, "key": key, **given}

    def digest(self, caller: Caller) -> str:
        """Names the order of this caller."""
        who = [caller.site, caller.account, caller.key, caller.client, caller.origin.door]
        text = json.dumps([who, self.body("")], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()


class Dispatches:
    """The dispatches of this process. Close it at the end: it waits some seconds for those that are on their way."""

    def __init__(
        self,
        kept: KeptKeys,
        *,
        again_seconds: float = AGAIN_SECONDS,
        try_seconds: float = TRY_SECONDS,
        answered_seconds: float = ANSWERED_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kept = kept
        self._again_seconds = again_seconds
        self._try_seconds = try_seconds
        self._answered_seconds = answered_seconds
        self._clock = clock
        self._tasks: set[asyncio.Task[RunFacts]] = set()

    async def dispatch_once(self, site: SiteAsCaller, order: Order) -> RunFacts:
        """Start an agent, or get the run that this order started already. Cancelling this does not cancel the dispatch.

        Call `answered` once the answer was sent. Raises DrupalError (Drupal refuses; nothing was started), DrupalUnavailable (nothing was
        started), DrupalAnswerLost (it may have been started: the same order again, here or in another process, will not start it twice),
        StoreUnavailable (nothing was started)."""
        key = order.key
        if key is None:
            new, milliseconds = f"once-{secrets.token_urlsafe(24)}", int(KEPT_SECONDS * 1000)
            key = await self._kept.key_of(site.caller.site, order.digest(site.caller), new, milliseconds)
        task = asyncio.create_task(self._dispatch(site, order, key), name=f"dispatch {order.agent}")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def answered(self, site: SiteAsCaller, order: Order) -> None:
        """The caller has the answer: in some seconds the same order is another run. Not to be called for a client that went away."""
        if order.key is None:
            milliseconds = int(self._answered_seconds * 1000)
            await self._kept.forget(site.caller.site, order.digest(site.caller), milliseconds)

    async def close(self) -> None:
        """Let those on their way arrive, and end those that do not."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _dispatch(self, site: SiteAsCaller, order: Order, key: str) -> RunFacts:
        try:
            return await self._send(site, order.body(key))
        except DrupalUnavailable:
            raise
        except DrupalError:
            if order.key is None:  # refused: once it is mended, the same order is to be looked at anew
                await self._kept.forget(site.caller.site, order.digest(site.caller))
            raise

    async def _send(self, site: SiteAsCaller, body: dict[str, JSON]) -> RunFacts:
        until, pause = self._clock() + self._again_seconds, FIRST_PAUSE
        lost = False
        while True:
            try:
                async with asyncio.timeout(self._try_seconds):
                    return await site.dispatch(body)
            except TimeoutError:
                lost = True
            except DrupalUnavailable as error:
                lost = lost or isinstance(error, DrupalAnswerLost)
                if not lost and error.code != "unreachable":
                    raise
            if self._clock() + pause >= until:
                raise _unsettled(lost)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _done(self, task: asyncio.Task[RunFacts]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:  # also: nobody may wait for it any more
            _log.info("A dispatch of a caller did not come about.", action="dispatch_refused", error=str(error))


def _unsettled(lost: bool) -> DrupalUnavailable:
    if lost:
        detail = "Drupal did not say whether the run was started. Send the same call again: it will not start it twice."
        return DrupalAnswerLost(problems.problem(0, "answer_lost", detail), RETRY_AFTER)
    detail = "Drupal cannot be reached. Send the same call again: it will not start it twice."
    return DrupalUnavailable(problems.problem(0, "unreachable", detail), RETRY_AFTER)
