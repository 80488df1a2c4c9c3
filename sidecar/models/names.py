"""Models by the name that an agent gives: `anthropic:...`, `openai:...`, `openai-chat:...`, `scripted:...`, `test:...`, or `<endpoint>:<model>`.

The SDKs are imported only when a model of theirs is built, and never retry by themselves: the engine retries, outside the unit. `max_tokens`
is always set, else nothing could be reserved.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidecar.errors import ModelError
from sidecar.http import model_client
from sidecar.models.errors import classify as classify
from sidecar.models.estimate import Price
from sidecar.models.keys import Ask, Keys
from sidecar.models.providers import base_url, sources
from sidecar.redact import Redactor
from sidecar.settings import EndpointSettings, Settings

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings

DEFAULT_MAX_TOKENS = 4096
CONNECT_SECONDS = 10.0
TRIES_DIRECTORY = ".tries"
FREE = ("scripted", "test")
_SCRIPT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class Models:
    """The models of one process. They share one pool of connections; close it at the end."""

    def __init__(self, settings: Settings, http: httpx2.AsyncClient | None = None, ask: Ask | None = None) -> None:
        self.settings = settings
        self._http = http
        self._own_http: httpx2.AsyncClient | None = None
        self._built: dict[tuple[str, str], Model] = {}
        self._prices: dict[str, Price | None] = {}
        self._tries: dict[bool, Any] = {}
        self.redact = redactor(settings)
        self.sources = sources(settings)
        self.keys = Keys(settings, self.redact, [source.id for source in self.sources if not source.scripts], ask)

    def build(self, name: str, site: str = "") -> Model:
        """The model of this name for the runs of a site, made once for each key. Raises ModelError (unknown name, no script), SettingsError
        (no key) or DrupalUnavailable (the site has not said yet whether it lends one)."""
        place = (site, name)
        if place not in self._built:
            self._built[place] = self._make(name, site)
        return self._built[place]

    async def look(self) -> None:
        """Ask the sites for the keys that are due; what was built with another key is built anew."""
        for changed in await self.keys.look():
            self._built = {place: model for place, model in self._built.items() if place[0] != changed}

    def price(self, name: str) -> Price | None:
        """What this model costs, or None when nobody knows; see `price_of`."""
        if name not in self._prices:
            self._prices[name] = price_of(self.settings, name)
        return self._prices[name]

    def classify(self, exc: BaseException) -> ModelError:
        """As `classify`, with the configured secrets taken out of the provider's words."""
        return classify(exc, self.redact)

    async def aclose(self) -> None:
        """Close the connections; models built before cannot be used any more."""
        self._built.clear()
        if self._own_http is not None:
            await self._own_http.aclose()
            self._own_http = None

    def _make(self, name: str, site: str) -> Model:
        provider, colon, model = name.partition(":")
        if endpoint := self.settings.endpoints.get(provider):
            return self._endpoint(provider, endpoint, model, site)
        makers: dict[str, Callable[[str], Model]] = {
            "anthropic": lambda model: self._anthropic(model, site),
            "openai": lambda model: self._openai_responses(model, site),
            "openai-chat": lambda model: self._openai_chat(model, site),
            "scripted": self._scripted,
            "test": self._test,
        }
        if provider not in makers or (not colon and provider != "test"):
            known = ", ".join([*makers, *sorted(self.settings.endpoints)])
            raise ModelError(
                "model:unknown_model",
                f"The model {name!r} is not known. Write <provider>:<model>, with a provider of {known}; others are added as "
                "`endpoints` in the sidecar's settings.",
                retryable=False,
            )
        return makers[provider](model)

    def _anthropic(self, model: str, site: str) -> Model:
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        client = AsyncAnthropic(
            api_key=self.keys.required("anthropic", site),
            base_url=base_url(self.settings, "anthropic"),
            max_retries=0,
            http_client=self.http,
            timeout=self._timeout,
        )
        return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=client), settings=self._defaults())

    def _openai_responses(self, model: str, site: str) -> Model:
        from pydantic_ai.models.openai import OpenAIResponsesModel

        return OpenAIResponsesModel(
            model, provider=self._openai_provider(self.keys.required("openai", site)), settings=self._defaults()
        )

    def _openai_chat(self, model: str, site: str) -> Model:
        from pydantic_ai.models.openai import OpenAIChatModel

        return OpenAIChatModel(
            model, provider=self._openai_provider(self.keys.required("openai", site)), settings=self._defaults()
        )

    def _openai_provider(self, key: str, url: str | None = None) -> Any:
        from openai import AsyncOpenAI
        from pydantic_ai.providers.openai import OpenAIProvider

        url = url or base_url(self.settings, "openai")
        client = AsyncOpenAI(api_key=key, base_url=url, max_retries=0, http_client=self.http, timeout=self._timeout)
        return OpenAIProvider(openai_client=client)

    def _endpoint(self, name: str, endpoint: EndpointSettings, model: str, site: str) -> Model:
        key = self.keys.of(name, site)
        if not model:
            raise ModelError(
                "model:unknown_model", f"Name a model of the endpoint {name}: {name}:<model>.", retryable=False
            )
        if endpoint.kind == "openai-responses":
            from pydantic_ai.models.openai import OpenAIResponsesModel

            # The SDK wants a key; a server without one does not read it.
            provider = self._openai_provider(key or "none", endpoint.base_url)
            return OpenAIResponsesModel(model, provider=provider, settings=self._defaults())
        from sidecar.models.light import LightChatModel

        return LightChatModel(model, self.http, endpoint.base_url, key, settings=self._defaults())

    def _scripted(self, name: str) -> Model:
        from sidecar.models.scripted import script as scripts
        from sidecar.models.scripted.model import FileTries, MemoryTries, scripted_model

        directory = self.settings.scripts_dir
        if directory is None:
            raise ModelError(
                "model:unknown_model", f"scripted:{name} needs scripts_dir (SIDECAR_SCRIPTS_DIR).", retryable=False
            )
        script = scripts.parse(name, _script_text(directory, name))
        if not self._tries:
            self._tries = {False: MemoryTries(), True: FileTries(directory / TRIES_DIRECTORY)}
        return scripted_model(script, self._tries[script.in_files], settings=self._defaults())

    def _test(self, name: str) -> Model:
        from pydantic_ai.models.test import TestModel

        return TestModel(model_name=name or "test", settings=self._defaults())

    def _defaults(self) -> ModelSettings:
        from pydantic_ai.settings import ModelSettings

        return ModelSettings(max_tokens=DEFAULT_MAX_TOKENS)

    @property
    def _timeout(self) -> float:
        return self.settings.limits.model_timeout

    @property
    def http(self) -> httpx2.AsyncClient:
        """The shared connections. Redirects are not followed: a key is for one host."""
        if self._http is not None:
            return self._http
        if self._own_http is None:
            import httpx2

            timeout = httpx2.Timeout(self._timeout, connect=CONNECT_SECONDS)
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=50)
            self._own_http = model_client(timeout=timeout, limits=limits)
        return self._own_http


