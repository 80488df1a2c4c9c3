"""Editors send drafts back on the page of a draft, and what they say may become a rule of the agent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.stop()"> Say "bread" first.'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def people(site: Site, agents: Agents, browser: Browser) -> Iterator[dict[str, Visitor]]:
    """Two editors who may review, and who administers agents."""
    site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts']);"
        "foreach (['test_editor2' => ['test_editor'], 'test_owner2' => ['administrator']] as $name => $roles) {"
        "  $person = user_load_by_name($name) ?: \\Drupal\\user\\Entity\\User::create(['name' => $name, 'pass' => 'x', 'status' => 1]);"
        "  $person->set('roles', $roles)->save(); }"
    )
    visitors = {name: Visitor(site, browser, name) for name in ("test_editor", "test_editor2", "test_owner2")}
    yield visitors
    for person in visitors.values():
        assert person.alarms == []
        person.close()


def leave(agents: Agents, item: str) -> str:
    """A draft of the title; the path of its page."""
    answer = agents.draft(
        "revise", "agent", item, fields={"title": f"By the agent, {item}"}, expected_revision=agents.newest(item)["vid"]
    )
    assert answer.status_code == 201, answer.text
    return f"/admin/content/agents/{agents.changes(item=item)[-1]['id']}"


def press(person: Visitor, button: str) -> None:
    person.page.get_by_role("button", name=button, exact=True).click()
    person.page.wait_for_load_state()


def write(person: Visitor, whole: str, title: str = "") -> None:
    """Opens what is folded, and says what the agent is to change."""
    person.page.get_by_role("link", name="Send back …").click()
    person.page.get_by_label("What the agent is to change", exact=True).fill(whole)
    if title:
        person.page.get_by_text("Remark on Title").click()
        person.page.get_by_label("What the agent is to change in Title").fill(title)


def test_a_draft_is_sent_back_with_remarks(agents: Agents, people: dict[str, Visitor]) -> None:
    """On the whole and on a field; the page says what was said and what the draft waits for, as text."""
    editor, path = people["test_editor"], leave(agents, "a")
    editor.open(path)
    press_empty = editor.page.get_by_role("link", name="Send back …")
    press_empty.click()
    press(editor, "Send back")
    expect(editor.page.locator(".messages--error")).to_contain_text("Say what the agent is to change")
    editor.open(path)
    write(editor, HOSTILE, title="Shorter.")
    assert violations(editor.page) == []
    press(editor, "Send back")
    expect(editor.page.locator(".messages--status")).to_contain_text("as soon as its present run has ended")
    editor.open(path)
    rounds = editor.page.locator(".ba-rounds")
    expect(rounds).to_contain_text("test_editor sent this draft back on")
    expect(rounds).to_contain_text(HOSTILE)
    expect(rounds).to_contain_text("Title: Shorter.")
    expect(editor.page.get_by_role("link", name="Send back …")).to_have_count(0)
    assert violations(editor.page) == []
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    editor.page.set_viewport_size({"width": 390, "height": 844})
    assert editor.page.evaluate(width)
    editor.page.set_viewport_size({"width": 1280, "height": 900})
    assert agents.changes(item="a")[-1]["status"] == "pending"


def test_the_second_of_two_keeps_what_they_wrote(agents: Agents, people: dict[str, Visitor]) -> None:
    """They are told who was first, and their words stay on the page."""
    first, second = people["test_editor"], people["test_editor2"]
    path = leave(agents, "b")
    first.open(path)
    second.open(path)
    write(first, "Shorter.")
    write(second, "Longer.")
    press(first, "Send back")
    press(second, "Send back")
    expect(second.page.locator(".messages--warning")).to_contain_text("test_editor has sent this draft back already")
    agents.site.sql("DELETE FROM background_agents_sent_back")
    second.open(path)
    write(second, "Longer.")
    agents.site.php(
        f"$node = \\Drupal\\node\\Entity\\Node::load({agents.items['b']['id']});"
        "$s = \\Drupal::entityTypeManager()->getStorage('node'); $node = $s->loadRevision($s->getLatestRevisionId($node->id()));"
        "$node->setTitle('By both')->setNewRevision(); $node->save();"
    )
    press(second, "Send back")
    expect(second.page.locator(".messages--warning")).to_contain_text("has changed")
    expect(second.page.get_by_label("What the agent is to change", exact=True)).to_have_value("Longer.")
    press(second, "Send back")
    expect(second.page.locator(".messages--status")).to_contain_text("You have sent the draft")


def test_a_remark_becomes_a_rule(agents: Agents, people: dict[str, Visitor]) -> None:
    """Proposed when refusing or sending back; who administers the agent adds it, and its next snapshot has it."""
    agents.site.sql("DELETE FROM background_agents_sent_back")
    editor, owner = people["test_editor"], people["test_owner2"]
    editor.open(leave(agents, "c"))
    write(editor, HOSTILE)
    editor.page.get_by_label("Propose these remarks as rules of the agent").check()
    press(editor, "Send back")
    editor.open(leave(agents, "d"))
    editor.page.get_by_role("link", name="Refuse …").click()
    editor.page.get_by_label("Reason").fill("Never\nshorten quotations.")
    editor.page.get_by_label("Propose it as a rule for the agent").check()
    press(editor, "Refuse")
    owner.open("/admin/config/services/background-agents/manage/test_agent")
    owner.page.get_by_role("link", name="Review", exact=True).click()
    proposed = owner.page.get_by_role("group", name="Proposed by people who review")
    expect(proposed).to_contain_text(HOSTILE)
    assert violations(owner.page, "#edit-review") == []
    owner.page.get_by_role("group", name="Never shorten quotations.").get_by_label("Add to the rules").check()
    owner.page.get_by_role("group", name="Say").get_by_label("Drop").check()
    press(owner, "Save")
    found = agents.site.php(
        "print json_encode(\\Drupal\\background_agents\\Entity\\Agent::load('test_agent')->toSnapshot()['rules']);"
    )
    assert found == '["Never shorten quotations."]'
    assert agents.site.sql("SELECT id FROM background_agents_proposed_rule") == []
    owner.open("/admin/config/services/background-agents/manage/test_agent")
    owner.page.get_by_role("link", name="Review", exact=True).click()
    expect(owner.page.get_by_label("Rules", exact=True)).to_have_value("Never shorten quotations.")
