"""Models by name: the right one, without retries of its own, with the key from the settings."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelAPIError

from sidecar.errors import ModelError, SettingsError
from sidecar.models.names import DEFAULT_MAX_TOKENS, Models, build_model, price_of, redactor
from sidecar.redact import MARK
from sidecar.settings import Settings, load
from tests.support.model_server import ModelServer

KEYS = {"OPENAI_API_KEY": "openai-key-for-tests", "SIDECAR_MODEL_KEYS__ANTHROPIC": "anthropic-key-for-tests"}
LOCAL = {
    "SIDECAR_ENDPOINTS__LOCAL__BASE_URL": "http://llm.test/v1",
    "SIDECAR_ENDPOINTS__LOCAL__API_KEY": "local-key-for-tests",
}
ENDPOINTS = {
    "anthropic:claude-sonnet-5-5": "https://api.anthropic.com/v1/messages",
    "openai:gpt-4o": "https://api.openai.com/v1/responses",
    "openai-chat:gpt-4o": "https://api.openai.com/v1/chat/completions",
    "local:llama3.1:8b": "http://llm.test/v1/chat/completions",
}


def settings(**environ: str) -> Settings:
    """Settings with every key."""
    return load({**KEYS, **LOCAL, **environ})


@pytest.fixture
async def models() -> Any:
    """All models; closed in the end."""
    made = Models(settings())
    yield made
    await made.aclose()


@pytest.mark.parametrize(("name", "url"), ENDPOINTS.items())
async def test_a_model_asks_its_provider_once_with_its_key(name: str, url: str) -> None:
    """No SDK retries by itself; `max_tokens` is always set; the model's name goes out without the provider's."""
    server = ModelServer(httpx2.Response(503, json={"error": {"message": "down", "type": "x"}}))
    models = Models(settings(), server.http)
    with pytest.raises(ModelAPIError) as raised:
        await Agent(models.build(name)).run("hello")
    assert models.classify(raised.value).reason == "model:unavailable"
    (request,) = server.requests
    body = server.sent()
    assert str(request.url).partition("?")[0] == url
    assert body["model"] == name.partition(":")[2]
    assert DEFAULT_MAX_TOKENS in (
        body.get("max_tokens"),
        body.get("max_output_tokens"),
        body.get("max_completion_tokens"),
    )
    assert "key-for-tests" in f"{request.headers.get('authorization')}{request.headers.get('x-api-key')}"


async def test_a_model_is_built_once(models: Models) -> None:
    """Connections are shared."""
    assert models.build("local:a") is models.build("local:a")
    assert models.build("local:a") is not models.build("local:b")


async def test_an_endpoint_can_speak_the_responses_api() -> None:
    """By its `kind`."""
    made = Models(settings(SIDECAR_ENDPOINTS__LOCAL__KIND="openai-responses"))
    assert type(made.build("local:x")).__name__ == "OpenAIResponsesModel"
    await made.aclose()


@pytest.mark.parametrize("name", ["nope:x", "claude", "", "local:", "scripted:x"])
def test_an_unknown_model_says_what_to_write(name: str) -> None:
    """And is not retried."""
    with pytest.raises(ModelError) as raised:
        build_model(name, settings())
    assert raised.value.reason == "model:unknown_model"
    assert not raised.value.retryable


@pytest.mark.parametrize("name", ["anthropic:x", "openai:x", "openai-chat:x"])
def test_a_missing_key_says_which_setting(name: str) -> None:
    """By its variable."""
    with pytest.raises(SettingsError, match=r"(ANTHROPIC|OPENAI)_API_KEY"):
        build_model(name, load({}))


@pytest.mark.parametrize("name", ["../secret", "a/b", ".hidden", "", "none"])
def test_a_script_is_a_name_in_its_directory(tmp_path: Path, name: str) -> None:
    """No path leads out of it; a missing one lists those that are there."""
    (tmp_path / "demo.json").write_text('{"steps": [{"text": "hi"}]}')
    (tmp_path.parent / "secret.json").write_text('{"steps": [{"text": "hi"}]}')
    with pytest.raises(ModelError) as raised:
        build_model(f"scripted:{name}", settings(SIDECAR_SCRIPTS_DIR=str(tmp_path)))
    if name == "none":
        assert "demo" in str(raised.value)


async def test_a_script_is_played(tmp_path: Path) -> None:
    """By name."""
    (tmp_path / "demo.json").write_text('{"steps": [{"text": "hi"}]}')
    made = Models(settings(SIDECAR_SCRIPTS_DIR=str(tmp_path)))
    assert (await Agent(made.build("scripted:demo")).run("x")).output == "hi"
    assert (await Agent(made.build("test:any")).run("x")).output


def test_prices_of_the_settings_count_first() -> None:
    """In millionths of a dollar, rounded up; what has no price is None, never zero."""
    own = settings(SIDECAR_PRICES=json.dumps({"local:x": {"input_per_million": "0.5", "output_per_million": "2"}}))

    def price(name: str, given: int = 1_000, made: int = 333) -> int | None:
        found = price_of(own, name)
        return found and found(given, made)

    assert price("local:x") == 500 + 666
    assert price("local:x", 1, 0) == 1
    assert price("local:y") is None
    assert price("openai:no-such-model-at-all") is None
    assert price("unheard:x") is None
    assert price("scripted:x") == 0
    assert price("anthropic:claude-sonnet-4-6") == 1_000 * 3 + 333 * 15
    assert price("openai-chat:gpt-4o") == price("openai:gpt-4o")
    assert price("openai:gpt-4o")
    assert own.prices["local:x"].input_per_million == Decimal("0.5")


def test_every_secret_of_the_settings_is_known_to_the_redactor() -> None:
    """Whatever kind it is."""
    site = {"SIDECAR_SITE_URL": "https://x.test", "SIDECAR_SITE_SECRET": "site-secret-of-enough-bytes-here"}
    more = {"SIDECAR_SECRETS__BOX": "box-secret", "SIDECAR_OPERATOR_TOKEN": "operator-token-of-enough"}
    redact = redactor(settings(**site, **more))
    secrets = [*KEYS.values(), "local-key-for-tests", *more.values(), site["SIDECAR_SITE_SECRET"]]
    assert [redact.text(f"<{secret}>") for secret in secrets] == [f"<{MARK}>"] * len(secrets)
