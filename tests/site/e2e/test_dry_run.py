"""Test runs through all layers: real sidecar, real Drupal, and nothing saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site
from tests.site.e2e.conftest import Mcp
from tests.site.e2e.system import World

AGENTS = "/admin/config/services/background-agents"
TABLES = ("node", "node_revision", "node_field_data", "node_field_revision", "content_moderation_state_field_revision")


def stored(world: World) -> dict[str, Any]:
    """All that is kept of content."""
    return {table: world.site.sql(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}


def tried(world: World, agent: str, **input_: Any) -> str:
    """Starts a test run as the editor; its UUID."""
    answer = world.editor.post("runs", {"agent": agent, "input": input_, "dry_run": True})
    assert answer.status_code == 201, answer.text
    assert answer.json()["dry_run"] is True
    return answer.json()["uuid"]


def test_nothing_is_saved_and_visitors_see_nothing(world: World) -> None:
    """The agent drafts twice and makes an item; the site's content, and the page that anonymous visitors get, stay as they were."""
    article = world.article("Plain bread")
    page = f"{world.site.url}/node/{article['id']}"
    assert "Plain bread" in httpx.get(page, timeout=60).text
    before = stored(world)
    run = tried(world, "tried", id=article["uuid"])
    world.completed(run)
    world.settled(run)
    assert stored(world) == before
    changes = world.drafts(run)
    assert [change["status"] for change in changes] == ["dry_run"] * 3
    assert [change["target_label"] for change in changes] == ["Good bread", "Good bread, twice", "A further page"]
    assert {change["target_revision"] for change in changes} == {None}
    assert [event["data"]["dry_run"] for event in world.events(run, "change_saved")] == [True] * 3
    assert world.row(run)["writes"] == 3
    shown = world.editor.http.get(f"/admin/content/agents/{changes[1]['id']}")
    assert shown.status_code == 200
    assert "nothing was saved" in shown.text
    preview = world.editor.http.get(f"/background-agents/preview/{changes[1]['id']}/0")
    assert "Good bread, twice" in preview.text
    for _ in range(2):
        visitors = httpx.get(page, timeout=60).text
        assert "Plain bread" in visitors
        assert "Good bread" not in visitors


def test_a_retry_is_a_test_run_too(world: World) -> None:
    """Each generation proposes anew."""
    before = stored(world)
    run = tried(world, "writer")
    world.completed(run)
    world.command(run, "retry")
    world.completed(run)
    assert world.row(run)["dry_run"] == 1
    assert [(change["generation"], change["status"]) for change in world.drafts(run)] == [
        (1, "dry_run"),
        (2, "dry_run"),
    ]
    assert stored(world) == before


def test_tools_with_effects_outside_are_not_offered(world: World, mcp: Mcp) -> None:
    """The server does not call the tool read-only, so a test run goes without it, and its timeline says so."""
    booked = mcp.bookings
    run = tried(world, "booker")
    world.ended(run, 60)
    assert mcp.bookings == booked
    (first, *_) = world.events(run, "model_requested")
    assert first["data"]["left_out"][0]["tool"] == "mcp:tests.booking_book"


@pytest.fixture
def builder(site: Site, world: World) -> Iterator[Visitor]:
    with chromium() as browser:
        person = Visitor(site, browser, "admin")
        yield person
        assert person.alarms == []
        person.close()


@pytest.mark.browser
def test_a_builder_tries_an_agent_that_does_not_work_yet(world: World, builder: Visitor) -> None:
    """From the list of agents to what it proposes for an item of one's choice; the agent is not active."""
    article = world.article("Bread to try")
    world.site.php("\\Drupal\\background_agents\\Entity\\Agent::load('reviser')->disable()->save();")
    page = builder.page
    try:
        builder.open(f"{AGENTS}/manage/reviser")
        page.get_by_role("link", name="Test run", exact=True).click()
        expect(page.get_by_role("button", name="Start test run")).to_be_visible()
        assert violations(page, "#background-agents-run-agent") == []
        page.get_by_label("About: content item").fill(f"Bread to try ({article['id']})")
        page.get_by_role("button", name="Start test run").click()
        expect(page.get_by_text("Test run", exact=True).first).to_be_visible()
        page.get_by_role("link", name="See what it proposes").click(timeout=60_000)
    finally:
        world.site.php("\\Drupal\\background_agents\\Entity\\Agent::load('reviser')->enable()->save();")
    expect(page.locator(".messages--status")).to_contain_text("nothing was saved")
    expect(page.locator("ins", has_text="revised").first).to_be_visible()
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    frame = page.frame_locator("iframe[title='Preview of what the agent proposes']")
    expect(frame.get_by_text("Bread to try, revised").first).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page, "form.ba-review") == []
    assert world.live(article["id"])["title"] == "Bread to try"
    assert len(world.revisions(article["id"])) == 1
