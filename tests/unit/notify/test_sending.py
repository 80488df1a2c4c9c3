"""One message to a foreign address: what is sent, and what comes of each kind of receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from sidecar.notify.sending import CALLERS_SETTING, TEXT_BYTES, UNREACHABLE, Sender, Sent

URL = "https://hooks.test/agents"
SIGNED = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,a"}


class Body(httpx2.AsyncByteStream):
    """An answer that comes in chunks, and counts them; it never ends when told so."""

    def __init__(self, *chunks: bytes, hangs: bool = False, breaks: bool = False) -> None:
        self.chunks, self.hangs, self.breaks, self.read = chunks, hangs, breaks, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            self.read += 1
            yield chunk
        if self.breaks:
            raise httpx2.ReadError("closed")
        if self.hangs:
            await asyncio.Event().wait()


def response(status: int, body: Body | None = None, headers: Any = None) -> httpx2.Response:
    """An answer of a receiver, not read yet."""
    return httpx2.Response(status, headers=headers, stream=body or Body())


def sender(answer: httpx2.Response | Exception, seen: list[httpx2.Request] | None = None) -> Sender:
    """Sends to a receiver that always answers this."""

    def receive(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Sender((), lambda: httpx2.MockTransport(receive), clock=lambda: 1_790_000_000.0)


async def test_a_message_is_sent_as_it_was_signed() -> None:
    """Body and headers as given, nothing else that says who we are, and no compressed answer is asked for."""
    seen: list[httpx2.Request] = []
    sent = await sender(response(204), seen).post(URL, b'{"type":"test"}', SIGNED)
    assert (sent.taken, sent.down, sent.status) == (True, False, 204)
    [request] = seen
    assert request.content == b'{"type":"test"}'
    assert {name: request.headers[name] for name in SIGNED} == SIGNED
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "referer"} & set(request.headers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    """Not even to the same host: where it leads is said by nobody who may."""
    seen: list[httpx2.Request] = []
    answer = response(status, headers={"location": "http://127.0.0.1/"})
    sent = await sender(answer, seen).post(URL, b"{}", SIGNED)
    assert (sent.status, sent.taken, sent.down, len(seen)) == (status, False, True, 1)
    assert "Redirects are not followed" in sent.error


@pytest.mark.parametrize(
    ("status", "taken", "down"),
    [(200, True, False), (299, True, False), (400, False, False), (404, False, False), (410, False, True)]
    + [(status, False, True) for status in (408, 425, 429, 500, 503, 599)],
)
async def test_what_a_status_says(status: int, taken: bool, down: bool) -> None:
    """A refusal is of one message; whoever is busy, broken or gone takes the next one neither."""
    sent = await sender(response(status)).post(URL, b"{}", SIGNED)
    assert (sent.taken, sent.down) == (taken, down)


async def test_little_of_an_answer_is_read() -> None:
    """Ten megabytes are an answer like another, and a nul is no text that a database keeps."""
    body = Body(*[b"\x00" + b"x" * 99_999] * 100)
    sent = await sender(response(200, body)).post(URL, b"{}", SIGNED)
    assert sent.taken
    assert len(sent.text) == TEXT_BYTES
    assert "\x00" not in sent.text
    assert body.read == 1


@pytest.mark.parametrize("body", [Body(b"half", hangs=True), Body(b"half", breaks=True)], ids=["hangs", "breaks"])
async def test_an_answer_that_does_not_end_was_given(body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status is what counts."""
    monkeypatch.setattr("sidecar.notify.sending.TEXT_SECONDS", 0.01)
    sent = await sender(response(200, body)).post(URL, b"{}", SIGNED)
    assert (sent.status, sent.text) == (200, "half")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        ("9" * 40, 2_147_483_647),
        ("Mon, 21 Sep 2026 14:14:20 GMT", 60),
        ("Mon, 21 Sep 2020 14:14:20 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
async def test_retry_after_is_read_in_both_forms(value: str, seconds: int | None) -> None:
    """Seconds or a date; anything else says nothing."""
    answer = response(503, headers=[(b"retry-after", value.encode())])
    assert (await sender(answer).post(URL, b"{}", SIGNED)).retry_after == seconds


async def test_a_receiver_that_hangs_has_an_end() -> None:
    """However it does it."""

    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            await asyncio.Event().wait()
            raise AssertionError

    sent = await Sender((), Hanging, seconds=0.01).post(URL, b"{}", SIGNED)
    assert (sent.status, sent.down) == (None, True)
    assert "no answer within 0.01 seconds" in sent.error


@pytest.mark.parametrize(
    "url",
    ["http://a..b/", "ftp://hooks.test/", "https:///x", "http://[::1", "http://hooks.test:99999/", "nonsense", ""],
)
async def test_an_address_that_is_none_is_told(url: str) -> None:
    """Nothing that a person typed ends the process."""
    sent = await Sender(()).post(url, b"{}", SIGNED)
    assert sent.status is None
    assert sent.error


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1"]
)
async def test_private_addresses_are_refused(address: str) -> None:
    """Also when a name leads there, and the setting that allows it is named."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.215.14", address]

    sent = await Sender((), resolver=resolve).post(URL, b"{}", SIGNED)
    assert sent.status is None
    assert "allowed_private_hosts" in sent.error


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["169.254.169.254"], ["::1"], [], None])
async def test_who_may_not_know_this_network_is_told_one_sentence(
    addresses: list[str] | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a private address, a metadata service and a name that leads nowhere; the operator's log says more."""
    caplog.set_level("INFO", "sidecar")

    async def resolve(host: str, port: int) -> list[str]:
        if addresses is None:
            raise OSError("Name or service not known")
        return addresses

    sent = await Sender((), setting=CALLERS_SETTING, discreet=True, resolver=resolve).post(URL, b"{}", SIGNED)
    assert (sent.status, sent.error, sent.down) == (None, UNREACHABLE, True)
    [record] = [record for record in caplog.records if "hooks.test" in record.getMessage()]
    assert "hooks.test/agents" not in record.getMessage()
    if addresses == ["127.0.0.1"]:
        assert "SIDECAR_ALLOWED_PRIVATE_HOSTS_FOR_CALLERS" in record.getMessage()


