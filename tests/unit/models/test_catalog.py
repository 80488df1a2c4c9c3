"""Which models a process offers: by its settings, by the lists of the providers, and by how they answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sidecar.errors import ModelError
from sidecar.models.catalog import LIST_EVERY_SECONDS, Catalog
from sidecar.models.listing import MAX_BYTES
from sidecar.models.names import Models
from sidecar.runs.offered import Provider
from sidecar.settings import load
from tests.support.model_server import ModelServer

KEY = "a-key-that-nobody-sees"
LOCAL = {"SIDECAR_ENDPOINTS__LOCAL__BASE_URL": "http://llm.test/v1/"}
LOCAL_KEY = LOCAL | {"SIDECAR_ENDPOINTS__LOCAL__API_KEY": KEY}
ANTHROPIC = {"ANTHROPIC_API_KEY": KEY}


class Clock:
    """Unix seconds that pass when told."""

    now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


def a_list(*names: Any) -> httpx2.Response:
    """A list of models, as all providers write it."""
    return httpx2.Response(200, json={"data": [{"id": name} for name in names]})


def catalog(server: ModelServer, environ: dict[str, str] | None = None, clock: Clock | None = None) -> Catalog:
    """Of a process with these settings, whose requests go to the server."""
    return Catalog(Models(load(environ or {}), server.http), clock or Clock())


def offered(made: Catalog) -> dict[str, Provider]:
    """By id."""
    return {provider.id: provider for provider in made.providers()}


def failed(reason: str, words: str = "It said so.") -> ModelError:
    """A failed request."""
    return ModelError(reason, words, retryable=False)


async def test_without_a_key_nobody_is_asked() -> None:
    """What has no key says so; it is offered, so that people see what they could have."""
    server = ModelServer(a_list("x"))
    made = catalog(server)
    await made.look()
    assert server.requests == []
    assert {id: (one.key, one.health) for id, one in offered(made).items()} == {
        "anthropic": ("missing", "key_missing"),
        "openai": ("missing", "key_missing"),
        "openai-chat": ("missing", "key_missing"),
    }


async def test_the_list_is_asked_for_once_an_hour_with_the_key_in_its_place() -> None:
    """One GET; Anthropic wants its key and its version in headers of its own."""
    server, clock = ModelServer(a_list("claude-b", "claude-a", "claude-a")), Clock()
    made = catalog(server, ANTHROPIC, clock)
    for _ in range(3):
        await made.look()
    (request,) = server.requests
    assert (request.method, str(request.url)) == ("GET", "https://api.anthropic.com/v1/models?limit=1000")
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"]
    one = offered(made)["anthropic"]
    assert (one.health, one.key, one.since, one.models) == ("works", "settings", clock.now, ("claude-a", "claude-b"))
    clock.now += LIST_EVERY_SECONDS
    await made.look()
    assert len(server.requests) == 2


async def test_a_gateway_gets_the_key_instead_of_the_provider() -> None:
    """ANTHROPIC_BASE_URL, which the provider's own library reads, is where the key goes."""
    server = ModelServer(a_list("claude"))
    await catalog(server, ANTHROPIC | {"ANTHROPIC_BASE_URL": "https://gateway.test/"}).look()
    assert str(server.requests[0].url).startswith("https://gateway.test/v1/models")


async def test_what_cannot_chat_is_not_offered() -> None:
    """OpenAI lists everything it has. One list serves both of its interfaces."""
    server = ModelServer(a_list("gpt-5", "text-embedding-3-small", "whisper-1", "gpt-4o-realtime-preview"))
    made = catalog(server, {"OPENAI_API_KEY": KEY})
    await made.look()
    assert len(server.requests) == 1
    assert {id: one.models for id, one in offered(made).items() if one.models} == {
        "openai": ("gpt-5",),
        "openai-chat": ("gpt-5",),
    }


