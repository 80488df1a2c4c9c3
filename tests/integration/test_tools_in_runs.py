"""The real tools inside of whole runs: Drupal stand-in, MCP server, scripted model, Redis, worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from demo.standin import StandIn
from demo.standin.site import PASSWORD
from tests.support import mcp_server
from tests.support.ports import free_port
from tests.support.process import sidecar

ARTICLE = {"entity_type": "node", "bundle": "article"}
BOOK = {"name": "mcp__box__booking_book", "arguments": {"item": "{{ input.item }}"}}
ALLOWED: dict[str, Any] = {"allowed_private_hosts": ["127.0.0.1"]}


@pytest.fixture
def drupal() -> Iterator[StandIn]:
    """A site without agents."""
    with StandIn() as site:
        yield site


def script(directory: Path, *steps: dict[str, Any]) -> Path:
    """A directory with the script `test`."""
    (directory / "test.json").write_text(json.dumps({"steps": steps}))
    return directory


async def ended(drupal: StandIn, run: str, state: str | None = None) -> dict[str, Any]:
    """The run once it is over, or in a state."""
    return await asyncio.to_thread(drupal.wait, run, state=state)


def results(drupal: StandIn, run: str) -> list[tuple[str, str]]:
    """Tool and status of the calls of a run."""
    finished = [event for event in drupal.events(run) if event["type"] == "tool_finished"]
    return [(event["data"]["tool"], event["data"]["status"]) for event in finished]


def waits(drupal: StandIn, run: str) -> tuple[str, str]:
    """For what a run waits, and why."""
    (*_, last) = (event["data"] for event in drupal.events(run) if event["type"] == "run_waiting")
    return last["for"], last["reason"]


async def test_tools_of_drupal_and_of_a_server_work_together(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Find, read, ask a server, write on what was read; the booking happened once and carried its key."""
    drupal.add_content("Tea", "<p>About tea.</p>")
    place = {**ARTICLE, "id": "{{ step1.call0.items.0.id }}"}
    revise = {
        **place,
        "expected_revision": "{{ step2.call0.revision }}",
        "fields": {"title": "{{ step2.call0.label }} at {{ step2.call1.celsius }} degrees"},
        "summary": "The weather.",
    }
    scripts = script(
        tmp_path,
        {
            "tool_calls": [
                {"name": "find_items", "arguments": {**ARTICLE, "filters": [{"field": "title", "value": "Tea"}]}}
            ]
        },
        {
            "tool_calls": [
                {"name": "read_item", "arguments": place},
                {"name": "mcp__box__weather", "arguments": {"city": "Bonn"}},
                BOOK,
            ]
        },
        {"tool_calls": [{"name": "revise_draft", "arguments": revise}]},
        {"text": "{{ step3.call0.label }}"},
    )
    effects = tmp_path / "effects"
    async with (
        mcp_server.running(effects) as url,
        sidecar(redis_url, drupal, scripts_dir=scripts, **ALLOWED) as running,
    ):
        tools = ["find_items", "read_item", "revise_draft", "mcp:box"]
        drupal.add_agent("writer", tools=tools, mcp_servers=[{"name": "box", "url": url}])
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = drupal.dispatch("writer", {"item": "a room"})
        assert (await ended(drupal, run))["state"] == "completed"
    (change,) = drupal.drafts(run)
    assert change["after"]["title"] == "Tea at 21 degrees"
    assert {status for _, status in results(drupal, run)} == {"ok"}
    key, item = effects.read_text().strip().split(" ", 1)
    assert (len(key), item) == (64, "a room")


