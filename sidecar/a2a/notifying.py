"""Tells the receivers of push notifications how tasks stand: one process each, in order, at least once, until the task has ended.

Only states leave: whoever may no longer read a run is not told its words. A process that dies leaves its lease to end, and another one goes on.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from sidecar import log
from sidecar.a2a.documents import Frame, PushConfig, Status, StatusUpdate
from sidecar.a2a.pushes import UNREADABLE, opened
from sidecar.a2a.told import Told
from sidecar.errors import DrupalError, SidecarError
from sidecar.json_text import JSON
from sidecar.remote.documents import RunFacts
from sidecar.runs.run import RunView
from sidecar.seal import Seal, Unreadable
from sidecar.store.pushes import Lent, Place

USER_AGENT = "background-agents-a2a"
LEASE_SECONDS = 30.0
"""Longer than one message may take: the lease is renewed before each."""
MOST = 100
"""Messages on their way at the same time, of one process and site."""
CLOSING_SECONDS = 2.0
LONGEST_PAUSE = 300.0
GIVE_UP_SECONDS = 3_600.0
DOWN_SECONDS = 10.0
"""When Drupal does not answer."""
QUIET_SECONDS = 10.0
"""So long after it was set up, a run that the sidecar does not have is asked of Drupal; then ever less often."""
LONGEST_QUIET = 600.0
PAGE = 200
_log = log.get(__name__)


class KeptPushes(Protocol):
    """Where configurations and leases are kept (store/pushes.py)."""

    async def take(self, site: str, most: int, lease_ms: int) -> list[Lent]: ...

    async def read(self, site: str, place: Place) -> tuple[str, dict[str, JSON]] | None: ...

    async def keep(self, site: str, lent: Lent, told: Mapping[str, JSON], lease_ms: int) -> Lent | None: ...

    async def put_back(self, site: str, lent: Lent, told: Mapping[str, JSON], delay_ms: int) -> None: ...

    async def put_to_rest(self, site: str, lent: Lent, told: Mapping[str, JSON], seq: int, ask_ms: int) -> None: ...

    async def finish(self, site: str, lent: Lent) -> None: ...


class Runs(Protocol):
    """Where the sidecar's runs and their events are (store/reading.py)."""

    async def run(self, site: str, run: str) -> RunView | None: ...

    async def events(self, site: str, run: str, after: int = 0, limit: int = PAGE) -> list[dict[str, JSON]]: ...


class Site(Protocol):
    """The part of a `DrupalSite` that is needed."""

    id: str

    async def read(self, path: str) -> dict[str, JSON]: ...