@pytest.mark.parametrize(
    ("answer", "health"),
    [
        (httpx2.Response(401, json={"error": KEY}), "key_refused"),
        (httpx2.Response(403), "key_refused"),
        (httpx2.Response(500), "unreachable"),
        (httpx2.ConnectError("nobody there"), "unreachable"),
        (httpx2.ReadTimeout("too slow"), "unreachable"),
        (httpx2.Response(404), "unknown"),
        (httpx2.Response(302, headers={"location": "https://elsewhere.test/"}), "unknown"),
        (httpx2.Response(429), "unknown"),
        (httpx2.Response(200, text="<html>"), "unknown"),
        (httpx2.Response(200, text="[" * 100_000), "unknown"),
        (httpx2.Response(200, json={"data": {"id": "x"}}), "unknown"),
        (httpx2.Response(200, content=b'{"data": ["' + b"x" * MAX_BYTES + b'"]}'), "unknown"),
    ],
)
async def test_what_an_answer_says(answer: Any, health: str) -> None:
    """No answer makes it fail, none is followed elsewhere, and none shows the key."""
    server = ModelServer(answer)
    made = catalog(server, LOCAL_KEY)
    await made.look()
    one = offered(made)["local"]
    assert one.health == health
    assert len(server.requests) == 1
    assert KEY not in json.dumps(one.document())


async def test_names_that_are_none_are_left_out() -> None:
    """A list is what somebody else wrote."""
    names = ["good", "", None, 7, "x" * 200, "two\nlines", "\ud800"]
    made = catalog(ModelServer(httpx2.Response(200, content=json.dumps({"data": [{"id": n} for n in names]}))), LOCAL)
    await made.look()
    assert offered(made)["local"].models == ("good",)


async def test_a_key_that_no_header_can_carry_is_a_wrong_key() -> None:
    """Such as one that was pasted with a dash of a word processor."""
    made = catalog(ModelServer(a_list("x")), {"ANTHROPIC_API_KEY": "sk–ant–pasted"})
    await made.look()
    assert offered(made)["anthropic"].health == "key_refused"


async def test_answers_of_runs_count() -> None:
    """A refusal, silence, and an answer; what a request itself did wrong says nothing about the provider."""
    clock = Clock()
    made = catalog(ModelServer(httpx2.Response(404)), LOCAL, clock)
    begun = clock.now
    made.heard("", "local:llama", failed("model:refused", f"The key {KEY} is wrong."))
    clock.now += 60
    for reason in ("model:bad_request", "model:rate_limited", "model:unknown_model", "model:refused"):
        made.heard("", "local:llama", failed(reason))
    one = offered(made)["local"]
    assert (one.health, one.since, one.seen) == ("key_refused", begun, clock.now)
    made.heard("", "local:llama", None)
    assert (offered(made)["local"].health, offered(made)["local"].detail) == ("works", "")
    made.heard("", "local:llama", failed("model:timeout"))
    assert offered(made)["local"].health == "unreachable"
    made.heard("", "nobody:x", None)


async def test_an_open_list_does_not_make_a_refused_key_good() -> None:
    """Some servers list their models for everybody."""
    clock = Clock()
    made = catalog(ModelServer(a_list("llama")), LOCAL_KEY, clock)
    made.heard("", "local:llama", failed("model:refused"))
    await made.look()
    assert (offered(made)["local"].health, offered(made)["local"].models) == ("key_refused", ("llama",))


async def test_scripts_are_offered_as_they_are_there(tmp_path: Path) -> None:
    """Without asking anybody; models for tests of the sidecar are offered to nobody."""
    (tmp_path / "teaser.json").write_text("{}")
    made = catalog(ModelServer(a_list("x")), {"SIDECAR_SCRIPTS_DIR": str(tmp_path)})
    assert (offered(made)["scripted"].health, offered(made)["scripted"].models) == ("works", ("teaser",))
    assert "test" not in offered(made)
    assert "scripted" not in offered(catalog(ModelServer(a_list("x"))))
