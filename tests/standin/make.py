"""Factories: a site with one agent and one run, without HTTP."""

from __future__ import annotations

from typing import Any

from demo.standin import Site

RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
AGENT: dict[str, Any] = {
    "id": "test",
    "label": "Test agent",
    "status": True,
    "definition": {"system_prompt": "You are a test.", "tools": ["create_draft", "revise_draft"]},
    "binding": {"model": "scripted:test", "content": {"node": {"article": ["read", "create", "revise"]}}},
    "hash": "0" * 64,
}


def add_agent(site: Site) -> str:
    """The agent and its account; the account's UUID."""
    account = site.add_agent_account("agent_test")
    site.agents.add(AGENT, account)
    return account.uuid


def add_run(site: Site, uuid: str = RUN) -> None:
    """A queued run of the agent, with its outbox row."""
    made, site.store.new_uuid = site.store.new_uuid, lambda: uuid
    try:
        site.dispatcher.dispatch("test", {}, {"type": "manual"})
    finally:
        site.store.new_uuid = made
