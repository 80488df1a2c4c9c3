"""Editors decide about agents' drafts on the page of a draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

BODY = "<p>Published words. The town hall is old.</p><ul><li>One</li><li>Two</li></ul>"
DRAFT = "<p>Published words. The town hall is very new.</p><ul><li>One</li><li>Two</li><li>Three</li></ul>"


@pytest.fixture(scope="module")
def people(site: Site, agents: Agents) -> Iterator[dict[str, Visitor]]:
    """Two editors who may review."""
    site.php(
        "user_role_grant_permissions('test_editor', ['review background agent drafts']);"
        "$other = user_load_by_name('test_editor2') ?: "
        "\\Drupal\\user\\Entity\\User::create(['name' => 'test_editor2', 'pass' => 'x', 'status' => 1]);"
        "$other->set('roles', ['test_editor'])->save();"
    )
    with chromium() as browser:
        visitors = {name: Visitor(site, browser, name) for name in ("test_editor", "test_editor2", "test_reader")}
        yield visitors
        for person in visitors.values():
            person.close()


@pytest.fixture
def editor(people: dict[str, Visitor]) -> Iterator[Visitor]:
    """Fails when a script of an agent ran, or the site broke."""
    person = people["test_editor"]
    person.alarms.clear()
    yield person
    assert person.alarms == []


def leave(agents: Agents, item: str, **changed: Any) -> str:
    """A draft of title and body; the path of its page."""
    agents.site.php(
        f"$node = \\Drupal\\node\\Entity\\Node::load({agents.items[item]['id']});"
        f"$node->set('body', ['value' => '{BODY}', 'format' => 'basic_html'])->save();"
    )
    given = {"title": "By the agent", "body": {"value": DRAFT, "format": "basic_html"}} | changed
    revision = agents.newest(item)["vid"]
    answer = agents.draft("revise", "agent", item, fields=given, expected_revision=revision)
    assert answer.status_code == 201, answer.text
    return f"/admin/content/agents/{agents.changes(item=item)[-1]['id']}"


def body(agents: Agents, item: str) -> str:
    """The published body."""
    rows = agents.site.sql("SELECT body_value FROM node__body WHERE entity_id = %s", agents.items[item]["id"])
    return rows[0]["body_value"]


def press(person: Visitor, button: str) -> None:
    person.page.get_by_role("button", name=button, exact=True).click()
    person.page.wait_for_load_state()


def test_a_draft_is_shown_word_by_word_and_accepted(agents: Agents, editor: Visitor) -> None:
    """Added and removed words are marked where they stand; accepting publishes as the editor."""
    assert editor.open(leave(agents, "a")) == 200
    expect(editor.page.locator("ins", has_text="very new")).to_have_count(1)
    expect(editor.page.locator("del", has_text="old")).to_have_count(1)
    expect(editor.page.locator("li ins", has_text="Three")).to_have_count(1)
    expect(editor.page.get_by_text("Changed the title for the test.")).to_be_visible()
    press(editor, "Accept: Publish")
    expect(editor.page.locator(".messages--status")).to_contain_text("You have accepted the draft")
    assert agents.live("a")["title"] == "By the agent"
    newest = agents.newest("a")
    assert (newest["revision_uid"], newest["moderation_state"]) == (agents.accounts["editor"]["id"], "published")
    change = agents.changes(item="a")[-1]
    assert (change["status"], change["outcome"], change["outcome_share"]) == ("accepted", "accepted", 1)


def test_one_field_is_accepted_and_the_other_refused(agents: Agents, editor: Visitor) -> None:
    """What is not chosen is as it was."""
    editor.open(leave(agents, "b"))
    editor.page.get_by_label("Accept the changes of Title").uncheck()
    press(editor, "Accept: Publish")
    assert agents.live("b")["title"] == "Published b"
    assert "very new" in body(agents, "b")
    change = agents.changes(item="b")[-1]
    assert (change["status"], change["outcome"]) == ("accepted", "partly")


def test_one_passage_is_accepted_and_the_rest_stays_a_draft(agents: Agents, editor: Visitor) -> None:
    """Of a text with two changes, one is published; title and the other one wait in a new draft of the agent."""
    path = leave(agents, "c")
    editor.open(path)
    editor.page.get_by_label("Accept the changes of Title").uncheck()
    editor.page.get_by_text("Choose among 2 changes").click()
    editor.page.get_by_label("Adds “Three”").uncheck()
    editor.page.get_by_label("stays as a draft of the agent").check()
    press(editor, "Accept: Publish")
    assert agents.live("c")["title"] == "Published c"
    assert "very new" in body(agents, "c")
    assert "Three" not in body(agents, "c")
    newest = agents.newest("c")
    assert (newest["title"], newest["moderation_state"]) == ("By the agent", "draft")
    assert newest["revision_uid"] == agents.accounts["agent"]["id"]
    change = agents.changes(item="c")[-1]
    assert (change["status"], change["target_revision"]) == ("pending", newest["vid"])
    editor.open(path)
    press(editor, "Accept: Publish")
    assert agents.live("c")["title"] == "By the agent"
    assert "Three" in body(agents, "c")
    assert agents.changes(item="c")[-1]["status"] == "accepted"


def test_a_draft_is_refused_with_a_reason(agents: Agents, editor: Visitor) -> None:
    """The draft's revision is gone, what is published stays, and the reason is kept."""
    path = leave(agents, "d")
    revision = agents.changes(item="d")[-1]["target_revision"]
    editor.open(path)
    editor.page.get_by_text("Refuse the draft").click()
    editor.page.get_by_label("Reason").fill("The hall is <b>not</b> new.")
    press(editor, "Refuse")
    expect(editor.page.locator(".ba-review__head")).to_contain_text("The hall is <b>not</b> new.")
    assert agents.live("d")["title"] == "Published d"
    assert agents.site.sql("SELECT vid FROM node_revision WHERE vid = %s", revision) == []
    change = agents.changes(item="d")[-1]
    assert (change["status"], change["reason"], change["decided_by"]) == (
        "rejected",
        "The hall is <b>not</b> new.",
        agents.accounts["editor"]["id"],
    )


