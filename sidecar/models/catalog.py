"""Which models a process can serve, and how their providers answer: by real answers of runs, and by their lists of models."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sidecar.models.listing import listed
from sidecar.models.names import Models
from sidecar.models.providers import Source, source_of, sources
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
    """What is known of one source."""

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
        self._clock = clock
        self._sources = sources(models.settings)
        self._source_of = source_of(self._sources)
        self._states = {source.id: _State() for source in self._sources}

    def heard(self, model: str, error: ModelError | None) -> None:
        """A provider answered a run's request (no error), or it failed."""
        source = self._source_of(model)
        if source is None:
            return
        if error is None:
            self._note(source, "works")
        elif health := _BY_REASON.get(error.reason):
            self._note(source, health, str(error))

    async def look(self) -> None:
        """Ask for the lists of models that are due: at the start, and once an hour."""
        due = [source for source in self._sources if source.list_url and self._due(source)]
        await asyncio.gather(*(self._list(source) for source in due))

    def providers(self) -> tuple[Provider, ...]:
        """What this process offers now."""
        return tuple(
            provider for source in self._sources for provider in self._providers(source, self._states[source.id])
        )

    def _due(self, source: Source) -> bool:
        return (
            source.key(self._models.key_of(source.id)) != "missing" and self._clock() >= self._states[source.id].list_at
        )

    async def _list(self, source: Source) -> None:
        state = self._states[source.id]
        state.list_at = self._clock() + LIST_EVERY_SECONDS
        found = await listed(self._models.http, source, self._models.key_of(source.id))
        state.models = found.models or state.models
        # Some servers list their models for everybody: that says nothing about the key.
        open_list = found.health == "works" and state.health == "key_refused" and not source.checks_key
        if found.health is not None and not open_list:
            self._note(source, found.health, found.detail)

    def _note(self, source: Source, health: Health, detail: str = "") -> None:
        state, now = self._states[source.id], int(self._clock())
        state.since = state.since if state.health == health else now
        state.health, state.seen = health, now
        state.detail = self._models.redact.text(detail)

    def _providers(self, source: Source, state: _State) -> list[Provider]:
        key = source.key(self._models.key_of(source.id))
        if key == "missing":
            return [Provider(id, label, key, "key_missing") for id, label in source.providers]
        health: Health = state.health
        models = state.models
        if source.scripts is not None:
            health, models = "works", source.script_names()
        return [
            Provider(id, label, key, health, state.since, state.seen, state.detail, models)
            for id, label in source.providers
        ]
