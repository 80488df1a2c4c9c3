"""Which models a process can serve, and how their providers answer: by real answers of runs, and by their lists of models."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sidecar.models.listing import listed
from sidecar.models.names import Models
from sidecar.models.providers import Source, source_of
from sidecar.runs.offered import Health, Provider

if TYPE_CHECKING:
    from sidecar.errors import ModelError

LIST_EVERY_SECONDS = 3600.0
# What a failed request says about the provider; all others are about the request.
_BY_REASON: dict[str, Health] = {
    "model:refused": "key_refused",
    "model:unavailable": "unreachable",
    "model:timeout": "unreachable",
}


@dataclass(slots=True)
class _State:
    """What is known of one source with one key."""

    key: str = field(repr=False)
    health: Health = "unknown"
    since: int = 0
    seen: int = 0
    detail: str = ""
    models: tuple[str, ...] = ()
    list_at: float = 0.0


class Catalog:
    """Of one process. `clock` is Unix seconds."""

    def __init__(self, models: Models, clock: Callable[[], float] = time.time) -> None:
        self._models = models
        self._keys = models.keys
        self._clock = clock
        self._source_of = source_of(models.sources)
        # By source and site; no site: what is asked with the key of the settings, or without one.
        self._states: dict[tuple[str, str], _State] = {}

    def heard(self, site: str, model: str, error: ModelError | None) -> float | None:
        """A provider answered a request of a site's run (no error), or it failed. Seconds after which it may be made again with another key."""
        source = self._source_of(model)
        if source is None:
            return None
        if error is None:
            self._keys.accepted(source.id, site)
            self._note(source, site, "works")
        elif health := _BY_REASON.get(error.reason):
            self._note(source, site, health, str(error))
            return self._keys.refused(source.id, site) if health == "key_refused" else None
        return None

    async def look(self) -> None:
        """Ask the sites for keys, and the providers for their lists of models, as far as they are due: at the start, and once an hour."""
        await self._models.look()
        places = {self._place(source, site): source for source in self._models.sources for site in self._sites}
        await asyncio.gather(
            *(self._list(source, place) for place, source in places.items() if self._due(source, place))
        )

    def providers(self, site: str = "") -> tuple[Provider, ...]:
        """What this process offers now for the runs of a site."""
        return tuple(provider for source in self._models.sources for provider in self._providers(source, site))

    @property
    def _sites(self) -> list[str]:
        return list(self._models.settings.sites) or [""]

    def _place(self, source: Source, site: str) -> tuple[str, str]:
        return source.id, site if self._keys.source(source.id, site, source.needs_key) == "site" else ""

    def _state(self, place: tuple[str, str], key: str) -> _State:
        """What is known of a source with this key: of another one, nothing is."""
        state = self._states.setdefault(place, _State(key))
        if state.key != key:
            state = self._states[place] = _State(key, models=state.models)
        return state

    def _due(self, source: Source, place: tuple[str, str]) -> bool:
        key = self._keys.of(source.id, place[1])
        asks = bool(source.list_url) and (bool(key) or not source.needs_key)
        return asks and self._clock() >= self._state(place, key).list_at

    async def _list(self, source: Source, place: tuple[str, str]) -> None:
        key = self._keys.of(source.id, place[1])
        state = self._state(place, key)
        state.list_at = self._clock() + LIST_EVERY_SECONDS
        found = await listed(self._models.http, source, key)
        state.models = found.models or state.models
        # Some servers list their models for everybody: that says nothing about the key.
        open_list = found.health == "works" and state.health == "key_refused" and not source.checks_key
        if found.health == "key_refused":
            self._keys.refused(source.id, place[1])
        if found.health is not None and not open_list:
            self._note_state(state, found.health, found.detail)

    def _note(self, source: Source, site: str, health: Health, detail: str = "") -> None:
        place = self._place(source, site)
        self._note_state(self._state(place, self._keys.of(source.id, place[1])), health, detail)

    def _note_state(self, state: _State, health: Health, detail: str) -> None:
        now = int(self._clock())
        state.since = state.since if state.health == health else now
        state.health, state.seen = health, now
        state.detail = self._models.redact.text(detail)

    def _providers(self, source: Source, site: str) -> list[Provider]:
        key = self._keys.source(source.id, site, source.needs_key)
        if key == "missing":
            return [Provider(id, label, key, "key_missing") for id, label in source.providers]
        place = self._place(source, site)
        state = self._state(place, self._keys.of(source.id, place[1]))
        health: Health = state.health
        models = state.models
        if source.scripts is not None:
            health, models = "works", source.script_names()
        return [
            Provider(id, label, key, health, state.since, state.seen, state.detail, models)
            for id, label in source.providers
        ]