def test_the_second_of_two_is_told_what_the_first_decided(agents: Agents, people: dict[str, Visitor]) -> None:
    """Both have the page open."""
    first, second = people["test_editor"], people["test_editor2"]
    path = leave(agents, "e")
    first.open(path)
    second.open(path)
    press(first, "Accept: Publish")
    revision = agents.newest("e")["vid"]
    second.page.get_by_text("Refuse the draft").click()
    press(second, "Refuse")
    expect(second.page.locator(".messages--warning")).to_contain_text("test_editor has accepted this draft already")
    assert agents.newest("e")["vid"] == revision
    assert agents.changes(item="e")[-1]["status"] == "accepted"


def test_what_somebody_saved_meanwhile_is_looked_at_first(agents: Agents, editor: Visitor) -> None:
    """The page shows another version than the newest: nothing is decided."""
    editor.open(leave(agents, "f"))
    agents.site.php(
        "$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$node = $storage->loadRevision($storage->getLatestRevisionId({agents.items['f']['id']}));"
        f"$node->set('title', 'By both')->setRevisionUserId({agents.accounts['owner']['id']}); $node->save();"
    )
    press(editor, "Accept: Publish")
    expect(editor.page.locator(".messages--warning")).to_contain_text("since you opened this page")
    assert agents.live("f")["title"] == "Published f"
    assert agents.changes(item="f")[-1]["status"] == "pending"
    expect(editor.page.locator("ins", has_text="By both")).to_have_count(1)
    press(editor, "Accept: Publish")
    assert agents.live("f")["title"] == "By both"
    assert agents.changes(item="f")[-1]["outcome"] == "partly"


def test_who_may_not_edit_the_item_sees_nothing_of_its_draft(agents: Agents, people: dict[str, Visitor]) -> None:
    """A reader gets a 403."""
    assert people["test_reader"].open(leave(agents, "g")) == 403


def test_the_list_shows_each_person_what_they_may_edit(agents: Agents, people: dict[str, Visitor]) -> None:
    """An editor finds the draft under Content and opens it; whoever may edit only their own items finds those alone."""
    leave(agents, "h")
    editor = people["test_editor"]
    assert editor.open("/admin/content/agents?order=created&sort=desc") == 200
    row = editor.page.locator("tr", has_text="2 fields changed: Title, Body").first
    expect(row).to_contain_text("Pending")
    row.get_by_role("link", name="By the agent").click()
    expect(editor.page.get_by_role("button", name="Accept: Publish")).to_be_visible()
    assert people["test_reader"].open("/admin/content/agents") == 403
    query = (
        "\\Drupal::service('account_switcher')->switchTo(user_load_by_name('test_owner'));"
        "user_role_grant_permissions('test_own', ['review background agent drafts']);"
        "print implode(',', array_map(fn ($c) => $c->getTargetId(), \\Drupal::entityTypeManager()->getStorage('background_agents_change')"
        "->loadMultiple(\\Drupal::entityQuery('background_agents_change')->accessCheck(TRUE)->condition('status', 'pending')->execute())));"
    )
    owned = str(agents.items["owned"]["id"])
    before = set(agents.site.php(query).strip().split(",")) - {""}
    assert owned not in before
    assert str(agents.items["h"]["id"]) not in before
    assert agents.draft("revise", "agent", "owned", fields={"title": "Of the owner"}).status_code == 201
    assert set(agents.site.php(query).strip().split(",")) == before | {owned}
