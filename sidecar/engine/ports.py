"""What the engine is given from outside, and what one attempt at driving a run is made of."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic_ai.models import Model

from sidecar.definition.agent import AgentView
from sidecar.engine.limits import Price
from sidecar.errors import ModelError
from sidecar.redact import Redactor
from sidecar.runs.journal import Journal
from sidecar.runs.model import Claim
from sidecar.tools.base import Offered, Outcome, Tool, ToolContext


class AgentPort(Protocol):
    """What a run needs of Drupal: the site as the agent's account (drupal/client.py, AgentClient)."""

    async def get(self, path: str) -> dict[str, Any]: ...

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Ports:
    """What the engine is given by `wiring`.

    `client(claim)`: Drupal as the agent's account. `tools(job, client, journaled)`: the agent's tools. `model(name)`: a pydantic-ai model.
    `classify(error)`: a provider's exception as ModelError. `guarded(tool, context, arguments, limits)`: a call whose outcome is a value.
    `price(name)`: what a model costs, None when nobody knows. `redact` knows the configured secrets. Times in seconds.
    """

    client: Callable[[Claim], Any]
    tools: Callable[[dict[str, Any], Any, Any], Awaitable[Offered[Tool]]]
    model: Callable[[str], Model]
    classify: Callable[[BaseException], ModelError]
    guarded: Callable[[Tool, ToolContext, dict[str, Any], dict[str, Any]], Awaitable[Outcome]]
    price: Callable[[str], Price | None]
    model_timeout: float = 120.0
    approval_seconds: float = 7 * 86_400
    clock: Callable[[], float] = time.time
    redact: Redactor = field(default_factory=Redactor)


@dataclass
class Attempt:
    """One attempt: the claim, its journal, and what it found out about the agent."""

    claim: Claim
    journal: Journal
    view: AgentView

    @property
    def model(self) -> str:
        """Name of the model that is asked now."""
        return (self.view.fallback_model if self.claim.fallback else None) or self.view.model

    @property
    def fallback_left(self) -> bool:
        """Whether another model is left to try."""
        return bool(self.view.fallback_model) and not self.claim.fallback
