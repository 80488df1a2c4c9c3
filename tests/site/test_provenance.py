"""Content says where the site wants it that AI wrote it; versions of an agent are compared; pages at two widths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

DISPLAY = "\\Drupal::service('entity_display.repository')->getViewDisplay('node', 'article')"
CHECKED = "Written with AI, checked by an editor"


@pytest.fixture(scope="module")
def people(site: Site, agents: Agents) -> Iterator[dict[str, Visitor]]:
    """An editor who reviews, a visitor without an account, and the administrator."""
    site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts']);"
        f"{DISPLAY}->setComponent('background_agents_provenance', ['weight' => -50])->save();"
    )
    with visiting(site, editor="test_editor", admin="admin") as found:
        visitor = Visitor(site, found["editor"].context.browser, None)  # type: ignore[arg-type]
        yield found | {"visitor": visitor}
        visitor.close()
    site.php(f"{DISPLAY}->removeComponent('background_agents_provenance')->save();")


def leave(agents: Agents, item: str, langcode: str = "en") -> str:
    """A draft of the agent; the path of its page."""
    answer = agents.draft(
        "revise",
        "agent",
        item,
        langcode=langcode,
        fields={"title": f"By the agent {item}"},
        expected_revision=agents.newest(item, langcode)["vid"],
    )
    assert answer.status_code == 201, answer.text
    return f"/admin/content/agents/{agents.changes(item=item)[-1]['id']}"


def test_content_says_that_ai_wrote_it(agents: Agents, people: dict[str, Visitor]) -> None:
    """Not before it is published, then for all visitors, past their cached pages, and no more when a person wrote anew."""
    page = f"/node/{agents.items['a']['id']}"
    visitor, editor = people["visitor"], people["editor"]
    path = leave(agents, "a")
    visitor.open(page)
    assert CHECKED not in visitor.text("body")

    editor.open(path)
    editor.page.get_by_role("button", name="Accept: Publish", exact=True).click()
    expect(editor.page.locator(".messages--status")).to_contain_text("You have accepted")
    visitor.open(page)
    expect(visitor.page.locator(".background-agents-provenance")).to_have_text(CHECKED)
    assert violations(visitor.page, ".background-agents-provenance") == []

    agents.site.php(
        f"$node = \\Drupal\\node\\Entity\\Node::load({agents.items['a']['id']});"
        "$node->set('title', 'Of a person')->setNewRevision(); $node->save();"
    )
    visitor.open(page)
    assert CHECKED not in visitor.text("body")
    rows = agents.site.sql(
        "SELECT agent, checked_by FROM background_agents_provenance WHERE entity_type = 'node' AND entity_id = %s",
        str(agents.items["a"]["id"]),
    )
    assert {row["checked_by"] for row in rows} == {agents.accounts["editor"]["id"]}


def test_versions_are_compared(site: Site, people: dict[str, Visitor]) -> None:
    """Each save that changes what the agent does has a number; words are marked; hostile words stay words."""
    site.php(
        "$agent = \\Drupal\\background_agents\\Entity\\Agent::create(['id' => 'versioned', 'label' => 'Versioned',"
        " 'definition' => ['system_prompt' => \"Write short texts.\\n\\nBe kind.\"], 'binding' => ['model' => 'scripted:one']]);"
        "$agent->save();"
        '$prompt = "Write long texts.\\n\\nBe <script>alert(1)</script> kind.";'
        "$agent->set('definition', ['system_prompt' => $prompt] + $agent->getDefinition());"
        "$agent->set('rules', ['Name no prices.'])->save();"
    )
    admin = people["admin"]
    try:
        base = "/admin/config/services/background-agents/manage/versioned"
        admin.open(base)
        admin.page.get_by_role("link", name="Versions", exact=True).click()
        expect(admin.page.get_by_role("cell", name="Version 2 (present)")).to_be_visible()
        admin.page.get_by_role("link", name="With version 1").click()
        instructions = admin.page.get_by_role("group", name="Instructions")
        expect(instructions.locator("del", has_text="short")).to_have_count(1)
        expect(instructions.locator("ins", has_text="long")).to_have_count(1)
        expect(instructions.get_by_text("alert(1)")).to_be_visible()
        expect(admin.page.get_by_role("group", name="Rules").locator("ins")).to_contain_text("Name no prices.")
        expect(admin.page.get_by_role("group", name="Model", exact=True)).to_have_count(0)
        assert violations(admin.page, ".ba-version") == []
        assert admin.open(f"{base}/versions/1/99") == 404
        admin.page.set_viewport_size({"width": 390, "height": 844})
        for path in (f"{base}/versions", f"{base}/versions/1/2"):
            admin.open(path)
            assert admin.page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert admin.alarms == []
    finally:
        site.php("\\Drupal\\background_agents\\Entity\\Agent::load('versioned')->delete();")