def build_model(name: str, settings: Settings, http: httpx2.AsyncClient | None = None) -> Model:
    """One model by its name. A process that builds many uses `Models`: connections are costly."""
    return Models(settings, http).build(name)


def redactor(settings: Settings) -> Redactor:
    """A redactor that knows every secret of the settings."""
    return Redactor(settings.secret_values())


def price_of(settings: Settings, name: str) -> Price | None:
    """The price of a model, or None when none is known.

    The settings' prices count first, then the published prices that come with pydantic-ai. Scripted models are free.
    """
    provider, _, model = name.partition(":")
    if own := settings.prices.get(name):
        return lambda given, made: math.ceil(given * own.input_per_million + made * own.output_per_million)
    if provider in settings.endpoints:
        return None
    if provider in FREE:
        return lambda given, made: 0
    if provider not in ("anthropic", "openai", "openai-chat"):
        return None
    return _published_price(provider.removesuffix("-chat"), model)


def _published_price(provider: str, model: str) -> Price | None:
    from genai_prices import Usage, calc_price

    def price(given: int, made: int) -> int:
        usage = Usage(input_tokens=given, output_tokens=made)
        return math.ceil(Decimal(calc_price(usage, model_ref=model, provider_id=provider).total_price) * 1_000_000)

    try:
        price(1, 1)
    except LookupError:
        return None
    return price


def _script_text(directory: Path, name: str) -> str:
    if not _SCRIPT_NAME.fullmatch(name):
        raise ModelError("model:unknown_model", f"{name!r} is no name of a script.", retryable=False)
    path = directory / f"{name}.json"
    try:
        return path.read_text()
    except OSError as error:
        there = ", ".join(sorted(file.stem for file in directory.glob("*.json"))) or "none"
        message = f"There is no script {name} ({error.strerror}). Scripts in scripts_dir: {there}."
        raise ModelError("model:unknown_model", message, retryable=False) from None
