"""The typed client: what it sends, what it repeats, what it makes of answers. Both clients alike."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sidecar import contracts
from sidecar.client import AsyncClient, Client, ClientError, NotReachable, Refused
from sidecar.client import calls as calls_module
from sidecar.client.calls import base_of, headers_of, sse
from sidecar.client.values import Run

RUN = {"uuid": "r1", "agent": "writer", "state": "completed", "created": "2026-01-31T12:00:00Z", "last_seq": 3}
URL = "https://agents.example.org"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "FIRST_PAUSE", 0.0)


class Api:
    """Answers requests from a list, and keeps them."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **more: Any) -> Client:
        return Client(URL, "bgd_key", http=httpx.Client(transport=httpx.MockTransport(self)), **more)


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    def methods(kind: type) -> dict[str, Any]:
        public = {name: value for name, value in vars(kind).items() if not name.startswith("_")}
        return {
            name: list(inspect.signature(value).parameters)
            for name, value in public.items()
            if name not in ("close", "aclose")
        }

    assert methods(Client) == methods(AsyncClient)


def test_a_dispatch_that_got_no_answer_is_sent_again_under_its_key() -> None:
    api = Api(
        httpx.ConnectError("gone"),
        httpx.Response(503, json={"detail": "Later."}, headers={"Retry-After": "0"}),
        httpx.Response(201, json=RUN),
    )
    with api.client() as client:
        assert client.dispatch("writer", {"topic": "Bread"}, delay=5).id == "r1"
    keys = {request.headers["idempotency-key"] for request in api.requests}
    assert (len(api.requests), len(keys)) == (3, 1)
    assert json.loads(api.requests[0].content) == {"agent": "writer", "input": {"topic": "Bread"}, "delay": 5}
    assert api.requests[0].headers["authorization"] == "Bearer bgd_key"


def test_what_is_not_carried_out_once_is_not_repeated() -> None:
    sending = (
        lambda client: client.retry("r1"),
        lambda client: client.send_back("r1", "Shorter."),
        lambda client: client.retry_batch("1"),
    )
    for send in sending:
        api = Api(httpx.ReadError("gone"))
        with api.client() as client, pytest.raises(NotReachable):
            send(client)
        assert len(api.requests) == 1


def test_batches_and_remarks_are_sent_as_the_contracts_have_them() -> None:
    batch = {"id": 1, "agent": "writer", "state": "done", "items": 2, "created": "2026-01-31T12:00:00Z"}
    api = Api(*[httpx.Response(202, json=batch)] * 3, *[httpx.Response(202, json=RUN)] * 2)
    remarks = [{"field": "title", "text": "Shorter."}]
    with api.client() as client:
        assert client.retry_batch("1").id == client.cancel_batch("1").id == client.cancel_batch("1", runs=True).id
        client.send_back("r1", remarks=remarks, seen="3.4")
        client.send_back("r1", "Shorter.")
    sent = [json.loads(request.content) for request in api.requests]
    assert sent == [{}, {}, {"runs": True}, {"remarks": remarks, "seen": "3.4"}, {"note": "Shorter."}]
    kinds = ["batch#retry", "batch#cancel", "batch#cancel", "send-back", "send-back"]
    assert all(contracts.fits(kind, body) for kind, body in zip(kinds, sent, strict=True))


def test_a_refusal_is_not_repeated_and_says_what_to_do() -> None:
    problem = {
        "status": 422,
        "code": "input_invalid",
        "detail": "topic: is missing",
        "errors": [{"pointer": "/topic", "detail": "x"}],
    }
    api = Api(httpx.Response(422, json=problem))
    with api.client() as client, pytest.raises(Refused, match="topic: is missing") as refused:
        client.dispatch("writer")
    assert (refused.value.status, refused.value.code, refused.value.errors[0]["pointer"]) == (
        422,
        "input_invalid",
        "/topic",
    )


def test_the_tries_are_bounded() -> None:
    api = Api(*(httpx.ConnectError("gone") for _ in range(20)))
    with api.client() as client, pytest.raises(NotReachable):
        client.agents()
    assert len(api.requests) == calls_module.TRIES


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(404, text="<html>"), Refused),
        (httpx.Response(200, text="<html>"), Refused),
        (httpx.Response(200, json=[1]), Refused),
        (httpx.Response(200, json={"runs": "x"}), ClientError),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example/"}), Refused),
    ],
)
def test_what_is_not_this_api_is_said(answer: httpx.Response, kind: type[Exception]) -> None:
    api = Api(answer)
    with api.client() as client, pytest.raises(kind):
        client.runs()
    assert [request.url.host for request in api.requests] == ["agents.example.org"]


def test_a_stream_that_breaks_off_is_taken_up_again() -> None:
    def frames(*numbers: int, last: str = "step_started") -> Iterator[bytes]:
        for number in numbers:
            kind = last if number == numbers[-1] else "step_started"
            yield f'id: {number}\r\nevent: event\r\ndata: {{"seq": {number}, "type": "{kind}"}}\r\n\r\n'.encode()
            yield b": ping\r\n\r\n"

    running = RUN | {"state": "running"}
    api = Api(
        httpx.Response(200, content=frames(1, 2)),
        httpx.Response(200, json=running),
        httpx.Response(200, content=frames(3, 4, last="run_finished")),
    )
    with api.client() as client:
        assert [event.seq for event in client.follow("r1")] == [1, 2, 3, 4]
    assert api.requests[2].headers["last-event-id"] == "2"


def test_several_sites_have_paths_of_their_own() -> None:
    api = Api(httpx.Response(200, json={"agents": []}))
    with api.client(site="main") as client:
        client.agents()
    assert api.requests[0].url.path == "/sites/main/v1/agents"


@pytest.mark.parametrize("url", ["agents.example.org", "ftp://x", "https://", "https://x?y=1", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        base_of(url, None)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "é"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        headers_of(key)


def test_ids_stay_one_step_of_a_path() -> None:
    api = Api(httpx.Response(200, json=RUN))
    with api.client() as client:
        client.run("../agents?x=1")
    assert api.requests[0].url.raw_path == b"/v1/runs/..%2Fagents%3Fx%3D1"


def test_data_over_several_lines_is_one_event() -> None:
    (event,) = sse(iter(['data: {"seq": 1,', 'data: "type": "x"}', ""]))
    assert (event.seq, event.type) == (1, "x")


def test_a_question_that_was_answered_is_none() -> None:
    """Until the run has heard the answer, and goes on."""
    waiting = {"waiting_for": "approval", "waiting": {"data": {"question": {"id": "q"}}}}
    asks = Run.of({"uuid": "r", "agent": "writer", "state": "waiting", **waiting})
    assert asks.settled
    told = Run.of(asks.document | {"pending_command": "decide"})
    assert (told.question, told.settled) == (None, False)
