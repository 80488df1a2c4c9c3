"""From names to tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sidecar.errors import ToolError
from sidecar.runs.job import Job
from sidecar.settings import load
from sidecar.tools.registry import BUILT_IN, build_tools
from sidecar.tools.schemas import schema_problem
from tests.support import mcp_server
from tests.support.agents import agent_client, job

Body = Callable[[], Awaitable[Any]]


class Journal:
    """Runs each unit once and remembers its result."""

    def __init__(self) -> None:
        self.units: dict[str, Any] = {}

    async def __call__(self, name: str, body: Body, /) -> Any:
        if name not in self.units:
            self.units[name] = await body()
        return self.units[name]


async def built(journal: Journal | None = None, **given: Any) -> list[str]:
    """The names of the tools of an agent."""
    offered = await build_tools(
        Job.of(job(**given)), agent_client(), load({"SIDECAR_ALLOWED_PRIVATE_HOSTS": "127.0.0.1"}), journal or Journal()
    )
    tools = offered.tools
    assert all(schema_problem(tool.spec.parameters) is None for tool in tools)
    return [tool.spec.name for tool in tools]


async def test_every_built_in_tool_has_a_usable_schema() -> None:
    """In the order of the definition; also for an agent that may touch nothing."""
    assert await built(tools=list(BUILT_IN)) == list(BUILT_IN)
    assert await built(tools=list(BUILT_IN), content={}) == list(BUILT_IN)


async def test_reads_are_read_only_and_drafts_are_drupal_writes() -> None:
    """What the engine decides by."""
    tools = (await build_tools(Job.of(job(tools=list(BUILT_IN))), agent_client(), load({}), Journal())).tools
    assert {tool.spec.name for tool in tools if tool.spec.read_only} == {
        "describe_content",
        "read_item",
        "find_items",
        "report_progress",
    }
    assert {tool.spec.name for tool in tools if tool.spec.drupal_write} == {"create_draft", "revise_draft"}


@pytest.mark.parametrize(
    ("name", "said"), [("publish", "There is no tool publish"), ("mcp:box", "its binding does not name")]
)
async def test_an_unknown_tool_says_what_is_known(name: str, said: str) -> None:
    """A site builder can correct it."""
    with pytest.raises(ToolError, match=said):
        await built(tools=[name])


@pytest.mark.parametrize(
    ("tools", "names"),
    [
        (["mcp:box"], {"weather", "set_label", "booking_book", "slow", "failing", "huge"}),
        (["mcp:box.*"], {"weather", "set_label", "booking_book", "slow", "failing", "huge"}),
        (["mcp:box.weather", "mcp:box.slow"], {"weather", "slow"}),
        (["mcp:box.weather", "mcp:box"], {"weather", "set_label", "booking_book", "slow", "failing", "huge"}),
    ],
)
async def test_a_server_is_listed_once_and_replayed_without_it(
    tmp_path: Path, tools: list[str], names: set[str]
) -> None:
    """The second time the server is gone; the journal gives the same tools."""
    journal = Journal()
    async with mcp_server.running(tmp_path / "effects") as url:
        servers = [{"name": "box", "url": url}]
        first = await built(journal, tools=tools, mcp_servers=servers)
    assert {name.removeprefix("mcp__box__") for name in first} == names
    assert list(journal.units) == ["discover:mcp:box"]
    assert await built(journal, tools=tools, mcp_servers=servers) == first


async def test_names_that_collide_are_told_apart() -> None:
    """Two servers can offer what would be one name."""
    entry = {"description": "", "parameters": {"type": "object"}, "read_only": True, "idempotent": False}
    journal = Journal()
    journal.units = {"discover:mcp:a": [{"name": "b__c", **entry}], "discover:mcp:a__b": [{"name": "c", **entry}]}
    servers = [{"name": "a", "url": "http://a.test"}, {"name": "a__b", "url": "http://b.test"}]
    names = await built(journal, tools=["mcp:a", "mcp:a__b"], mcp_servers=servers)
    assert names[0] == "mcp__a__b__c"
    assert names[1].startswith("mcp__a__b__c_")


async def test_a_test_run_gets_only_tools_that_change_nothing(tmp_path: Path) -> None:
    """Drupal's own stay, for Drupal saves nothing; what a server does not call read-only is left out, and it says why."""
    async with mcp_server.running(tmp_path / "effects") as url:
        given = job(tools=["revise_draft", "mcp:box"], mcp_servers=[{"name": "box", "url": url}]) | {"dry_run": True}
        settings = load({"SIDECAR_ALLOWED_PRIVATE_HOSTS": "127.0.0.1"})
        offered = await build_tools(Job.of(given), agent_client(), settings, Journal())
    names = [tool.spec.name.removeprefix("mcp__box__") for tool in offered.tools]
    assert names[0] == "revise_draft"
    assert "weather" in names
    assert {"set_label", "booking_book"}.isdisjoint(names)
    left = {one.tool: one.reason for one in offered.left_out}
    assert {"mcp:box.set_label", "mcp:box.booking_book"} <= set(left)
    assert all("test run" in reason for reason in left.values())