async def test_a_name_is_resolved_anew_for_each_message() -> None:
    """What was public yesterday may be private today; within a message it is one address."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]

    async def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    sender = Sender((), resolver=resolve)
    assert "127.0.0.1" in (await sender.post(URL, b"{}", SIGNED)).error
    assert "169.254.169.254" in (await sender.post(URL, b"{}", SIGNED)).error


def test_what_was_sent_is_told_without_the_address() -> None:
    """An address may hold a secret of its receiver's."""
    assert "hooks" not in repr(Sent(200, "ok"))


@pytest.mark.parametrize(
    ("url", "addresses", "said"),
    [
        ("https://hooks.test/a?b=c", ["93.184.215.14"], ""),
        ("http://hooks.test/", ["93.184.215.14"], "http://"),
        ("http://inside.test/", ["10.0.0.1"], ""),
        ("https://inside.test/", ["10.0.0.1"], ""),
        ("https://INSIDE.test/", ["10.0.0.1"], ""),
        ("http://inside.test:8080/", ["10.0.0.1"], ""),
        ("http://port.test:8080/", ["10.0.0.1"], ""),
        ("http://port.test:8081/", ["10.0.0.1"], "http://"),
        ("https://inside.test/", ["169.254.169.254"], "never reached"),
        ("https://hooks.test/", ["10.0.0.1"], "private"),
        ("https://hooks.test/", ["93.184.215.14", "::1"], "private"),
        ("https://hooks.test/", [], "has no address"),
        ("https://inside.test@hooks.test/", ["10.0.0.1"], "name or password"),
        ("https://hooks.test\\@inside.test/", ["10.0.0.1"], "name or password"),
        ("ftp://inside.test/", ["10.0.0.1"], "no address of the web"),
        ("https:///x", ["10.0.0.1"], "no address of the web"),
        ("https://[::1", ["10.0.0.1"], "cannot be used"),
    ],
)
async def test_an_address_is_screened_before_it_is_kept(url: str, addresses: list[str], said: str) -> None:
    """Only public ones by https, or those that the operator named; metadata services never."""

    async def resolve(host: str, port: int) -> list[str]:
        return addresses

    why = await Sender(["inside.test", "port.test:8080"], resolver=resolve).screen(url)
    assert (said in why) if said else why == ""


async def test_a_name_that_is_not_resolved_in_time_is_refused() -> None:
    """However its server behaves."""

    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError

    assert "in time" in await Sender((), resolver=resolve, seconds=0.01).screen("https://hooks.test/")
