"""The pages on which an AI agent becomes a background agent, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site

AGENTS = "/admin/config/services/background-agents"
DESKTOP, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
MAKE = (
    "$s = \\Drupal::entityTypeManager()->getStorage('ai_agent');"
    "foreach (['site_fit' => 'ai_agent:list_bundles', 'site_unfit' => 'ai_agent:modify_vocabulary'] as $id => $tool) {"
    '  \\Drupal::configFactory()->getEditable("ai_agents.ai_agent.$id")->delete();'
    "  $s->create(['id' => $id, 'label' => \"AI <b>$id</b>\", 'description' => 'Reads.', 'system_prompt' => 'Read & tell.',"
    "    'tools' => [$tool => TRUE], 'max_loops' => 4, 'orchestration_agent' => FALSE, 'triage_agent' => FALSE])->save();"
    "}"
)
DROP = (
    "foreach (['site_fit', 'site_unfit'] as $id) { \\Drupal\\background_agents\\Entity\\Agent::load($id)?->delete(); }"
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[Visitor]:
    """The administrator of a site that has two AI agents."""
    if "ai_agents" not in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        pytest.skip("AI Agents is not on this site")
    with chromium() as browser:
        visitor = Visitor(site, browser, "admin")
        visitor.open(AGENTS)  # what is kept of the list is from before the module
        site.drush("pm:install", "ai_agents", "-y")
        site.php(DROP + MAKE)
        yield visitor
        visitor.close()
    site.php(DROP)
    site.drush("pm:uninstall", "ai_agents", "-y")


def test_the_way_to_a_copy(admin: Visitor) -> None:
    """From the list of agents, by what becomes of each part, to the form of an agent that is not active."""
    page = admin.page
    admin.open(AGENTS)
    page.get_by_role("link", name="Import an AI agent").click()
    expect(page.get_by_role("heading", name="Import an AI agent")).to_be_visible()
    expect(page.locator("main")).to_be_visible()
    assert violations(page, "main") == []
    page.get_by_role("link", name="AI <b>site_fit</b>").click()
    expect(page.get_by_role("row", name="ai_agent:list_bundles")).to_contain_text("Different")
    assert violations(page, "main") == []
    page.get_by_label("Model", exact=True).fill("no model")
    page.get_by_role("button", name="Import, not active").click()
    expect(page.locator("main")).to_contain_text("has no provider")
    page.get_by_label("Model", exact=True).fill("scripted:e2e")
    page.get_by_role("button", name="Import, not active").click()
    expect(page.locator("main")).to_contain_text("It is not active yet")
    expect(page.get_by_label("Active")).not_to_be_checked()
    expect(page.locator('[name="definition[system_prompt]"]')).to_have_value("Read & tell.")
    expect(page.locator("main")).to_contain_text("The import left out or changed one thing")
    assert admin.alarms == []


def test_one_that_does_not_fit_cannot_be_active(admin: Visitor) -> None:
    """What comes from the AI agent is read only; the form says what is missing, and lets go of it when told."""
    page = admin.page
    admin.open(f"{AGENTS}/ai-agents/site_unfit")
    page.get_by_label("is the AI agent").check()
    page.get_by_label("Model", exact=True).fill("scripted:e2e")
    page.get_by_role("button", name="Import, not active").click()
    expect(page.locator("main")).to_contain_text("Background agents do not change configuration")
    assert page.locator('[name="definition[system_prompt]"]').count() == 0
    expect(page.locator("pre.ba-read-only").first).to_have_text("Read & tell.")
    assert (
        page.get_by_role("link", name="AI <b>site_unfit</b>").get_attribute("href")
        == "/admin/config/ai/agents/site_unfit/edit/form"
    )
    page.get_by_label("Active").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text("It cannot be active.")
    admin.open(f"{AGENTS}/manage/site_unfit")
    expect(page.get_by_label("Active")).not_to_be_checked()
    page.get_by_label("Give this agent a definition of its own").check()
    page.get_by_label("I have seen to this").check()
    page.get_by_role("button", name="Save", exact=True).click()
    admin.open(f"{AGENTS}/manage/site_unfit")
    expect(page.locator('[name="definition[system_prompt]"]')).to_have_value("Read & tell.")
    expect(page.locator("main")).not_to_contain_text("The import left out")


@pytest.mark.parametrize("path", ["ai-agents", "ai-agents/site_unfit"])
def test_on_a_telephone(admin: Visitor, path: str) -> None:
    """Tables move in their boxes, not the page."""
    page = admin.page
    page.set_viewport_size(PHONE)
    admin.open(f"{AGENTS}/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size(DESKTOP)


def test_an_ai_agent_that_there_is_not(admin: Visitor, site: Site) -> None:
    """And nobody without both permissions sees one."""
    assert admin.page.goto(f"{site.url}{AGENTS}/ai-agents/no_such").status == 404  # type: ignore[union-attr]
    assert site.http.get(f"{AGENTS}/ai-agents/site_fit").status_code == 403
