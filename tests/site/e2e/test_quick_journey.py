"""A new site builder, from an installed module to the reviewed draft: how many pages, fields and clicks that takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site
from tests.site.e2e.system import World, until

pytestmark = pytest.mark.browser

QUICK = "/admin/config/services/background-agents/quick"
MOST = {"pages": 3, "fields": 6, "clicks": 8}
LISTEN = """
document.addEventListener('click', (event) => { if (event.isTrusted) window.counted('click', ''); }, true);
document.addEventListener('change', (event) => window.counted('change', event.target.name), true);
"""


class Counter:
    """What a person opens, fills in and presses in a browser, as the browser itself tells it."""

    def __init__(self, person: Visitor) -> None:
        self.pages, self.fields, self.clicks = set[str](), set[str](), 0
        person.page.expose_function("counted", self._count)
        person.page.add_init_script(LISTEN)
        person.page.on("framenavigated", self._navigated)
        self._page = person.page

    def _count(self, what: str, name: str) -> None:
        if what == "click":
            self.clicks += 1
        else:
            self.fields.add(f"{urlsplit(self._page.url).path} {name}")

    def _navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None:
            self.pages.add(urlsplit(frame.url).path)

    def choose(self, select: Locator, label: str) -> None:
        """Playwright chooses without a press; a person presses once to open the list."""
        select.select_option(label=label)
        self.clicks += 1

    @property
    def counts(self) -> dict[str, int]:
        return {"pages": len(self.pages), "fields": len(self.fields), "clicks": self.clicks}


@pytest.fixture
def given(site: Site, world: World) -> Iterator[dict[str, Any]]:
    """A content type without moderation, an item of it, and people."""
    made = site.script("quick.php", "given")
    step = {
        "name": "revise_draft",
        "arguments": {
            "entity_type": "node",
            "bundle": "quick_story",
            "id": "{{ trigger.entity.uuid }}",
            "expected_revision": "{{ step1.call0.revision }}",
            "fields": {"title": "How bread is made"},
            "summary": '"maid" -> "made"',
        },
    }
    read = {
        "name": "read_item",
        "arguments": {"entity_type": "node", "bundle": "quick_story", "id": "{{ trigger.entity.uuid }}"},
    }
    world.up.script("quick", {"tool_calls": [read]}, {"tool_calls": [step]}, {"output": "One mistake."})
    yield made
    site.script("quick.php", "tidy")


@pytest.fixture(params=[1280, 390])
def builder(request: pytest.FixtureRequest, site: Site, given: dict[str, Any]) -> Iterator[Visitor]:
    """An account that was made a moment ago, with exactly the permissions that the documentation names."""
    with chromium() as browser:
        person = Visitor(site, browser, "quick_builder", width=request.param)
        yield person
        assert person.alarms == []
        person.close()


def choose_model(page: Page, counter: Counter, model: str) -> None:
    """From the list where the sidecar offers it, else by its name."""
    offered = page.get_by_label("Model", exact=True)
    if offered.evaluate("element => element.tagName") != "SELECT":
        offered.fill(model)
    elif model in offered.locator("option").evaluate_all("options => options.map((option) => option.value)"):
        offered.select_option(value=model)
        counter.clicks += 1
    else:
        counter.choose(offered, "Another model, by its name")
        page.get_by_label("Model: its name").fill(model)


def is_too_wide(person: Visitor) -> bool:
    return person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_from_the_quick_form_to_the_reviewed_draft(world: World, given: dict[str, Any], builder: Visitor) -> None:
    """Three pages, six fields, eight clicks at most, the review included."""
    page, counter = builder.page, Counter(builder)
    builder.open(QUICK)
    assert violations(page, "main") == []
    counter.choose(page.get_by_label("Which content?"), "Story")
    expect(page.locator("#ba-quick-plan")).to_contain_text("Story is added to the workflow Editorial")
    expect(page.locator("#ba-quick-plan")).to_contain_text("Quick writer")
    page.get_by_label("Bring Story under moderation").check()
    choose_model(page, counter, "scripted:quick")
    assert violations(page, "main") == []
    assert not is_too_wide(builder)
    page.get_by_role("button", name="Save and try it").click()
    page.wait_for_url("**/admin/reports/background-agents/*")
    draft = page.get_by_role("main").get_by_role("link", name="Look at the draft")
    expect(draft.first).to_be_visible(timeout=40_000)
    assert not is_too_wide(builder)
    draft.first.click()
    expect(page.locator("ins", has_text="made").first).to_be_visible()
    page.get_by_role("button", name="Accept: Publish").click()
    expect(page.locator(".messages--status")).to_contain_text("It is published")
    assert world.live(given["story"])["title"] == "How bread is made"
    counts = counter.counts
    assert {name: count for name, count in counts.items() if count > MOST[name]} == {}, counter.pages
    assert all(count > 0 for count in counts.values()), "The counter counts."
    kept = world.site.sql("SELECT name FROM config WHERE name = 'background_agents.trigger.proofread_story'")
    assert len(kept) == 1
    until(lambda: world.site.sql("SELECT id FROM background_agents_outbox") == [], 20, "nothing goes on")


def test_a_test_run_before_the_agent_is_active(world: World, given: dict[str, Any], builder: Visitor) -> None:
    """It shows what the draft would be; the item keeps its versions, and the agent is inactive until somebody enables it."""
    page, counter = builder.page, Counter(builder)
    builder.open(QUICK)
    counter.choose(page.get_by_label("Which content?"), "Story")
    page.get_by_label("Bring Story under moderation").check()
    choose_model(page, counter, "scripted:quick")
    versions = world.site.sql("SELECT vid FROM node_revision WHERE nid = %s", given["story"])
    page.get_by_role("button", name="Save and make a test run").click()
    page.wait_for_url("**/admin/reports/background-agents/*")
    expect(page.locator(".messages--status").filter(has_text="It is not active yet")).to_be_visible()
    proposed = page.get_by_role("main").get_by_role("link", name="See what it proposes")
    expect(proposed.first).to_be_visible(timeout=40_000)
    proposed.first.click()
    expect(page.locator("ins", has_text="made").first).to_be_visible()
    expect(page.get_by_role("button", name="Accept: Publish")).to_have_count(0)
    assert world.site.sql("SELECT vid FROM node_revision WHERE nid = %s", given["story"]) == versions
    assert "false" in world.site.drush("config:get", "background_agents.agent.proofread_story", "status")
