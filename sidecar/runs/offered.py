"""Which models the processes of a sidecar can serve for a site, and how their providers answer: what Drupal is told (contracts/events)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from sidecar.json_text import JSON, members

FRESH_SECONDS = 180.0
"""A worker tells once a minute at least; an older word is that of one that is gone."""
MOST_PROVIDERS = 50
MOST_MODELS = 200
MOST_MODELS_AT_ONCE = 1000
MOST_CHARS = 128
MOST_DETAIL = 300

Key = Literal["settings", "site", "missing", "unneeded"]
Health = Literal["works", "unknown", "key_missing", "key_refused", "unreachable"]
# Of two that know equally much, the one with a key can serve.
_KEYS: tuple[Key, ...] = ("missing", "unneeded", "site", "settings")


@dataclass(frozen=True, slots=True)
class Provider:
    """What stands before the colon of a model's name. `key`: where its key comes from; `since`: Unix seconds, 0: nobody knows; `seen`: when
    it last answered, or failed to; `models`: the names behind the colon, as far as the provider lists them."""

    id: str
    label: str
    key: Key
    health: Health
    since: int = 0
    seen: int = 0
    detail: str = ""
    models: tuple[str, ...] = ()

    def document(self) -> dict[str, JSON]:
        """As Drupal is told: without `seen`, which would make it another document at each answer."""
        told: dict[str, JSON] = {"id": self.id, "label": self.label, "key": self.key, "health": self.health}
        told |= {"since": self.since} if self.since else {}
        told |= {"detail": self.detail[:MOST_DETAIL]} if self.detail else {}
        return told | ({"models": list(self.models)} if self.models else {})


@dataclass(frozen=True, slots=True)
class Offer:
    """What one process offers; `told`: when it said so, in Unix seconds."""

    process: str
    told: float
    providers: tuple[Provider, ...]

    def written(self) -> str:
        """For Redis."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str | bytes) -> Offer:
        """As `written`, without what another release may have added."""
        document: dict[str, Any] = json.loads(text)
        return cls(
            document["process"], document["told"], tuple(_provider(provider) for provider in document["providers"])
        )


def document_of(offers: Iterable[Offer], now: float) -> dict[str, JSON]:
    """`models` of a batch of events: all that running processes offer. Its `version` is another one when anything in it is."""
    found: dict[str, Provider] = {}
    for offer in offers:
        if now - offer.told > FRESH_SECONDS:
            continue
        for provider in offer.providers:
            before = found.get(provider.id)
            found[provider.id] = _merged(before, provider) if before else provider
    providers: list[JSON] = []
    room = MOST_MODELS_AT_ONCE
    for id in sorted(found)[:MOST_PROVIDERS]:
        providers.append(replace(found[id], models=found[id].models[: min(room, MOST_MODELS)]).document())
        room -= len(members(providers[-1]).get("models", ()))
    text = json.dumps(providers, sort_keys=True, separators=(",", ":"))
    return {"version": hashlib.sha256(text.encode()).hexdigest()[:16], "providers": providers}


def _merged(one: Provider, other: Provider) -> Provider:
    """Of two processes: one with a key rather than one without, then the one that heard of the provider last."""

    def known(provider: Provider) -> tuple[bool, int, int]:
        return provider.key != "missing", provider.seen, _KEYS.index(provider.key)

    best, least = (one, other) if known(one) >= known(other) else (other, one)
    same = best.health == least.health and best.since and least.since
    since = min(best.since, least.since) if same else best.since
    return replace(best, since=since, models=best.models or least.models)


def _provider(document: dict[str, Any]) -> Provider:
    names = {field.name for field in fields(Provider)}
    known = {name: value for name, value in document.items() if name in names}
    known["models"] = tuple(document.get("models", ()))
    return Provider(**known)
