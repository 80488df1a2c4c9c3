"""A site's webhooks: asked for when it is time, sent in order, told once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.notify.sending import Sent
from sidecar.notify.webhooks import LATER_SECONDS, Webhooks

LEASE = "0" * 32
SIGNATURE = "v1," + "A" * 43 + "="


def message(number: int) -> dict[str, Any]:
    """One that is handed out."""
    id = f"msg_{number:032x}"
    headers = {"webhook-id": id, "webhook-timestamp": "1", "webhook-signature": SIGNATURE}
    return {"id": id, "headers": headers, "body": json.dumps({"n": number})}


def lane(webhook: int, *numbers: int) -> dict[str, Any]:
    """The messages of one webhook."""
    url = f"https://hooks{webhook}.test/"
    messages = [message(number) for number in numbers]
    return {"webhook": webhook, "lease": LEASE, "subject": "agent", "url": url, "messages": messages}


class Site:
    """Drupal: hands out lists in turn, and keeps what it is told."""

    id = "default"

    def __init__(self, *lists: list[dict[str, Any]]) -> None:
        self.lists = list(lists)
        self.claims = 0
        self.reports: list[dict[str, Any]] = []
        self.errors: list[DrupalError] = []

    async def signed(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if self.errors and path == "webhooks/report":
            raise self.errors.pop(0)
        if path == "webhooks/report":
            assert body is not None
            self.reports.append(body)
            return {"taken": True}
        self.claims += 1
        return {"webhooks": self.lists.pop(0) if self.lists else [], "look_in": 10}


class Receivers:
    """Answers with a status for each body, and keeps the order in which they came."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.got: list[tuple[str, int]] = []
        self.hold: asyncio.Event | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        if self.hold is not None:
            await self.hold.wait()
        number = json.loads(body)["n"]
        self.got.append((url, number))
        return Sent(self.statuses.get(f"n{number}", 200))


class NobodysReceivers:
    """No message of a caller is sent in these tests but in one."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Sent:
        raise AssertionError(url)


NOBODY = NobodysReceivers()


class Clock:
    """Monotonic seconds that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_messages_leave_in_order_and_are_told() -> None:
    """One report for each webhook, with what came of each message."""
    site, receivers = Site([lane(1, 1, 2), lane(2, 3)]), Receivers()
    assert await Webhooks(site, receivers, NOBODY).look(asyncio.Event()) == 3
    assert [number for url, number in receivers.got if url == "https://hooks1.test/"] == [1, 2]
    by_webhook = {report["webhook"]: report for report in site.reports}
    assert [result["id"] for result in by_webhook[1]["results"]] == [message(1)["id"], message(2)["id"]]
    assert by_webhook[2]["results"][0]["status"] == 200
    assert {report["lease"] for report in site.reports} == {LEASE}


@pytest.mark.parametrize(("status", "sent"), [(500, [1]), (410, [1]), (302, [1]), (400, [1, 2])])
async def test_nothing_overtakes_a_message_that_failed(status: int, sent: list[int]) -> None:
    """Unless it was refused alone: the next one may be taken."""
    site, receivers = Site([lane(1, 1, 2)]), Receivers(n1=status)
    await Webhooks(site, receivers, NOBODY).look(asyncio.Event())
    assert [number for _, number in receivers.got] == sent
    assert len(site.reports[0]["results"]) == len(sent)


async def test_drupal_is_asked_when_it_said_so() -> None:
    """At once while something comes, then when it is time, and at once when it tells that something waits."""
    clock, stop = Clock(), asyncio.Event()
    site = Site([lane(1, 1)])
    webhooks = Webhooks(site, Receivers(), NOBODY, clock)
    for _ in range(3):
        await webhooks.look(stop)
    assert site.claims == 2
    clock.now += 10
    await webhooks.look(stop)
    assert site.claims == 3
    webhooks.due()
    await webhooks.look(stop)
    assert site.claims == 4


async def test_a_hint_that_comes_while_drupal_answers_is_kept() -> None:
    """What is told meanwhile is not in that answer."""
    site = Site()
    webhooks = Webhooks(site, Receivers(), NOBODY)
    original = site.signed

    async def signed(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await original(path, body)
        if site.claims == 1:
            webhooks.due()
        return answer

    site.signed = signed  # type: ignore[method-assign]
    await webhooks.look(asyncio.Event())
    await webhooks.look(asyncio.Event())
    await webhooks.look(asyncio.Event())
    assert site.claims == 2


async def test_what_drupal_did_not_hear_is_told_later_and_not_sent_again() -> None:
    """A report is kept over a failure; one that is refused is not."""
    away = DrupalUnavailable({"status": 503, "code": "away", "detail": "Away."})
    site, receivers = Site([lane(1, 1)]), Receivers()
    webhooks = Webhooks(site, receivers, NOBODY)
    site.errors = [away, away]
    assert await webhooks.look(asyncio.Event()) == 1
    with pytest.raises(DrupalUnavailable):
        await webhooks.look(asyncio.Event())
    assert site.claims == 1, "It is told before anything else is asked."
    await webhooks.look(asyncio.Event())
    assert [report["webhook"] for report in site.reports] == [1]
    assert len(receivers.got) == 1
    refusing = Site([lane(1, 2)])
    refusing.errors = [DrupalError({"status": 422, "code": "invalid", "detail": "No."})]
    webhooks = Webhooks(refusing, receivers, NOBODY)
    await webhooks.look(asyncio.Event())
    await webhooks.look(asyncio.Event())
    assert refusing.reports == []


async def test_a_process_that_ends_leaves_its_messages_to_the_next() -> None:
    """What is under way is given up, and Drupal hears that the webhook is free."""
    site, receivers, stop = Site([lane(1, 1, 2)]), Receivers(), asyncio.Event()
    receivers.hold = asyncio.Event()
    looking = asyncio.create_task(Webhooks(site, receivers, NOBODY).look(stop))
    stop.set()
    async with asyncio.timeout(60):
        assert await looking == 0
    assert [report["results"] for report in site.reports] == [[]]
    assert receivers.got == []


async def test_a_site_without_webhooks_is_left_alone() -> None:
    """An older release has no such endpoint: that is no error."""
    clock, site = Clock(), Site()

    async def signed(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        site.claims += 1
        raise DrupalError({"status": 404, "code": "not_found", "detail": "No such page."})

    site.signed = signed  # type: ignore[method-assign]
    webhooks = Webhooks(site, Receivers(), NOBODY, clock)
    assert await webhooks.look(asyncio.Event()) == 0
    clock.now += LATER_SECONDS - 1
    assert await webhooks.look(asyncio.Event()) == 0
    assert site.claims == 1


@pytest.mark.parametrize("subject", ["key", None])
async def test_what_no_administrator_addressed_goes_by_the_sender_of_callers(subject: str | None) -> None:
    """Also when the site does not say whose it is, as an older one."""
    one = lane(1, 1)
    del one["subject"]
    receivers = Receivers()
    site = Site([one if subject is None else one | {"subject": subject}, lane(2, 2)])
    agents = Receivers()
    assert await Webhooks(site, agents, receivers).look(asyncio.Event()) == 2
    assert receivers.got == [("https://hooks1.test/", 1)]
    assert agents.got == [("https://hooks2.test/", 2)]
