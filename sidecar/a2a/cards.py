"""Agent cards: what this server is, for anybody; and the agents behind it, for those who may dispatch them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sidecar import __version__
from sidecar.a2a.inputs import text_of
from sidecar.json_text import JSON
from sidecar.remote.documents import AgentFacts

PROTOCOL = "1.0"
WELL_KNOWN = "/.well-known/agent-card.json"
DOCUMENTATION = "https://www.drupal.org/project/background_agents"
IN, OUT = ["text/plain", "application/json"], ["text/plain", "application/json"]


def public_card(url: str) -> dict[str, JSON]:
    """The card for anybody. Which agents there are is told to those who sign in."""
    return _card(
        "Background agents",
        "Starts background agents of a Drupal site. They leave drafts that editors review. Sign in, then ask for the extended card: it "
        "lists the agents that you may dispatch.",
        url,
        [
            {
                "id": "dispatch",
                "name": "Dispatch an agent",
                "description": "Has an agent of the site do its work. The extended card says which agents there are, and what they need.",
                "tags": ["drupal"],
            }
        ],
        extended=True,
    )


def extended_card(url: str, agents: Iterable[AgentFacts]) -> dict[str, JSON]:
    """The card of the whole site for one caller: a skill for each agent that it may dispatch."""
    return _card(
        "Background agents",
        "Agents of a Drupal site that you may dispatch. Name the agent in message.metadata.agent, and send its input as a data part, or as "
        "text where it takes one text.",
        url,
        [_skill(agent) for agent in agents],
        extended=True,
    )


def agent_card(url: str, agent: AgentFacts) -> dict[str, JSON]:
    """The card of one agent, at its own address."""
    return _card(agent.label, agent.description or agent.label, url, [_skill(agent)], extended=False)


def _card(name: str, description: str, url: str, skills: list[dict[str, JSON]], *, extended: bool) -> dict[str, JSON]:
    return {
        "name": name,
        "description": description,
        "version": __version__,
        "documentationUrl": DOCUMENTATION,
        "supportedInterfaces": [{"url": url, "protocolBinding": "JSONRPC", "protocolVersion": PROTOCOL}],
        "capabilities": {"streaming": True, "pushNotifications": True, "extendedAgentCard": extended},
        "securitySchemes": {
            "bearer": {
                "httpAuthSecurityScheme": {
                    "scheme": "bearer",
                    "description": "A dispatch key of the site, or an access token of its OAuth server.",
                }
            }
        },
        "securityRequirements": [{"schemes": {"bearer": {"list": []}}}],
        "defaultInputModes": IN,
        "defaultOutputModes": OUT,
        "skills": skills,
    }


def _skill(agent: AgentFacts) -> dict[str, JSON]:
    """An agent. The protocol has no place for a schema: what an agent needs stands in the description."""
    needs = f" Input: {json.dumps(agent.input_schema)}" if agent.input_schema else ""
    return {
        "id": agent.id,
        "name": agent.label,
        "description": (agent.description or agent.label) + needs,
        "tags": ["drupal"],
        "examples": [text_of(example["input"], agent) for example in agent.examples],
    }
