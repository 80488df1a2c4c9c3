"""Factories with defaults: a test says only what matters to it."""

from __future__ import annotations

from typing import Any

from sidecar.drupal.client import AgentClient, DrupalSite
from sidecar.runs.agent import Agent
from sidecar.settings import SiteSettings
from sidecar.tools.base import ToolContext

RUN = "11111111-1111-4111-8111-111111111111"
ACCOUNT = "22222222-2222-4222-8222-222222222222"
ARTICLE = "3f7d923d-c659-4cd5-b486-f76278fb80df"
SITE_URL = "https://drupal.test"
SITE_SECRET = "a secret of the site, for tests"
EVERYTHING = {"node": {"article": ["read", "create", "revise"]}, "taxonomy_term": {"tags": ["read"]}}


def snapshot(*, tools: list[str] | None = None, **binding: Any) -> dict[str, Any]:
    """A document of contracts/agent."""
    bound = {"model": "scripted:test", "content": EVERYTHING} | binding
    return {
        "id": "writer",
        "label": "Writer",
        "definition": {"system_prompt": "Write.", "tools": tools if tools is not None else ["read_item"]},
        "binding": bound,
        "hash": "0" * 64,
    }


def agent(**given: Any) -> Agent:
    """The typed view of `snapshot`."""
    return Agent.of(snapshot(**given))


def job(**given: Any) -> dict[str, Any]:
    """A document of contracts/job, with `snapshot(**given)`."""
    return {
        "run": RUN,
        "site": "default",
        "attempt": 1,
        "generation": 1,
        "created": "2026-11-20T10:00:00Z",
        "trigger": {"type": "manual"},
        "agent": snapshot(**given),
        "account": ACCOUNT,
        "input": {},
        "last_seq": 0,
    }


def context(**given: Any) -> ToolContext:
    """What a tool call knows of its run."""
    defaults: dict[str, Any] = {
        "run": RUN,
        "generation": 1,
        "step": 2,
        "call_id": "call_1",
        "key": "a" * 64,
        "attempt": lambda: 3,
    }
    return ToolContext(**defaults | given)


def agent_client() -> AgentClient:
    """The real client of a site that respx answers for."""
    return DrupalSite(SiteSettings(base_url=SITE_URL, secrets=[SITE_SECRET])).as_agent(RUN, 1, ACCOUNT)  # pyright: ignore[reportArgumentType]
