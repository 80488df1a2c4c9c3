"""A site's webhooks: Drupal says what waits and has signed it, this process sends it and tells Drupal what came of it.

A webhook is one process's until it reports, or for two minutes: its messages leave in their order. A process that dies between sending and
reporting has its messages sent again, with the same ids.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from sidecar import contracts, log
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.json_text import JSON
from sidecar.notify.sending import Sent

_log = log.get(__name__)

LANE_SECONDS = 60.0
"""After so long no further message of a webhook is sent before Drupal is told. Drupal lends it for longer."""
LATER_SECONDS = 600
UNTOLD = 100
"""Reports that are kept while Drupal cannot be reached."""


class Site(Protocol):
    """The part of a `DrupalSite` that is needed."""

    id: str

    async def signed(self, path: str, body: dict[str, JSON] | None = None) -> dict[str, Any]: ...


class Post(Protocol):
    """What sends one message (`sending.Sender`)."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent: ...


class Webhooks:
    """Sends the webhooks of one site from this process: those of agents by `sender`, those of people's dispatch keys by `caller_sender`.
    `clock` is monotonic seconds."""

    def __init__(
        self, site: Site, sender: Post, caller_sender: Post, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._site = site
        self._sender, self._caller_sender = sender, caller_sender
        self._clock = clock
        self._ask_at = 0.0
        self._told = False
        self._untold: list[dict[str, Any]] = []

    def due(self) -> None:
        """Drupal tells with its answers that something waits: it is asked at the next look."""
        self._ask_at, self._told = 0.0, True

    async def look(self, stop: asyncio.Event) -> int:
        """Send what Drupal hands out, when it is time to ask. Returns how many messages were sent. `stop` ends it early.

        Raises DrupalError and DrupalUnavailable: what waits is sent by a later look."""
        if self._clock() < self._ask_at:
            return 0
        await self._tell_untold()
        self._told = False
        answer = await self._claimed()
        if not (answer["webhooks"] or self._told):
            self._ask_at = self._clock() + answer["look_in"]
        async with asyncio.TaskGroup() as group:
            lanes = [group.create_task(self._send(lane, stop)) for lane in answer["webhooks"]]
        return sum(lane.result() for lane in lanes)

    async def _claimed(self) -> dict[str, Any]:
        try:
            answer = await self._site.signed("webhooks/claim")
        except DrupalError as error:
            if error.status != 404 or isinstance(error, DrupalUnavailable):
                raise
            return {"webhooks": [], "look_in": LATER_SECONDS}  # a release that has no webhooks
        contracts.check("webhook#claimed", answer)
        return answer

    async def _send(self, lane: dict[str, Any], stop: asyncio.Event) -> int:
        """Sends the messages of one webhook in their order, until one shows that its receiver takes none now."""
        results: list[dict[str, Any]] = []
        end = self._clock() + LANE_SECONDS
        # An address that no administrator has chosen, as far as the site says, reaches what callers may.
        sender = self._sender if lane.get("subject") == "agent" else self._caller_sender
        for message in lane["messages"]:
            if stop.is_set() or self._clock() > end:
                break
            sent = await _unless(stop, sender.post(lane["url"], message["body"].encode(), message["headers"]))
            if sent is None:
                break
            results.append(_result(message["id"], sent))
            self._log(lane, message["id"], sent)
            if sent.down:
                break
        await self._tell({"webhook": lane["webhook"], "lease": lane["lease"], "results": results})
        return len(results)

    async def _tell(self, report: dict[str, Any]) -> None:
        """Tells Drupal what came of messages, or keeps it for the next look."""
        try:
            await self._report(report)
        except DrupalUnavailable as error:
            self._untold = [*self._untold, report][-UNTOLD:]
            _log.info(f"Drupal hears later what came of webhooks. {error}", action="webhook_untold", site=self._site.id)
        except DrupalError as error:
            _log.warning(f"Drupal does not take a report. {error}", action="webhook_report_refused", site=self._site.id)

    async def _tell_untold(self) -> None:
        """Raises DrupalUnavailable when Drupal still cannot be reached."""
        while self._untold:
            try:
                await self._report(self._untold[0])
            except DrupalUnavailable:
                raise
            except DrupalError as error:
                _log.warning(
                    f"Drupal does not take a report. {error}", action="webhook_report_refused", site=self._site.id
                )
            self._untold.pop(0)

    async def _report(self, report: dict[str, Any]) -> None:
        contracts.check("webhook#reported", await self._site.signed("webhooks/report", report))

    def _log(self, lane: dict[str, Any], message: str, sent: Sent) -> None:
        url: str = lane["url"]  # not as a whole: it may hold a secret of the receiver's
        _log.info(
            "A webhook was sent." if sent.taken else "A webhook was not taken.",
            action="webhook_sent" if sent.taken else "webhook_failed",
            site=self._site.id,
            webhook=lane["webhook"],
            message=message,
            host=urlsplit(url).hostname,
            status=sent.status,
        )


def _result(message: str, sent: Sent) -> dict[str, Any]:
    return {
        "id": message,
        "status": sent.status,
        "text": sent.text,
        "error": sent.error,
        "retry_after": sent.retry_after,
    }


async def _unless(stop: asyncio.Event, sending: Any) -> Sent | None:
    """What came of it; None when the process is to end first: it is sent again with the same id."""
    send, end = asyncio.ensure_future(sending), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([send, end], return_when=asyncio.FIRST_COMPLETED)
        return send.result() if send.done() else None
    finally:
        send.cancel()
        end.cancel()
        await asyncio.gather(send, end, return_exceptions=True)
