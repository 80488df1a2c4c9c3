"""The providers of the models that a process can build, by its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sidecar.runs.offered import MOST_MODELS
from sidecar.settings import Settings

BASE_URLS = {"anthropic": "https://api.anthropic.com", "openai": "https://api.openai.com/v1"}
ANTHROPIC_VERSION = "2023-06-01"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the models of some providers come from. `id`: by this name its key and its health are known; `providers`: id and label of each
    that is served by it; `checks_key`: its list is for those alone who have a key."""

    id: str
    providers: tuple[tuple[str, str], ...]
    base_url: str = ""
    needs_key: bool = True
    checks_key: bool = False
    scripts: Path | None = None

    @property
    def list_url(self) -> str:
        """Where its models are listed; empty: nowhere."""
        path = "/v1/models?limit=1000" if self.id == "anthropic" else "/models"
        return self.base_url + path if self.base_url else ""

    def headers(self, key: str) -> dict[str, str]:
        """What a request for the list has to carry."""
        if self.id == "anthropic":
            return {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}
        return {"authorization": f"Bearer {key}"} if key else {}

    def script_names(self) -> tuple[str, ...]:
        """The scripts that there are now."""
        found = sorted(path.stem for path in self.scripts.glob("*.json")) if self.scripts else []
        return tuple(found[:MOST_MODELS])


def sources(settings: Settings) -> list[Source]:
    """All that these settings can serve; models for tests of the sidecar itself are not offered to anybody."""
    found = [
        Source("anthropic", (("anthropic", "Anthropic"),), base_url(settings, "anthropic"), checks_key=True),
        Source(
            "openai",
            (("openai", "OpenAI"), ("openai-chat", "OpenAI, chat completions")),
            base_url(settings, "openai"),
            checks_key=True,
        ),
    ]
    taken = set(settings.endpoints)
    found = [source for source in found if not taken & {id for id, _ in source.providers}]
    for name, endpoint in sorted(settings.endpoints.items()):
        found.append(Source(name, ((name, name),), endpoint.base_url.rstrip("/"), needs_key=False))
    if settings.scripts_dir is not None and "scripted" not in taken:
        scripted = (("scripted", "Scripts, for tests"),)
        found.append(Source("scripted", scripted, needs_key=False, scripts=settings.scripts_dir))
    return found


def base_url(settings: Settings, provider: str) -> str:
    """Where a provider that the sidecar knows by name is asked, without a slash at the end."""
    return settings.model_urls.get(provider, BASE_URLS[provider]).rstrip("/")


def source_of(found: list[Source]) -> Callable[[str], Source | None]:
    """The source of a model by the model's name."""
    by_provider = {id: source for source in found for id, _ in source.providers}
    return lambda model: by_provider.get(model.partition(":")[0])
