"""The names of the tools that stand for agents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

PREFIX = "run_"
LONGEST = 64
"""What hosts take as the name of a tool."""
DIGITS = 8


def tool_names(agents: Iterable[str]) -> dict[str, str]:
    """Agents' ids by the names of their tools. A name that would be too long is cut, and ends with a part of a hash of the id."""
    given = sorted(agents)
    names = {PREFIX + agent: agent for agent in given if len(PREFIX + agent) <= LONGEST}
    for agent in given:
        if len(PREFIX + agent) > LONGEST:
            names[_cut(agent, names)] = agent
    return names


def _cut(agent: str, taken: dict[str, str]) -> str:
    digest = hashlib.sha256(agent.encode()).hexdigest()
    candidates = (digest[at : at + DIGITS] for at in range(len(digest) - DIGITS))
    head = (PREFIX + agent)[: LONGEST - DIGITS - 1]
    return next(name for end in candidates if (name := f"{head}_{end}") not in taken)
