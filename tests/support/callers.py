"""A site that knows callers by their credential, without a Drupal: what it is asked is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from sidecar.drupal.client import DrupalSite
from sidecar.remote.credential import Credential
from sidecar.settings import SiteSettings

SECRET = "a-secret-of-more-than-24-bytes"
ANN = Credential("Authorization", "Bearer bgd_ann")
NOBODY = Credential("Authorization", "Bearer bgd_nobody")


def me(**more: Any) -> dict[str, Any]:
    """What Drupal says of Ann (contracts/me)."""
    return {
        "account": "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50",
        "name": "Ann",
        "anonymous": False,
        "roles": ["authenticated"],
        "means": "key",
        "key": {"id": "a234567890", "name": "Laptop"},
        "client": None,
        "scopes": [],
        "agents": ["writer"],
        "runs": "own",
        "manage": "own",
        "expires": None,
    } | more


class KnowingSite:
    """Answers `me` by `accounts`, and everything else by `answer`; `requests` is what came."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.accounts: dict[str, dict[str, Any]] = {ANN.value: me()}
        self.requests: list[httpx.Request] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer

    @property
    def asked(self) -> int:
        """How often it was asked who somebody is."""
        return sum(request.url.path.endswith("/me") for request in self.requests)

    def open(self) -> DrupalSite:
        """A process's connection to it."""
        settings = SiteSettings.model_validate({"base_url": "http://drupal.test", "secrets": [SECRET]})
        return DrupalSite(settings, httpx.AsyncClient(transport=httpx.MockTransport(self._handle)))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await self.gate.wait()
        if not request.url.path.endswith("/me"):
            assert self._answer is not None
            return self._answer(request)
        shown = request.headers.get("authorization", "") or request.headers.get("x-background-agents-key", "")
        if (told := self.accounts.get(shown)) is not None:
            return httpx.Response(200, json=told)
        problem = {"title": "Unauthorized", "status": 401, "code": "key_invalid", "detail": "No."}
        return httpx.Response(401, json=problem)
