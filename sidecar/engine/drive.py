"""One drive of a claimed run: from where a worker takes it up to where it rests next. And what the engine is given from outside for it."""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sidecar.engine import retry
from sidecar.errors import DrupalError, DrupalUnavailable, ModelError
from sidecar.json_text import JSON
from sidecar.models.estimate import Price
from sidecar.redact import Redactor
from sidecar.runs.agent import Agent, Limits
from sidecar.runs.endings import Again, Ending, Fail, FailedRequest
from sidecar.runs.job import Claim, Job
from sidecar.runs.journal import Journal
from sidecar.tools.base import Offered, Tool
from sidecar.tools.guards import GuardLimits


class AgentSite(Protocol):
    """What a run needs of Drupal: the site as the agent's account (drupal/client.py, AgentClient)."""

    async def get(self, path: str) -> dict[str, JSON]: ...

    async def post(self, path: str, body: dict[str, JSON]) -> dict[str, JSON]: ...


@dataclass(frozen=True)
class Services:
    """What the engine is given by the process.

    `client(claim)`: Drupal as the agent's account. `tools(job, client, journaled)`: the agent's tools. `model(name, site)`: a model.
    `classify(error)`: a provider's exception as ModelError. `guard(limits)`: the limits of a call, from the agent's own.
    `price(name)`: what a model costs, None when nobody knows. `heard(site, name, error)`: is told how a model answered, without an error
    when it did; seconds after which a request whose key was refused may be made again with another one. `redact` knows the configured
    secrets. Times in seconds.
    """

    client: Callable[[Claim], Any]
    tools: Callable[[Job, Any, Any], Awaitable[Offered[Tool]]]
    model: Callable[[str, str], Any]
    classify: Callable[[BaseException], ModelError]
    guard: Callable[[Limits], GuardLimits]
    price: Callable[[str], Price | None]
    heard: Callable[[str, str, ModelError | None], float | None] = lambda site, name, error: None
    model_timeout: float = 120.0
    approval_seconds: float = 7 * 86_400
    clock: Callable[[], float] = time.time
    redact: Redactor = field(default_factory=Redactor)


@dataclass
class Drive:
    """A claimed run in hand, with its journal and what the engine is given."""

    claim: Claim
    journal: Journal
    services: Services

    @property
    def agent(self) -> Agent:
        """The agent of the run."""
        return self.claim.job.agent

    @functools.cached_property
    def client(self) -> AgentSite:
        """The run's site, as the agent's account."""
        return self.services.client(self.claim)

    @property
    def model(self) -> str:
        """Name of the model that is asked now."""
        return (self.agent.fallback_model if self.claim.fallback else None) or self.agent.model

    async def site_answers(self) -> bool:
        """Whether the site answers another request than the one that failed. A refusal is an answer."""
        try:
            await self.client.get("me")
        except DrupalUnavailable:
            return False
        except DrupalError:
            return True
        return True

    def model_failed(self, error: Exception, tries: int) -> Ending:
        """What a failed request to the model means. `tries`: how often it was made."""
        if isinstance(error, ModelError):
            found = error
        elif isinstance(error, TimeoutError):
            message = f"The model did not answer within {self.services.model_timeout:g} seconds."
            found = ModelError("model:timeout", message, retryable=True)
        else:
            found = self.services.classify(error)
        other_key = self.services.heard(self.claim.site, self.model, found)
        decision = retry.after_model_error(
            retryable=found.retryable or other_key is not None,
            tries=tries,
            retry_after=found.retry_after if other_key is None else other_key,
            has_fallback=bool(self.agent.fallback_model) and not self.claim.fallback,
        )
        failed = FailedRequest(self.model, found.reason, str(found), tries)
        if decision.again:
            return Again(decision.delay, decision.fallback, failed)
        return Fail(found.reason, str(found), failed)