async def test_a_server_that_is_down_is_waited_for(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The run waits, says why, and goes on when the server is there."""
    scripts = script(tmp_path, {"tool_calls": [BOOK]}, {"text": "booked"})
    effects, port = tmp_path / "effects", free_port()
    servers = [{"name": "box", "url": f"http://127.0.0.1:{port}/mcp"}]
    async with sidecar(redis_url, drupal, scripts_dir=scripts, **ALLOWED) as running:
        drupal.add_agent("writer", tools=["mcp:box.booking_book"], mcp_servers=servers)
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = drupal.dispatch("writer", {"item": "a room"})
        await ended(drupal, run, "waiting")
        assert waits(drupal, run) == ("retry", "tool:unavailable")
        async with mcp_server.running(effects, port=port):
            assert (await ended(drupal, run))["state"] == "completed"
    assert effects.read_text().count("\n") == 1


async def test_a_booking_without_an_answer_is_in_doubt(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The server dies after the effect: a person is asked, nothing is booked twice."""
    slow = {"name": "mcp__box__booking_book", "arguments": {"item": "a room", "seconds": 30}}
    scripts = script(tmp_path, {"tool_calls": [slow]}, {"text": "booked"})
    effects = tmp_path / "effects"
    effects.touch()
    async with sidecar(redis_url, drupal, scripts_dir=scripts, **ALLOWED) as running:
        async with mcp_server.running(effects) as url:
            drupal.add_agent("writer", tools=["mcp:box"], mcp_servers=[{"name": "box", "url": url}])
            drupal.push_to(f"http://127.0.0.1:{running.port}")
            run = drupal.dispatch("writer", {})
            async with asyncio.timeout(60):
                while not effects.read_text():
                    await asyncio.sleep(0.02)
        await ended(drupal, run, "waiting")
        assert waits(drupal, run) == ("approval", "in_doubt")
    assert effects.read_text().count("\n") == 1


async def test_a_person_allows_more_drafts_though_redis_is_lost_meanwhile(
    redis_url: str, drupal: StandIn, tmp_path: Path
) -> None:
    """The question outlives Redis; what was granted holds on both sides; no draft is made twice."""
    drafts = [
        {"tool_calls": [{"name": "create_draft", "arguments": {**ARTICLE, "fields": {"title": title}, "summary": "x"}}]}
        for title in ("One", "Two")
    ]
    scripts = script(tmp_path, *drafts, {"text": "done"})
    async with sidecar(redis_url, drupal, scripts_dir=scripts) as running:
        limits = {"writes": 1, "on_limit": "ask"}
        drupal.add_agent("writer", tools=["create_draft"], content={"node": {"article": ["create"]}}, limits=limits)
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = drupal.dispatch("writer", {})
        await ended(drupal, run, "waiting")
        assert waits(drupal, run) == ("approval", "limit:writes")
        async with Redis.from_url(redis_url) as redis:
            await redis.flushall()
        (asked,) = (event["data"] for event in drupal.events(run) if event["type"] == "approval_requested")
        async with httpx.AsyncClient(
            base_url=drupal.url, auth=("editor", PASSWORD), trust_env=False, timeout=60
        ) as person:
            said = {"id": asked["id"], "decision": "approve"}
            answer = await person.post(f"/background-agents/v1/runs/{run}/decide", json=said)
        assert answer.status_code == 202
        assert (await ended(drupal, run))["state"] == "completed"
    assert [change["after"]["title"] for change in drupal.drafts(run)] == ["One", "Two"]


@pytest.mark.parametrize(
    ("tools", "servers", "said"),
    [
        (["publish_everything"], [], "There is no tool publish_everything"),
        (["mcp:box"], [], "its binding does not name"),
        (["mcp:box"], [{"name": "box", "url": "http://127.0.0.1:9/mcp", "secret": "BOX"}], "needs the secret BOX"),
    ],
)
async def test_a_tool_that_cannot_be_had_ends_the_run_with_a_sentence(
    redis_url: str, drupal: StandIn, tmp_path: Path, tools: list[str], servers: list[Any], said: str
) -> None:
    """Nobody waits for what only a person can mend."""
    async with sidecar(redis_url, drupal, scripts_dir=script(tmp_path, {"text": "x"}), **ALLOWED) as running:
        drupal.add_agent("writer", tools=tools, mcp_servers=servers)
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = await ended(drupal, drupal.dispatch("writer", {}))
    assert (run["state"], run["reason"]) == ("failed", "tool:unavailable")
    assert said in run["message"]


async def test_a_long_text_is_read_on_before_it_is_replaced(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """The first draft would replace a text of which a part was read: refused, with where to read on. After the rest was read it is saved."""
    drupal.add_content("Long", "<p>0123456789</p>\n" * 2_000)
    listed = "{{ step1.call0.items.0"
    place = {**ARTICLE, "id": f"{listed}.id }}}}"}
    revise = {
        **place,
        "expected_revision": f"{listed}.revision }}}}",
        "fields": {"body": "Short."},
        "summary": "Shorter.",
    }
    rest = {"field": "body", "property": "value", "from": "{{ step2.call0.cut.texts.0.to }}"}
    scripts = script(
        tmp_path,
        {"tool_calls": [{"name": "find_items", "arguments": ARTICLE}]},
        {"tool_calls": [{"name": "read_item", "arguments": place}]},
        {"tool_calls": [{"name": "revise_draft", "arguments": revise}]},
        {"tool_calls": [{"name": "read_item", "arguments": place | {"text": rest}}]},
        {"tool_calls": [{"name": "revise_draft", "arguments": revise}]},
        {"text": "{{ step3.call0.errors.0.detail }}"},
    )
    async with sidecar(redis_url, drupal, scripts_dir=scripts) as running:
        tools = ["find_items", "read_item", "revise_draft"]
        drupal.add_agent("writer", tools=tools, limits={"tool_result_bytes": 25_000})
        drupal.push_to(f"http://127.0.0.1:{running.port}")
        run = drupal.dispatch("writer")
        ended_run = await ended(drupal, run)
    assert ended_run["state"] == "completed", ended_run
    assert [status for _, status in results(drupal, run)] == ["ok", "ok", "error", "ok", "ok"]
    assert "of 36000 characters were read" in str(ended_run["output"])
    (change,) = drupal.drafts(run)
    assert change["after"]["body"]["value"] == "Short."


async def test_an_agent_tells_how_far_it_is(redis_url: str, drupal: StandIn, tmp_path: Path) -> None:
    """Beside another tool; Drupal gets the numbers as an event of their own, and a wrong number goes back to the model."""
    drupal.add_agent("writer", tools=["describe_content", "report_progress"])
    calls = [
        {"name": "describe_content", "arguments": {}},
        {"name": "report_progress", "arguments": {"done": 1, "total": 3, "note": "Reading"}},
    ]
    wrong = [{"name": "report_progress", "arguments": {"done": 4, "total": 3}}]
    scripts = script(tmp_path, {"tool_calls": calls}, {"tool_calls": wrong}, {"text": "Done."})
    async with sidecar(redis_url, drupal, scripts_dir=scripts):
        run = drupal.dispatch("writer")
        assert (await ended(drupal, run))["state"] == "completed"
    told = [event["data"] for event in drupal.events(run) if event["type"] == "progress_reported"]
    assert told == [{"done": 1, "total": 3, "note": "Reading"}]
    called = [("describe_content", "ok"), ("report_progress", "error"), ("report_progress", "ok")]
    assert sorted(results(drupal, run)) == called