class Post(Protocol):
    """What sends one message (notify/sending.py)."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer: ...


class Answer(Protocol):
    """What came of it."""

    @property
    def status(self) -> int | None: ...

    @property
    def taken(self) -> bool: ...

    @property
    def retry_after(self) -> int | None: ...


class Notifier:
    """Tells those of one site, from this process. `clock`: Unix seconds."""

    def __init__(
        self,
        site: Site,
        kept: KeptPushes,
        runs: Runs,
        sender: Post,
        seal: Seal,
        *,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._site, self._kept, self._runs, self._sender, self._seal = site, kept, runs, sender, seal
        self._lease_ms = int(lease_seconds * 1000)
        self._clock = clock
        self._at_work: set[asyncio.Task[None]] = set()

    async def look(self) -> int:
        """Take what is due, and tell it beside: a receiver that hangs keeps no other one waiting. Returns how many. Raises StoreUnavailable."""
        room = MOST - len(self._at_work)
        lent = await self._kept.take(self._site.id, room, self._lease_ms) if room > 0 else []
        for one in lent:
            task = asyncio.create_task(self._tell(one), name=f"push {one.place.run}")
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        return len(lent)

    async def close(self) -> None:
        """Let what is on its way arrive, and end what does not: other processes go on when its lease is over, and send the same once more."""
        if not self._at_work:
            return
        _, late = await asyncio.wait(self._at_work, timeout=CLOSING_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _tell(self, lent: Lent) -> None:
        try:
            found = await self._kept.read(self._site.id, lent.place)
            if found is None:
                return await self._kept.finish(self._site.id, lent)
            told = Told.of(found[1])
            config = self._opened(lent, found[0])
            if config is None:  # another process may have the secret: one that is not started anew yet
                return await self._missed(lent, told.missed(self._clock()))
            await self._go_on(lent, config, told)
        except SidecarError as error:  # its lease ends, and somebody looks again
            _log.info(f"Push notifications go on later. {error}", action="push_later", site=self._site.id)
        except Exception:  # noqa: BLE001
            _log.exception("A defect: telling how a task stands. Report it.", action="defect", site=self._site.id)

    def _opened(self, lent: Lent, text: str) -> dict[str, JSON] | None:
        try:
            return opened(self._seal, lent.place, text)
        except Unreadable:
            _log.warning(UNREADABLE, action="push_unreadable", site=self._site.id, run=lent.place.run)
            return None

    async def _go_on(self, lent: Lent, config: dict[str, JSON], told: Told) -> None:
        """Read what is new, and send what waits."""
        view = await self._runs.run(self._site.id, lent.place.run)
        if not told.full:
            if view is not None:
                told = told.after(await self._runs.events(self._site.id, lent.place.run, told.seq, PAGE))
            elif self._age(told) >= QUIET_SECONDS:
                asked = await self._asked_drupal(lent, told)
                if asked is None:
                    return
                told = asked
        held, told = await self._sent(lent, config, told)
        if held is None:
            return
        if told.over:
            return await self._kept.finish(self._site.id, held)
        quiet = max(QUIET_SECONDS, min(self._age(told) / 10, LONGEST_QUIET))
        await self._kept.put_to_rest(self._site.id, held, told.document(), told.seq, int(quiet * 1000))

    async def _asked_drupal(self, lent: Lent, told: Told) -> Told | None:
        """The end of a run that Redis has not: one that was never handed to the sidecar, or is long over. None: settled here."""
        try:
            run = RunFacts.of(await self._site.read(f"runs/{lent.place.run}"))
        except DrupalError as error:
            if error.status == 404:
                await self._kept.finish(self._site.id, lent)
            else:
                await self._kept.put_back(self._site.id, lent, told.document(), int(DOWN_SECONDS * 1000))
            return None
        return told.ended(run) if run.state.final else told

    async def _sent(self, lent: Lent, config: dict[str, JSON], told: Told) -> tuple[Lent | None, Told]:
        """Send what waits in order, until the receiver takes one no more; then None: settled here, or in other hands."""
        push = PushConfig.model_validate(config)
        held: Lent | None = lent
        while told.waiting:
            held = await self._kept.keep(self._site.id, held, told.document(), self._lease_ms)
            if held is None:
                return None, told
            body = _message(config, told)
            answer = await self._sender.post(push.url, body, {"user-agent": USER_AGENT, **push.headers})
            self._log(held, push, answer)
            if not answer.taken:
                await self._missed(held, told.missed(self._clock()), answer)
                return None, told
            told = told.taken()
        return held, told

    async def _missed(self, lent: Lent, told: Told, answer: Answer | None = None) -> None:
        """Try again, ever less often; not for ever, and not when the receiver says that it is gone. `answer`: what it said, if it was asked."""
        status, asked_to_wait = (None, 0) if answer is None else (answer.status, answer.retry_after or 0)
        if status == 410 or self._clock() - (told.failing or 0.0) >= GIVE_UP_SECONDS:
            _log.warning(
                "A receiver of push notifications takes none: it is told no more.",
                action="push_given_up",
                site=self._site.id,
                run=lent.place.run,
            )
            return await self._kept.finish(self._site.id, lent)
        pause = min(max(2.0 ** min(told.tries, 10), asked_to_wait), LONGEST_PAUSE)
        await self._kept.put_back(self._site.id, lent, told.document(), int(pause * 1000))

    def _age(self, told: Told) -> float:
        return self._clock() - told.began

    def _log(self, lent: Lent, push: PushConfig, answer: Answer) -> None:
        _log.info(
            "A push notification was sent." if answer.taken else "A push notification was not taken.",
            action="push_sent" if answer.taken else "push_failed",
            site=self._site.id,
            run=lent.place.run,
            host=urlsplit(push.url).hostname,  # not as a whole: it may hold a secret of the receiver's
            status=answer.status,
        )


def _message(config: Mapping[str, JSON], told: Told) -> bytes:
    """A StreamResponse with the first change that waits. Its `sequence` grows: the same one again is the same change."""
    change = told.waiting[0]
    update = StatusUpdate(
        task_id=config["taskId"],
        context_id=config["contextId"],
        status=Status(state=change.state, timestamp=change.time),
        metadata={"sequence": change.seq},
    )
    return json.dumps(Frame(status_update=update).json_object()).encode()
