"""Open answers end when the right of who reads them has ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from sidecar.errors import CallerRefused, DrupalUnavailable
from sidecar.remote.caller import Caller, Origin
from sidecar.remote.credential import Credential
from sidecar.remote.streams import EndStreams, guard

CALLER = Caller(
    site="default",
    account="u",
    name="Ann",
    means="key",
    agents=frozenset({"a", "b"}),
    runs="any",
    manage="own",
    origin=Origin("api", "192.0.2.7"),
    credential=Credential("Authorization", "Bearer bgd_x"),
)
STREAM = [(b"content-type", b"text/event-stream")]


class Knows:
    """Answers with `now`; an exception is raised."""

    def __init__(self, now: Caller | Exception = CALLER) -> None:
        self.now = now
        self.asked = 0

    async def ask(self, site: str, credential: Credential, door: str, address: str) -> Caller:
        self.asked += 1
        if isinstance(self.now, Exception):
            raise self.now
        return self.now


class Client:
    """Takes what is sent; `open_` is an application whose answer does not end by itself."""

    def __init__(self, *, starts: bool = True, caller: Caller | None = CALLER) -> None:
        self.sent: list[dict[str, Any]] = []
        self.running = asyncio.Event()
        self.ended = False
        self._starts, self._caller = starts, caller

    async def open_(self, scope: Any, receive: Any, send: Any) -> None:
        if self._caller is not None:
            guard(scope, self._caller)
        if self._starts:
            await send({"type": "http.response.start", "status": 200, "headers": STREAM})
        self.running.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def ask(self, layer: EndStreams) -> None:
        async with asyncio.timeout(60):
            await layer({"type": "http"}, None, self.send)  # type: ignore[arg-type]


def layer(app: Any, who: Any, **more: Any) -> EndStreams:
    return EndStreams(app, who, every=0.01, **more)


async def asked_often(who: Knows) -> None:
    async with asyncio.timeout(60):
        while who.asked < 5:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "now",
    [
        CallerRefused(401, "key_invalid", "No."),
        replace(CALLER, account="v"),
        replace(CALLER, agents=frozenset({"a"})),
        replace(CALLER, runs="own"),
        replace(CALLER, manage="none"),
    ],
    ids=["refused", "account", "agents", "runs", "manage"],
)
async def test_a_stream_ends_when_the_right_does(now: Caller | Exception) -> None:
    """The application is cancelled, and what the client reads has a regular end."""
    client, who = Client(), Knows()
    open_ = asyncio.create_task(client.ask(layer(client.open_, who)))
    await asked_often(who)
    assert not open_.done()
    who.now = now
    await open_
    assert client.ended
    assert client.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_more_rights_end_nothing() -> None:
    client = Client()
    who = Knows(replace(CALLER, agents=frozenset({"a", "b", "c"}), manage="any"))
    open_ = asyncio.create_task(client.ask(layer(client.open_, who)))
    await asked_often(who)
    assert not open_.done()
    open_.cancel()
    await asyncio.gather(open_, return_exceptions=True)


async def test_a_long_wait_ends_with_the_refusal() -> None:
    client, who = Client(starts=False), Knows(CallerRefused(401, "key_invalid", "No."))
    await client.ask(layer(client.open_, who))
    assert client.sent[0]["status"] == 401
    assert b"key_invalid" in client.sent[1]["body"]


async def test_an_answer_stays_open_while_the_site_is_away_for_a_while() -> None:
    client, who = Client(), Knows(DrupalUnavailable({"status": 0, "code": "unreachable", "detail": "Away."}))
    open_ = asyncio.create_task(client.ask(layer(client.open_, who, unconfirmed_seconds=1e9)))
    await asked_often(who)
    assert not open_.done()
    open_.cancel()
    await asyncio.gather(open_, return_exceptions=True)
    client = Client()
    await client.ask(layer(client.open_, who, unconfirmed_seconds=0.05))
    assert client.sent[-1]["more_body"] is False


async def test_an_answer_of_nobody_stays_open() -> None:
    """The operator's, whose token is in the settings."""
    client, who = Client(caller=None), Knows(CallerRefused(401, "key_invalid", "No."))
    open_ = asyncio.create_task(client.ask(layer(client.open_, who)))
    await client.running.wait()
    await asyncio.sleep(0.05)
    assert not open_.done()
    assert who.asked == 0
    open_.cancel()
    await asyncio.gather(open_, return_exceptions=True)


async def test_what_the_application_raises_is_its_own() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await Client().ask(layer(fails, Knows()))
