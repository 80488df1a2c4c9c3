"""Names of the tools of agents."""

from __future__ import annotations

import re

from sidecar.mcp_server.names import LONGEST, tool_names
from sidecar.mcp_server.tools import PLAIN

LONG = "a" * 64


def test_names_lead_back_to_the_agents() -> None:
    """Short ones as they are, long ones cut with a part of a hash."""
    agents = ["writer", "a" * 60, "a" * 61, LONG, "a" * 63 + "b"]
    names = tool_names(agents)
    assert sorted(names.values()) == sorted(agents)
    assert names["run_writer"] == "writer"
    assert all(len(name) <= LONGEST and re.fullmatch("[a-z0-9_]+", name) for name in names)


def test_a_name_is_the_same_for_everybody() -> None:
    """A client that may start fewer agents sees the same names."""
    [name] = tool_names([LONG])
    assert tool_names([LONG, "writer", "a" * 63 + "b"])[name] == LONG


def test_an_agent_that_is_called_like_the_cut_name_of_another() -> None:
    """Its own name is its own; the long one gets another end."""
    [cut] = tool_names([LONG])
    names = tool_names([LONG, cut.removeprefix("run_")])
    assert names[cut] == cut.removeprefix("run_")
    assert len(names) == 2


def test_no_agent_has_the_name_of_one_of_our_tools() -> None:
    """Ours do not begin like those of agents."""
    assert not [name for name in PLAIN if name.startswith("run_")]
    assert not set(tool_names(PLAIN)) & set(PLAIN)
